import type { SourceFile } from './source-file.ts';

/** A stretch of one file: UTF-16 offsets into its text, half-open. Lines exist only in `report/`. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A value and the place that says so. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

export function spanOf(file: SourceFile, start: number, end: number): Span {
  return { file, start, end };
}

export function located<T>(value: T, span: Span): Located<T> {
  return { value, span };
}

/** The text that a span covers. */
export function textOf(span: Span): string {
  return span.file.text.slice(span.start, span.end);
}

/** Orders by path, then by start, then by end; paths by code unit, so the order is the same everywhere. */
export function compareSpans(a: Span, b: Span): number {
  if (a.file.path !== b.file.path) return a.file.path < b.file.path ? -1 : 1;
  return a.start - b.start || a.end - b.end;
}

/** A key that is the same for spans of one place. */
export function placeKey({ file, start, end }: Span): string {
  return `${start} ${end} ${file.path}`;
}
