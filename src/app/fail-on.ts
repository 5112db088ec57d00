import type { Diagnostic, Severity } from '../diagnostics/finding.ts';
import type { FailOn } from './arguments.ts';

const WEIGHT: Record<Severity, number> = { note: 1, warning: 2, error: 3 };

/** Whether a run with these findings fails. */
export function fails(diagnostics: readonly Diagnostic[], failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  return diagnostics.some(({ severity }) => WEIGHT[severity] >= WEIGHT[failOn]);
}
