import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, temporaryFolder } from './app/temporary-folder.ts';
import { hostileRepository } from './hostile-repository.ts';
import { runBundle } from './run-bundle.ts';

const ROUTES = `apiVersion: podroute/v1
kind: Routes
spec:
  routes:
    - {node: oslo-1, prefix: 10.42.0.1/24}
    - {node: kyoto-1, prefix: 192.168.60.0/24}
    - {node: bergen-1, prefix: 192.168.60.0/24}
`;

/** Runs the Action in a workspace as a runner does on a fork's pull request: a read-only token and no secret. */
function runAction(workspace: string, inputs: Readonly<Record<string, string>> = {}, environment = {}) {
  const runner = temporaryFolder({ output: '', summary: '' });
  const withInputs = Object.entries({
    mode: 'check',
    paths: '.',
    'fail-on': 'error',
    token: 'ghs_x',
    ...inputs,
  });
  const env = {
    ...Object.fromEntries(withInputs.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: join(process.cwd(), 'test/data/pull_request.json'),
    GITHUB_REPOSITORY: 'homelab/home',
    GITHUB_SHA: 'e'.repeat(40),
    GITHUB_REF: 'refs/pull/12/merge',
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: join(runner, 'output'),
    GITHUB_STEP_SUMMARY: join(runner, 'summary'),
    RUNNER_TEMP: runner,
    ...environment,
  };
  const ended = runBundle('dist/action.js', [], { cwd: workspace, env });
  const summary = readFileSync(join(runner, 'summary'), 'utf8');
  return { ...ended, summary, outputs: outputsIn(readFileSync(join(runner, 'output'), 'utf8')) };
}

/** Outputs as the runner reads them: `name<<delimiter`, the value, the delimiter. */
function outputsIn(text: string): Record<string, string> {
  const outputs = text.matchAll(/^([\w-]+)<<(.+)\r?\n([\s\S]*?)\r?\n\2$/gm);
  return Object.fromEntries([...outputs].map(([, name, , value]) => [name, value]));
}

/** Everything in a log that the runner would obey: `::` at a line's start, `##[` anywhere. */
function commandsIn(log: string): string[] {
  return log.split(/\r\n|\r|\n/).filter((line) => /^\s*::|##\[/.test(line));
}

test('annotates, writes the outputs and the summary, and fails', () => {
  const workspace = temporaryFolder({ 'net/routes.yaml': ROUTES });
  const { status, stdout, stderr, outputs, summary } = runAction(workspace);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(commandsIn(stdout)).toEqual([
    expect.stringMatching(
      /^::error file=net\/routes\.yaml,line=5,endLine=5,col=30,endColumn=42,title=invalid-prefix::/,
    ),
    expect.stringMatching(
      /^::warning file=net\/routes\.yaml,line=7,endLine=7,col=32,endColumn=47,title=overlapping-routes::/,
    ),
  ]);
  expect(stdout).toMatch(/\n1 error, 1 warning in 1 file\n$/);
  expect(summary).toContain('## podroute');
  expect(summary).toContain('overlapping-routes');

  expect(outputs).toEqual({
    errors: '1',
    warnings: '1',
    outcome: 'failed',
    'findings-file': expect.any(String),
    'sarif-file': expect.any(String),
  });
  const findings = JSON.parse(readFileSync(outputs['findings-file']!, 'utf8'));
  expect(findings.findings.map((finding: { rule: string }) => finding.rule)).toEqual([
    'invalid-prefix',
    'overlapping-routes',
  ]);
  expect(JSON.parse(readFileSync(outputs['sarif-file']!, 'utf8'))).toMatchObject({ version: '2.1.0' });
});

describe('the inputs', () => {
  test('fail-on decides how it ends', () => {
    const workspace = temporaryFolder({ 'routes.yaml': ROUTES });
    expect(runAction(workspace, { 'fail-on': 'never' })).toMatchObject({
      status: 0,
      outputs: { outcome: 'passed', errors: '1' },
    });
    expect(runAction(temporaryFolder(), { 'fail-on': 'note' })).toMatchObject({
      status: 0,
      outputs: { errors: '0' },
    });
  });

  test('paths are one per line, relative to the workspace', () => {
    const workspace = temporaryFolder({
      'a b/routes.yaml': ROUTES,
      'c/routes.yaml': ROUTES,
      'd/routes.yaml': ROUTES,
    });
    const { stdout } = runAction(workspace, { paths: 'a b\n\n  c  \n' });
    const files = commandsIn(stdout).map((line) => /file=([^,]*)/.exec(line)?.[1]);
    expect([...new Set(files)].sort()).toEqual(['a b/routes.yaml', 'c/routes.yaml']);
  });

  test('config names the settings', () => {
    const workspace = temporaryFolder({
      'routes.yaml': ROUTES,
      'ci/settings.yaml': 'exclude: [routes.yaml]',
    });
    expect(runAction(workspace, { config: 'ci/settings.yaml' })).toMatchObject({
      status: 0,
      outputs: { errors: '0' },
    });
  });

  test('what is not given has its default', () => {
    const workspace = temporaryFolder({ 'routes.yaml': ROUTES });
    expect(runAction(workspace, { mode: '', paths: '', 'fail-on': '', config: '' }).status).toBe(1);
  });

  test.each([
    [{ mode: 'chek' }, 'mode is "chek", not one of check, plan, apply: did you mean check?'],
    [{ comment: 'always' }, 'comment is "always", not one of auto, never'],
    [
      { 'fail-on': 'errors' },
      'fail-on is "errors", not one of error, warning, note, never: did you mean error?',
    ],
    [{ paths: 'nowhere::x' }, 'nowhere::x cannot be read: no such file or folder'],
    [{ paths: '##[x]' }, '##\u200b[x] cannot be read: no such file or folder'],
  ])('%j: %s', (inputs, message) => {
    const { status, stdout, stderr, summary } = runAction(temporaryFolder(), inputs);
    expect({ status, stdout, stderr, summary }).toEqual({
      status: 2,
      stdout: `::error title=podroute::${message}\n`,
      stderr: '',
      summary: '',
    });
  });

  test('wrong settings are one annotation with every place', () => {
    const workspace = temporaryFolder({ '.podroute.yaml': 'rule: {}\nexclude: [../x]\n' });
    const { status, stdout } = runAction(workspace);
    expect(status).toBe(2);
    expect(stdout).toMatch(
      /^::error title=podroute::\.podroute\.yaml:1:1 .*%0A\.podroute\.yaml:2:11 [^\n]*\n$/,
    );
  });
});

test('outside of a workflow it says so', () => {
  const { status, stdout } = runBundle('dist/action.js', [], { cwd: temporaryFolder() });
  expect({ status, stdout }).toEqual({
    status: 2,
    stdout:
      '::error title=podroute::GITHUB_WORKSPACE is not set: the Action runs in a GitHub workflow, dist/cli.js anywhere else\n',
  });
});

test('without a summary file there is no summary', () => {
  expect(runAction(temporaryFolder({ 'routes.yaml': ROUTES }), {}, { GITHUB_STEP_SUMMARY: '' }).status).toBe(
    1,
  );
});

test('files of the checkout stand in nobody’s way', () => {
  const workspace = temporaryFolder({ 'routes.yaml': ROUTES });
  addFiles(workspace, { 'findings.json': 'theirs', 'podroute/findings.json': 'theirs' });
  const { outputs } = runAction(workspace, {}, { RUNNER_TEMP: workspace });
  expect(readFileSync(join(workspace, 'findings.json'), 'utf8')).toBe('theirs');
  expect(JSON.parse(readFileSync(outputs['findings-file']!, 'utf8')).version).toBe(1);
});

test('names and values from a fork are harmless everywhere', () => {
  const { status, stdout, stderr, outputs, summary } = runAction(hostileRepository());
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const commands = commandsIn(stdout);
  expect(commands).toHaveLength(10);
  for (const command of commands) {
    // One command a line with our own properties; what the file brought along is encoded.
    expect(command).toMatch(
      /^::error file=[^,:]+,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=[a-z-]+::/,
    );
    expect(command).not.toContain('##[');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(stdout + summary).not.toMatch(/[\0-\x09\x0b-\x1f\x7f\u202e]/);
  expect(summary).not.toMatch(/##\[|<!--|^\s*::/m);
  const markup = summary.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
  expect(markup).not.toMatch(/@team|<img|https:|#1/);
  expect(outputs).toEqual({
    errors: expect.stringMatching(/^\d+$/),
    warnings: '0',
    outcome: 'failed',
    'findings-file': expect.stringMatching(/findings\.json$/),
    'sarif-file': expect.stringMatching(/findings\.sarif$/),
  });
});
