import { listed } from '../diagnostics/wording.ts';
import { formatAddress } from '../net/format.ts';
import { askedInWords } from '../paths/flow.ts';
import type { Host } from '../paths/host.ts';
import { lineInWords } from './lines.ts';
import { joinBlocks, type Quote, quoterOf, tableRow } from './markdown.ts';
import { type Fate, fateOf, STYLES } from './path-fates.ts';
import { groupsOf, kindsBeside, type Trouble, troublesOf } from './path-troubles.ts';
import { pathsDifferenceTable } from './paths-difference-markdown.ts';
import { sitePairsOf } from './paths-matrix.ts';
import { mermaidOf } from './paths-mermaid.ts';
import {
  assumptionsIn,
  type ClusterPaths,
  countsOf,
  type PathsReport,
  pairOf,
  type Traced,
} from './paths-report.ts';
import { stepsOf, verdictInWords } from './paths-verdict.ts';
import { type Redaction, redactionOf } from './redact.ts';
import { counted } from './totals.ts';

/** A wider table is not read any more. */
const MOST_COLUMNS = 25;
const MOST_DRAWN = 12;
const MOST_ROWS = 60;
const MOST_TROUBLES = 30;
const MOST_PLACES = 3;
const MOST_NAMES = 6;
/** Of one text, in UTF-16 units. */
const LONGEST_TEXT = 500;

/** For a page on GitHub: the matrix as a table, what is broken by its causes, and a drawing of few nodes. */
export function renderPathsMarkdown(report: PathsReport): string {
  const redaction = redactionOf(report.secrets);
  const quote = quoterOf(redaction, LONGEST_TEXT);
  const { difference } = report;
  const blocks = [
    ...(difference ? pathsDifferenceTable(difference, quote) : []),
    ...report.clusters.flatMap((cluster) => clusterBlocks(cluster, redaction, quote)),
  ];
  if (blocks.length === 0) blocks.push('No node of K3s is known.');
  return joinBlocks(['## podroute: pod paths', ...blocks, ...closing(report, quote)]);
}

function clusterBlocks(cluster: ClusterPaths, redaction: Redaction, quote: Quote): readonly string[] {
  const { name, nodes } = cluster;
  return [
    ...(name === undefined ? [] : [`### ${quote(name)}`]),
    ...matrixBlocks(cluster, quote),
    ...troubleTable(troublesOf(cluster.network, cluster.pairs), quote),
    kindsBeside(cluster)
      .map(([name, paths]) => `- ${name}: ${countsInWords(countsOf(paths))}`)
      .join('\n'),
    ...(nodes.length > 1 && nodes.length <= MOST_DRAWN ? [mermaidOf(cluster, redaction.text)] : []),
  ].filter((block) => block !== '');
}

/** How many pairs fare how, and which: by nodes, of many by sites. */
export function matrixBlocks(cluster: ClusterPaths, quote: Quote): readonly string[] {
  return [
    countsOf(cluster.pairs)
      .map(([fate, count]) => `**${count}** ${STYLES[fate].says}`)
      .join(' · '),
    cluster.nodes.length > MOST_COLUMNS ? siteTable(cluster, quote) : matrixTable(cluster, quote),
  ];
}

/** What is well stands in plain words, what is not in bold ones. */
function matrixTable(cluster: ClusterPaths, quote: Quote): string {
  const { nodes } = cluster;
  const rows = nodes.map((from) =>
    tableRow([
      quote(from.name),
      ...nodes.map((to) => {
        const pair = pairOf(cluster, from, to);
        return pair === undefined ? '·' : wordOf(fateOf(pair));
      }),
    ]),
  );
  return [
    tableRow(['from \\ to', ...nodes.map(({ name }) => quote(name))]),
    `| --- |${' :-: |'.repeat(nodes.length)}`,
    ...rows,
  ].join('\n');
}

function siteTable(cluster: ClusterPaths, quote: Quote): string {
  const all = sitePairsOf(cluster);
  const rows = all
    .slice(0, MOST_ROWS)
    .map(({ from, to, counts }) => tableRow([quote(from), quote(to), countsInWords(counts)]));
  const left = all.length - rows.length;
  const table = [tableRow(['from', 'to', 'pairs']), '| --- | --- | --- |', ...rows].join('\n');
  return left > 0 ? `${table}\n\nand ${left} pairs of sites more` : table;
}

function countsInWords(counts: ReturnType<typeof countsOf>): string {
  return counts.map(([fate, count]) => `${count} ${wordOf(fate)}`).join(', ');
}

function wordOf(fate: Fate): string {
  const { word } = STYLES[fate];
  return fate === 'broken' || fate === 'leak' || fate === 'unknown' ? `**${word}**` : word;
}

function troubleTable(troubles: readonly Trouble[], quote: Quote): readonly string[] {
  if (troubles.length === 0) return [];
  const rows = troubles.slice(0, MOST_TROUBLES).map(({ says, because, pairs }) => {
    const places = [...new Set(because.map(lineInWords))];
    const shown = places.slice(0, MOST_PLACES).map(quote);
    if (places.length > shown.length) shown.push(`and ${places.length - shown.length} more`);
    const groups = groupsOf(pairs).map(({ from, to }) => quote(`${namesOf(from)} → ${namesOf(to)}`));
    const more =
      groups.length > MOST_PLACES ? [`and ${counted(groups.length - MOST_PLACES, 'group')} more`] : [];
    return tableRow([
      quote(says),
      shown.join('<br>'),
      `${counted(pairs.length, 'pair')}<br>${[...groups.slice(0, MOST_PLACES), ...more].join('<br>')}`,
    ]);
  });
  const table = [tableRow(['why', 'where', 'pairs']), '| --- | --- | --- |', ...rows].join('\n');
  const left = troubles.length - rows.length;
  return left > 0 ? [table, `and ${counted(left, 'cause')} more`] : [table];
}

function namesOf(hosts: readonly Host[]): string {
  return listed(
    hosts.map(({ name }) => name),
    MOST_NAMES,
  );
}

function closing(report: PathsReport, quote: Quote): readonly string[] {
  const asked = `Asked: ${askedInWords(report.asked)} from pod to pod; a pod is its node's CIDR's network address plus ten.`;
  return [[asked, ...assumptionsIn(report).map((each) => `Assumed: ${quote(each)}`)].join('<br>')];
}

/** One pair step by step, as a numbered list. */
export function renderTraceMarkdown(report: PathsReport, traced: Traced): string {
  const quote = quoterOf(redactionOf(report.secrets), LONGEST_TEXT);
  const { from, to, path } = traced;
  const { source, destination } = path;
  const addresses = source && destination ? `, ${formatAddress(source)} → ${formatAddress(destination)}` : '';
  const steps = stepsOf(path).map(({ says, because }, index) => {
    const places = [...new Set(because.map(lineInWords))].map((place) => `   - ${quote(place)}`);
    return [`${index + 1}. ${quote(says)}`, ...places].join('\n');
  });
  return joinBlocks([
    `## podroute: ${quote(`${from.name} → ${to.name}`)}`,
    `${askedInWords(report.asked)}${addresses}`,
    steps.join('\n'),
    `**${STYLES[fateOf(path)].word}**: ${quote(verdictInWords(traced))}`,
    ...closing(report, quote).slice(0, 1),
  ]);
}
