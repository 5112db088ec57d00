import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from './app/temporary-folder.ts';
import { hostileRepository } from './hostile-repository.ts';
import { type RunOptions, runBundle } from './run-bundle.ts';

const podroute = (words: string[], options?: RunOptions) => runBundle('dist/cli.js', words, options);

const WRONG = {
  'routes.yaml': `apiVersion: podroute/v1
kind: Routes
spec:
  routes:
    - {node: oslo-1, prefix: 10.42.0.1/24}
`,
};

describe('check', () => {
  test('prints findings and exits 1', () => {
    const { status, stdout, stderr } = podroute(['check'], { cwd: temporaryFolder(WRONG) });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^routes\.yaml\n\n {2}5:30 error: /);
    expect(stdout).toContain('invalid-prefix');
    expect(stdout).toMatch(/\n1 error in 1 file\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  test('exits 0 where nothing is at or above --fail-on', () => {
    const cwd = temporaryFolder(WRONG);
    expect(podroute(['check'], { cwd: temporaryFolder() })).toMatchObject({
      status: 0,
      stdout: 'no findings in 0 files\n',
    });
    expect(podroute(['check', '--fail-on', 'never'], { cwd }).status).toBe(0);
    expect(podroute(['check', '--fail-on', 'note'], { cwd }).status).toBe(1);
    const settings = temporaryFolder({ ...WRONG, '.podroute.yaml': 'rules: {invalid-prefix: warning}' });
    expect(podroute(['check'], { cwd: settings }).status).toBe(0);
    expect(podroute(['check', '--fail-on', 'warning'], { cwd: settings }).status).toBe(1);
  });

  test('--quiet leaves out the closing line', () => {
    expect(podroute(['check', '--quiet'], { cwd: temporaryFolder() })).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(podroute(['check', '--quiet'], { cwd: temporaryFolder(WRONG) }).stdout).toContain(
      'invalid-prefix',
    );
  });

  test('json has its fixed shape', () => {
    const { stdout } = podroute(['check', '--format', 'json'], { cwd: temporaryFolder(WRONG) });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      findings: [
        {
          rule: 'invalid-prefix',
          severity: 'error',
          message: expect.any(String),
          path: 'routes.yaml',
          start: { line: 5, column: 30 },
          end: { line: 5, column: 42 },
          related: [],
          help: 'docs/rules/invalid-prefix.md',
        },
      ],
      files: [{ path: 'routes.yaml', kind: 'manifest', status: 'read' }],
      summary: { errors: 1, warnings: 0, notes: 0, files: 1 },
    });
  });

  test('the other formats', () => {
    const cwd = temporaryFolder(WRONG);
    const github = podroute(['check', '--format', 'github'], { cwd }).stdout;
    expect(github).toMatch(
      /^::error file=routes.yaml,line=5,endLine=5,col=30,endColumn=42,title=invalid-prefix::/,
    );
    const sarif = JSON.parse(podroute(['check', '--format', 'sarif'], { cwd }).stdout);
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'invalid-prefix' }] }] });
    expect(podroute(['check', '--format', 'markdown'], { cwd }).stdout).toMatch(/^## podroute\n/);
  });

  test('paths are relative to the folder it runs in', () => {
    const folder = temporaryFolder({ 'a/b/routes.yaml': WRONG['routes.yaml'] });
    const paths = (cwd: string, path: string) => {
      const { stdout } = podroute(['check', path, '--format=json'], { cwd: join(folder, cwd) });
      return JSON.parse(stdout).findings.map((finding: { path: string }) => finding.path);
    };
    expect(paths('', 'a')).toEqual(['a/b/routes.yaml']);
    expect(paths('a', 'b/routes.yaml')).toEqual(['b/routes.yaml']);
    expect(paths('a/b', '..')).toEqual(['routes.yaml']);
    expect(paths('a/b', join(folder, 'a'))).toEqual(['routes.yaml']);
  });

  test.each([
    [['check', 'nowhere'], 'nowhere cannot be read: no such file or folder'],
    [['check', '--config', 'nowhere.yaml'], 'nowhere.yaml cannot be read: no such file or folder'],
    [['check', '--devices', 'x.json'], 'x.json cannot be read: no such file or folder'],
    [
      ['check', '--fail-on', 'warnings'],
      '--fail-on is "warnings", not one of error, warning, note, never: did you mean warning?',
    ],
    [['chek'], 'there is no command "chek": did you mean check?'],
    [
      ['plan'],
      'no control server: set TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID and its secret, or HEADSCALE_URL and its key',
    ],
    [['apply'], 'apply needs --digest where nobody can be asked: podroute plan tells it'],
    [['paths', '--from', 'a', '--to', 'b'], '--from: there is no node "a": no node is known'],
    [['check', '--format', 'svg'], 'check has the formats text, json, github, sarif and markdown, not svg'],
    [['check', '--from', 'a', '--to', 'b'], 'check takes no --from'],
    [
      ['explain', 'overlaping-routes'],
      'there is no rule "overlaping-routes": did you mean overlapping-routes?',
    ],
    [['explain'], "explain takes one rule's id"],
    [['rules', 'x'], 'rules takes no operand'],
    [['rules', '--format', 'sarif'], 'rules has the formats text and json, not sarif'],
    [
      ['check', 'a\n::error::b##[x]'],
      'a\n:\u200b:error::b##\u200b[x] cannot be read: no such file or folder',
    ],
  ])('%j: exit 2 and %s', (words, message) => {
    const ended = podroute(words, { cwd: temporaryFolder() });
    expect(ended).toEqual({ status: 2, stdout: '', stderr: `podroute: ${message}\n` });
  });

  test('wrong settings: exit 2 with each place', () => {
    const cwd = temporaryFolder({ '.podroute.yaml': 'rule: {}\nexclude: [../x]\n' });
    const { status, stderr } = podroute(['check'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('.podroute.yaml:1:1 unknown key "rule"');
    expect(stderr).toContain('\n.podroute.yaml:2:11 "../x" leads out of the folder\n');
  });
});

