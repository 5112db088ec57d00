import { parseArguments } from './app/arguments.ts';
import { SettingsError } from './app/errors.ts';
import { progressOn } from './app/progress.ts';
import { runCommand } from './app/run-command.ts';
import { visible } from './report/terminal.ts';
import { inert } from './report/workflow-command.ts';

/** The exit code is set, never forced: a reader of a pipe gets the whole output. */
async function main(): Promise<void> {
  surviveClosedPipe();
  const progress = progressOn(() => process.stderr);
  try {
    const asked = parseArguments(process.argv.slice(2));
    const { output, exitCode } = await runCommand(asked, {
      cwd: process.cwd(),
      color: process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
      progress: progress.looked,
    });
    progress.done();
    process.exitCode = exitCode;
    process.stdout.write(output);
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

/** A pipe that is closed early (`podroute check | head`) is no failure. */
function surviveClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 2;
    complain(`the output cannot be written: ${error.code ?? error.message}`);
  });
}

/** Messages hold names from files and from the command line: nothing in them commands a terminal or a runner. */
function complain(message: string): void {
  const lines = message.split('\n').map((line) => inert(visible(line)));
  process.stderr.on('error', () => {}); // nobody is left to tell
  process.stderr.write(`podroute: ${lines.join('\n')}\n`);
}

await main();
