import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { components } from '@octokit/openapi-types';
import { tarball } from './tar.ts';

type Schemas = components['schemas'];
/** A reply with some of its documented fields. */
type Part<T> = T extends readonly (infer E)[]
  ? readonly Part<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Part<T[K]> }
    : T;

export interface Account {
  readonly login: string;
  readonly id: number;
  readonly type: 'User' | 'Bot';
}

export interface FakeComment {
  readonly id: number;
  readonly pull: number;
  readonly author: Account;
  readonly createdAt: string;
  body: string;
  updatedAt: string;
  editor: Account | undefined;
}

export interface FakePull {
  readonly number: number;
  /** `repository` is null where the fork is gone. */
  head: { readonly ref: string; readonly sha: string; readonly repository: string | null };
  base: { readonly ref: string; readonly sha: string };
  /** As GitHub's times: `2026-11-20T12:00:00Z`. */
  updatedAt?: string;
  merged?: { readonly at: string; readonly commit: string };
  closed?: boolean;
}

export interface FakeReview {
  readonly pull: number;
  readonly user: Account;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly commit: string | null;
  readonly association?: Schemas['author-association'];
}

/** What the server holds; a test changes it as people do on the site. */
export interface FakeRepository {
  /** `owner/name`. */
  readonly name: string;
  readonly defaultBranch: string;
  readonly branches: Map<string, string>;
  /** Of each commit, by path. */
  readonly trees: Map<string, Readonly<Record<string, string>>>;
  readonly pulls: FakePull[];
  readonly comments: FakeComment[];
  readonly reviews: FakeReview[];
  /** The archives that are not made of `trees`, by commit. */
  readonly tarballs: Map<string, Buffer>;
  /** The pull requests of a commit, where GitHub has linked them. */
  readonly linked: Map<string, readonly number[]>;
}

export interface Request {
  readonly method: string;
  /** Without the prefix of the API, with the query. */
  readonly path: string;
  readonly body: unknown;
  /** How many requests of this method came to this path before, without the query. */
  readonly earlier: number;
}

/** What goes wrong with a request: before it is done, after it is done, or an answer in place of doing it. */
export type Fault =
  | 'cut before'
  | 'cut after'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

export interface FakeOptions {
  /** By token; without it the only token is `ghs_job` and belongs to `github-actions[bot]`, which may write. */
  readonly tokens?: Readonly<Record<string, { readonly account: Account; readonly writes: boolean }>>;
  /** As of an Enterprise Server: `/api/v3`. */
  readonly prefix?: string;
  readonly graphQl?: boolean;
  readonly fault?: (request: Request) => Fault | undefined;
}

export interface FakeGitHub {
  readonly apiUrl: string;
  readonly repository: FakeRepository;
  /** In the order in which they came. */
  readonly requests: Request[];
  readonly close: () => Promise<void>;
}

export const JOB: Account = { login: 'github-actions[bot]', id: 41898282, type: 'Bot' };

interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A GitHub with one repository, on a free port of 127.0.0.1. */
export async function startGitHub(name: string, options: FakeOptions = {}): Promise<FakeGitHub> {
  const repository: FakeRepository = {
    name,
    defaultBranch: 'main',
    branches: new Map(),
    trees: new Map(),
    pulls: [],
    comments: [],
    reviews: [],
    tarballs: new Map(),
    linked: new Map(),
  };
  const requests: Request[] = [];
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { prefix = '', tokens = { ghs_job: { account: JOB, writes: true } } } = options;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(incoming);
    requests.push(request);
    const fault = options.fault?.(request);
    if (fault === 'cut before') return void incoming.socket.destroy();
    const reply = typeof fault === 'object' ? faultReply(fault) : answer(request, incoming);
    if (fault === 'cut after') return void incoming.socket.destroy();
    const type = reply.bytes ? 'application/x-gzip' : 'application/json; charset=utf-8';
    response.writeHead(reply.status, { 'content-type': type, ...reply.headers });
    response.end(reply.bytes ?? (reply.json === undefined ? undefined : JSON.stringify(reply.json)));
  }

  async function requestOf(incoming: IncomingMessage): Promise<Request> {
    const body = await text(incoming);
    const path = incoming.url!.replace(/^\/api\/graphql$/, '/graphql').replace(new RegExp(`^${prefix}`), '');
    const method = incoming.method!;
    const bare = path.split('?')[0];
    const earlier = requests.filter(
      (each) => each.method === method && each.path.split('?')[0] === bare,
    ).length;
    return { method, path, body: body === '' ? undefined : JSON.parse(body), earlier };
  }

  function answer(request: Request, incoming: IncomingMessage): Reply {
    if (request.path.startsWith('/codeload/')) return archive(request.path);
    const holder = tokens[incoming.headers.authorization?.replace(/^(?:token|bearer) /i, '') ?? ''];
    if (holder === undefined) return { status: 401, json: { message: 'Bad credentials', status: '401' } };
    const { account, writes } = holder;
    if (request.path === '/graphql')
      return options.graphQl === false ? NOT_FOUND : authorsOf(request.body, account);
    if (request.path === '/user')
      return account.type === 'Bot' ? FORBIDDEN : { status: 200, json: userOf(account) };
    if (request.method !== 'GET' && !writes) return FORBIDDEN;
    const url = new URL(prefix + request.path, origin);
    const start = `${prefix}/repos/${name}/`;
    if (!url.pathname.startsWith(start)) return NOT_FOUND;
    const words = url.pathname.slice(start.length).split('/').map(decodeURIComponent);
    return route(request, words, url, account);
  }

  function route({ method, body }: Request, words: readonly string[], url: URL, account: Account): Reply {
    const [kind, first = '', second, third] = words;
    const place = `${method} ${kind}`;
    if (kind === 'issues' && second === 'comments' && third === undefined) {
      const pull = Number(first);
      if (!repository.pulls.some(({ number }) => number === pull)) return NOT_FOUND;
      if (method === 'POST') return created(pull, bodyOf(body), account);
      return page(repository.comments.filter((comment) => comment.pull === pull).map(commentReply), url);
    }
    if (place === 'PATCH issues' && first === 'comments') {
      const comment = repository.comments.find(({ id }) => id === Number(second));
      if (comment === undefined) return NOT_FOUND;
      if (comment.author.login !== account.login) return FORBIDDEN;
      editComment(comment, bodyOf(body), account);
      return { status: 200, json: commentReply(comment) };
    }
    if (method !== 'GET') return NOT_FOUND;
    if (kind === 'pulls' && first === '') return page(closedPulls(url), url);
    if (kind === 'pulls') {
      const pull = repository.pulls.find(({ number }) => number === Number(first));
      if (pull === undefined) return NOT_FOUND;
      if (second === undefined) return { status: 200, json: pullReply(pull) };
      return page(repository.reviews.filter((review) => review.pull === pull.number).map(reviewReply), url);
    }
    if (kind === 'commits' && words.at(-1) === 'pulls') {
      if (!isCommit(first)) return UNPROCESSABLE;
      const numbers = repository.linked.get(first) ?? [];
      return page(repository.pulls.filter(({ number }) => numbers.includes(number)).map(pullReply), url);
    }
    if (kind === 'commits') {
      const sha = commitOf(words.slice(1).join('/'));
      return sha === undefined
        ? UNPROCESSABLE
        : { status: 200, json: { sha } satisfies Part<Schemas['commit']> };
    }
    if (kind === 'branches') {
      const branch = words.slice(1).join('/');
      const sha = repository.branches.get(branch);
      if (sha === undefined) return NOT_FOUND;
      const reply: Part<Schemas['branch-with-protection']> = { name: branch, commit: { sha } };
      return { status: 200, json: reply };
    }
    if (kind === 'contents') return contentOf(words.slice(1).join('/'), url.searchParams.get('ref') ?? '');
    if (kind === 'tarball') {
      const sha = commitOf(words.slice(1).join('/'));
      if (sha === undefined) return NOT_FOUND;
      return { status: 302, headers: { location: `${origin}/codeload/${sha}` } };
    }
    return NOT_FOUND;
  }

  function created(pull: number, body: string, author: Account): Reply {
    if (body.length > 65_536) return UNPROCESSABLE;
    const comment = addComment(repository, { pull, author, body });
    return { status: 201, json: commentReply(comment) };
  }

  function commentReply(comment: FakeComment): Part<Schemas['issue-comment']> {
    return {
      id: comment.id,
      node_id: nodeOf(comment),
      body: comment.body,
      html_url: `https://github.example/${name}/pull/${comment.pull}#issuecomment-${comment.id}`,
      user: userOf(comment.author),
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
    };
  }

  function authorsOf(body: unknown, account: Account): Reply {
    const ids = (body as { variables: { ids: string[] } }).variables.ids;
    const nodes = ids.map((id) => {
      const comment = repository.comments.find((each) => nodeOf(each) === id);
      return (
        comment && {
          viewerDidAuthor: comment.author.login === account.login,
          author: actorOf(comment.author),
          editor: comment.editor ? actorOf(comment.editor) : null,
          lastEditedAt: comment.editor ? comment.updatedAt : null,
        }
      );
    });
    return { status: 200, json: { data: { nodes } } };
  }

  function closedPulls({ searchParams }: URL): readonly Part<Schemas['pull-request-simple']>[] {
    const updated = ({ updatedAt, merged }: FakePull) => updatedAt ?? merged?.at ?? '';
    return repository.pulls
      .filter((pull) => pull.merged !== undefined || pull.closed === true)
      .filter(({ base }) => base.ref === searchParams.get('base'))
      .sort((one, other) => updated(other).localeCompare(updated(one)))
      .map(pullReply);
  }

  function pullReply({ number, head, base, merged, closed, updatedAt }: FakePull) {
    const ended = merged !== undefined || closed === true;
    return {
      number,
      state: ended ? ('closed' as const) : ('open' as const),
      head: {
        ref: head.ref,
        sha: head.sha,
        ...(head.repository !== null && { repo: { full_name: head.repository } }),
      },
      base: { ...base, repo: { full_name: name, default_branch: repository.defaultBranch } },
      merged_at: merged?.at ?? null,
      merge_commit_sha: merged?.commit ?? null,
      updated_at: updatedAt ?? merged?.at ?? '2026-11-01T00:00:00Z',
    } satisfies Part<Schemas['pull-request']> & Part<Schemas['pull-request-simple']>;
  }

  function commitOf(ref: string): string | undefined {
    return isCommit(ref) ? ref : repository.branches.get(ref.replace(/^(?:refs\/)?heads\//, ''));
  }

  function isCommit(sha: string): boolean {
    return repository.trees.has(sha) || repository.linked.has(sha) || repository.tarballs.has(sha);
  }

  function contentOf(path: string, ref: string): Reply {
    const content = repository.trees.get(commitOf(ref) ?? '')?.[path];
    if (content === undefined) return NOT_FOUND;
    // GitHub breaks base64 into lines.
    const lines = Buffer.from(content)
      .toString('base64')
      .replace(/(.{60})/g, '$1\n');
    const reply: Part<Schemas['content-file']> = { type: 'file', path, encoding: 'base64', content: lines };
    return { status: 200, json: reply };
  }

  function archive(path: string): Reply {
    const sha = path.slice('/codeload/'.length);
    const top = `${name.replace('/', '-')}-${sha.slice(0, 7)}`;
    const files = Object.entries(repository.trees.get(sha) ?? {});
    const entries = files.map(([file, content]) => ({ path: `${top}/${file}`, content }));
    return { status: 200, bytes: repository.tarballs.get(sha) ?? tarball(entries) };
  }

  return {
    apiUrl: `${origin}${prefix}`,
    repository,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Somebody comments. */
export function addComment(
  { comments }: FakeRepository,
  { pull, author, body }: Pick<FakeComment, 'pull' | 'author' | 'body'>,
): FakeComment {
  const id = 1000 + comments.length;
  const time = timeAfter(comments.length);
  const comment = { id, pull, author, body, createdAt: time, updatedAt: time, editor: undefined };
  comments.push(comment);
  return comment;
}

/** Somebody edits a comment. */
export function editComment(comment: FakeComment, body: string, editor: Account): void {
  comment.body = body;
  comment.editor = editor;
  comment.updatedAt = new Date(Date.parse(comment.updatedAt) + 60_000).toISOString();
}

const NOT_FOUND: Reply = { status: 404, json: { message: 'Not Found', status: '404' } };
const FORBIDDEN: Reply = {
  status: 403,
  json: { message: 'Resource not accessible by integration', status: '403' },
};
const UNPROCESSABLE: Reply = { status: 422, json: { message: 'Validation Failed', status: '422' } };

function faultReply({
  status,
  body = '{"message": "injected"}',
  headers = {},
}: Exclude<Fault, string>): Reply {
  return { status, bytes: Buffer.from(body), headers: { 'content-type': 'application/json', ...headers } };
}

/** One page of a list, with the links to the others. */
function page(list: readonly unknown[], url: URL): Reply {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
  const number = Number(url.searchParams.get('page') ?? 1);
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  const more = list.length > number * size;
  return {
    status: 200,
    json: list.slice((number - 1) * size, number * size),
    headers: more ? { link: `<${next}>; rel="next"` } : {},
  };
}

function userOf({ login, id, type }: Account): Part<Schemas['simple-user']> {
  return { login, id, type };
}

/** GraphQL's actors: a bot's login lacks its `[bot]`. */
function actorOf({ login, type }: Account): { __typename: string; login: string } {
  return { __typename: type, login: login.replace(/\[bot\]$/, '') };
}

function nodeOf({ id }: FakeComment): string {
  return `IC_${id}`;
}

function reviewReply({ user, state, commit, association }: FakeReview): Part<Schemas['pull-request-review']> {
  return {
    user: userOf(user),
    state,
    commit_id: commit,
    author_association: association ?? 'COLLABORATOR',
  };
}

function bodyOf(body: unknown): string {
  return (body as { body: string }).body;
}

function timeAfter(minutes: number): string {
  return new Date(Date.UTC(2026, 10, 20, 12, minutes)).toISOString();
}
