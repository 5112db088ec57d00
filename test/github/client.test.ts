import { expect, test } from 'vitest';
import { headOf } from '../../src/github/branch.ts';
import { type Asked, ask, gitHub } from '../../src/github/client.ts';
import { findComments, putComment } from '../../src/github/comments.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import { addComment, type Fault, JOB } from '../loopback/github.ts';
import { MARKER, openPull, REPOSITORY, sha, startFake } from './fake.ts';

async function failing(faults: readonly Fault[]) {
  const fake = await startFake({ fault: ({ earlier }) => faults[earlier] });
  fake.repository.branches.set('main', sha('a'));
  return fake;
}

const FAILED = { status: 503 };
const RATE = { 'x-ratelimit-remaining': '0' };
const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
const SECONDARY = { status: 403, body: '{"message": "You have exceeded a secondary rate limit"}' };

test.concurrent.each<[string, readonly Fault[]]>([
  ['fails', [FAILED, { status: 500, body: '<html>' }]],
  ['breaks off', ['cut before', 'cut after']],
  ['is too busy', [{ status: 429, headers: { 'retry-after': '1' } }]],
  [
    'limits the rate for a moment',
    [{ status: 403, headers: { ...RATE, 'x-ratelimit-reset': inSeconds(30) } }],
  ],
  ['limits the rate of changes', [{ ...SECONDARY, headers: { 'retry-after': '60' } }, SECONDARY]],
])('a server that %s is asked again', async (_, faults) => {
  const { github, requests } = await failing(faults);
  expect(await headOf(github, 'main')).toBe(sha('a'));
  expect(requests).toHaveLength(faults.length + 1);
});

test.concurrent.each<[readonly Fault[], number, RegExp]>([
  [[FAILED, FAILED, FAILED], 3, /^GitHub answers 503 when asked to read the branch main: injected$/],
  [['cut before', 'cut before', 'cut before'], 3, /^GitHub cannot be reached, or breaks off, when asked to/],
  [[{ status: 401 }], 1, /^GitHub does not accept the token: it is wrong or has expired$/],
  [
    [{ status: 403 }],
    1,
    /^GitHub does not let this token read the branch main of homelab\/home, the job needs the permission contents: read: injected$/,
  ],
  [
    [{ status: 404 }, { status: 404 }],
    2,
    /^GitHub does not find what it is asked to read .*lacks the permission contents: read$/,
  ],
  [
    [{ status: 403, headers: { ...RATE, 'x-ratelimit-reset': inSeconds(3000) } }],
    1,
    /^GitHub's rate limit is used up when asked/,
  ],
  [[{ ...SECONDARY, headers: { 'retry-after': '61' } }], 1, /^GitHub's rate limit is used up when asked/],
  [[SECONDARY, SECONDARY, SECONDARY], 3, /^GitHub's rate limit is used up when asked/],
  [
    [{ status: 200, body: '<html>' }],
    1,
    /^GitHub's answer cannot be read when asked to read the branch main$/,
  ],
  [[{ status: 200, body: '{"commit": {"sha": "main"}}' }], 1, /^GitHub's answer cannot be read/],
])('%j fails after %i requests', async (faults, times, message) => {
  const { github, requests } = await failing(faults);
  const failure = await headOf(github, 'main').catch((error) => error);
  expect(failure).toBeInstanceOf(GitHubError);
  expect(failure.message).toMatch(message);
  expect(requests).toHaveLength(times);
});

test.concurrent('GraphQL is asked again, too', async () => {
  const fake = await startFake({
    fault: ({ path, earlier }) =>
      path === '/graphql' ? ([FAILED, 'cut before'] as const)[earlier] : undefined,
  });
  openPull(fake);
  addComment(fake.repository, { pull: 12, author: JOB, body: MARKER });
  expect(await findComments(fake.github, 12, MARKER)).toHaveLength(1);
});

test.concurrent('what GraphQL has against it is said', async () => {
  const body = JSON.stringify({ data: null, errors: [{ type: 'FORBIDDEN', message: 'not for ghs_job' }] });
  const fake = await startFake({
    fault: ({ path }) => (path === '/graphql' ? { status: 200, body } : undefined),
  });
  openPull(fake);
  addComment(fake.repository, { pull: 12, author: JOB, body: MARKER });
  await expect(findComments(fake.github, 12, MARKER)).rejects.toThrow(
    /^GitHub fails when asked to tell who wrote the comments on #12: .*not for \*\*\*$/,
  );
});

test.concurrent('an Enterprise Server has its API, and GraphQL beside it', async () => {
  const fake = await startFake({ prefix: '/api/v3' });
  openPull(fake);
  for (let count = 0; count < 150; count++)
    addComment(fake.repository, { pull: 12, author: JOB, body: MARKER });
  expect(await findComments(fake.github, 12, MARKER)).toHaveLength(150);
});

test.concurrent('the token is in no message and no log, whatever the server repeats', async () => {
  const status = 500;
  const body = JSON.stringify({ message: `you sent ghs_job\n\u001b[31m${'x'.repeat(5000)}` });
  const { github, log } = await failing([0, 1, 2].map(() => ({ status, body })));
  const failure = await headOf(github, 'main').catch((error) => error);
  expect(failure.message).toContain('you sent ***');
  expect(failure.message.length).toBeLessThan(500);
  expect(JSON.stringify([failure.message, failure.stack, log])).not.toContain('ghs_job');
});

test.concurrent('every request goes through the fetch that was given, and has a time limit', async () => {
  const fake = await startFake();
  openPull(fake);
  addComment(fake.repository, { pull: 12, author: JOB, body: MARKER });
  const signals: unknown[] = [];
  const through: typeof fetch = (url, init) => {
    signals.push(init?.signal);
    return fetch(url, init);
  };
  const github = gitHub('ghs_job', { repository: REPOSITORY, apiUrl: fake.apiUrl, fetch: through });
  await putComment(github, 12, MARKER, `${MARKER} B`);
  await putComment(github, 12, '<!-- other -->', '<!-- other -->');
  expect(signals).toHaveLength(fake.requests.length);
  expect(signals.every((signal) => signal instanceof AbortSignal)).toBe(true);
});

test.concurrent('it says what it does again', async () => {
  const { github, log } = await failing([FAILED]);
  await headOf(github, 'main');
  expect(log).toEqual([expect.stringMatching(/^GitHub answers 503 to GET http:.*\/branches\/main$/)]);
});

test.concurrent('a bug is not taken for a failure of GitHub only because it is no error', async () => {
  const { github } = await failing([]);
  const asked: Asked = { to: 'x', needs: 'contents: read' };
  await expect(ask(github, asked, () => Promise.reject('x'))).rejects.toBeInstanceOf(GitHubError);
});
