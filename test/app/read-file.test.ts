import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode, isStillAt, LARGEST, readBytes } from '../../src/app/read-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('a regular file is read whole', () => {
  const folder = temporaryFolder({ 'x.env': 'A=1\n', empty: '' });
  expect(readBytes(join(folder, 'x.env'))).toMatchObject({ whole: true, bytes: Buffer.from('A=1\n') });
  expect(readBytes(join(folder, 'empty'))).toMatchObject({ whole: true, bytes: Buffer.from('') });
});

test('of a file above 1 MiB only the beginning, however large it says it is', () => {
  const folder = temporaryFolder({ exact: 'a'.repeat(LARGEST), sparse: 'a' });
  truncateSync(join(folder, 'sparse'), 1024 ** 4);
  expect(readBytes(join(folder, 'exact'))).toMatchObject({ whole: true });
  const sparse = readBytes(join(folder, 'sparse'));
  expect('bytes' in sparse && [sparse.whole, sparse.bytes.length]).toEqual([false, LARGEST]);
});

test('of a file that is asked for by name as much as is allowed', () => {
  const text = 'a'.repeat(LARGEST + 10);
  const path = join(temporaryFolder({ list: text }), 'list');
  const all = readBytes(path, 2 * LARGEST);
  expect('bytes' in all && [all.whole, all.bytes.toString() === text]).toEqual([true, true]);
  const some = readBytes(path, LARGEST + 5);
  expect('bytes' in some && [some.whole, some.bytes.length]).toEqual([false, LARGEST + 5]);
});

test('what is no regular file is not read, and nothing waits for it', () => {
  const folder = temporaryFolder({ 'x.env': '' });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  symlinkSync('x.env', join(folder, 'link'));
  symlinkSync('loop', join(folder, 'loop'));
  const reasons = ['fifo', 'link', 'loop', 'missing', 'x.env/below', ''].map((name) =>
    readBytes(join(folder, name)),
  );
  expect(reasons.map((reason) => 'unread' in reason && reason.unread)).toEqual([
    'special',
    'link',
    'link',
    'gone',
    'gone',
    'folder',
  ]);
  expect(readBytes('/dev/zero')).toMatchObject({ unread: 'special' });
});

test('a folder that became a link is noticed after reading', () => {
  const folder = temporaryFolder({ 'inside/x.env': 'in', 'outside/x.env': 'out' });
  const path = join(folder, 'inside/x.env');
  const before = readBytes(path);
  expect('id' in before && isStillAt(path, before.id)).toBe(true);

  renameSync(join(folder, 'inside'), join(folder, 'was'));
  symlinkSync('outside', join(folder, 'inside'));
  const swapped = readBytes(path);
  expect('id' in swapped && isStillAt(path, swapped.id)).toBe(false);

  // Swapped for reading only, and back again before it is asked.
  renameSync(join(folder, 'inside'), join(folder, 'link'));
  mkdirSync(join(folder, 'inside'));
  writeFileSync(path, 'in again');
  expect('id' in swapped && isStillAt(path, swapped.id)).toBe(false);
});

test.each([
  ['plain', Buffer.from('a'), 'a'],
  ['a byte order mark', Buffer.from('\uFEFFa\uFEFF'), 'a\uFEFF'],
  ['Latin-1', Buffer.from([0x61, 0xe9]), undefined],
  ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80]), undefined],
  ['UTF-16', Buffer.from('\uFEFFa', 'utf16le'), undefined],
])('%s', (_, bytes, text) => {
  expect(decode(bytes)).toBe(text);
});
