import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = 'examples/workflows';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress'?: boolean };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Job['concurrency'];
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Named<T> {
  readonly name: string;
  readonly it: T;
}

const paths = readdirSync(FOLDER).map((name) => join(FOLDER, name));
const workflows = paths.map(
  (path): Named<Workflow> => ({ name: path, it: parse(readFileSync(path, 'utf8')) }),
);
const jobs = workflows.flatMap(({ name, it }) =>
  Object.entries(it.jobs).map(([job, content]): Named<Job> => ({ name: `${name} ${job}`, it: content })),
);
const action: { readonly inputs: Readonly<Record<string, unknown>> } = parse(
  readFileSync('action.yml', 'utf8'),
);
const ours = ({ steps }: Job) => steps.filter(({ uses }) => uses?.startsWith('podroute/podroute@'));
const applies = (job: Job) => ours(job).some((step) => step.with?.mode === 'apply');

test('there is one for each use', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual([
    'check.yml',
    'drift.yml',
    'headscale.yml',
    'tailscale.yml',
  ]);
});

test.each(workflows)('$name grants nothing to the jobs that it does not name', ({ it }) => {
  expect(it.permissions).toEqual({});
  expect(it.on).not.toHaveProperty('pull_request_target');
});

test.each(paths)('%s silences a linter for nothing but its own tag', (path) => {
  const silenced = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /\b(?:zizmor|actionlint):/.test(line));
  const own = '      - uses: podroute/podroute@v0 # zizmor: ignore[unpinned-uses]';
  expect(silenced.filter((line) => line !== own)).toEqual([]);
});

describe.each(jobs)('$name', ({ it: job }) => {
  test('gives podroute inputs that it has', () => {
    const given = ours(job).flatMap((step) => Object.keys(step.with ?? {}));
    expect(given.filter((input) => !(input in action.inputs))).toEqual([]);
  });

  test('asks for no more permissions than it uses', () => {
    const comments = ours(job).some((step) => step.with?.mode !== 'check');
    const signsIn = ours(job).some((step) => step.with?.audience !== undefined);
    expect(job.permissions).toEqual({
      contents: 'read',
      ...(comments && { 'pull-requests': 'write' }),
      ...(signsIn && { 'id-token': 'write' }),
    });
  });

  test('leaves no token in the checkout and takes it by its commit', () => {
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts).not.toEqual([]);
    for (const { uses, with: inputs } of checkouts) {
      expect(uses).toMatch(/@[0-9a-f]{40}$/);
      expect(inputs).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('has secrets only in an environment', () => {
    if (JSON.stringify(job).includes('secrets.')) expect(job.environment).toBeTypeOf('string');
  });
});

test.each(jobs.filter(({ it }) => applies(it)))('$name is never stopped half-way', ({ name, it: job }) => {
  const { concurrency, on } = workflows.find((workflow) => name.startsWith(workflow.name))!.it;
  expect(concurrency).toBeUndefined();
  // A scheduled run does less than the run of a merge, and must not take its place.
  expect(job.concurrency?.group).toMatch(/^routes-apply-\$\{\{ github\.event_name \}\}$/);
  expect(job.concurrency?.['cancel-in-progress'] ?? false).toBe(false);
  expect(job.environment).toBe('tailnet');
  expect(Object.keys(on)).toEqual(expect.arrayContaining(['push', 'schedule', 'workflow_dispatch']));
});

describe.each([
  ['actionlint', ['-no-color']],
  // Every audit that looks nothing up. Podroute's own tag is the one thing that the files themselves let pass.
  ['zizmor', ['--offline', '--no-progress', '--persona=auditor']],
])('%s', (linter, words) => {
  const isThere = spawnSync(linter, ['--version']).status === 0;
  test.skipIf(!isThere)('finds nothing', () => {
    const { status, stdout } = spawnSync(linter, [...words, ...paths], { encoding: 'utf8' });
    expect({ status, findings: stdout.replace(/^No findings to report.*\n/, '') }).toEqual({
      status: 0,
      findings: '',
    });
  });
});
