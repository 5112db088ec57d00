import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

/** A folder of `src/`: it imports from itself and from lower ranks, and nothing above knows it, because: */
interface Folder {
  readonly rank: number;
  readonly because: string;
}

const FOLDERS: Readonly<Record<string, Folder>> = {
  source: { rank: 0, because: 'folders of rank 0 stand for themselves' },
  net: { rank: 0, because: 'folders of rank 0 stand for themselves' },
  diagnostics: { rank: 1, because: 'a place and a prefix are the same whatever is wrong with them' },
  syntax: { rank: 2, because: 'what a finding is does not depend on a format' },
  inputs: { rank: 3, because: 'a parser makes a tree of any text, whatever the file is for' },
  policy: { rank: 3, because: 'a kind of file is read without knowing the other kinds' },
  cluster: { rank: 4, because: 'a reader says what one file says, and other files cannot change it' },
  paths: { rank: 5, because: 'the model of a cluster does not depend on what is asked of it' },
  rules: { rank: 6, because: 'the model and its paths are the same whatever is looked for in them' },
  engine: { rank: 7, because: 'a rule does not know which rules run beside it or what is silenced' },
  plan: { rank: 7, because: 'a rule says what is wrong in the files, whatever is approved already' },
  report: { rank: 8, because: 'what is found does not depend on how it is shown' },
  control: { rank: 8, because: 'what should be approved is worked out without a network' },
  github: { rank: 8, because: 'findings and plans are the same away from GitHub' },
  app: { rank: 9, because: 'everything below can be run on texts alone, without a file system' },
};
const ENTRIES: Folder = { rank: 10, because: 'an entry is one way in among others' };

/** Where a package may be imported, and why only there. */
const DOORS: readonly { name: RegExp; through: RegExp; because: string }[] = [
  { name: /^yaml(\/|$)/, through: /^src\/syntax\//, because: 'all formats come out of syntax/ as one tree' },
  {
    name: /^unbash(\/|$)/,
    through: /^src\/syntax\//,
    because: 'all formats come out of syntax/ as one tree',
  },
  { name: /^ip-num(\/|$)/, through: /^src\/net\//, because: 'the rest counts with plain prefixes' },
  {
    name: /^(octokit|@(actions|octokit)\/.*)$/,
    through: /^src\/(action\.ts|github\/)/,
    because: 'the command line runs without GitHub',
  },
  { name: /^undici$/, through: /^src\/control\//, because: 'every request goes through one fetch' },
];

const PURE = new Set(
  'source net diagnostics syntax inputs policy cluster paths rules engine plan report'.split(' '),
);
const WORLD =
  /\b(?:process|console|performance)\.|\bfetch\(|\bnew Date\b|\bDate\.|\bset(?:Timeout|Interval)\(/g;

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every import that breaks the order of docs/architecture.md, each with the reason. */
function faultsOf({ path, text }: Source): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1');
  const faults = [...code.matchAll(IMPORT)].flatMap(
    (match) => faultOf(path, match[1] ?? match[2] ?? '') ?? [],
  );
  if (PURE.has(folderOf(path) ?? '')) {
    for (const [word] of code.matchAll(WORLD)) faults.push(`${path} uses ${word}: ${PURITY}`);
  }
  return faults;
}

const IMPORT =
  /^\s*(?:import\s+(?:[\w*{][^'"`;]*?\bfrom\s*)?|export\s+(?:type\s*)?[*{][^'"`;]*?\bfrom\s*)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
const PURITY =
  'from source/ to report/ nothing touches the world, so the same text always gives the same answer';

/** The digest of a text is always the same: Node's own is as pure as one written here. */
const PURE_PACKAGES = new Map([['src/plan/digest.ts', 'node:crypto']]);

function faultOf(path: string, specifier: string): string | undefined {
  if (PURE_PACKAGES.get(path) === specifier) return undefined;
  if (specifier.startsWith('node:')) {
    return PURE.has(folderOf(path) ?? '') ? `${path} imports ${specifier}: ${PURITY}` : undefined;
  }
  if (!specifier.startsWith('.')) {
    const door = DOORS.find(({ name }) => name.test(specifier));
    if (door === undefined)
      return `${path} imports ${specifier}: it is no dependency of docs/architecture.md`;
    return door.through.test(path)
      ? undefined
      : `${path} imports ${specifier}, not through its door: ${door.because}`;
  }

  const target = posix.join(posix.dirname(path), specifier);
  if (/^(schema\/[^/]+|package)\.json$/.test(target)) return undefined;
  const [from, to] = [placeOf(path), placeOf(target)];
  if (from === undefined || to === undefined)
    return `${path} imports ${target}: it has no rank in docs/architecture.md`;
  if (from.name === to.name || to.folder.rank < from.folder.rank) return undefined;
  const because =
    from.folder.rank === to.folder.rank
      ? 'folders of one rank do not import each other, so either can change alone'
      : to.folder.because;
  return `${path} imports ${target}: ${from.name} (rank ${from.folder.rank}) may not know ${to.name} (rank ${to.folder.rank}), because ${because}`;
}

/** The folder of `src/` that a file is in; an entry is a place of its own. */
function placeOf(path: string): { name: string; folder: Folder } | undefined {
  const name = folderOf(path);
  if (name === undefined)
    return path.startsWith('src/') ? { name: path.slice(4), folder: ENTRIES } : undefined;
  const folder = FOLDERS[name];
  return folder && { name: `${name}/`, folder };
}

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => posix.join('src', name.replaceAll('\\', '/')))
  .filter((path) => path.endsWith('.ts'))
  .map((path): Source => ({ path, text: readFileSync(path, 'utf8') }));

test('every file imports from its own folder or a lower rank', () => {
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.flatMap(faultsOf)).toEqual([]);
});

test.each([
  [
    'src/rules/x.ts',
    "import { renderText } from '../report/text.ts';",
    'src/rules/x.ts imports src/report/text.ts: rules/ (rank 6) may not know report/ (rank 8), because what is found does not depend on how it is shown',
  ],
  [
    'src/inputs/x.ts',
    "import type {\n  Policy,\n} from '../policy/read.ts';",
    'src/inputs/x.ts imports src/policy/read.ts: inputs/ (rank 3) may not know policy/ (rank 3), because folders of one rank do not import each other, so either can change alone',
  ],
  [
    'src/cluster/x.ts',
    "const yaml = await import('yaml');",
    'src/cluster/x.ts imports yaml, not through its door: all formats come out of syntax/ as one tree',
  ],
  [
    'src/app/x.ts',
    "export { nearest } from 'leven';",
    'src/app/x.ts imports leven: it is no dependency of docs/architecture.md',
  ],
  ['src/report/x.ts', "import 'node:fs';", `src/report/x.ts imports node:fs: ${PURITY}`],
  ['src/engine/x.ts', 'const now = Date.now();', `src/engine/x.ts uses Date.: ${PURITY}`],
  ['src/app/x.ts', "import '../cli.ts';", undefined],
  ['src/utils/x.ts', "import '../net/prefix.ts';", undefined],
])('a planted fault in %s fails with the reason: %s', (path, text, fault) => {
  const faults = faultsOf({ path, text });
  expect(faults).toHaveLength(1);
  if (fault !== undefined) expect(faults).toEqual([fault]);
});

test('what is in order is not a fault', () => {
  const text = `// import { x } from '../app/discover.ts' is told of only
import { readFileSync } from 'node:fs';
import { check } from '../engine/check.ts';
import schema from '../../schema/settings.schema.json' with { type: 'json' };
`;
  expect(faultsOf({ path: 'src/app/x.ts', text })).toEqual([]);
});
