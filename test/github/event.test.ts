import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasNoSecrets, readEvent } from '../../src/github/event.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import { temporaryFolder } from '../app/temporary-folder.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const PULL = {
  pull_request: {
    number: 12,
    head: { sha: A, ref: 'x', repo: { full_name: 'homelab/home' } },
    base: { sha: B, ref: 'main', repo: { full_name: 'homelab/home' } },
  },
};
const ON_MAIN = { ref: 'refs/heads/main', repository: { default_branch: 'main' } };

function event(name: string, payload: unknown, more: Record<string, string> = {}) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return readEvent({
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: join(temporaryFolder({ 'event.json': text }), 'event.json'),
    GITHUB_REPOSITORY: 'homelab/home',
    GITHUB_SHA: B,
    GITHUB_REF: 'refs/heads/main',
    ...more,
  });
}

function change(path: string, value: unknown): unknown {
  const payload = structuredClone(PULL) as Record<string, unknown>;
  const words = path.split('.');
  let here = payload;
  for (const word of words.slice(0, -1)) here = here[word] as Record<string, unknown>;
  here[words.at(-1)!] = value;
  return payload;
}

describe('a pull request', () => {
  test('has its numbers and commits, and the addresses of github.com', () => {
    expect(event('pull_request', PULL)).toEqual({
      kind: 'pull-request',
      number: 12,
      head: A,
      base: { ref: 'main', sha: B },
      isFork: false,
      isDependabot: false,
      repository: 'homelab/home',
      sha: B,
      ref: 'refs/heads/main',
      apiUrl: 'https://api.github.com',
      serverUrl: 'https://github.com',
    });
  });

  test.each([
    ['another repository', { full_name: 'contributor/home' }],
    ['a deleted one', null],
    ['one that is not told', undefined],
  ])('of %s is of a fork', (_, repo) => {
    expect(event('pull_request', change('pull_request.head.repo', repo))).toMatchObject({ isFork: true });
  });

  test('may be of Dependabot, or run with the secrets', () => {
    const run = event('pull_request_target', PULL, { GITHUB_ACTOR: 'dependabot[bot]' });
    expect(run).toMatchObject({ kind: 'pull-request', isDependabot: true });
  });

  test('of a fork or of Dependabot has no secrets', () => {
    const fork = change('pull_request.head.repo.full_name', 'contributor/home');
    expect(hasNoSecrets(event('pull_request', PULL))).toBe(false);
    expect(hasNoSecrets(event('pull_request', fork))).toBe(true);
    expect(hasNoSecrets(event('pull_request_target', fork))).toBe(true);
    expect(hasNoSecrets(event('pull_request', PULL, { GITHUB_ACTOR: 'dependabot[bot]' }))).toBe(true);
    expect(hasNoSecrets(event('schedule', {}))).toBe(false);
  });

  test.each([
    ['pull_request.number', '12; rm -rf /'],
    ['pull_request.number', -1],
    ['pull_request.number', undefined],
    ['pull_request.head.sha', '../../x'],
    ['pull_request.base.ref', { toString: 'x' }],
    ['pull_request.base.repo', null],
  ])('with %s = %j is not understood', (path, value) => {
    expect(() => event('pull_request', change(path, value))).toThrow(GitHubError);
    expect(() => event('pull_request', change(path, value))).toThrow(`no usable ${path}`);
  });
});

describe('a push', () => {
  test('has its commits, the last of them last', () => {
    const payload = { ...ON_MAIN, after: B, commits: [{ id: A }, { id: B }, { id: 'x' }, null] };
    expect(event('push', payload)).toMatchObject({ kind: 'push', isDefaultBranch: true, pushed: [A, B] });
  });

  test('may be to another branch, without a list, or delete it', () => {
    expect(event('push', { ...ON_MAIN, ref: 'refs/heads/mainly', after: B })).toMatchObject({
      isDefaultBranch: false,
      pushed: [B],
    });
    expect(event('push', { ...ON_MAIN, ref: 'refs/tags/main', after: '0'.repeat(40) })).toMatchObject({
      isDefaultBranch: false,
      pushed: [],
    });
  });
});

test('the other events', () => {
  expect(event('workflow_dispatch', { ...ON_MAIN, inputs: {} })).toMatchObject({
    kind: 'dispatch',
    isDefaultBranch: true,
  });
  expect(event('workflow_dispatch', ON_MAIN, { GITHUB_REF: 'refs/heads/x' })).toMatchObject({
    isDefaultBranch: false,
  });
  expect(event('schedule', { schedule: '0 3 * * *' })).toMatchObject({ kind: 'schedule' });
  expect(event('issue_comment', {})).toMatchObject({ kind: 'other', name: 'issue_comment' });
});

test('a merge group names its pull request', () => {
  const merge_group = {
    head_sha: A,
    head_ref: `refs/heads/gh-readonly-queue/release/pr-3-x/pr-104-${B}`,
    base_sha: B,
    base_ref: 'refs/heads/release/pr-3-x',
  };
  expect(event('merge_group', { merge_group })).toMatchObject({
    kind: 'merge-group',
    head: A,
    base: { ref: 'refs/heads/release/pr-3-x', sha: B },
    pulls: [104],
  });
  expect(event('merge_group', { merge_group: { ...merge_group, head_ref: 'x' } })).toMatchObject({
    pulls: [],
  });
});

test.each([
  ['GITHUB_EVENT_NAME', ''],
  ['GITHUB_EVENT_PATH', '/nowhere'],
  ['GITHUB_REPOSITORY', 'homelab/home/../..'],
  ['GITHUB_SHA', 'main'],
  ['GITHUB_REF', ''],
])('%s = %j is said', (variable, value) => {
  expect(() => event('push', ON_MAIN, { [variable]: value })).toThrow(GitHubError);
});

test.each(['', 'x', '[]', 'null', '{"pull_request": []}', `${'['.repeat(100_000)}`])(
  'a payload that is none is said: %.20s',
  (text) => {
    expect(() => event('pull_request', text)).toThrow(GitHubError);
  },
);

test('an Enterprise Server', () => {
  const addresses = {
    GITHUB_API_URL: 'https://git.example/api/v3',
    GITHUB_SERVER_URL: 'https://git.example',
  };
  expect(event('schedule', {}, addresses)).toMatchObject({
    apiUrl: 'https://git.example/api/v3',
    serverUrl: 'https://git.example',
  });
});
