import { edgesOf } from './path-edges.ts';
import { type Fate, STYLES } from './path-fates.ts';
import type { ClusterPaths } from './paths-report.ts';
import { clip, visible } from './terminal.ts';

/** Of a name, in UTF-16 units. */
const LONGEST_NAME = 60;

/** A flowchart of Mermaid, in the fence that GitHub draws it from: sites as frames, a line for each two nodes. */
export function mermaidOf(cluster: ClusterPaths, redact: (text: string) => string): string {
  const label = (text: string) => `"${escapeMermaid(visible(clip(redact(text), LONGEST_NAME)))}"`;
  const frames = cluster.sites.flatMap(({ name, nodes }, index) => {
    const own = nodes.map((node) => `n${node.number}[${label(node.name)}]`);
    if (name === undefined) return own.map((line) => `  ${line}`);
    return [`  subgraph s${index} [${label(name)}]`, ...own.map((line) => `    ${line}`), '  end'];
  });
  const edges = edgesOf(cluster);
  const links = edges.map(({ from, to, fate, isMutual }) => {
    const [there, mutual] = LINKS[fate];
    return `  n${from.number} ${isMutual ? mutual : there}|${STYLES[fate].word}| n${to.number}`;
  });
  const styles = edges.map(({ fate }, index) => `  linkStyle ${index} stroke:${STYLES[fate].color}`);
  return ['```mermaid', 'flowchart LR', ...frames, ...links, ...styles, '```'].join('\n');
}

/** One way and both ways: the tailnet is thick, what fails is dotted with a cross. */
const LINKS: Readonly<Record<Fate, readonly [string, string]>> = {
  lan: ['-->', '<-->'],
  overlay: ['-->', '<-->'],
  own: ['-->', '<-->'],
  tailnet: ['==>', '<==>'],
  broken: ['-.-x', 'x-.-x'],
  leak: ['-.-x', 'x-.-x'],
  unknown: ['-.->', '<-.->'],
};

/** Everything but letters, digits and a few signs as the number of its character [Mermaid 11 docs, flowchart]. */
function escapeMermaid(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._-]/gu, (character) => `#${character.codePointAt(0)};`);
}
