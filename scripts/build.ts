/**
 * Builds the two committed files, `dist/cli.js` and `dist/action.js`, and the licences of what they contain. The
 * same source gives the same bytes on every machine: CI builds them again and compares.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Each rule's page by its id, for `podroute explain`. */
const rulePages = Object.fromEntries(
  readdirSync(join(root, 'docs/rules'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => [name.slice(0, -'.md'.length), readFileSync(join(root, 'docs/rules', name), 'utf8')]),
);

/** `@actions/core` brings an HTTP client of 800 kB for what nobody calls; only imports with effects keep it in. */
const withoutUnusedActions: Plugin = {
  name: 'without-unused-actions',
  setup(builder) {
    builder.onResolve({ filter: /^@actions\// }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'resolving') return undefined;
      const resolved = await builder.resolve(path, { ...from, pluginData: 'resolving' });
      return { ...resolved, sideEffects: false };
    });
  },
};

/** What most runs do without: these modules run when the first IPv6 address or the first script is met. */
const LATE: Readonly<Record<string, string>> = {
  'ip-num/dist/src/HexadecimalUtils.js': 'hexadectetNotationToBinaryString',
  unbash: 'parse',
};

const lateModules: Plugin = {
  name: 'late-modules',
  setup(builder) {
    builder.onResolve({ filter: /^(ip-num\/|unbash$)/ }, ({ path, namespace }) =>
      namespace === 'late' ? undefined : { path, namespace: 'late' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `export const ${LATE[path]} = (text) => require(${JSON.stringify(path)}).${LATE[path]}(text);`,
      resolveDir: root,
    }));
  },
};

/** An entry takes up what needs a network by the one `import()` of a module of ours. */
const LATE_PART = /\bimport\('(\.\/app\/[\w-]+\.ts)'\)/;

const shared = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  // Node starts a CommonJS file some milliseconds sooner than a module; `dist/package.json` says that it is one.
  format: 'cjs',
  legalComments: 'none',
  // The same code as its default for Node, as modules: it starts faster and unused parts stay out.
  alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
  define: {
    PODROUTE_VERSION: JSON.stringify(version),
    RULE_PAGES: JSON.stringify(JSON.stringify(rulePages)),
  },
  plugins: [lateModules, withoutUnusedActions],
  metafile: true,
  write: false,
  logLevel: 'warning',
} satisfies BuildOptions;

mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(join(root, 'dist/package.json'), '{ "type": "commonjs" }\n');
const metafiles = (await Promise.all([bundle('cli', 'node20'), bundle('action', 'node24')])).flat();
chmodSync(join(root, 'dist/cli.js'), 0o755);
writeFileSync(join(root, 'dist/licenses.txt'), licensesOf(metafiles));

/** Writes one of the bundles; returns what is in it. */
async function bundle(entry: string, target: string): Promise<Metafile[]> {
  const file = `src/${entry}.ts`;
  const part = await latePart(file, target);
  const { outputFiles, metafile } = await build({
    ...shared,
    plugins: [...(part ? [takenUpLater(file, part)] : []), ...shared.plugins],
    entryPoints: [file],
    target,
  });
  writeFileSync(join(root, `dist/${entry}.js`), await minified(outputFiles[0]!.text, target));
  return part ? [metafile, part.metafile] : [metafile];
}

/** A part of a bundle that stands in it as a text, which is compiled when it is first asked for. */
interface LatePart {
  readonly text: string;
  /** The modules that it takes from its entry, as `src/app/errors.ts`: a class must not be there twice. */
  readonly taken: readonly string[];
  readonly metafile: Metafile;
}

/**
 * Undefined for an entry that has none. Only a text costs `check` next to nothing: else esbuild wraps each module that
 * both parts use, and V8 looks through all the rest.
 */
async function latePart(entry: string, target: string): Promise<LatePart | undefined> {
  const path = LATE_PART.exec(readFileSync(join(root, entry), 'utf8'))?.[1];
  if (path === undefined) return undefined;
  const atOnce = await modulesAtOnce(entry, target);
  const fromEntry: Plugin = {
    name: 'from-entry',
    setup(builder) {
      builder.onResolve({ filter: /^\./ }, ({ path, importer }) => {
        const file = relative(root, join(dirname(importer), path)).replaceAll('\\', '/');
        return atOnce.has(file) ? { path: file, external: true } : undefined;
      });
    },
  };
  const { outputFiles, metafile } = await build({
    ...shared,
    plugins: [fromEntry, ...shared.plugins],
    entryPoints: [join('src', path)],
    target,
    // A function that is compiled from a text may not `import()` by itself.
    supported: { 'dynamic-import': false },
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const taken = new Set(imports.map((each) => each.path).filter((each) => atOnce.has(each)));
  return { text: await minified(outputFiles[0]!.text, target), taken: [...taken].sort(), metafile };
}

/** The modules of ours of which an entry has something without its late part. */
async function modulesAtOnce(entry: string, target: string): Promise<ReadonlySet<string>> {
  const withoutLatePart: Plugin = {
    name: 'without-late-part',
    setup(builder) {
      builder.onResolve({ filter: /^\.\/app\// }, ({ kind, path }) =>
        kind === 'dynamic-import' ? { path, external: true } : undefined,
      );
    },
  };
  const plugins = [withoutLatePart, ...shared.plugins];
  const { metafile } = await build({ ...shared, plugins, entryPoints: [entry], target });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  return new Set(files.filter((file) => file.startsWith('src/') && file !== entry));
}

/** Has an entry compile its late part in place of `import()`. */
function takenUpLater(entry: string, { text, taken }: LatePart): Plugin {
  const names = taken.map((file, index) => ({ file: JSON.stringify(file), name: `module${index}` }));
  const contents = `
    ${names.map(({ file, name }) => `import * as ${name} from ${file};`).join('\n')}
    const taken = { ${names.map(({ file, name }) => `${file}: ${name}`).join(', ')} };
    export async function takeUp() {
      const { compileFunction } = require('node:vm');
      const part = compileFunction(${JSON.stringify(text)}, ['module', 'require'], { filename: 'podroute/late.js' });
      const module = { exports: {} };
      part(module, (path) => taken[path] ?? require(path));
      return module.exports;
    }`;
  return {
    name: 'taken-up-later',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(root, entry)) return undefined;
        const code = readFileSync(path, 'utf8').replace(LATE_PART, 'takeUp()');
        return { contents: `${code}\nimport { takeUp } from 'late-part';`, loader: 'ts' };
      });
      builder.onResolve({ filter: /^late-part$/ }, ({ path }) => ({ path, namespace: 'late-part' }));
      builder.onResolve({ filter: /^src\//, namespace: 'late-part' }, ({ path }) => ({
        path: join(root, path),
      }));
      builder.onLoad({ filter: /.*/, namespace: 'late-part' }, () => ({ contents }));
    },
  };
}

/** Small files are parsed faster. */
async function minified(text: string, target: string): Promise<string> {
  // In a second step, because esbuild then takes the names at the top for those of a script and leaves them as they
  // are: the stack of a bug is to be read.
  const { code } = await transform(text, { target, minify: true, legalComments: 'none' });
  // One other character, and V8 keeps the whole file with two bytes for each. esbuild leaves them in expressions.
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The licence of every package of which a part is in a bundle. */
function licensesOf(metafiles: readonly Metafile[]): string {
  const packages = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
        if (name !== undefined && bytesInOutput > 0) packages.add(name);
      }
    }
  }
  return [...packages].sort().map(licenseOf).join('\n');
}

function licenseOf(name: string): string {
  const folder = join(root, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  return `${name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
}
