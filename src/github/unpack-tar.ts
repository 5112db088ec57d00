import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GitHubError } from './github-error.ts';

const BLOCK = 512;
/** In bytes: of one file, and of the whole archive unpacked. */
const LARGEST_FILE = 16 * 2 ** 20;
const LARGEST_TREE = 512 * 2 ** 20;
const MOST_FILES = 100_000;

/**
 * Writes the regular files of a tar archive below `folder`, each without the first part of its path, which GitHub
 * makes up. Nothing is written elsewhere: links, devices and paths that could lead out are left out, as is `.git`; so
 * are files of more than 16 MiB, which no manifest is. Throws a `GitHubError` for an archive that is too large or cut
 * short. The format is that of `git archive`: ustar, with pax headers for long paths [POSIX.1-2017, pax].
 */
export async function unpackTar(archive: AsyncIterable<Buffer>, folder: string): Promise<void> {
  const take = takerOf(archive);
  let longPath: string | undefined;
  for (let files = 0; ; ) {
    const header = await take(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156]!);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (size > LARGEST_FILE) {
      for (let left = padded; left > 0; left -= LARGEST_FILE) await take(Math.min(left, LARGEST_FILE));
      longPath = undefined;
      continue;
    }
    const content = (await take(padded)).subarray(0, size);
    if (type === 'x') {
      longPath = paxPath(content);
      continue;
    }
    if (type === 'g') continue;
    const path = safePath(longPath ?? ustarPath(header));
    longPath = undefined;
    if ((type !== '0' && type !== '\0') || path === undefined) continue;
    if (++files > MOST_FILES) throw new GitHubError(`the commit has more than ${MOST_FILES} files`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    // Never through what is there already, on a disk that takes two names for one.
    writeFileSync(join(folder, path), content, { flag: 'wx' });
  }
}

/** Gives the next bytes of a stream, exactly as many as asked for. */
function takerOf(archive: AsyncIterable<Buffer>): (bytes: number) => Promise<Buffer> {
  const chunks = archive[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;
  return async (bytes) => {
    const parts: Buffer[] = [rest];
    for (let length = rest.length; length < bytes; ) {
      const { value, done } = await chunks.next();
      if (done) throw new GitHubError('the archive of the commit is cut short');
      length += value.length;
      taken += value.length;
      if (taken > LARGEST_TREE) throw new GitHubError('the commit has more than 512 MiB of files');
      parts.push(value);
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts);
    rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  };
}

/** The path below the folder; undefined for one that could lead out of it on any system, or into Git's own. */
function safePath(path: string): string | undefined {
  const parts = path.split('/');
  const isSafe = (part: string) =>
    part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part) && part.toLowerCase() !== '.git';
  return parts.length > 1 && parts.every(isSafe) ? parts.slice(1).join('/') : undefined;
}

function ustarPath(header: Buffer): string {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records of the form `LENGTH KEY=VALUE\n`, where LENGTH counts the bytes of the whole record. */
function paxPath(records: Buffer): string | undefined {
  let path: string | undefined;
  for (let from = 0; from < records.length; ) {
    const length = /^\d{1,6} /.exec(records.toString('latin1', from, from + 7))?.[0];
    if (length === undefined || Number(length) <= length.length) return path;
    const record = records.toString('utf8', from + length.length, from + Number(length) - 1);
    if (record.startsWith('path=')) path = record.slice('path='.length);
    from += Number(length);
  }
  return path;
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function octal(header: Buffer, from: number, length: number): number {
  const value = Number.parseInt(text(header, from, length).trim() || '0', 8);
  if (Number.isNaN(value)) throw new GitHubError('the archive of the commit cannot be read');
  return value;
}
