import { buildClusters } from '../cluster/build.ts';
import type { Cluster } from '../cluster/model.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { listed } from '../diagnostics/wording.ts';
import { type Assumption, parseAssumption } from '../paths/assume.ts';
import { comparePaths } from '../paths/compare-paths.ts';
import { buildNetwork, type Network } from '../paths/network.ts';
import { HTTPS, podTracer } from '../paths/pod-paths.ts';
import { readProtocol } from '../policy/read/read-ports.ts';
import { renderPathsDot } from '../report/paths-dot.ts';
import { renderPathsJson } from '../report/paths-json.ts';
import { renderPathsMarkdown, renderTraceMarkdown } from '../report/paths-markdown.ts';
import {
  type ClusterPaths,
  type PathNode,
  type PathsReport,
  pathsOf,
  type Traced,
} from '../report/paths-report.ts';
import { renderPathsSvg } from '../report/paths-svg.ts';
import { renderPathsText, renderTraceText } from '../report/paths-text.ts';
import type { TextOptions } from '../report/text.ts';
import { type Arguments, formatAmong } from './arguments.ts';
import { askedPath } from './asked-path.ts';
import { SettingsError } from './errors.ts';
import type { Outcome, Surroundings } from './outcome.ts';
import { readFolder } from './read-folder.ts';

const FORMATS = ['text', 'json', 'markdown', 'dot', 'svg'] as const;
/** One path is told, not drawn. */
const TRACE_FORMATS = ['text', 'json', 'markdown'] as const;

/** `podroute paths`: what becomes of a connection from the pods of each node to those of each other, or of one pair. */
export function showPaths(asked: Arguments, { cwd, color, progress }: Surroundings): Outcome {
  const { config, devices, from, to } = asked;
  const isTrace = from !== undefined && to !== undefined;
  const format = formatAmong(asked, isTrace ? TRACE_FORMATS : FORMATS);
  const question = questionIn(asked);
  if (isTrace && asked.base !== undefined)
    throw new SettingsError('--base compares all pairs: it takes no --from');

  const { read, given } = readFolder(asked.operands, { cwd, config, devices, progress });
  const clusters = buildClusters(read, given);
  const assumptions = assumptionsIn(asked, clusters);
  const networks = networksOf(clusters, assumptions);
  const base =
    asked.base === undefined ? undefined : readFolder([asked.base], { cwd, config, devices, progress });
  const report: PathsReport = {
    asked: question,
    clusters: pathsOf(networks, question),
    ...(base && {
      difference: comparePaths(
        {
          networks: networksOf(buildClusters(base.read, base.given), assumptions),
          root: rootOf([asked.base!], cwd),
        },
        { networks, root: rootOf(asked.operands, cwd) },
        question,
      ),
    }),
    secrets: [...read, ...(base?.read ?? [])].flatMap(({ facts }) => facts.secrets),
  };
  const traced = isTrace ? traceIn(report, from, to) : undefined;
  const output = render(report, traced, format, { color: color && asked.color, quiet: asked.quiet });
  if (output === undefined) throw new SettingsError('--format json: so many pairs are too much for one text');
  return { output, exitCode: 0 };
}

function networksOf(clusters: readonly Cluster[], assumptions: readonly Assumption[]): readonly Network[] {
  return clusters
    .map((cluster) => buildNetwork(cluster, undefined, assumptions))
    .filter(({ hosts }) => hosts.length > 0);
}

function assumptionsIn({ assume = [] }: Arguments, clusters: readonly Cluster[]): readonly Assumption[] {
  const names = clusters.flatMap(({ nodes }) => nodes.flatMap(({ name }) => name ?? []));
  return assume.map((text) => {
    const read = parseAssumption(text, names);
    if (!read.ok) throw new SettingsError(`--assume: ${read.fault}`);
    return read.value;
  });
}

/** What the paths of all files of a folder begin with. */
function rootOf(paths: readonly string[], cwd: string): string {
  return paths.length === 1 ? askedPath(paths[0]!, cwd).shown : '';
}

function render(
  report: PathsReport,
  traced: Traced | undefined,
  format: (typeof FORMATS)[number],
  options: TextOptions,
): string | undefined {
  switch (format) {
    case 'text':
      return traced ? renderTraceText(report, traced, options) : renderPathsText(report, options);
    case 'json':
      return renderPathsJson(report, traced);
    case 'markdown':
      return traced ? renderTraceMarkdown(report, traced) : renderPathsMarkdown(report);
    case 'dot':
      return renderPathsDot(report);
    case 'svg':
      return renderPathsSvg(report);
  }
}

function questionIn({ port, proto }: Arguments): PathsReport['asked'] {
  const number = port === undefined ? HTTPS.port : Number(/^\d{1,5}$/.exec(port)?.[0]);
  if (!(number >= 1 && number <= 65_535)) {
    throw new SettingsError(`--port is ${JSON.stringify(port)}, not a number from 1 to 65535`);
  }
  const protocol = proto === undefined ? undefined : readProtocol(proto);
  if (protocol?.ok === false) throw new SettingsError(`--proto: ${JSON.stringify(proto)} is no protocol`);
  return { protocol: protocol?.value ?? HTTPS.protocol, port: number };
}

function traceIn(report: PathsReport, from: string, to: string): Traced {
  const sender = nodeNamed(report, '--from', from);
  const receiver = nodeNamed(report, '--to', to);
  if (sender.cluster !== receiver.cluster) {
    throw new SettingsError(`${sender.node.name} and ${receiver.node.name} are in different clusters`);
  }
  const trace = podTracer(sender.cluster.network, report.asked);
  return { from: sender.node, to: receiver.node, path: trace(sender.node.host, receiver.node.host) };
}

interface FoundNode {
  readonly cluster: ClusterPaths;
  readonly node: PathNode;
}

/** A node by what the answer calls it, or by its own name where it is the only one of that. */
function nodeNamed({ clusters }: PathsReport, option: string, text: string): FoundNode {
  const all = clusters.flatMap((cluster) => cluster.nodes.map((node) => ({ cluster, node })));
  const wanted = text.toLowerCase();
  const shown = all.find(({ node }) => node.name.toLowerCase() === wanted);
  if (shown !== undefined) return shown;
  const named = all.filter(({ node }) => node.host.name.toLowerCase() === wanted);
  if (named[0] !== undefined && named.length === 1) return named[0];
  const names = (named.length > 0 ? named : all).map(({ node }) => node.name);
  if (named.length > 0) {
    throw new SettingsError(
      `${option}: ${JSON.stringify(text)} is a node of several clusters: ${listed(names)}`,
    );
  }
  const near = nearest(text, names);
  const known = names.length === 0 ? 'no node is known' : `the nodes are ${listed(names, 12)}`;
  throw new SettingsError(
    `${option}: there is no node ${JSON.stringify(text)}: ${near === undefined ? known : `did you mean ${near}?`}`,
  );
}
