import { afterAll } from 'vitest';
import { type GitHub, gitHub } from '../../src/github/client.ts';
import { type Account, type FakeGitHub, type FakeOptions, startGitHub } from '../loopback/github.ts';

export const REPOSITORY = 'homelab/home';
export const MARKER = '<!-- podroute:plan -->';
export const STRANGER: Account = { login: 'somebody', id: 7, type: 'User' };
/** A user may be called as a bot is, but for the `[bot]`. */
export const NAMESAKE: Account = { login: 'github-actions', id: 8, type: 'User' };

const started: FakeGitHub[] = [];
afterAll(() => Promise.all(started.map(({ close }) => close())));

export interface Fake extends FakeGitHub {
  /** Another client each time it is asked for: each spaces its own changes out by a second or more. */
  readonly github: GitHub;
  readonly log: string[];
}

/** A fake GitHub that closes after the file's tests, and clients of it for which a second of waiting is a millisecond. */
export async function startFake(options: FakeOptions = {}, token = 'ghs_job'): Promise<Fake> {
  const server = await startGitHub(REPOSITORY, options);
  started.push(server);
  const log: string[] = [];
  return {
    ...server,
    log,
    get github() {
      return gitHub(token, {
        repository: REPOSITORY,
        apiUrl: server.apiUrl,
        fetch,
        log: (line) => log.push(line),
        second: 1,
      });
    },
  };
}

export function sha(digit: string): string {
  return digit.repeat(40);
}

/** What was asked, as `GET /user`, without the queries. */
export function asked({ requests }: FakeGitHub): string[] {
  return requests.map(
    ({ method, path }) => `${method} ${path.split('?')[0]!.replace(`/repos/${REPOSITORY}`, '')}`,
  );
}

/** Opens a pull request of a branch of the repository; its first commit is `a…`. */
export function openPull({ repository }: FakeGitHub, number = 12): void {
  repository.pulls.push({
    number,
    head: { ref: 'kyoto-1', sha: sha('a'), repository: REPOSITORY },
    base: { ref: 'main', sha: sha('0').replace(/^0/, '1') },
  });
}

export function mergePull({ repository }: FakeGitHub, number = 12, commit = sha('c')): void {
  const pull = repository.pulls.find((each) => each.number === number)!;
  pull.merged = { at: '2026-11-21T08:00:00Z', commit };
  repository.linked.set(commit, [number]);
  repository.branches.set('main', commit);
}
