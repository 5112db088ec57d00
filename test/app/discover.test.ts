import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Discovered, type DiscoverOptions, discover } from '../../src/app/discover.ts';
import { parameterNames } from '../../src/inputs/parameter-names.ts';
import { git, temporaryFolder } from './temporary-folder.ts';

const NODE = 'NODE_ROLE=server\nTAILSCALE_IP=100.64.0.1\n';
const POLICY = '{"tagOwners": {"tag:k3s": []}}';

function run(folder: string, paths = ['.'], options: Partial<DiscoverOptions> = {}): Discovered {
  return discover(paths, {
    cwd: folder,
    isExcluded: () => false,
    parameterNames: parameterNames(new Map()),
    progress: () => {},
    ...options,
  });
}

const found = ({ found }: Discovered) => found.map(({ file }) => file.path);
const skipped = ({ skipped }: Discovered) => skipped.map(({ path, why }) => `${path}: ${why}`);

test('picks out by content what is ours', () => {
  const folder = temporaryFolder({
    'hosts/oslo-1/node.env': NODE,
    'hosts/oslo-1/compose.yaml': 'services:\n  web: {image: nginx}\n',
    'acl.json': POLICY,
    'README.md': NODE,
    'package-lock.json': POLICY,
    'deployment.yaml': 'kind: Deployment\n',
  });
  const all = run(folder);
  expect(all.found).toMatchObject([
    { kind: 'policy', file: { path: 'acl.json', within: 'acl.json', text: POLICY } },
    { kind: 'env', file: { path: 'hosts/oslo-1/node.env', within: 'hosts/oslo-1/node.env', text: NODE } },
  ]);
  expect(all.skipped).toEqual([]);
  expect(run(join(folder, 'hosts'), ['oslo-1', '../acl.json']).found).toMatchObject([
    { file: { path: 'oslo-1/node.env', within: 'node.env' } },
    { file: { path: '../acl.json', within: 'acl.json' } },
  ]);
  // The folders of a file that is asked for by name still name its node.
  expect(run(folder, ['hosts/oslo-1/node.env']).found).toMatchObject([
    { file: { path: 'hosts/oslo-1/node.env', within: 'hosts/oslo-1/node.env' } },
  ]);
});

test('names of parameters that the settings change are looked for', () => {
  const folder = temporaryFolder({ 'a.env': 'ROLLE=lan-agent\n' });
  expect(found(run(folder))).toEqual([]);
  const names = parameterNames(new Map([['NODE_ROLE', 'ROLLE']]));
  expect(found(run(folder, ['.'], { parameterNames: names }))).toEqual(['a.env']);
});

test('no file twice, however it is asked for', () => {
  const folder = temporaryFolder({ 'a/x.env': NODE });
  expect(found(run(folder, ['a/x.env', 'a', '.', './a/../a', join(folder, 'a')]))).toEqual(['a/x.env']);
});

describe('what would be ours and is left out is said', () => {
  test.each([
    ['x.env.example', 'an example'],
    ['.env.sample', 'an example'],
    ['node.example.env', 'an example'],
    ['archive/x.env', 'in a folder called archive'],
    ['hosts/.Deprecated/x.env', 'in a folder called .deprecated'],
    ['hosts/inactive/oslo/x.env', 'in a folder called inactive'],
    ['tests/x.env', 'a test'],
  ])('%s: %s', (path, why) => {
    const folder = temporaryFolder({ [path]: NODE });
    expect(skipped(run(folder))).toEqual([`${path}: ${why}`]);
    // A file that is asked for by name is meant.
    expect(run(folder, [path]).skipped.map((file) => file.why)).not.toContain(why);
  });

  test('but nothing is left out for a folder above the asked one', () => {
    const folder = temporaryFolder({ 'archive/tests/oslo/x.env': NODE });
    expect(found(run(folder, ['archive/tests/oslo']))).toEqual(['archive/tests/oslo/x.env']);
  });

  test('a vendored chart, but not a chart of one’s own', () => {
    const chart = { 'Chart.yaml': 'name: x\n', 'files/x.env': NODE };
    const below = (folder: string) =>
      Object.fromEntries(Object.entries(chart).map(([name, text]) => [`${folder}/${name}`, text]));
    const folder = temporaryFolder({
      ...below('apps/own'),
      ...below('charts/other'),
      ...below('apps/own/charts/third'),
    });
    const all = run(folder);
    expect(found(all)).toEqual(['apps/own/files/x.env']);
    expect(skipped(all)).toEqual([
      'apps/own/charts/third/files/x.env: a vendored Helm chart',
      'charts/other/files/x.env: a vendored Helm chart',
    ]);
  });

  test('what the settings leave out', () => {
    const folder = temporaryFolder({ 'a/x.env': NODE, 'b/x.env': NODE, 'a/other.txt': '' });
    const all = run(folder, ['.'], { isExcluded: (path) => path.startsWith('a/') });
    expect(skipped(all)).toEqual(['a/x.env: left out by the settings']);
    expect(all.fileNamed('a/x.env')).toBeUndefined();
    expect(all.fileNamed('b/x.env')).toMatchObject({ path: 'b/x.env', text: NODE });
  });

  test('what cannot be read as text', () => {
    const folder = temporaryFolder({
      'large.env': NODE + '#'.repeat(1024 * 1024),
      'large.txt': 'x'.repeat(2 * 1024 * 1024),
      'latin.env': Buffer.concat([Buffer.from(NODE), Buffer.from([0xe9])]),
      'binary.env': `${NODE}\0`,
      'photo.png': new Uint8Array([0x89, 0, 0xff]),
      'policy.hujson': Buffer.from(`\uFEFF${POLICY}`, 'utf16le'),
      'k3s/config.yaml': '$ANSIBLE_VAULT;1.1;AES256\n3132\n',
      'sops.env': `${NODE}K3S_TOKEN=ENC[AES256_GCM,data:x,type:str]\n`,
      'hosts/k3s.hujson/x': '',
    });
    expect(skipped(run(folder))).toEqual([
      'binary.env: binary',
      'k3s/config.yaml: encrypted with Ansible Vault',
      'large.env: larger than 1 MiB',
      'latin.env: not UTF-8',
      'policy.hujson: not UTF-8',
      'sops.env: encrypted with SOPS',
    ]);
  });

  test('another Git work tree inside one', () => {
    const folder = temporaryFolder({ 'x.env': NODE, 'other/x.env': NODE });
    git(folder, 'init', '-q');
    git(join(folder, 'other'), 'init', '-q');
    const all = run(folder);
    expect(found(all)).toEqual(['x.env']);
    expect(skipped(all)).toEqual(['other: another Git work tree']);
  });

  test.skipIf(process.getuid?.() === 0)('what may not be read', () => {
    const folder = temporaryFolder({ 'x.env': NODE, 'a/x.env': NODE });
    chmodSync(join(folder, 'x.env'), 0);
    chmodSync(join(folder, 'a'), 0);
    const all = run(folder);
    chmodSync(join(folder, 'a'), 0o700);
    expect(skipped(all)).toEqual(['a: permission denied', 'x.env: permission denied']);
    expect(() => run(folder, ['x.env'])).toThrow('x.env cannot be read: permission denied');
  });

  test('a file that was asked for and is none of ours', () => {
    const folder = temporaryFolder({ 'x.txt': '', 'README.md': NODE });
    expect(skipped(run(folder, ['x.txt', 'README.md']))).toEqual([
      'x.txt: nothing that podroute reads',
      'README.md: nothing that podroute reads',
    ]);
  });
});

