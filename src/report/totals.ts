import type { Severity } from '../diagnostics/finding.ts';
import type { FileStatus, Report, ReportedFile } from './report.ts';

export interface Totals {
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  /** All files of the report, whether they were read or not. */
  readonly files: number;
}

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

const NOT_READ: readonly FileStatus[] = ['templated', 'skipped', 'not understood'];

export function totalsOf({ diagnostics, files }: Pick<Report, 'diagnostics' | 'files'>): Totals {
  const count = (severity: Severity) => diagnostics.filter((each) => each.severity === severity).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note'), files: files.length };
}

/** `3 errors, 1 warning, 2 notes in 17 files`. */
export function totalsInWords({ errors, warnings, notes, files }: Totals): string {
  return `${severitiesInWords([errors, warnings, notes]) || 'no findings'} in ${counted(files, 'file')}`;
}

/** `3 errors, 2 notes` of the numbers of errors, warnings and notes; nothing for none. */
export function severitiesInWords(numbers: readonly number[]): string {
  return SEVERITIES.flatMap((severity, index) =>
    numbers[index] ? counted(numbers[index], severity) : [],
  ).join(', ');
}

/** `1 templated, 2 not understood`; nothing where every file was read. */
export function notReadInWords(files: readonly ReportedFile[]): string {
  return filesNotRead(files)
    .map(([status, those]) => `${those.length} ${status}`)
    .join(', ');
}

/** The files that were not read by the reason, reasons without files left out. */
export function filesNotRead(files: readonly ReportedFile[]): [FileStatus, ReportedFile[]][] {
  return NOT_READ.map((status): [FileStatus, ReportedFile[]] => [
    status,
    files.filter((file) => file.status === status),
  ]).filter(([, those]) => those.length > 0);
}

/** A number and its noun, regular plurals only. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
