import { expect, test } from 'vitest';
import { mergedPullsOf, recentlyMerged } from '../../src/github/merged-pulls.ts';
import type { FakeGitHub } from '../loopback/github.ts';
import { asked, mergePull, openPull, REPOSITORY, sha, startFake } from './fake.ts';

const numbers = (pulls: readonly { readonly number: number }[]) => pulls.map(({ number }) => number);
const day = (days: number) => new Date(Date.UTC(2026, 0, days)).toISOString();
const commit = (number: number) => number.toString(16).padStart(40, '0');

/** Merged on the day of its number; the later a day its last comment came, the higher it stands in the list. */
function addMerged({ repository }: FakeGitHub, number: number, updated = number, base = 'main'): void {
  repository.pulls.push({
    number,
    head: { ref: 'x', sha: sha('a'), repository: number % 2 ? REPOSITORY : null },
    base: { ref: base, sha: sha('b') },
    merged: { at: day(number), commit: commit(number) },
    updatedAt: day(updated),
  });
}

test('the pull request that a merge made the commit of', async () => {
  const fake = await startFake();
  openPull(fake);
  openPull(fake, 13);
  mergePull(fake);
  expect(await mergedPullsOf(fake.github, 'main', [sha('a'), sha('c')])).toEqual([
    {
      number: 12,
      base: 'main',
      head: sha('a'),
      isFork: false,
      mergeCommit: sha('c'),
      mergedAt: Date.UTC(2026, 10, 21, 8),
      updatedAt: Date.UTC(2026, 10, 21, 8),
    },
  ]);
  expect(asked(fake)).toEqual(['GET /pulls']);
  expect(await mergedPullsOf(fake.github, 'release', [sha('c')])).toEqual([]);
});

test('all of a merge queue’s group', async () => {
  const fake = await startFake();
  for (const number of [3, 1, 2]) addMerged(fake, number);
  expect(numbers(await mergedPullsOf(fake.github, 'main', [commit(1), commit(2), commit(3)]))).toEqual([
    1, 2, 3,
  ]);
});

test('a push without a pull request, or of one that was merged elsewhere, is nobody’s', async () => {
  const fake = await startFake();
  openPull(fake);
  mergePull(fake);
  addMerged(fake, 4, 4, 'release');
  fake.repository.linked.set(sha('d'), [12]); // contained in it, not made by its merge
  fake.repository.linked.set(commit(4), [4]);
  expect(await mergedPullsOf(fake.github, 'main', [sha('d')])).toEqual([]);
  expect(await mergedPullsOf(fake.github, 'main', [commit(4)])).toEqual([]);
  expect(await mergedPullsOf(fake.github, 'main', [sha('e')])).toEqual([]); // 422: unknown
  expect(await mergedPullsOf(fake.github, 'main', [])).toEqual([]);
});

test('a server that does not list them is asked for those of the commits', async () => {
  const fake = await startFake({
    fault: ({ path }) => (path.includes('/pulls?state') ? { status: 404 } : undefined),
  });
  openPull(fake);
  mergePull(fake);
  expect(numbers(await mergedPullsOf(fake.github, 'main', [sha('c')]))).toEqual([12]);
  expect(await recentlyMerged(fake.github, 'main', 4)).toEqual([]);
});

test('an old push is still found, though hundreds were merged since', async () => {
  const fake = await startFake();
  for (let number = 1; number <= 250; number++) addMerged(fake, number);
  fake.repository.linked.set(commit(5), [5]);
  expect(numbers(await mergedPullsOf(fake.github, 'main', [commit(4), commit(5)]))).toEqual([5]);
});

test('the last merged come first, whatever was commented on since', async () => {
  const fake = await startFake();
  for (let number = 1; number <= 240; number++) addMerged(fake, number, number % 2 ? number + 300 : number);
  fake.repository.pulls.push({
    number: 999,
    head: { ref: 'x', sha: sha('a'), repository: null },
    base: { ref: 'main', sha: sha('b') },
    closed: true,
    updatedAt: day(2000),
  });
  addMerged(fake, 241, 3000, 'release');
  const merged = await recentlyMerged(fake.github, 'main', 4);
  expect(numbers(merged)).toEqual([240, 239, 238, 237]);
  expect(merged.map(({ isFork }) => isFork)).toEqual([true, false, true, false]);
});
