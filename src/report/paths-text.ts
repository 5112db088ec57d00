import { listed } from '../diagnostics/wording.ts';
import { formatAddress } from '../net/format.ts';
import { askedInWords } from '../paths/flow.ts';
import type { Host } from '../paths/host.ts';
import type { Step } from '../paths/path.ts';
import type { Span } from '../source/span.ts';
import { type Fate, fateOf, STYLES } from './path-fates.ts';
import { groupsOf, kindsBeside, type Trouble, troublesOf } from './path-troubles.ts';
import { pathsDifferenceLines } from './paths-difference-text.ts';
import { matrixLines, sitePairLines } from './paths-matrix.ts';
import { assumptionsIn, type ClusterPaths, countsOf, type PathsReport, type Traced } from './paths-report.ts';
import { stepsOf, verdictInWords } from './paths-verdict.ts';
import { DIM, type Pen, penOf, placeLine, STRONG, textOfBlocks } from './pen.ts';
import type { TextOptions } from './text.ts';
import { counted } from './totals.ts';

/** A larger matrix is not read any more: then the sites are told instead. */
const MOST_NODES = 25;

/** Causes of what pods do not reach, and of the rest. */
const MOST_TROUBLES = 20;
const MOST_BESIDE = 5;
/** Lines below a cause, and below a step. */
const MOST_PLACES = 3;
const MOST_TOLD = 8;
const MOST_GROUPS = 4;
/** Names of nodes in a row. */
const MOST_NAMES = 6;

/**
 * The matrix of each cluster for somebody at a terminal, what is broken by its causes, and what was asked. Beside other
 * files the difference stands in place of the matrix.
 */
export function renderPathsText(report: PathsReport, options: TextOptions): string {
  const pen = penOf(report.secrets, options);
  const { difference } = report;
  const blocks = difference
    ? [pathsDifferenceLines(difference, { plain: pen.plain, line: (span) => placeLine(span, pen) })]
    : report.clusters.flatMap((cluster) => clusterBlocks(cluster, pen));
  if (blocks.length === 0) blocks.push(['no node of K3s is known']);
  if (!options.quiet) blocks.push(closing(report, pen));
  return textOfBlocks(blocks);
}

function clusterBlocks(cluster: ClusterPaths, pen: Pen): readonly (readonly string[])[] {
  const { nodes, sites, name, network } = cluster;
  const size = `${counted(nodes.length, 'node')} at ${counted(sites.length, 'site')}`;
  const backend = network.backend.value === undefined ? '' : `, flannel ${network.backend.value}`;
  const heading = `${name === undefined ? '' : `${name}: `}${size}${backend}`;
  const isSmall = nodes.length <= MOST_NODES;
  const troubles = troublesOf(network, cluster.pairs);
  return [
    [pen.paint(STRONG, pen.plain(heading))],
    isSmall ? matrixLines(cluster, pen) : sitePairLines(cluster, pen),
    legend(cluster, pen),
    ...troubleBlocks(troubles, pen),
    ...besideBlocks(cluster, troubles, pen),
  ];
}

function legend(cluster: ClusterPaths, { paint }: Pen): readonly string[] {
  const counts = countsOf(cluster.pairs);
  const width = Math.max(0, ...counts.map(([, count]) => `${count}`.length));
  return counts.map(([fate, count]) => {
    const { sign, says, sgr } = STYLES[fate];
    const detour = fate === 'tailnet' ? detourOf(cluster) : '';
    return `  ${paint(sgr, sign)}  ${`${count}`.padStart(width)}  ${says}${detour}`;
  });
}

/** LAN pairs that leave the LAN are delivered all the same, and nobody sees it but here. */
function detourOf({ pairs }: ClusterPaths): string {
  const count = pairs.filter(
    (pair) => fateOf(pair) === 'tailnet' && pair.from.site !== undefined && pair.from.site === pair.to.site,
  ).length;
  return count === 0 ? '' : `, ${count} of them between nodes of one site`;
}