describe('nothing outside of the asked folder is read', () => {
  test('through links to files, folders, .git or in circles', () => {
    const folder = temporaryFolder({
      'home/x.env': NODE,
      'home/.git/x.env': NODE,
      'away/policy.hujson': POLICY,
    });
    const home = join(folder, 'home');
    symlinkSync('../away/policy.hujson', join(home, 'policy.hujson'));
    symlinkSync('../away', join(home, 'away'));
    symlinkSync('.git/x.env', join(home, 'git.env'));
    symlinkSync('x.env', join(home, 'same.env'));
    symlinkSync('.', join(home, 'loop'));
    const all = run(home);
    expect(found(all)).toEqual(['x.env']);
    expect(skipped(all)).toEqual(['policy.hujson: a symbolic link']);
    for (const path of [
      'policy.hujson',
      'away/policy.hujson',
      '../away/policy.hujson',
      'git.env',
      '.git/x.env',
    ]) {
      expect(all.fileNamed(path)).toBeUndefined();
    }
  });

  test('where a folder of the index is a link by now', () => {
    const folder = temporaryFolder({ 'home/hosts/x.env': NODE, 'away/x.env': NODE });
    const home = join(folder, 'home');
    git(home, 'init', '-q');
    git(home, 'add', '.');
    execFileSync('mv', [join(home, 'hosts'), join(folder, 'was')]);
    symlinkSync('../away', join(home, 'hosts'));
    const all = run(home);
    expect(found(all)).toEqual([]);
    expect(all.fileNamed('hosts/x.env')).toBeUndefined();
  });
});

test('pipes, sockets and devices are passed by', () => {
  const folder = temporaryFolder({ 'x.env': NODE });
  execFileSync('mkfifo', [join(folder, 'y.env'), join(folder, 'policy.hujson')]);
  const all = run(folder);
  expect(found(all)).toEqual(['x.env']);
  expect(skipped(all)).toEqual(['policy.hujson: not a regular file']);
  expect(all.fileNamed('y.env')).toBeUndefined();
});

test('names with any characters', () => {
  const names = [
    '-x.env',
    'a\nb.env',
    '::error::x.env',
    '##[x]y.env',
    '%0A.env',
    'ø☃.env',
    'b\\c.env',
    '<img>@team`.env',
  ];
  const folder = temporaryFolder(Object.fromEntries(names.map((name) => [name, NODE])));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff]), Buffer.from('.env')]), NODE);
  for (const inGit of [false, true]) {
    if (inGit) git(folder, 'init', '-q');
    const all = run(folder);
    expect(found(all)).toEqual(names.toSorted());
    expect(skipped(all)).toEqual(['\uFFFD.env: its name is not UTF-8']);
  }
});

test('very deep folders', () => {
  const folder = temporaryFolder();
  const deep = Array.from({ length: 18 }, () => 'd'.repeat(200)).join('/');
  mkdirSync(join(folder, deep), { recursive: true });
  writeFileSync(join(folder, deep, 'x.env'), NODE);
  expect(found(run(folder))).toEqual([`${deep}/x.env`]);
});

test('progress is told file by file', () => {
  const told: number[] = [];
  run(temporaryFolder({ a: '', b: '', c: '' }), ['.'], { progress: (files) => told.push(files) });
  expect(told).toEqual([0, 1, 2]);
});
