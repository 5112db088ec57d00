import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Asked, ask, type GitHub, unexpected } from './client.ts';
import { GitHubError } from './github-error.ts';
import { unpackTar } from './unpack-tar.ts';

/**
 * Writes the regular files of a commit below a folder that is there and empty, without links and without anything
 * named `.git`. Throws a `GitHubError` where that is more than `unpackTar` takes.
 */
export async function downloadTree(github: GitHub, ref: string, folder: string): Promise<void> {
  const asked: Asked = { to: `read the files of ${ref}`, needs: 'contents: read' };
  const { data } = await ask(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/tarball/{ref}', {
      ...github.place,
      ref,
      request: { parseSuccessResponseBody: false },
    }),
  );
  if (!(data instanceof ReadableStream)) throw unexpected(asked);
  const packed = Readable.fromWeb(data);
  const unpacked = packed.pipe(createGunzip());
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    await unpackTar(unpacked, folder);
  } catch (error) {
    if (error instanceof GitHubError) throw error;
    throw new GitHubError(
      `the files of ${ref} cannot be unpacked: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}
