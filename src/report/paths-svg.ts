import { askedInWords } from '../paths/flow.ts';
import { type Fate, fateOf, STYLES } from './path-fates.ts';
import {
  assumptionsIn,
  type ClusterPaths,
  countsOf,
  type PathNode,
  type PathsReport,
  pairOf,
} from './paths-report.ts';
import { redactionOf } from './redact.ts';
import { clip, visible } from './terminal.ts';
import { partMarkers } from './workflow-command.ts';

/** Of a text, in UTF-16 units. */
const LONGEST_NAME = 40;
const LONGEST_LINE = 160;

/** In pixels. */
const CELL = 22;
const LINE = 20;
const MARGIN = 16;
const LETTER = 8;

/** Of more nodes only the colours are drawn, without signs and tooltips. */
const MOST_SIGNS = 60;

type Escape = (text: string, longest?: number) => string;

/** The matrix as a picture that needs nothing else: no script, no font, no reference to anywhere. */
export function renderPathsSvg(report: PathsReport): string {
  const redaction = redactionOf(report.secrets);
  const xml: Escape = (text, longest = LONGEST_NAME) =>
    escapeXml(partMarkers(visible(clip(redaction.text(text), longest))));
  const body: string[] = [];
  let [width, y] = [0, MARGIN];
  const write = (text: string, attributes = '') => {
    y += LINE;
    body.push(`<text x="${MARGIN}" y="${y - 6}"${attributes}>${xml(text, LONGEST_LINE)}</text>`);
    width = Math.max(width, Math.min(text.length, LONGEST_LINE) * LETTER);
  };
  for (const cluster of report.clusters) {
    if (cluster.name !== undefined) write(cluster.name, ' font-weight="bold"');
    const drawn = matrix(cluster, y, xml);
    body.push(...drawn.lines);
    y = drawn.bottom;
    width = Math.max(width, drawn.right);
    for (const [fate, count] of countsOf(cluster.pairs)) {
      const { sign, says, color } = STYLES[fate];
      write(`${sign}  ${count}  ${says}`, ` fill="${color}"`);
    }
    y += LINE;
  }
  write(`${askedInWords(report.asked)} from pod to pod`);
  for (const each of assumptionsIn(report)) write(`assumed: ${each}`);
  const [right, bottom] = [width + 2 * MARGIN, y + MARGIN];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}" font-family="monospace" font-size="13">`,
    '<title>pod paths</title>',
    `<rect width="${right}" height="${bottom}" fill="#ffffff"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

function matrix(cluster: ClusterPaths, top: number, xml: Escape) {
  const { nodes, sites } = cluster;
  const left =
    MARGIN + (Math.max(...nodes.map(({ name }) => Math.min(name.length, LONGEST_NAME))) + 5) * LETTER;
  const lines: string[] = [];
  const hasSigns = nodes.length <= MOST_SIGNS;
  const placeOf = (number: number) => number * CELL;
  const first = top + CELL;
  for (const node of nodes) {
    const y = first + placeOf(node.number) + 15;
    lines.push(`<text x="${MARGIN}" y="${y}">${node.number + 1} ${xml(node.name)}</text>`);
    if (hasSigns) {
      const x = left + placeOf(node.number) + CELL / 2;
      lines.push(`<text x="${x}" y="${top + 15}" text-anchor="middle">${node.number + 1}</text>`);
    }
    lines.push(
      ...runs(cluster, node, hasSigns).flatMap(({ from, length, fate }) =>
        cell(
          left + placeOf(from),
          first + placeOf(node.number),
          length,
          fate,
          hasSigns && title(node, nodes[from]!),
        ),
      ),
    );
  }
  function title(from: PathNode, to: PathNode): string {
    return `${xml(from.name)} → ${xml(to.name)}`;
  }
  const [right, bottom] = [left + placeOf(nodes.length), first + placeOf(nodes.length)];
  let passed = 0;
  for (const site of sites.slice(0, -1)) {
    passed += site.nodes.length;
    const [x, y] = [left + placeOf(passed), first + placeOf(passed)];
    lines.push(
      `<path d="M${x} ${first}V${bottom}M${left} ${y}H${right}" stroke="#24292f" stroke-width="2"/>`,
    );
  }
  return { lines, right, bottom };
}

interface Run {
  readonly from: number;
  readonly length: number;
  readonly fate: Fate | undefined;
}

/** Cells of a row; neighbours that fare alike are one where no sign tells them apart. */
function runs(cluster: ClusterPaths, from: PathNode, hasSigns: boolean): readonly Run[] {
  const found: Run[] = [];
  for (const to of cluster.nodes) {
    const pair = pairOf(cluster, from, to);
    const fate = pair && fateOf(pair);
    const last = found.at(-1);
    if (!hasSigns && last !== undefined && last.fate === fate)
      found[found.length - 1] = { ...last, length: last.length + 1 };
    else found.push({ from: to.number, length: 1, fate });
  }
  return found;
}

function cell(
  x: number,
  y: number,
  length: number,
  fate: Fate | undefined,
  title: string | false,
): readonly string[] {
  if (fate === undefined) return [];
  const { color, sign, says } = STYLES[fate];
  const rect = `<rect x="${x}" y="${y}" width="${length * CELL - 1}" height="${CELL - 1}" fill="${color}"`;
  if (title === false) return [`${rect}/>`];
  return [
    `${rect}><title>${title}: ${escapeXml(says)}</title></rect>`,
    `<text x="${x + CELL / 2}" y="${y + 15}" text-anchor="middle" fill="#ffffff" pointer-events="none">${escapeXml(sign)}</text>`,
  ];
}

/** For content and attributes alike. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
