import { type Asked, ask, askAll, askFor, type GitHub, unexpected } from './client.ts';
import { GitHubError } from './github-error.ts';
import { at, idAt, listAt, textAt, timeAt } from './payload.ts';

/** A comment on a pull request that this token's identity wrote. */
export interface OwnComment {
  readonly id: number;
  readonly body: string;
  readonly url: string;
  /** Whether GitHub says that nobody else has edited it since; where it cannot tell, whether nobody has at all. */
  readonly isUntouched: boolean;
  /** Who edited it last, where that was somebody else and GitHub tells. */
  readonly editor: string | undefined;
}

export type Put =
  | { readonly written: true; readonly url: string; readonly changed: boolean }
  /** `why`: what this token lacks, as a sentence without a full stop. */
  | { readonly written: false; readonly why: string };

/** A comment whose first line is a marker of podroute's, whoever wrote it. */
interface Candidate {
  readonly id: number;
  readonly node: string;
  readonly author: string | undefined;
  readonly body: string;
  readonly url: string;
  readonly created: number;
  readonly updated: number;
}

/** Whom a job's own token writes as, which it may not ask [GitHub docs, GITHUB_TOKEN]. */
const JOB = 'github-actions[bot]';

const AUTHORS = `query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on IssueComment {
      viewerDidAuthor
      author { __typename login }
      editor { __typename login }
      lastEditedAt
    }
  }
}`;

/**
 * The comments on a pull request that begin with the marker and whose author is this token's identity, oldest first.
 * Anybody can write the marker; GitHub says who did.
 */
export async function findComments(
  github: GitHub,
  pull: number,
  marker: string,
): Promise<readonly OwnComment[]> {
  const candidates = (await listComments(github, pull)).filter(({ body }) => firstLine(body) === marker);
  if (candidates.length === 0) return [];
  const authors = await askAuthors(github, candidates, pull);
  const ours = authors ?? (await byName(github, candidates));
  return ours.sort((one, other) => one.id - other.id);
}

/**
 * Writes the comment that begins with the marker: a new one, or the oldest of ours where its text is another. Two runs
 * that meet may each write one; every other is made to say which one counts.
 */
export async function putComment(github: GitHub, pull: number, marker: string, body: string): Promise<Put> {
  return whereAllowed(async () => {
    const [first, ...others] = await findComments(github, pull, marker);
    const put =
      first === undefined ? await create(github, pull, marker, body) : await edit(github, first, body);
    for (const other of others) await edit(github, other, `Superseded by ${put.url}`);
    return put;
  });
}

/** Takes a token that may not read or write what it needs for a comment as a reason for none. */
export async function whereAllowed(write: () => Promise<Put>): Promise<Put> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof GitHubError && (error.status === 403 || error.status === 404))
      return { written: false, why: error.message };
    throw error;
  }
}

type Written = Extract<Put, { written: true }>;

/** GitHub may have created the comment although its answer never came: it is looked for before it is sent again. */
async function create(github: GitHub, pull: number, marker: string, body: string): Promise<Written> {
  try {
    return await post(github, pull, body);
  } catch (error) {
    if (!(error instanceof GitHubError && error.mayBeDone)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 3 * github.second));
    const [found] = await findComments(github, pull, marker);
    if (found !== undefined) return edit(github, found, body);
    return post(github, pull, body);
  }
}

async function post(github: GitHub, pull: number, body: string): Promise<Written> {
  const asked: Asked = { to: `comment on #${pull}`, needs: 'pull-requests: write' };
  const { data } = await ask(github, asked, () =>
    github.octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...github.place,
      issue_number: pull,
      body,
      request: { retries: 0 },
    }),
  );
  return { written: true, url: textAt(data, 'html_url') ?? '', changed: true };
}

