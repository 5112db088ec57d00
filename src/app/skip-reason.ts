import { folderOf, nameOf } from '../source/source-file.ts';

/** Folders of what is no longer, or not yet, in use. */
const INACTIVE = new Set([
  'archive',
  'archived',
  'archives',
  'deprecated',
  'inactive',
  'disabled',
  'obsolete',
]);
const TESTS = new Set(['test', 'tests', 'testdata', '__tests__', 'e2e', 'fixtures', 'molecule']);
/** Where charts and roles of others are kept. */
const VENDORED = new Set(['charts', 'helm-charts', 'vendor', 'vendored', 'third_party', 'third-party']);

const EXAMPLE_NAME = /(^|[._-])(example|sample)(\.[^.]+)?$|\.(template|dist)$/;
/** What editors, package managers and people leave beside the file that counts. */
const OLD_COPY = /~$|\.(?:bak|backup|old|orig|save|sw[op]|rej|disabled|dpkg-\w+|rpm(?:new|save|orig))$/;
const TEST_NAME = /[._]test\.[^.]+$|\.bats$/;

/**
 * Why a file below the asked `PATH` is not checked although it may look like configuration; undefined where it is.
 * A rule for names that nothing in the file could tell: what is archived, an example or somebody else's.
 */
export function skipReason(path: string, charts: ReadonlySet<string>): string | undefined {
  const name = nameOf(path).toLowerCase();
  if (EXAMPLE_NAME.test(name)) return 'an example';
  if (OLD_COPY.test(name)) return 'an old copy';
  if (TEST_NAME.test(name)) return 'a test';
  const folder = folderOf(path);
  for (const part of folder.toLowerCase().split('/')) {
    const plain = part.replace(/^[._]+/, '');
    if (INACTIVE.has(plain)) return `in a folder called ${part}`;
    if (TESTS.has(part)) return 'a test';
  }
  for (let here = folder; here !== ''; here = folderOf(here)) {
    if (charts.has(here)) return 'a vendored Helm chart';
  }
  return undefined;
}

/** A path without the word that makes it an example: what `.env.example` is an example of. */
export function withoutExampleWord(path: string): string {
  return path.replace(/[._-](example|sample|template|dist)(?=\.[^./]+$|$)/i, '');
}

/** The folders of vendored charts: those with a `Chart.yaml` below a folder that is for other people's code. */
export function vendoredCharts(paths: readonly string[]): Set<string> {
  const charts = new Set<string>();
  for (const path of paths) {
    if (!path.endsWith('/Chart.yaml')) continue;
    const folder = folderOf(path);
    const above = folderOf(folder).toLowerCase().split('/');
    if (above.some((part) => VENDORED.has(part))) charts.add(folder);
  }
  return charts;
}

/** Documents, which are never configuration, and lock files: not even opened. */
export function isNeverConfiguration(path: string): boolean {
  const name = nameOf(path);
  return LOCK_FILES.has(name) || NEVER_CONFIGURATION.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

const NEVER_CONFIGURATION = new Set(['md', 'markdown', 'mdx', 'lock', 'lockb', 'sum']);
const LOCK_FILES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  '.terraform.lock.hcl',
]);
