#!/usr/bin/env node
import { fstatSync, writeSync } from 'node:fs';
import { parseArguments } from './app/arguments.ts';
import { SettingsError } from './app/errors.ts';
import { progressOn } from './app/progress.ts';
import { runCommand } from './app/run-command.ts';
import { visible } from './report/terminal.ts';
import { inert } from './report/workflow-command.ts';

/** The exit code is set, never forced: a reader of a pipe gets the whole output. */
function main(): void {
  const progress = progressOn(() => process.stderr);
  try {
    const asked = parseArguments(process.argv.slice(2));
    const { output, exitCode } = runCommand(asked, {
      cwd: process.cwd(),
      color: mayBeTerminal() && process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
      progress: progress.looked,
    });
    progress.done();
    process.exitCode = exitCode;
    print(output);
  } catch (error) {
    progress.done();
    if (error instanceof SettingsError) {
      process.exitCode = 2;
      complain(error.message);
    } else {
      process.exitCode = 3;
      const stack = error instanceof Error ? error.stack : undefined;
      complain(
        `${stack ?? error}\nthis is a bug in podroute, whatever is in the files: please report it with the lines above`,
      );
    }
  }
}

/**
 * Writes to a file or a pipe itself: `process.stdout` loads Node's streams, which takes longer than a whole rule. It
 * is for terminals, and for what cannot be written at once. A pipe that is closed early (`podroute check | head`) is
 * no failure.
 */
function print(output: string): void {
  let rest = Buffer.from(output);
  try {
    while (rest.length > 0 && !mayBeTerminal()) rest = rest.subarray(writeSync(1, rest));
  } catch {
    // A pipe that is full, closed or on a full disk: the stream waits, or says what is wrong.
  }
  if (rest.length === 0) return;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 2;
    complain(`the output cannot be written: ${error.code ?? error.message}`);
  });
  process.stdout.write(rest);
}

function mayBeTerminal(): boolean {
  return fstatSync(1).isCharacterDevice();
}

/** Messages hold names from files and from the command line: nothing in them commands a terminal or a runner. */
function complain(message: string): void {
  const lines = message.split('\n').map((line) => inert(visible(line)));
  process.stderr.on('error', () => {}); // nobody is left to tell
  process.stderr.write(`podroute: ${lines.join('\n')}\n`);
}

main();
