import type { SourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import type { Literal } from './shell-tree.ts';

/** In which quotes a text stands; a here-document's body is like double quotes without a special `"`. */
export type Quoting = 'bare' | 'single' | 'double' | 'here';

/** What a backslash takes its meaning from; before anything else it stays. */
const ESCAPES: Readonly<Record<Quoting, RegExp | undefined>> = {
  bare: /\\([\s\S])/g,
  double: /\\(["$`\\\n])/g,
  here: /\\([$`\\\n])/g,
  single: undefined,
};

/**
 * A text with its escapes undone, in stretches that each stand somewhere in the source: a line join is nothing.
 *
 * @param at where the text begins in the file
 */
export function readLiterals(
  text: string,
  quoting: Quoting,
  file: SourceFile,
  at: number,
): readonly Literal[] {
  const literals: Literal[] = [];
  function add(start: number, end: number): void {
    const span = spanOf(file, at + start, at + end);
    const quoted = quoting !== 'bare';
    literals.push({ kind: 'literal', text: text.slice(start, end), span, textStart: span.start, quoted });
  }
  let start = 0;
  const escapes = ESCAPES[quoting];
  for (const match of escapes ? text.matchAll(escapes) : []) {
    if (match.index > start) add(start, match.index);
    start = match.index + match[0].length;
    if (match[1] !== '\n') add(match.index + 1, start);
  }
  if (start < text.length || literals.length === 0) add(start, text.length);
  return literals;
}
