import type { SourceFile } from '../source/source-file.ts';
import type { Located } from '../source/span.ts';
import type { Range } from './lines.ts';
import { assignedSecrets, tokenShapes } from './secret-shapes.ts';

/** Stands where a secret stood; it tells nothing of the secret, not even its length. */
export const MASK = '•••';

/** Shorter secrets are masked only where they stand: looked for in all texts, `node` would vanish from messages. */
const SHORTEST = 6;

export interface Redaction {
  /** A text that is to be printed, without secrets. */
  text(text: string): string;
  /** What of a line of a file is a secret: offsets into the file's text, ascending and apart. */
  line(file: SourceFile, line: Range): readonly Range[];
}

/**
 * Masks what the readers know to be a secret, and whatever looks like one: a file that does not parse has no known
 * secrets, and its lines are shown all the same.
 */
export function redactionOf(secrets: readonly Located<string>[]): Redaction {
  const valuesIn = valueFinder(secrets.flatMap(({ value }) => [value, value.trim()]));
  const spans = spansByPath(secrets);
  const masked = new Map<SourceFile, Map<number, readonly Range[]>>();
  return {
    text: (text) => replaceRanges(text, union([...valuesIn(text), ...tokenShapes(text)])),
    line(file, line) {
      // All findings of a one-line file ask for the same line.
      const known = masked.get(file) ?? new Map<number, readonly Range[]>();
      masked.set(file, known);
      const ranges = known.get(line.start) ?? maskedOf(file, line);
      known.set(line.start, ranges);
      return ranges;
    },
  };

  function maskedOf(file: SourceFile, line: Range): readonly Range[] {
    const text = file.text.slice(line.start, line.end);
    const inText = [...valuesIn(text), ...tokenShapes(text), ...assignedSecrets(text)];
    const inFile = inText.map(({ start, end }) => ({ start: start + line.start, end: end + line.start }));
    const given = crossing(spans.get(file.path) ?? [], line);
    const inLine = given.map(({ start, end }) => ({
      start: Math.max(start, line.start),
      end: Math.min(end, line.end),
    }));
    return union([...inFile, ...inLine]);
  }
}

/**
 * Finds where any of the values stands, as `union` gives it. The values are kept by their first characters, so that
 * many cost little more than one.
 */
function valueFinder(values: readonly string[]): (text: string) => Range[] {
  const byHead = new Map<string, Map<number, Set<string>>>();
  for (const value of values) {
    if (value.length < SHORTEST) continue;
    const head = value.slice(0, SHORTEST);
    const byLength = byHead.get(head) ?? new Map<number, Set<string>>();
    byHead.set(head, byLength);
    const same = byLength.get(value.length) ?? new Set<string>();
    byLength.set(value.length, same.add(value));
  }
  return (text) => {
    const found: { start: number; end: number }[] = [];
    if (byHead.size === 0) return found;
    for (let start = 0; start + SHORTEST <= text.length; start++) {
      const byLength = byHead.get(text.slice(start, start + SHORTEST));
      for (const [length, same] of byLength ?? []) {
        if (!same.has(text.slice(start, start + length))) continue;
        const previous = found.at(-1);
        const end = start + length;
        if (previous && start <= previous.end) previous.end = Math.max(previous.end, end);
        else found.push({ start, end });
      }
    }
    return found;
  };
}

/** The spans of the secrets of each file, without their quotes, ascending and apart. */
function spansByPath(secrets: readonly Located<string>[]): Map<string, readonly Range[]> {
  const byPath = new Map<string, Range[]>();
  for (const { span } of secrets) {
    const { text, path } = span.file;
    const quoted = span.end - span.start >= 2 && /["']/.test(text[span.start]!);
    const quotes = quoted && text[span.end - 1] === text[span.start] ? 1 : 0;
    const ranges = byPath.get(path) ?? [];
    byPath.set(path, ranges);
    ranges.push({ start: span.start + quotes, end: span.end - quotes });
  }
  return new Map([...byPath].map(([path, ranges]) => [path, union(ranges)]));
}

/** The ranges that have a part in a window; all are ascending and apart. */
export function crossing(ranges: readonly Range[], window: Range): readonly Range[] {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.end > window.start) high = middle;
    else low = middle + 1;
  }
  let last = low;
  while (last < ranges.length && ranges[last]!.start < window.end) last++;
  return ranges.slice(low, last);
}

/** The same units as disjoint ranges, ascending; ranges that touch become one, empty ones go. */
function union(ranges: readonly Range[]): readonly Range[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const previous = joined.at(-1);
    if (start >= end) continue;
    if (previous && start <= previous.end) previous.end = Math.max(previous.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

function replaceRanges(text: string, ranges: readonly Range[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of ranges) {
    result += text.slice(from, start) + MASK;
    from = end;
  }
  return result + text.slice(from);
}
