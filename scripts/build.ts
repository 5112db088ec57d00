/**
 * Builds the two committed files, `dist/cli.js` and `dist/action.js`, and the licences of what they contain. The
 * same source gives the same bytes on every machine: CI builds them again and compares.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

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

/** `import` of what Node itself has loads all of it, streams too; `require` loads what is used. */
const requireBuiltIns: Plugin = {
  name: 'require-built-ins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace === 'built-in' ? { path, external: true } : { path, namespace: 'built-in' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  // Names stay: the stack of a bug is to be read. Without white space the file is parsed faster.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // The same code as its default for Node, as modules: it starts faster and unused parts stay out.
  alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
  define: {
    PODROUTE_VERSION: JSON.stringify(version),
    RULE_PAGES: JSON.stringify(JSON.stringify(rulePages)),
  },
  plugins: [requireBuiltIns, withoutUnusedActions],
  metafile: true,
  logLevel: 'warning',
};

const requireOfNode = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

mkdirSync(join(root, 'dist'), { recursive: true });
const results = await Promise.all([
  build({
    ...shared,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist/cli.js',
    target: 'node20',
    banner: { js: `#!/usr/bin/env node\n${requireOfNode}` },
  }),
  build({
    ...shared,
    entryPoints: ['src/action.ts'],
    outfile: 'dist/action.js',
    target: 'node24',
    banner: { js: requireOfNode },
  }),
]);
chmodSync(join(root, 'dist/cli.js'), 0o755);
writeFileSync(join(root, 'dist/licenses.txt'), licensesOf(results.map(({ metafile }) => metafile!)));

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
