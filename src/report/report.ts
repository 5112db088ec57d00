import type { Diagnostic, Severity } from '../diagnostics/finding.ts';
import type { Located } from '../source/span.ts';

/** What one run found: all that an encoder knows. */
export interface Report {
  /** Sorted by path, place and rule, without doubles. */
  readonly diagnostics: readonly Diagnostic[];
  /** Every file that podroute looked into or left out on purpose, sorted by path. */
  readonly files: readonly ReportedFile[];
  /** Every rule there is, whether it fired or not. */
  readonly rules: readonly RuleSummary[];
  /** Every literal secret of the files: shown nowhere. */
  readonly secrets: readonly Located<string>[];
}

export interface ReportedFile {
  readonly path: string;
  readonly kind?: string;
  readonly status: FileStatus;
  /** Why it was not read; a phrase as in `a vendored Helm chart`. */
  readonly why?: string;
}

export type FileStatus = 'read' | 'templated' | 'skipped' | 'not understood';

export interface RuleSummary {
  readonly id: string;
  /** One line, lower-case, no full stop. */
  readonly summary: string;
  readonly severity: Severity;
}
