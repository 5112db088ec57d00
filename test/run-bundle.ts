import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

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
