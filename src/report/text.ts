import type { Severity } from '../diagnostics/finding.ts';
import type { Redaction } from './redact.ts';
import type { Report } from './report.ts';
import { type Snippet, snippetOf } from './snippet.ts';
import { clip, visible } from './terminal.ts';
import { notReadInWords, totalsInWords } from './totals.ts';
import { type FindingView, placeInWords, type RelatedView, type View, viewOf } from './view.ts';
import { inert } from './workflow-command.ts';

export interface TextOptions {
  /** Whether to use the escape sequences of a terminal. */
  readonly color: boolean;
  /** Findings only: nothing where there are none. */
  readonly quiet: boolean;
}

/** Related places that a finding shows. */
const MOST_RELATED = 5;

/** Files that were not understood, listed at the end. */
const MOST_FILES = 5;

/** Of a message, a label or a path, in UTF-16 units. */
const LONGEST_TEXT = 1000;

type Style = Severity | 'other' | 'path' | 'strong' | 'dim' | 'help';
type Paint = (style: Style, text: string) => string;

/** Parameters of the terminal's `SGR` sequence [ECMA-48]. */
const STYLES: Record<Style, string> = {
  error: '1;31',
  warning: '1;33',
  note: '1;36',
  other: '36',
  path: '1;4',
  strong: '1',
  dim: '2',
  help: '32',
};

/** The report for somebody at a terminal: findings by file, each with its source line, then one line of totals. */
export function renderText(report: Report, { color, quiet }: TextOptions): string {
  const view = viewOf(report);
  const paint: Paint = (style, text) => (color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
  const lines = groups(view.findings).flatMap((findings) => fileLines(findings, view.redaction, paint));
  if (quiet) lines.pop();
  else lines.push(...closing(view, paint));
  return lines.map((line) => `${inert(line)}\n`).join('');
}

/** The findings of each file; they come sorted by path. */
function groups(findings: readonly FindingView[]): FindingView[][] {
  const byPath = new Map<string, FindingView[]>();
  for (const finding of findings) {
    const { path } = finding.place.span.file;
    const group = byPath.get(path) ?? [];
    byPath.set(path, group);
    group.push(finding);
  }
  return [...byPath.values()];
}

/** A finding with the source lines to show: its own, and of related places those in other files. */
interface Shown {
  readonly finding: FindingView;
  readonly snippet: Snippet;
  readonly others: readonly { readonly related: RelatedView; readonly snippet: Snippet | undefined }[];
}

function fileLines(findings: readonly FindingView[], redaction: Redaction, paint: Paint): string[] {
  const shown = findings.map((finding) => ({
    finding,
    snippet: snippetOf(finding.place, redaction),
    others: finding.related.slice(0, MOST_RELATED).map((related) => ({
      related,
      snippet: isSameFile(finding, related) ? undefined : snippetOf(related.place, redaction),
    })),
  }));
  const snippets = shown.flatMap(({ snippet, others }) => [snippet, ...others.map((other) => other.snippet)]);
  const largest = snippets.reduce((most, snippet) => Math.max(most, snippet?.line ?? 0), 0);
  const width = String(largest).length + 2;
  const gutter: Gutter = (number, sign = '│') => paint('dim', `${String(number).padStart(width)} ${sign}`);
  const heading = paint('path', inert(shortText(findings[0]!.place.path)));
  return [heading, '', ...shown.flatMap((each) => [...findingLines(each, gutter, paint), ''])];
}

/** What stands left of everything below a finding: a line's number and a sign, the same width in all of a file. */
type Gutter = (number: number | '', sign?: string) => string;

function findingLines({ finding, snippet, others }: Shown, gutter: Gutter, paint: Paint): string[] {
  const { rule, severity, message, place, related, fix } = finding;
  const at = paint('dim', `${place.start.line}:${place.start.column}`);
  const said = paint('strong', shortText(message));
  const lines = [
    `  ${at} ${paint(severity, severity)}: ${said} ${paint('dim', `[${shortText(rule)}]`)}`,
    ...snippetLines(snippet, '^', gutter, (text) => paint(severity, text)),
  ];
  for (const { related, snippet } of others) {
    const { place, label } = related;
    lines.push(`${gutter('', '├')} ${shortText(placeInWords(place))} ${shortText(label)}`);
    if (snippet) lines.push(...snippetLines(snippet, '-', gutter, (text) => paint('other', text)));
  }
  if (related.length > others.length) {
    lines.push(`${gutter('', '├')} and ${related.length - others.length} more`);
  }
  if (fix) lines.push(`${gutter('', '=')} ${paint('help', 'help:')} ${shortText(fix.title)}`);
  return lines;
}

function snippetLines(
  { line, text, mark, goesOnTo }: Snippet,
  sign: string,
  gutter: Gutter,
  paintMark: (mark: string) => string,
): string[] {
  const goesOn = goesOnTo ? ` to line ${goesOnTo.line}` : '';
  const below = ' '.repeat(mark.start) + paintMark(sign.repeat(mark.length) + goesOn);
  return [`${gutter(line)} ${text}`.trimEnd(), `${gutter('')} ${below}`];
}

function isSameFile(finding: FindingView, related: RelatedView): boolean {
  return finding.place.span.file.path === related.place.span.file.path;
}

/** What was not understood, file by file, and the totals. */
function closing({ files, totals }: View, paint: Paint): string[] {
  const unread = files.filter((file) => file.status === 'not understood');
  const lines = unread.slice(0, MOST_FILES).map(({ path, why }) => {
    const reason = why ? paint('dim', ` (${shortText(why)})`) : '';
    return `${paint('dim', 'not understood:')} ${shortText(path)}${reason}`;
  });
  if (unread.length > MOST_FILES) lines.push(`and ${unread.length - MOST_FILES} more`);
  if (lines.length > 0) lines.push('');
  const notRead = notReadInWords(files);
  return [...lines, paint('strong', totalsInWords(totals)) + (notRead && paint('dim', ` (${notRead})`))];
}

/** A text of a file on one line of bounded length. */
function shortText(text: string): string {
  return visible(clip(text, LONGEST_TEXT));
}
