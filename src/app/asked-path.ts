import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { reasonOf, SettingsError } from './errors.ts';

/** A `PATH` that was asked for. */
export interface AskedPath {
  /** The folder to read below, absolute and without symbolic links; of a file: the folder that holds it. */
  readonly folder: string;
  /** For a `PATH` that is a file: its name in that folder. */
  readonly file?: string;
  /** The folder relative to the one podroute runs in, with `/`, as paths are printed; `''` for the same. */
  readonly shown: string;
  /** The folder podroute runs in relative to this one, where it is below it: `check ..`. */
  readonly home?: string;
}

/**
 * Finds a `PATH`. A link outside of the folder podroute runs in may lead anywhere; one inside may come from a fork, so
 * it must not lead out of that folder, nor into `.git`.
 */
export function askedPath(path: string, cwd: string): AskedPath {
  const home = realpathSync(cwd);
  const wanted = resolve(cwd, path);
  const real = realPathOf(path, wanted);
  const stats = statSync(real);
  if (!stats.isFile() && !stats.isDirectory()) {
    throw new SettingsError(`${path} is neither a file nor a folder`);
  }
  if (isWithin(wanted, resolve(cwd)) && (!isWithin(real, home) || entersGit(wanted, real))) {
    throw new SettingsError(`${path} is a symbolic link that leads out of the folder`);
  }

  const folder = stats.isFile() ? dirname(real) : real;
  return {
    folder,
    shown: slashed(relative(home, folder)),
    ...(folder !== home && isWithin(home, folder) && { home: slashed(relative(folder, home)) }),
    ...(stats.isFile() && { file: basename(real) }),
  };
}

/** A path below an asked one, as it is printed. */
export function shownPath(asked: AskedPath, path: string): string {
  if (asked.home !== undefined) return posix.relative(asked.home, path);
  return asked.shown === '' ? path : `${asked.shown}/${path}`;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/** The nearest folder upwards that holds `.git`: the top of a Git work tree. */
export function gitTopOf(folder: string): string | undefined {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, '.git'))) return here;
    if (dirname(here) === here) return undefined;
  }
}

function realPathOf(path: string, wanted: string): string {
  try {
    return realpathSync(wanted);
  } catch (error) {
    throw new SettingsError(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function entersGit(wanted: string, real: string): boolean {
  return holdsGit(real) && !holdsGit(wanted);
}

function holdsGit(path: string): boolean {
  return path.split(sep).some((part) => part.toLowerCase() === '.git');
}