/** What somebody else edited is written again, even if they put it back: the last edit is then ours. */
async function edit(github: GitHub, comment: OwnComment, body: string): Promise<Written> {
  const { id, url, editor } = comment;
  if (sameText(comment.body, body) && editor === undefined) return { written: true, url, changed: false };
  await ask(github, { to: 'edit its comment', needs: 'pull-requests: write' }, () =>
    github.octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...github.place,
      comment_id: id,
      body,
    }),
  );
  return { written: true, url, changed: true };
}

/** Servers store other line ends, and may drop white space at the end. */
function sameText(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(one) === plain(other);
}

function firstLine(body: string): string {
  return /^[^\r\n]*/.exec(body)![0];
}

async function listComments(github: GitHub, pull: number): Promise<readonly Candidate[]> {
  const asked: Asked = { to: `read the comments on #${pull}`, needs: 'pull-requests: read' };
  const pages = github.octokit.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...github.place,
    issue_number: pull,
    per_page: 100,
  });
  return (await askAll(github, asked, pages)).flatMap((comment) => candidateOf(comment) ?? []);
}

function candidateOf(comment: unknown): Candidate | undefined {
  const id = idAt(comment, 'id');
  const body = textAt(comment, 'body');
  if (id === undefined || body === undefined) return undefined;
  return {
    id,
    node: textAt(comment, 'node_id') ?? '',
    author: textAt(comment, 'user', 'login'),
    body,
    url: textAt(comment, 'html_url') ?? '',
    created: timeAt(comment, 'created_at') ?? 0,
    updated: timeAt(comment, 'updated_at') ?? Number.POSITIVE_INFINITY,
  };
}

/** Those of this token's identity, with who edited them; undefined on a server without GraphQL. */
async function askAuthors(
  github: GitHub,
  candidates: readonly Candidate[],
  pull: number,
): Promise<OwnComment[] | undefined> {
  const asked: Asked = { to: `tell who wrote the comments on #${pull}`, needs: 'pull-requests: read' };
  const ours: OwnComment[] = [];
  for (let from = 0; from < candidates.length; from += 100) {
    const some = candidates.slice(from, from + 100);
    const answer = await askFor(github, asked, async () => ({
      data: await github.octokit.graphql<unknown>(AUTHORS, { ids: some.map(({ node }) => node) }),
    }));
    if (answer === undefined) return undefined;
    // In the order of the ids, null for what is gone.
    const nodes = listAt(answer.data, 'nodes');
    if (nodes?.length !== some.length) throw unexpected(asked);
    for (const [index, { id, body, url }] of some.entries()) {
      const node = nodes[index];
      if (at(node, 'viewerDidAuthor') === true) ours.push({ id, body, url, ...editOf(node) });
    }
  }
  return ours;
}

/** A bot and a user may have one name: GraphQL leaves the `[bot]` out of a login. */
function editOf(node: unknown): Pick<OwnComment, 'isUntouched' | 'editor'> {
  if (at(node, 'editor') === null && at(node, 'lastEditedAt') === null)
    return { isUntouched: true, editor: undefined };
  const editor = textAt(node, 'editor', 'login');
  const isUntouched =
    editor !== undefined &&
    editor === textAt(node, 'author', 'login') &&
    textAt(node, 'editor', '__typename') === textAt(node, 'author', '__typename');
  return { isUntouched, editor: isUntouched ? undefined : editor };
}

/** Where only REST is served, an edited comment does not tell by whom: it counts as touched. */
async function byName(github: GitHub, candidates: readonly Candidate[]): Promise<OwnComment[]> {
  const name = await ownName(github);
  return candidates
    .filter(({ author }) => author === name)
    .map(({ id, body, url, created, updated }) => ({
      id,
      body,
      url,
      isUntouched: created === updated,
      editor: undefined,
    }));
}

async function ownName(github: GitHub): Promise<string> {
  try {
    const asked: Asked = { to: 'tell whose token it is', needs: 'pull-requests: read' };
    const found = await askFor(github, asked, () => github.octokit.request('GET /user'));
    return textAt(found?.data, 'login') ?? JOB;
  } catch (error) {
    if (error instanceof GitHubError && error.status === 403) return JOB;
    throw error;
  }
}
