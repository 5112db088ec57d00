import { edgesOf } from './path-edges.ts';
import { STYLES } from './path-fates.ts';
import type { PathsReport } from './paths-report.ts';
import { redactionOf } from './redact.ts';
import { clip, visible } from './terminal.ts';
import { partMarkers } from './workflow-command.ts';

/** Of a name, in UTF-16 units. */
const LONGEST_NAME = 80;

/** A graph for Graphviz: sites as clusters, a line for both directions where they fare alike. */
export function renderPathsDot({ clusters, secrets }: PathsReport): string {
  const redaction = redactionOf(secrets);
  const label = (text: string) => quoted(partMarkers(visible(clip(redaction.text(text), LONGEST_NAME))));
  const lines = ['digraph podroute {', '  node [shape=box, style=rounded];'];
  for (const [index, cluster] of clusters.entries()) {
    for (const [number, { name, nodes }] of cluster.sites.entries()) {
      lines.push(`  subgraph cluster_${index}_${number} {`);
      lines.push(`    label=${name === undefined ? '""' : label(name)};`);
      for (const node of nodes) lines.push(`    n${index}_${node.number} [label=${label(node.name)}];`);
      lines.push('  }');
    }
    for (const { from, to, fate, isMutual } of edgesOf(cluster)) {
      const { color, word } = STYLES[fate];
      const style = fate === 'lan' || fate === 'overlay' || fate === 'own' ? 'solid' : DASHES[fate];
      const both = isMutual ? ', dir=both' : '';
      lines.push(
        `  n${index}_${from.number} -> n${index}_${to.number} [label="${word}", color="${color}", fontcolor="${color}", style=${style}${both}];`,
      );
    }
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

const DASHES = { tailnet: 'bold', broken: 'dotted', leak: 'dotted', unknown: 'dashed' } as const;

/** A label of DOT, in which a backslash begins an escape and `&` an entity [Graphviz docs, escString]. */
function quoted(text: string): string {
  return `"${text.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
