import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { askedPath, shownPath } from '../../src/app/asked-path.ts';
import { SettingsError } from '../../src/app/errors.ts';
import { listFiles } from '../../src/app/list-files.ts';
import { addFiles, git, temporaryFolder } from './temporary-folder.ts';

const list = (folder: string, path = '.') => listFiles(askedPath(path, folder));

afterEach(() => vi.unstubAllEnvs());

describe('outside of Git', () => {
  test('every file, but those of .git, node_modules and .terraform', () => {
    const folder = temporaryFolder({
      'b.yaml': '',
      'a/.env': '',
      'node_modules/x/a.yaml': '',
      'a/node_modules/x/a.yaml': '',
      'a/.terraform/modules/a.yaml': '',
      '.gitignore': '*.yaml',
    });
    expect(list(folder)).toEqual(['.gitignore', 'a/.env', 'b.yaml']);
    expect(list(folder, 'a')).toEqual(['.env']);
    expect(list(folder, 'a/.env')).toEqual(['.env']);
  });

  test('a Git work tree below is read as Git lists it', () => {
    const folder = temporaryFolder({
      'x.env': '',
      'repo/x.env': '',
      'repo/.env': '',
      'repo/.gitignore': '.env',
    });
    git(join(folder, 'repo'), 'init', '-q');
    expect(list(folder)).toEqual(['repo/.gitignore', 'repo/x.env', 'x.env']);
  });

  test('links are listed and not entered, so a loop ends', () => {
    const folder = temporaryFolder({ 'a/x.env': '' });
    symlinkSync('..', join(folder, 'a/loop'));
    symlinkSync('/', join(folder, 'root'));
    expect(list(folder)).toEqual(['a/loop', 'a/x.env', 'root']);
  });

  test('without git installed, a work tree is walked', () => {
    const folder = temporaryFolder({ 'x.env': '', '.env': '', '.gitignore': '.env' });
    git(folder, 'init', '-q');
    vi.stubEnv('PATH', '/nowhere');
    expect(list(folder)).toEqual(['.env', '.gitignore', 'x.env']);
  });
});

describe('in a Git work tree', () => {
  test('what Git tracks or does not ignore', () => {
    const folder = temporaryFolder({
      '.gitignore': '.env\nbuild/\n',
      'tracked.env': '',
      'new.env': '',
      '.env': '',
      'build/x.env': '',
      'hosts/oslo/.env': '',
      'hosts/oslo/forced.env': '',
    });
    git(folder, 'init', '-q');
    git(folder, 'add', 'tracked.env');
    git(folder, 'add', '-f', 'hosts/oslo/.env');
    expect(list(folder)).toEqual([
      '.gitignore',
      'hosts/oslo/.env',
      'hosts/oslo/forced.env',
      'new.env',
      'tracked.env',
    ]);
    expect(list(folder, 'hosts')).toEqual(['oslo/.env', 'oslo/forced.env']);
    // A file that is asked for by name is meant.
    expect(list(folder, '.env')).toEqual(['.env']);
  });

  test('a file in conflict is listed once', () => {
    const folder = temporaryFolder({ 'x.env': 'a' });
    git(folder, 'init', '-q', '-b', 'one');
    git(folder, 'add', '.');
    git(folder, 'commit', '-qm', 'a');
    git(folder, 'switch', '-qc', 'two');
    addFiles(folder, { 'x.env': 'b' });
    git(folder, 'commit', '-qam', 'b');
    git(folder, 'switch', '-q', 'one');
    addFiles(folder, { 'x.env': 'c' });
    git(folder, 'commit', '-qam', 'c');
    expect(() => git(folder, 'merge', '-q', 'two')).toThrow();
    expect(list(folder)).toEqual(['x.env']);
  });

  test('names with any characters', () => {
    const names = [
      '-x.env',
      'a\nb.env',
      'ø ☃.env',
      '::error::x.env',
      ':(top)x.env',
      '[a]*.env',
      '"q".env',
      'b\\c.env',
    ];
    const files = Object.fromEntries(names.map((name) => [`sub [x]*/${name}`, '']));
    const folder = temporaryFolder({ ...files, 'sub other/x.env': '' });
    git(folder, 'init', '-q');
    expect(list(folder, 'sub [x]*')).toEqual(names.toSorted());
    expect(list(folder)).toHaveLength(names.length + 1);
  });

  test("a hook's variables and the repository's own settings change nothing and start nothing", () => {
    const folder = temporaryFolder({ 'x.env': '' });
    git(folder, 'init', '-q');
    const hook = join(temporaryFolder(), 'hook');
    writeFileSync(hook, `#!/bin/sh\ntouch "${folder}/started"\n`);
    chmodSync(hook, 0o755);
    git(folder, 'config', 'core.fsmonitor', hook);
    vi.stubEnv('GIT_DIR', '/nowhere');
    vi.stubEnv('GIT_INDEX_FILE', '/nowhere');
    vi.stubEnv('GIT_LITERAL_PATHSPECS', '0');
    expect(list(folder)).toEqual(['x.env']);
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });

  test('a bare repository that lies in a folder is not taken for the work tree', () => {
    const folder = temporaryFolder({ 'hosts/x.env': '' });
    git(folder, 'init', '-q');
    git(join(folder, 'hosts'), 'init', '-q', '--bare', '.');
    git(join(folder, 'hosts'), '--git-dir=.', 'config', 'core.worktree', '/');
    expect(list(folder, 'hosts')).toContain('x.env');
  });

  test('a submodule or another work tree is one entry', () => {
    const folder = temporaryFolder({ 'x.env': '', 'other/x.env': '' });
    git(folder, 'init', '-q');
    git(join(folder, 'other'), 'init', '-q');
    expect(list(folder)).toEqual(['other/', 'x.env']);
  });
});