/** Of what is not asked from pod to pod how much is delivered, and what keeps it that is not said above. */
function besideBlocks(
  cluster: ClusterPaths,
  told: readonly Trouble[],
  pen: Pen,
): readonly (readonly string[])[] {
  const kinds = kindsBeside(cluster);
  const lines = kinds.map(([name, paths]) => {
    const counts = countsOf(paths).map(([fate, count]) => {
      const { word, sgr } = STYLES[fate];
      return `${count} ${pen.paint(sgr, word)}`;
    });
    return `  ${name.padEnd(28)}${counts.join(', ')}`;
  });
  const said = new Set(told.map(({ says }) => says));
  const troubles = troublesOf(
    cluster.network,
    kinds.flatMap(([, paths]) => paths),
  ).filter(({ says }) => !said.has(says));
  return [lines, ...troubleBlocks(troubles, pen, MOST_BESIDE)];
}

function troubleBlocks(
  troubles: readonly Trouble[],
  pen: Pen,
  most = MOST_TROUBLES,
): readonly (readonly string[])[] {
  const blocks = troubles.slice(0, most).map(({ isKnown, says, because, pairs }) => {
    const fate: Fate = isKnown ? 'broken' : 'unknown';
    const { sign, sgr } = STYLES[fate];
    const count = pen.paint(DIM, `(${counted(pairs.length, 'pair')})`);
    return [
      `${pen.paint(sgr, sign)} ${pen.paint(STRONG, pen.plain(says))} ${count}`,
      ...placeLines(because, pen, '    ', MOST_PLACES),
      ...groupLines(pairs, pen),
    ];
  });
  const left = troubles.length - blocks.length;
  return left > 0 ? [...blocks, [`and ${counted(left, 'cause')} more`]] : blocks;
}

function groupLines(pairs: Trouble['pairs'], pen: Pen): readonly string[] {
  const groups = groupsOf(pairs);
  const shown = groups
    .slice(0, MOST_GROUPS)
    .map(({ from, to }) => `    ${pen.plain(namesOf(from))} → ${pen.plain(namesOf(to))}`);
  const left = groups.slice(MOST_GROUPS).reduce((sum, { from, to }) => sum + from.length * to.length, 0);
  return left > 0 ? [...shown, `    and ${counted(left, 'pair')} more`] : shown;
}

function namesOf(hosts: readonly Host[]): string {
  return listed(
    hosts.map(({ name }) => name),
    MOST_NAMES,
  );
}

/** The lines that decide, each with its place. */
function placeLines(because: readonly Span[], pen: Pen, indent: string, most: number): readonly string[] {
  const lines = because.map((span) => placeLine(span, pen));
  const distinct = [...new Set(lines)];
  const shown = distinct.slice(0, most).map((line) => indent + line);
  const left = distinct.length - shown.length;
  return left > 0 ? [...shown, `${indent}${pen.paint(DIM, `and ${counted(left, 'line')} more`)}`] : shown;
}

function closing(report: PathsReport, pen: Pen): readonly string[] {
  return [
    `asked: ${askedInWords(report.asked)} from pod to pod; a pod is its node's CIDR's network address plus ten`,
    ...assumptionsIn(report).map((each) => `assumed: ${pen.plain(each)}`),
  ];
}

/** One pair step by step; the last line is the verdict. */
export function renderTraceText(
  report: PathsReport,
  { from, to, path }: Traced,
  options: TextOptions,
): string {
  const pen = penOf(report.secrets, options);
  const { source, destination } = path;
  const steps = stepsOf(path);
  const addresses = source && destination ? `, ${formatAddress(source)} → ${formatAddress(destination)}` : '';
  const width = `${steps.length}`.length;
  const heading = `${from.name} → ${to.name}: ${askedInWords(report.asked)}${addresses}`;
  return textOfBlocks([
    [pen.paint(STRONG, pen.plain(heading))],
    steps.flatMap((step, index) => stepLines(step, `${index + 1}`.padStart(width + 2), pen)),
    [verdictLine({ from, to, path }, pen)],
    options.quiet ? [] : closing(report, pen).slice(1),
  ]);
}

function stepLines({ says, because }: Step, number: string, pen: Pen): readonly string[] {
  const indent = ' '.repeat(number.length + 2);
  return [
    `${pen.paint(DIM, number)}  ${pen.plain(says)}`,
    ...placeLines(because, pen, `${indent}  `, MOST_TOLD),
  ];
}

function verdictLine(traced: Traced, { paint, plain }: Pen): string {
  const { sgr } = STYLES[fateOf(traced.path)];
  return paint(sgr, plain(verdictInWords(traced)));
}
