import type { Diagnostic } from '../../src/diagnostics/finding.ts';
import type { Report } from '../../src/report/report.ts';
import type { SourceFile } from '../../src/source/source-file.ts';
import type { Span } from '../../src/source/span.ts';

/** A report of these parts; everything else is empty. */
export function makeReport(parts: Partial<Report>): Report {
  return { diagnostics: [], files: [], rules: [], secrets: [], ...parts };
}

/** An error of `invalid-prefix`, with what is said otherwise. */
export function makeDiagnostic(at: Span, parts: Partial<Diagnostic> = {}): Diagnostic {
  return {
    rule: 'invalid-prefix',
    severity: 'error',
    message: '10.42.0.7/24 has host bits set',
    at,
    ...parts,
  };
}

/** Where a word first stands in a file. */
export function placeOf(file: SourceFile, word: string): Span {
  const start = file.text.indexOf(word);
  if (start < 0) throw new Error(`${file.path} has no ${word}`);
  return { file, start, end: start + word.length };
}