describe('policy', () => {
  const FILES = {
    'policy.hujson':
      '{"acls": [{"action": "accept", "src": ["tag:a"], "dst": ["tag:a:22"]}], "tagOwners": {"tag:a": []}}',
    'wrong.hujson': '{"acls": [{"action": "accept", "src": ["tag:a"], "dst": ["*:*"]}]}',
    'devices.json':
      '{"devices": [{"id": "1", "name": "oslo-1", "addresses": ["100.64.0.1"], "tags": ["tag:a"], "enabledRoutes": []}]}',
  };

  test('exits 0 for an accepted policy and 1 for a refused one', () => {
    const cwd = temporaryFolder(FILES);
    expect(podroute(['policy', 'policy.hujson'], { cwd })).toEqual({
      status: 0,
      stdout: 'policy.hujson is accepted\n',
      stderr: '',
    });
    const { status, stdout } = podroute(['policy', 'wrong.hujson'], { cwd });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^wrong\.hujson\n\n {2}1:40 error: .*tag:a/);
  });

  test('json by device', () => {
    const words = ['policy', 'policy.hujson', '--devices', 'devices.json', '--format', 'json'];
    expect(JSON.parse(podroute(words, { cwd: temporaryFolder(FILES) }).stdout)).toMatchObject({
      version: 1,
      accepted: true,
      devices: [{ name: 'oslo-1', filter: [{ src: ['100.64.0.1'] }], autoApproved: [], sees: [] }],
    });
  });

  test('one question', () => {
    const words = [
      'policy',
      'policy.hujson',
      '--devices',
      'devices.json',
      '--from',
      'tag:a',
      '--to',
      'oslo-1:22',
    ];
    const { status, stdout } = podroute(words, { cwd: temporaryFolder(FILES) });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^tag:a → oslo-1:22, tcp: allowed\n/);
  });
});

describe('the other commands', () => {
  test('explain prints a rule’s page, wherever it runs', () => {
    const { status, stdout } = podroute(['explain', 'overlapping-routes'], { cwd: temporaryFolder() });
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync('docs/rules/overlapping-routes.md', 'utf8'));
    expect(JSON.parse(podroute(['explain', 'syntax', '--format', 'json']).stdout)).toMatchObject({
      version: 1,
      id: 'syntax',
    });
  });

  test('rules lists every rule with its page', () => {
    const { rules } = JSON.parse(podroute(['rules', '--format', 'json']).stdout);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules[0]).toEqual({ id: 'overlapping-routes', severity: 'error', summary: expect.any(String) });
    const lines = podroute(['rules']).stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(rules.map(({ id }: { id: string }) => id));
  });

  test('--help and --version', () => {
    expect(podroute(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/check \[PATH...].*policy FILE.*--devices FILE/s),
    });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(podroute(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });
});

describe('how it ends', () => {
  test('a bug exits 3 with its stack', () => {
    const planted = 'JSON.stringify=()=>{throw new Error("planted ::error::x")}';
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(planted)}` };
    const { status, stdout, stderr } = podroute(['rules', '--format', 'json'], { env });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/^podroute: Error: planted ::error::x\n {4}at .*cli\.js:\d+:\d+/s);
    expect(stderr).toContain('please report it');
  });

  test('a pipe that is closed early is no failure', () => {
    const script = `{ "${process.execPath}" dist/cli.js explain syntax; echo "exit $?" >&2; } 2>&1 >/dev/full | cat`;
    expect(execFileSync('sh', ['-c', script.replace('>/dev/full', '| true')], { encoding: 'utf8' })).toBe('');
    // A full disk is one, said in a line.
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
      'podroute: the output cannot be written: ENOSPC\nexit 2\n',
    );
  });

  test('a pipe gets the whole output', () => {
    const routes = Array.from(
      { length: 3_000 },
      (_, n) => `    - {node: n${n}, prefix: 10.${n >> 8}.${n & 255}.1/24}\n`,
    );
    const cwd = temporaryFolder({
      'routes.yaml': `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n${routes.join('')}`,
    });
    const { stdout } = podroute(['check', '--format', 'json'], { cwd });
    expect(stdout.length).toBeGreaterThan(500_000);
    expect(JSON.parse(stdout).findings.length).toBeGreaterThanOrEqual(3_000);
  });
});

describe('names and values from a fork are harmless', () => {
  test.each(['text', 'json', 'github', 'sarif', 'markdown'])('as %s', (format) => {
    const cwd = hostileRepository();
    const { status, stdout, stderr } = podroute(['check', '--format', format], { cwd });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f\u202e]/);
    expect(stdout).not.toContain('##[');
    const commands = stdout.split('\n').filter((line) => /^\s*::/.test(line));
    if (format === 'github')
      expect(commands.every((line) => /^::error file=[^,:]+,line=\d+,endLine=\d+,col=/.test(line))).toBe(
        true,
      );
    else expect(commands).toEqual([]);
    if (format === 'json' || format === 'sarif') expect(() => JSON.parse(stdout)).not.toThrow();
    if (format === 'markdown') {
      // GitHub sees markup in what is not a code span only.
      const markup = stdout.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
      expect(markup).not.toMatch(/@team|<img|https:|#1/);
      expect(stdout).not.toContain('<!--');
    }
  });
});
