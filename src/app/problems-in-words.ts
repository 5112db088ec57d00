import type { Problem } from '../diagnostics/finding.ts';
import { positionAt } from '../report/lines.ts';
import { redactionOf } from '../report/redact.ts';
import { compareSpans } from '../source/span.ts';

/** The problems of an input as the message of a `SettingsError`: a line for each with its place, in order, no secrets. */
export function problemsInWords(problems: readonly Problem[]): string {
  const redaction = redactionOf([]);
  const sorted = problems.toSorted((a, b) => compareSpans(a.at, b.at));
  const lines = sorted.map(({ message, at }) => {
    const { line, column } = positionAt(at.file, at.start);
    return `${at.file.path}:${line}:${column} ${redaction.text(message)}`;
  });
  return lines.join('\n');
}
