import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { reasonOf } from './errors.ts';

/** Larger files are no configuration that a person wrote. */
export const LARGEST = 1024 * 1024;

/** What was read of a file. The bytes may be shared: they hold until the next file is read. */
export interface Bytes {
  /** The whole file; of one that is too large its beginning. */
  readonly bytes: Buffer;
  readonly whole: boolean;
  /** Device and inode, by which `isStillAt` knows the file again. */
  readonly id: string;
}

/** Why a file was not read; `link` for a symbolic link and `gone` for one that is listed and not there. */
export interface Unread {
  readonly unread: 'gone' | 'link' | 'folder' | 'special' | 'denied';
  readonly why: string;
}

const shared = Buffer.allocUnsafeSlow(LARGEST);

/**
 * Reads a regular file. A symbolic link is not followed, and a pipe or a device neither blocks nor is read; a link in
 * a folder above is what `isStillAt` is for.
 */
export function readBytes(path: string, largest = LARGEST): Bytes | Unread {
  let descriptor: number;
  try {
    // Windows has neither constant; they are undefined there and count as 0.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return unread(error);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      return stats.isDirectory()
        ? { unread: 'folder', why: 'another Git work tree' }
        : { unread: 'special', why: 'not a regular file' };
    }
    const wanted = Math.min(stats.size, largest);
    const buffer = wanted > LARGEST ? Buffer.allocUnsafeSlow(wanted) : shared;
    let length = 0;
    while (length < wanted) {
      const count = readSync(descriptor, buffer, length, wanted - length, null);
      if (count === 0) break;
      length += count;
    }
    return {
      bytes: buffer.subarray(0, length),
      whole: stats.size <= largest,
      id: `${stats.dev}:${stats.ino}`,
    };
  } catch (error) {
    return unread(error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Whether what was read is the file that stands at this path, with no symbolic link on the way. Asked after reading,
 * so a folder that is swapped for a link meanwhile does not lead out either.
 */
export function isStillAt(path: string, id: string): boolean {
  try {
    if (realpathSync(path) !== path) return false;
    const stats = statSync(path);
    return `${stats.dev}:${stats.ino}` === id;
  } catch {
    return false;
  }
}

/** The text of a file without its byte order mark; undefined if it is not UTF-8. */
export function decode(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function unread(error: unknown): Unread {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { unread: 'gone', why: reasonOf(error) };
  if (code === 'ELOOP' || code === 'EMLINK') return { unread: 'link', why: 'a symbolic link' };
  if (code === 'ENXIO') return { unread: 'special', why: 'not a regular file' };
  return { unread: 'denied', why: reasonOf(error) };
}
