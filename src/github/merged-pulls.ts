import { type Asked, ask, askFor, type GitHub, unexpected } from './client.ts';
import { GitHubError } from './github-error.ts';
import { type MergedPull, mergedPullOf } from './pulls.ts';

const ASKED: Asked = { to: 'list the merged pull requests', needs: 'pull-requests: read' };
const MOST_PAGES = 10;
/** Of a push, how many commits are asked about one by one. */
const MOST_COMMITS = 10;

/**
 * The pull requests whose merge into `branch` made one of the commits, oldest merge first. GitHub links a commit with
 * a pull request only some seconds after the merge, so the list of merged ones is asked first; where the last commit
 * is in none of them, as in a run of an old push, the commits themselves are asked.
 */
export async function mergedPullsOf(
  github: GitHub,
  branch: string,
  shas: readonly string[],
): Promise<readonly MergedPull[]> {
  const made = ({ base, mergeCommit }: MergedPull) => base === branch && shas.includes(mergeCommit);
  const found = (await recentlyMerged(github, branch, 100)).filter(made);
  const last = shas.at(-1);
  if (last !== undefined && !found.some(({ mergeCommit }) => mergeCommit === last)) {
    for (const sha of shas.slice(-MOST_COMMITS)) {
      const known = new Set(found.map(({ number }) => number));
      found.push(...(await pullsOf(github, sha)).filter((pull) => made(pull) && !known.has(pull.number)));
    }
  }
  return found.sort((one, other) => one.mergedAt - other.mergedAt);
}

/** The pull requests that were merged into `branch` last, the newest merge first, at most `most` of them. */
export async function recentlyMerged(
  github: GitHub,
  branch: string,
  most: number,
): Promise<readonly MergedPull[]> {
  const known = new Map<number, MergedPull>();
  const newestFirst = () =>
    [...known.values()].sort((one, other) => other.mergedAt - one.mergedAt).slice(0, most);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const found = await askFor(github, ASKED, () =>
      github.octokit.request('GET /repos/{owner}/{repo}/pulls', {
        ...github.place,
        state: 'closed',
        base: branch,
        sort: 'updated',
        direction: 'desc',
        per_page: 100,
        page,
      }),
    );
    // Then they are found by their commits alone.
    if (found === undefined) break;
    const { data } = found;
    const pulls = mergedAmong(github, data);
    for (const pull of pulls) if (pull.base === branch) known.set(pull.number, pull);
    // What comes later was updated, and therefore merged, before the last of those that were asked for.
    const reached = pulls.at(-1)?.updatedAt ?? Number.POSITIVE_INFINITY;
    const oldest = newestFirst()[most - 1]?.mergedAt ?? 0;
    if (data.length < 100 || reached <= oldest) break;
  }
  return newestFirst();
}

/** A server that does not link commits with pull requests has none for this one. */
async function pullsOf(github: GitHub, sha: string): Promise<readonly MergedPull[]> {
  try {
    const { data } = await ask(github, ASKED, () =>
      github.octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        ...github.place,
        commit_sha: sha,
        per_page: 100,
      }),
    );
    return mergedAmong(github, data);
  } catch (error) {
    if (error instanceof GitHubError && (error.status === 404 || error.status === 422)) return [];
    throw error;
  }
}

function mergedAmong({ repository }: GitHub, data: unknown): readonly MergedPull[] {
  if (!Array.isArray(data)) throw unexpected(ASKED);
  return data.flatMap((pull) => mergedPullOf(pull, repository) ?? []);
}
