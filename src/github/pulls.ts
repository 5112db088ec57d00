import { askFor, type GitHub } from './client.ts';
import { idAt, shaAt, textAt, timeAt } from './payload.ts';

/** A pull request that was merged. */
export interface MergedPull {
  readonly number: number;
  /** The branch it was merged into. */
  readonly base: string;
  /** The last commit of its own branch. */
  readonly head: string;
  /** Of another repository, or of one that is gone. */
  readonly isFork: boolean;
  /** What the merge made of it on the base branch: the merge, the squashed or the last rebased commit. */
  readonly mergeCommit: string;
  /** Milliseconds since 1970, as `updatedAt`. */
  readonly mergedAt: number;
  readonly updatedAt: number;
}

/** Undefined where it is not merged, or is no pull request at all. */
export function mergedPullOf(data: unknown, repository: string): MergedPull | undefined {
  const number = idAt(data, 'number');
  const base = textAt(data, 'base', 'ref');
  const head = shaAt(data, 'head', 'sha');
  const mergeCommit = shaAt(data, 'merge_commit_sha');
  const mergedAt = timeAt(data, 'merged_at');
  if (
    number === undefined ||
    base === undefined ||
    head === undefined ||
    mergeCommit === undefined ||
    mergedAt === undefined
  )
    return undefined;
  const isFork = !sameName(textAt(data, 'head', 'repo', 'full_name'), repository);
  return {
    number,
    base,
    head,
    isFork,
    mergeCommit,
    mergedAt,
    updatedAt: timeAt(data, 'updated_at') ?? mergedAt,
  };
}

/** Whether a pull request is merged by now. */
export async function isMerged(github: GitHub, pull: number): Promise<boolean> {
  const found = await askFor(github, { to: `read #${pull}`, needs: 'pull-requests: read' }, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...github.place,
      pull_number: pull,
    }),
  );
  return timeAt(found?.data, 'merged_at') !== undefined;
}

/** GitHub's names of owners and repositories differ by more than case. */
export function sameName(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}
