import { randomUUID } from 'node:crypto';
import { Octokit } from 'octokit';
import { GitHubError } from './github-error.ts';
import { at, listAt, textAt } from './payload.ts';

/** One repository on GitHub, as the holder of a token sees it. */
export interface GitHub {
  readonly octokit: Octokit;
  /** Of every request about the repository. */
  readonly place: { readonly owner: string; readonly repo: string };
  /** `owner/name`. */
  readonly repository: string;
  /** A text of the server, short and without the token: a server may repeat what it was sent. */
  readonly quote: (text: string) => string;
  /** How many milliseconds a second of waiting takes. */
  readonly second: number;
}

export interface GitHubOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** As GITHUB_API_URL: GitHub's own, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly fetch: typeof fetch;
  /** Is told why a request is tried again. */
  readonly log?: (line: string) => void;
  /** How many milliseconds a second of waiting takes; tests have less of them. */
  readonly second?: number;
}

/** What is asked of GitHub, for the message when it refuses. */
export interface Asked {
  /** As in `GitHub does not let this token …`. */
  readonly to: string;
  /** As in a workflow's `permissions`. */
  readonly needs: 'contents: read' | 'pull-requests: read' | 'pull-requests: write';
}

/** What a failed or limited read is tried again at most. */
const RETRIES = 2;
/** What is not tried again. */
const FINAL = [400, 401, 403, 404, 405, 410, 422, 451, 501];
/** The longest wait for a rate limit that a job should sit out, in seconds. */
const LONGEST_WAIT = 60;
/** For one request with its reply, in milliseconds. */
const TIMEOUT = 30_000;
/** Of a list; a hundred items each. */
const MOST_PAGES = 100;
const LONGEST_QUOTE = 300;

export function gitHub(
  token: string,
  { repository, apiUrl, fetch, log = () => {}, second = 1000 }: GitHubOptions,
): GitHub {
  const [owner = '', repo = ''] = repository.split('/');
  const quote = (text: string) =>
    (token === '' ? text : text.replaceAll(token, '***')).replace(/\s+/g, ' ').slice(0, LONGEST_QUOTE);
  const waits = (seconds: number, _request: unknown, _octokit: unknown, retries: number) => {
    const again = retries < RETRIES && seconds <= LONGEST_WAIT;
    log(`GitHub's rate limit is used up for ${seconds} s${again ? '' : ', too long to wait'}`);
    return again;
  };
  const silent = () => {};
  const octokit = new Octokit({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'podroute',
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: {
      fetch: async (address: string, init: RequestInit) => {
        const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
        if (answer.status >= 500) log(`GitHub answers ${answer.status} to ${init.method} ${address}`);
        return answer;
      },
    },
    retry: { retries: RETRIES, retryAfterBaseValue: second, doNotRetry: FINAL },
    throttle: {
      id: randomUUID(), // so that one client does not wait for another
      retryAfterBaseValue: second,
      onRateLimit: waits,
      onSecondaryRateLimit: waits,
    },
  });
  return { octokit, place: { owner, repo }, repository, quote, second };
}

/** Makes requests; what they throw becomes a `GitHubError`. */
export async function ask<T>(github: GitHub, asked: Asked, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw error instanceof GitHubError ? error : asGitHubError(github, asked, error);
  }
}

/** As `ask`, but undefined where the server answers that it has no such thing, or that this token may not see it. */
export async function askFor<T>(
  github: GitHub,
  asked: Asked,
  request: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask(github, asked, request);
  } catch (error) {
    if (error instanceof GitHubError && isNone(error)) return undefined;
    throw error;
  }
}

/** Servers that speak a part of GitHub's API answer in one of these ways. */
function isNone({ status }: GitHubError): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** All of a list that GitHub gives page by page. */
export async function askAll(
  github: GitHub,
  asked: Asked,
  pages: AsyncIterable<{ readonly data: unknown }>,
): Promise<readonly unknown[]> {
  return ask(github, asked, async () => {
    const all: unknown[] = [];
    let count = 0;
    for await (const { data } of pages) {
      if (!Array.isArray(data)) throw unexpected(asked);
      if (++count > MOST_PAGES)
        throw new GitHubError(`there are more than ${MOST_PAGES} pages when GitHub is asked to ${asked.to}`);
      all.push(...data);
    }
    return all;
  });
}

/** For an answer that is not what GitHub documents: of a proxy, or cut short. */
export function unexpected({ to }: Asked): GitHubError {
  return new GitHubError(`GitHub's answer cannot be read when asked to ${to}`);
}

function asGitHubError({ quote, repository }: GitHub, { to, needs }: Asked, error: unknown): GitHubError {
  const said = quote(error instanceof Error ? error.message.replace(/ - https:\/\/\S*$/, '') : '');
  const response = at(error, 'response');
  const status = at(error, 'status');
  // GraphQL's own errors come with status 200.
  if (listAt(error, 'errors')) return new GitHubError(`GitHub fails when asked to ${to}: ${said}`, 200);
  if (response === undefined || typeof status !== 'number') {
    return new GitHubError(`GitHub cannot be reached, or breaks off, when asked to ${to}: ${said}`);
  }
  if (isRateLimit(status, response, said))
    return new GitHubError(`GitHub's rate limit is used up when asked to ${to}: ${said}`, status);
  switch (status) {
    case 401:
      return new GitHubError('GitHub does not accept the token: it is wrong or has expired', status);
    case 403:
      return new GitHubError(
        `GitHub does not let this token ${to} of ${repository}, the job needs the permission ${needs}: ${said}`,
        status,
      );
    case 404:
      return new GitHubError(
        `GitHub does not find what it is asked to ${to} of ${repository}, or the job lacks the permission ${needs}`,
        status,
      );
    default:
      return new GitHubError(`GitHub answers ${status} when asked to ${to}: ${said}`, status);
  }
}

function isRateLimit(status: number, response: unknown, said: string): boolean {
  if (status !== 403 && status !== 429) return false;
  return (
    status === 429 ||
    textAt(response, 'headers', 'x-ratelimit-remaining') === '0' ||
    /\brate limit\b/i.test(said)
  );
}
