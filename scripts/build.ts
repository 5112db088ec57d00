/**
 * Builds the two committed files, `dist/cli.js` and `dist/action.js`, and the licences of what they contain. The
 * same source gives the same bytes on every machine: CI builds them again and compares.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const shared: BuildOptions = {
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
  logLevel: 'warning',
};

mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(join(root, 'dist/package.json'), '{ "type": "commonjs" }\n');
const metafiles = await Promise.all([bundle('cli', 'node20'), bundle('action', 'node24')]);
chmodSync(join(root, 'dist/cli.js'), 0o755);
writeFileSync(join(root, 'dist/licenses.txt'), licensesOf(metafiles));

/** Writes one of the bundles; returns what is in it. */
async function bundle(entry: string, target: string): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [`src/${entry}.ts`],
    target,
    metafile: true,
    write: false,
  });
  // Small files are parsed faster. In a second step, because esbuild then takes the names at the top for those of a
  // script and leaves them as they are: the stack of a bug is to be read.
  const { code } = await transform(outputFiles[0]!.text, { target, minify: true, legalComments: 'none' });
  // One other character, and V8 keeps the whole file with two bytes for each. esbuild leaves them in expressions.
  const ascii = code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  writeFileSync(join(root, `dist/${entry}.js`), ascii);
  return metafile;
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