describe('an asked path', () => {
  test('is printed relative to the folder podroute runs in', () => {
    const folder = temporaryFolder({ 'a/b/x.env': '', 'c/y.env': '' });
    expect(askedPath('b', join(folder, 'a'))).toMatchObject({ shown: 'b' });
    expect(askedPath('../c', join(folder, 'a'))).toMatchObject({ shown: '../c' });
    expect(shownPath(askedPath('..', join(folder, 'a')), 'a/b/x.env')).toBe('b/x.env');
    expect(shownPath(askedPath(folder, join(folder, 'a/b')), 'c/y.env')).toBe('../../c/y.env');
    expect(askedPath(join(folder, 'c/y.env'), join(folder, 'a'))).toMatchObject({
      shown: '../c',
      file: 'y.env',
    });
  });

  test('that cannot be read is said', () => {
    const folder = temporaryFolder();
    expect(() => askedPath('nowhere', folder)).toThrow(
      new SettingsError('nowhere cannot be read: no such file or folder'),
    );
    expect(() => askedPath('/dev/null', folder)).toThrow(
      new SettingsError('/dev/null is neither a file nor a folder'),
    );
    expect(() => askedPath('a\0b', folder)).toThrow(SettingsError);
  });

  test('that is a link may not lead out of the folder nor into .git', () => {
    const folder = temporaryFolder({ 'home/hosts/x.env': '', 'home/.git/config': '', 'away/y.env': '' });
    const home = join(folder, 'home');
    mkdirSync(join(home, 'sub'));
    symlinkSync('../hosts', join(home, 'sub/inside'));
    symlinkSync('../away', join(home, 'out'));
    symlinkSync('.git', join(home, 'git'));
    symlinkSync('home', join(folder, 'link'));
    expect(askedPath('sub/inside', home)).toMatchObject({ shown: 'hosts' });
    expect(() => askedPath('out', home)).toThrow('out is a symbolic link that leads out of the folder');
    expect(() => askedPath('git', home)).toThrow(SettingsError);
    // One that the person running podroute names from outside may lead anywhere.
    expect(askedPath('../link', home)).toMatchObject({ shown: '' });
  });
});
