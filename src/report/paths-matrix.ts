import { type Fate, fateOf, STYLES } from './path-fates.ts';
import { type ClusterPaths, countsOf, type PathNode, pairOf, type Site } from './paths-report.ts';
import { DIM, type Paint, type Pen } from './pen.ts';
import { padded, widest } from './terminal.ts';

type MatrixPen = Pick<Pen, 'plain' | 'paint'>;

/** What stands on the diagonal. */
const ITSELF = '.';

/** Pairs of sites that are listed. */
const MOST_SITE_PAIRS = 40;

/**
 * Senders by row, receivers by column, both numbered and by site:
 *
 *     lan  1 oslo-1    . L | T
 *          2 oslo-2    L . | T
 *                      ----+--
 *          3 kyoto-1   T T | .
 */
export function matrixLines(cluster: ClusterPaths, { plain, paint }: MatrixPen): readonly string[] {
  const { sites, nodes } = cluster;
  const labels = sites.map(({ name }) => (name === undefined ? '' : plain(name)));
  const names = nodes.map(({ name }) => plain(name));
  const [siteWidth, nameWidth] = [widest(labels), widest(names)];
  const cell = `${nodes.length}`.length;
  const row = (texts: (node: PathNode) => string) =>
    sites.map(({ nodes }) => nodes.map(texts).join(' ')).join(' | ');
  const left = siteWidth + (siteWidth > 0 ? 2 : 0) + cell + 1 + nameWidth + 5;
  const between =
    ' '.repeat(left) + sites.map(({ nodes }) => '-'.repeat(nodes.length * (cell + 1) - 1)).join('-+-');

  const lines = [
    ' '.repeat(left) +
      paint(
        DIM,
        row(({ number }) => `${number + 1}`.padStart(cell)),
      ),
  ];
  for (const [index, site] of sites.entries()) {
    if (index > 0) lines.push(paint(DIM, between));
    for (const [place, from] of site.nodes.entries()) {
      const label = padded(place === 0 ? labels[index]! : '', siteWidth) + (siteWidth > 0 ? '  ' : '');
      const number = paint(DIM, `${from.number + 1}`.padStart(cell));
      const signs = row((to) => ' '.repeat(cell - 1) + signOf(cluster, from, to, paint));
      lines.push(`  ${label}${number} ${padded(names[from.number]!, nameWidth)}   ${signs}`);
    }
  }
  return lines;
}

function signOf(cluster: ClusterPaths, from: PathNode, to: PathNode, paint: Paint): string {
  const pair = pairOf(cluster, from, to);
  if (pair === undefined) return paint(DIM, ITSELF);
  const { sign, sgr } = STYLES[fateOf(pair)];
  return paint(sgr, sign);
}

/** From each site to each, how many pairs have which sign; nodes alone at theirs are taken together. */
export function sitePairLines(cluster: ClusterPaths, { plain, paint }: MatrixPen): readonly string[] {
  const rows = sitePairsOf(cluster);
  const shown = rows.slice(0, MOST_SITE_PAIRS).map(({ from, to, counts }) => ({
    where: `${plain(from)} → ${plain(to)}`,
    what: counts.map(([fate, count]) => `${paint(STYLES[fate].sgr, STYLES[fate].sign)} ${count}`).join('  '),
  }));
  const width = widest(shown.map(({ where }) => where));
  const lines = shown.map(({ where, what }) => `  ${padded(where, width)}   ${what}`);
  const left = rows.length - shown.length;
  return left > 0 ? [...lines, `  and ${left} pairs of sites more`] : lines;
}

export interface SitePair {
  readonly from: string;
  readonly to: string;
  readonly counts: readonly (readonly [Fate, number])[];
}

/** Those that have pairs of nodes. */
export function sitePairsOf(cluster: ClusterPaths): readonly SitePair[] {
  const groups = siteGroups(cluster.sites);
  return groups.flatMap((from) =>
    groups.flatMap((to): readonly SitePair[] => {
      const pairs = from.nodes.flatMap((sender) =>
        to.nodes.flatMap((receiver) => pairOf(cluster, sender, receiver) ?? []),
      );
      return pairs.length === 0 ? [] : [{ from: from.name, to: to.name, counts: countsOf(pairs) }];
    }),
  );
}

function siteGroups(sites: readonly Site[]): readonly { name: string; nodes: readonly PathNode[] }[] {
  const alone = sites.filter(({ nodes }) => nodes.length === 1);
  const shared = sites.flatMap(({ name, nodes }) =>
    nodes.length > 1 ? [{ name: name ?? 'site not known', nodes }] : [],
  );
  if (alone.length === 0) return shared;
  const name = alone.length === 1 ? alone[0]!.nodes[0]!.name : `${alone.length} nodes alone at their sites`;
  return [...shared, { name, nodes: alone.flatMap(({ nodes }) => nodes) }];
}
