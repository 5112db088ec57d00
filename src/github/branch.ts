import { type Asked, ask, askFor, type GitHub, unexpected } from './client.ts';
import { GitHubError } from './github-error.ts';
import { shaAt, textAt } from './payload.ts';

/** The commit that a branch is at. */
export async function headOf(github: GitHub, branch: string): Promise<string> {
  const asked: Asked = { to: `read the branch ${branch}`, needs: 'contents: read' };
  const found = await askFor(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/branches/{branch}', { ...github.place, branch }),
  );
  const sha = found
    ? shaAt(found.data, 'commit', 'sha')
    : shaAt((await refOf(github, asked, branch)).data, 'object', 'sha');
  if (sha === undefined) throw unexpected(asked);
  return sha;
}

function refOf(github: GitHub, asked: Asked, branch: string): Promise<{ readonly data: unknown }> {
  const ref = `heads/${branch}`;
  return ask(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...github.place, ref }),
  );
}

/** The text of a file at a commit, a branch or a tag; undefined only if there is certainly none. */
export async function fileAt(github: GitHub, path: string, ref: string): Promise<string | undefined> {
  const asked: Asked = { to: `read ${path} at ${ref}`, needs: 'contents: read' };
  const found = await askFor(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...github.place, path, ref }),
  );
  if (found === undefined) {
    await checkReadable(github, asked, ref);
    return undefined;
  }
  const content = textAt(found.data, 'content');
  if (textAt(found.data, 'type') !== 'file' || textAt(found.data, 'encoding') !== 'base64')
    throw new GitHubError(`${path} at ${ref} is no file of at most 1 MB`);
  return Buffer.from(content ?? '', 'base64').toString('utf8');
}

/** What a token may not see is not found either: no settings, or limits, are to be taken for lifted by that. */
async function checkReadable(github: GitHub, asked: Asked, ref: string): Promise<void> {
  const { data } = await ask(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...github.place, ref }),
  );
  if (shaAt(data, 'sha') === undefined) throw unexpected(asked);
}
