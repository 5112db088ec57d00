import { spawn } from 'node:child_process';
import { accessSync, constants, openSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** What of these programs is not on the PATH. */
export function missing(programs: readonly string[]): readonly string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return programs.filter((program) => !folders.some((folder) => isExecutable(join(folder, program))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Running {
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  /** The file that its output goes to. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a program that ends with us, however we end: a shell beside it waits for the end of a pipe that we hold, and
 * then kills it. They are in a session of their own, or an interrupt from the keyboard would end the shell first.
 */
export function start(program: string, words: readonly string[], { log, env }: StartOptions): Running {
  const guard = '"$@" & read -r _; kill -9 $!; wait $! 2>/dev/null';
  const output = openSync(log, 'a');
  const child = spawn('sh', ['-c', guard, 'sh', program, ...words], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', output, output],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    stop: () => {
      child.stdin?.end();
      return ended;
    },
  };
}

/** Asks again until there is an answer, for half a minute. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await ask();
    if (answer) return answer;
    await setTimeout(200);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Ports that nobody listens at, all different as each is held until the last is found. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}

export function endOf(log: string): string {
  return readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
}
