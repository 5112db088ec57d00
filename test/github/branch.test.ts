import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileAt, headOf } from '../../src/github/branch.ts';
import { downloadTree } from '../../src/github/download-tree.ts';
import { temporaryFolder } from '../app/temporary-folder.ts';
import { paxRecord, type TarEntry, tarball } from '../loopback/tar.ts';
import { type Fake, sha, startFake } from './fake.ts';

const A = sha('a');

async function withTree(files: Readonly<Record<string, string>>): Promise<Fake> {
  const fake = await startFake();
  fake.repository.trees.set(A, files);
  fake.repository.branches.set('feature/x y', A);
  return fake;
}

test('the head of a branch', async () => {
  const { github } = await withTree({});
  expect(await headOf(github, 'feature/x y')).toBe(A);
  await expect(headOf(github, 'main')).rejects.toThrow('contents: read');
});

test('the head of a branch on a server that knows references only', async () => {
  const { github } = await startFake({
    fault: ({ path }) =>
      path.endsWith('/git/ref/heads%2Fmain')
        ? { status: 200, body: JSON.stringify({ ref: 'refs/heads/main', object: { sha: A } }) }
        : { status: 501 },
  });
  expect(await headOf(github, 'main')).toBe(A);
});

describe('a file', () => {
  const text = `approvals:\n  devices: 3 # größer\n${'#'.repeat(200)}\n`;

  test('at a commit or a branch', async () => {
    const { github } = await withTree({ 'ci/.podroute.yaml': text, empty: '' });
    expect(await fileAt(github, 'ci/.podroute.yaml', A)).toBe(text);
    expect(await fileAt(github, 'ci/.podroute.yaml', 'feature/x y')).toBe(text);
    expect(await fileAt(github, 'empty', A)).toBe('');
  });

  test('that is not there is undefined, but not where nothing can be seen', async () => {
    const { github } = await withTree({});
    expect(await fileAt(github, '.podroute.yaml', A)).toBeUndefined();
    await expect(fileAt(github, '.podroute.yaml', sha('b'))).rejects.toThrow('GitHub answers 422');
    const blind = await startFake({ fault: () => ({ status: 404 }) });
    await expect(fileAt(blind.github, '.podroute.yaml', A)).rejects.toThrow('contents: read');
  });

  test.each(['[]', '{"type": "submodule"}', '{"type": "file", "encoding": "none", "content": ""}'])(
    'that is none is said: %s',
    async (body) => {
      const { github } = await startFake({ fault: () => ({ status: 200, body }) });
      await expect(fileAt(github, 'x', A)).rejects.toThrow('x at aaaaaaa');
    },
  );
});

/** What is below a folder, links as such. */
function treeOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name): [string, string] => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    return [name, stats.isFile() ? readFileSync(path, 'utf8') : stats.isDirectory() ? '/' : 'something else'];
  });
  return Object.fromEntries(entries.filter(([, content]) => content !== '/'));
}

async function unpacked(bytes: Buffer): Promise<Record<string, string>> {
  const fake = await startFake();
  fake.repository.tarballs.set(A, bytes);
  const outer = temporaryFolder({ 'inner/.keep': '' });
  await downloadTree(fake.github, A, join(outer, 'inner')).finally(() => {
    expect(readdirSync(outer)).toEqual(['inner']);
  });
  const { '.keep': _, ...files } = treeOf(join(outer, 'inner'));
  return files;
}

describe('the files of a commit', () => {
  test('are those of GitHub’s archive', async () => {
    const long = `${'deep/'.repeat(40)}routes.yaml`;
    const files = {
      'routes.yaml': 'a: ü\n',
      'hosts/kyoto/config.yaml': 'x'.repeat(2000),
      empty: '',
      [long]: 'y',
    };
    const { github } = await withTree(files);
    const folder = temporaryFolder();
    await downloadTree(github, A, folder);
    expect(treeOf(folder)).toEqual(files);
  });

  test('nothing leads out of the folder', async () => {
    const hostile: TarEntry[] = [
      { path: 'pax_global_header', type: 'g', content: paxRecord('comment', A) },
      { path: 'top/', type: '5' },
      { path: 'top/../../escaped', content: 'x' },
      { path: '/etc/../../../escaped', content: 'x' },
      { path: '../escaped', content: 'x' },
      { path: 'top/a\\..\\..\\escaped', content: 'x' },
      { path: 'top/C:/escaped', content: 'x' },
      { path: 'top/.git/config', content: '[core] fsmonitor = x' },
      { path: 'top/sub/.GIT/hooks/x', content: 'x' },
      { path: 'escaped', content: 'x' },
      { path: 'top/link', type: '2', link: '../..' },
      { path: 'top/link/escaped', content: 'through a folder, not a link' },
      { path: 'top/hard', type: '1', link: '/etc/passwd' },
      { path: 'top/fifo', type: '6' },
      { path: 'top/pax', type: 'x', content: paxRecord('path', 'top/../../escaped') },
      { path: 'top/innocent', content: 'x' },
      { path: 'top/real', content: 'real' },
    ];
    expect(await unpacked(tarball(hostile))).toEqual({
      'link/escaped': 'through a folder, not a link',
      real: 'real',
    });
  });

  test('a file that is there is not written over', async () => {
    const twice = tarball(['one', 'two'].map((content) => ({ path: 'top/x', content })));
    await expect(unpacked(twice)).rejects.toThrow('cannot be unpacked');
  });

  test.each([
    ['is no archive', Buffer.from('<html>')],
    ['is cut short', tarball([{ path: 'top/x', content: 'y'.repeat(3000) }]).subarray(0, -30)],
    ['is cut between its blocks', gzipSync(Buffer.alloc(512, 'x').fill('0', 124, 136))],
    ['has a size that is none', gzipSync(Buffer.alloc(1024, 'x'))],
    ['is a bomb', gzipSync(Buffer.concat([bombHeader(), Buffer.alloc(2 ** 20)]))],
  ])('what %s is said', async (_, bytes) => {
    await expect(unpacked(bytes)).rejects.toThrow(/unpacked|archive|files/);
  });

  test('any bytes either unpack or are refused', async () => {
    const fake = await startFake();
    const bytes = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(bytes, async (some) => {
        fake.repository.tarballs.set(A, gzipSync(some));
        const outcome = await downloadTree(fake.github, A, temporaryFolder()).catch((error) => error.name);
        expect([undefined, 'GitHubError']).toContain(outcome);
      }),
      { numRuns: 30 },
    );
  });
});

/** Says that a file of 8 GiB follows. */
function bombHeader(): Buffer {
  const header = Buffer.alloc(512);
  header.write('top/x');
  header.write('77777777777\0', 124);
  header.write('0', 156);
  return header;
}
