import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a committed bundle as users do. Of the environment it has what is given and what Node needs to start. */
export function runBundle(bundle: string, words: readonly string[], { cwd, env }: RunOptions = {}): Ended {
  const { PATH = '', SystemRoot = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(process.cwd(), bundle), ...words], {
    cwd,
    env: { PATH, SystemRoot, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

export interface Running {
  readonly ended: Promise<Ended>;
  readonly kill: () => void;
}

/** The same without waiting for it, for a bundle that talks to a server of the test. `status` is null if it was killed. */
export function startBundle(
  bundle: string,
  words: readonly string[],
  { cwd, env }: RunOptions = {},
): Running {
  const { PATH = '', SystemRoot = '' } = process.env;
  const child = spawn(process.execPath, [join(process.cwd(), bundle), ...words], {
    cwd,
    env: { PATH, SystemRoot, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [status]]) => ({ status, stdout, stderr }),
  );
  return { ended, kill: () => child.kill('SIGKILL') };
}
