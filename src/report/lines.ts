import type { SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';

/** A point in a text: line and column are 1-based, the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A half-open stretch of a text, in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The line and column of an offset; one outside the text counts as the nearest inside. */
export function positionAt(file: SourceFile, offset: number): Position {
  const starts = lineStarts(file);
  const inside = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= inside) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: inside - starts[low]! + 1 };
}

/**
 * Both ends of a span; the end is one past its last unit. Line ends that a span closes with (a block scalar has
 * one) are not pointed at: the end stays on the last line that has text.
 */
export function endsOf({ file, start, end }: Span): { readonly start: Position; readonly end: Position } {
  let last = Math.max(start, end);
  while (last > start && isLineEnd(file.text[last - 1])) last--;
  return { start: positionAt(file, start), end: positionAt(file, last) };
}

/** `hosts/oslo.yaml:9`: the path and the line at which a span starts, not yet fit to be shown. */
export function lineInWords({ file, start }: Span): string {
  return `${file.path}:${positionAt(file, start).line}`;
}

/** Where a 1-based line that exists stands in the file's text, without its line end. */
export function lineRange(file: SourceFile, line: number): Range {
  const starts = lineStarts(file);
  const start = starts[line - 1]!;
  let end = starts[line] ?? file.text.length;
  if (line < starts.length) end -= file.text.startsWith('\r\n', end - 2) ? 2 : 1;
  return { start, end };
}

function isLineEnd(unit: string | undefined): boolean {
  return unit === '\n' || unit === '\r';
}

const indexes = new WeakMap<SourceFile, readonly number[]>();

/** The offset at which each line starts. `\n`, `\r\n` and a lone `\r` end a line, as editors and GitHub see it. */
function lineStarts(file: SourceFile): readonly number[] {
  const known = indexes.get(file);
  if (known) return known;
  const starts = [0];
  for (const end of file.text.matchAll(/\r\n|\r|\n/g)) starts.push(end.index + end[0].length);
  indexes.set(file, starts);
  return starts;
}
