import type { Severity } from '../diagnostics/finding.ts';
import type { Report } from './report.ts';
import { clip, visible } from './terminal.ts';
import { notReadInWords, SEVERITIES, severitiesInWords, totalsInWords } from './totals.ts';
import { type FindingView, placeInWords, viewOf } from './view.ts';
import { command, encodedLength } from './workflow-command.ts';

/** What the runner keeps of each level in a step; it drops the rest without a word [actions/runner 2.336, ExecutionContext.cs]. */
const MOST_PER_LEVEL = 10;

/** Where the runner cuts a message, in characters [the same]. */
const LONGEST_MESSAGE = 4096;

/** Related places that a message names. */
const MOST_RELATED = 5;

const LEVELS: Record<Severity, string> = { error: 'error', warning: 'warning', note: 'notice' };

/** Annotations as workflow commands, errors first, then the totals; one line each. */
export function renderGithub(report: Report): string {
  const { findings, files, totals } = viewOf(report);
  const bySeverity = SEVERITIES.map((severity) => findings.filter((each) => each.severity === severity));
  const leftOut = bySeverity.map((those) => Math.max(0, those.length - MOST_PER_LEVEL));
  const lines = bySeverity.flatMap((those) => those.slice(0, MOST_PER_LEVEL).map(annotation));
  if (leftOut.some((number) => number > 0)) {
    const words = severitiesInWords(leftOut);
    lines.push(`${words} not shown here, as GitHub keeps ten of each level; the job summary lists them`);
  }
  const notRead = notReadInWords(files);
  lines.push(totalsInWords(totals) + (notRead && ` (${notRead})`));
  return `${lines.join('\n')}\n`;
}

function annotation({ rule, severity, message, place, related }: FindingView): string {
  const { path, start, end } = place;
  const others = related
    .slice(0, MOST_RELATED)
    .map((other) => `; ${other.label}: ${placeInWords(other.place)}`)
    .join('');
  const more = related.length > MOST_RELATED ? `; and ${related.length - MOST_RELATED} more` : '';
  // GitHub knows the columns of one-line places only.
  const oneLine = start.line === end.line;
  const properties = {
    // Line ends are encoded, so that the name is still the file's.
    file: path.replace(/[^\r\n]+/g, visible),
    line: start.line,
    endLine: end.line,
    col: oneLine ? start.column : undefined,
    endColumn: oneLine ? end.column : undefined,
    title: rule,
  };
  return command(LEVELS[severity], properties, fitted(visible(message + others + more)));
}

/** As much of a message as the runner keeps; the encoded form counts, as it is never the shorter one. */
function fitted(message: string): string {
  let kept = clip(message, LONGEST_MESSAGE);
  while (encodedLength(kept) > LONGEST_MESSAGE) {
    kept = clip(kept, kept.length - Math.ceil((encodedLength(kept) - LONGEST_MESSAGE) / 3));
  }
  return kept;
}
