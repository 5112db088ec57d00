import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { type AskedPath, gitTopOf } from './asked-path.ts';
import { reasonOf, SettingsError } from './errors.ts';

/** Folders that hold nobody's own files. */
const NEVER_READ = ['.git', 'node_modules', '.terraform'];

/**
 * The files below an asked path, relative to its folder, with `/`, in code unit order. In a Git work tree what Git
 * tracks or does not ignore, elsewhere every file; a file that was asked for by name whatever Git says of it.
 * Symbolic links are listed at most as files, never entered.
 */
export function listFiles(asked: AskedPath): string[] {
  if (asked.file !== undefined) return [asked.file];
  const files = listGit(asked.folder) ?? walk(asked);
  return files.filter((path) => !isNeverRead(path)).sort();
}

function isNeverRead(path: string): boolean {
  const lower = path.toLowerCase();
  // Most paths hold none of these words: asking that first keeps long listings cheap.
  if (!NEVER_READ.some((name) => lower.includes(name))) return false;
  const folders = lower.split('/').slice(0, -1);
  return folders.some((name) => NEVER_READ.includes(name));
}

/** Every file below a folder; a nested Git work tree as Git lists it. */
function walk(asked: AskedPath): string[] {
  const files: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = entriesOf(join(asked.folder, folder), folder === '' ? asked.shown || '.' : undefined);
    if (entries === undefined) {
      files.push(folder); // reading it says why not
      continue;
    }
    const prefix = folder === '' ? '' : `${folder}/`;
    if (folder !== '' && entries.some((entry) => entry.name === '.git')) {
      const inGit = listGit(join(asked.folder, folder));
      if (inGit !== undefined) {
        for (const path of inGit) files.push(prefix + path);
        continue;
      }
    }
    for (const entry of entries) {
      if (!entry.isDirectory()) files.push(prefix + entry.name);
      else if (!NEVER_READ.includes(entry.name.toLowerCase())) folders.push(prefix + entry.name);
    }
  }
  return files;
}

/** What a folder holds; undefined for one below the asked folder that cannot be read. */
function entriesOf(folder: string, askedAs: string | undefined) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (askedAs === undefined) return undefined;
    throw new SettingsError(`${askedAs} cannot be read: ${reasonOf(error)}`);
  }
}

/** What Git tracks or does not ignore below a folder; undefined where Git is missing or cannot tell. */
function listGit(folder: string): string[] | undefined {
  const top = gitTopOf(folder);
  if (top === undefined) return undefined;
  const below = relative(top, folder).split(sep).join('/');

  const options = [
    // It starts at the top, so a bare repository that a fork put into a subfolder is never taken for ours.
    ['-C', top],
    // The repository's own settings must not start programs, and whose folder it is does not matter for reading.
    ['-c', 'core.fsmonitor=false', '-c', 'safe.directory=*', '--literal-pathspecs'],
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--'],
    below === '' ? [] : [below],
  ];
  const { status, stdout } = spawnSync('git', options.flat(), {
    // Windows looks for programs in the current folder first, which may be a fork's.
    cwd: dirname(process.execPath),
    env: environmentForGit(),
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) return undefined;
  const paths = stdout.toString('utf8').split('\0').filter(Boolean);
  const cut = below === '' ? 0 : below.length + 1;
  // A file in conflict is listed once per side.
  return [...new Set(cut === 0 ? paths : paths.map((path) => path.slice(cut)))];
}

/** Without what a hook's `GIT_DIR` and the like would change, and without fetching anything. */
function environmentForGit(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('GIT_'));
  return { ...Object.fromEntries(kept), GIT_NO_LAZY_FETCH: '1' };
}
