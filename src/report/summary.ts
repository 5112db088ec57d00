import { bytesOf, codeSpan, joinBlocks, tableRow } from './markdown.ts';
import type { Report } from './report.ts';
import { clip } from './terminal.ts';
import { counted, filesNotRead, notReadInWords, SEVERITIES, totalsInWords } from './totals.ts';
import { type FindingView, placeInWords, type View, viewOf } from './view.ts';

/** GitHub takes 1 MiB of a step's summary and nothing of a larger one; in UTF-8 bytes, with room for others. */
const MOST_BYTES = 1_000_000;

/** Of one text, in UTF-16 units: a message or a path that is longer was made to be. */
const LONGEST_TEXT = 500;

/** Related places that a row names. */
const MOST_RELATED = 5;

/** What a summary may do without when there is too much, the first first. */
interface Detail {
  readonly fileLists: boolean;
  readonly related: boolean;
}

/** The report as Markdown: totals, the findings as a table with errors first, and what was not read. */
export function renderSummary(report: Report): string {
  const view = viewOf(report);
  const details: Detail[] = [
    { fileLists: true, related: true },
    { fileLists: false, related: true },
    { fileLists: false, related: false },
  ];
  let text = '';
  for (const detail of details) {
    text = summary(view, detail);
    if (bytesOf(text) <= MOST_BYTES) break;
  }
  return text;
}

function summary(view: View, detail: Detail): string {
  const head = ['## podroute', `**${totalsInWords(view.totals)}**`];
  const tail = coverage(view, detail);
  const room = MOST_BYTES - bytesOf(joinBlocks([...head, ...tail])) - 500;
  return joinBlocks([
    ...head,
    ...findingsTable(view, detail, detail.related ? Number.POSITIVE_INFINITY : room),
    ...tail,
  ]);
}

/** The findings as far as there is room, in bytes, and a sentence about those that are left out. */
export function findingsTable(
  view: Pick<View, 'findings'>,
  detail: Pick<Detail, 'related'>,
  room: number,
): string[] {
  if (view.findings.length === 0) return [];
  const sorted = SEVERITIES.flatMap((severity) => view.findings.filter((each) => each.severity === severity));
  const rows = [tableRow(['severity', 'rule', 'place', 'message']), '| --- | --- | --- | --- |'];
  let left = room;
  let shown = 0;
  for (const finding of sorted) {
    const row = findingRow(finding, detail);
    left -= bytesOf(row) + 1;
    if (left < 0) break;
    rows.push(row);
    shown++;
  }
  const cut = [
    ...(sorted.length > shown ? [`${counted(sorted.length - shown, 'finding')} not listed`] : []),
    ...(!detail.related ? ['related places not listed'] : []),
  ];
  return [rows.join('\n'), ...(cut.length > 0 ? [`There is too much for one page: ${cut.join(', ')}.`] : [])];
}

function findingRow(
  { severity, rule, place, message, related }: FindingView,
  detail: Pick<Detail, 'related'>,
): string {
  const texts = [message];
  if (detail.related) {
    for (const other of related.slice(0, MOST_RELATED)) {
      texts.push(`${other.label}: ${placeInWords(other.place)}`);
    }
    if (related.length > MOST_RELATED) texts.push(`and ${related.length - MOST_RELATED} more`);
  }
  return tableRow([
    severity,
    short(rule),
    short(placeInWords(place)),
    texts.map((text) => short(text)).join('<br>'),
  ]);
}

/** How many files were read, and which were not and why. */
export function coverage({ files }: Pick<View, 'files'>, detail: Pick<Detail, 'fileLists'>): string[] {
  const groups = filesNotRead(files);
  const read = files.filter((file) => file.status === 'read').length;
  const parts = [`### Files`, [`${read} read`, notReadInWords(files)].filter(Boolean).join(', ')];
  if (groups.length === 0) return parts;
  if (!detail.fileLists) return [...parts, 'There is too much for one page: the files are not listed.'];
  for (const [status, those] of groups) {
    const items = those.map(({ path, why }) => `- ${short(path)}${why ? `: ${short(why)}` : ''}`);
    parts.push(`<details><summary>${those.length} ${status}</summary>`, items.join('\n'), '</details>');
  }
  return parts;
}

function short(text: string): string {
  return codeSpan(clip(text, LONGEST_TEXT));
}
