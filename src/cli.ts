#!/usr/bin/env node
import { fstatSync, writeSync } from 'node:fs';
import { type Arguments, parseArguments } from './app/arguments.ts';
import { SettingsError } from './app/errors.ts';
import type { OnlineSurroundings, Outcome, Surroundings } from './app/outcome.ts';
import { progressOn } from './app/progress.ts';
import { isOnline, runCommand } from './app/run-command.ts';
import { visible } from './report/terminal.ts';
import { inert } from './report/workflow-command.ts';

/** The exit code is set, never forced: a reader of a pipe gets the whole output. */
async function main(): Promise<void> {
  const progress = progressOn(() => process.stderr);
  try {
    const asked = parseArguments(process.argv.slice(2));
    const surroundings: Surroundings = {
      cwd: process.cwd(),
      color: mayBeTerminal() && process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
      progress: progress.looked,
    };
    const { output, exitCode } = isOnline(asked.command)
      ? await online(asked, { ...surroundings, environment: process.env, ask: asker(progress.done) })
      : runCommand(asked, surroundings);
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

/** What asks control servers is loaded only then. */
async function online(asked: Arguments, surroundings: OnlineSurroundings): Promise<Outcome> {
  const { runOnline } = await import('./app/online.ts');
  return runOnline(asked, surroundings);
}

/** Shows a plan and waits for a yes; undefined where nobody sits at a terminal. */
function asker(before: () => void): OnlineSurroundings['ask'] {
  if (!(process.stdin.isTTY && mayBeTerminal() && process.stdout.isTTY)) return undefined;
  return async (plan) => {
    before();
    print(plan);
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await terminal.question('Approve this? Only yes will do it: ')).trim());
    } finally {
      terminal.close();
    }
  };
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

void main();
