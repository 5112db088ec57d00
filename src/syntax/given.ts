import type { Span } from '../source/span.ts';

/**
 * A word that a file gives. `text` is undefined where only run time knows it (`$(hostname -I)`, `$POD_CIDR`):
 * such a word is never missing and never wrong.
 */
export interface Given {
  readonly text: string | undefined;
  /** The value with its quotes; an empty value has an empty span where it would stand. */
  readonly span: Span;
  /** The only variable that a computed word consists of: `POD_CIDR` for `$POD_CIDR` and `"${POD_CIDR}"`. */
  readonly variable?: string;
  /** Where `text` begins in the source, if it stands there unit for unit; see `ScalarTree.textStart`. */
  readonly textStart?: number;
  /**
   * What the word is put together from, each with its own place, where it does not stand in one: `--node-ip=` and
   * the value of `$IP`. The text is unknown where one of them is.
   */
  readonly pieces?: readonly Given[];
}

/** The place of `text.slice(start, end)` of a known word, or of the whole word where quoting hides it. */
export function partOf(given: Given, start: number, end: number): Given {
  if (given.text !== undefined && given.pieces) return joinPart(clip(given.pieces, start, end), given);
  const text = given.text?.slice(start, end);
  if (given.textStart === undefined) return { text, span: given.span };
  const from = given.textStart + start;
  return {
    text,
    span: { file: given.span.file, start: from, end: given.textStart + end },
    textStart: from,
  };
}

/** One word of several pieces; empty ones are left out. */
export function joinGiven(pieces: readonly Given[], span: Span): Given {
  const filled = pieces.filter((piece) => piece.text !== '').flatMap((piece) => piece.pieces ?? [piece]);
  if (filled.length < 2) return filled[0] ?? pieces[0] ?? { text: '', span };
  const known = filled.every((piece) => piece.text !== undefined);
  return { text: known ? filled.map((piece) => piece.text).join('') : undefined, span, pieces: filled };
}

/**
 * Splits a word at a separator, each part with its place and its white space kept. A computed word stays whole, a
 * computed piece belongs to the part it stands in.
 */
export function splitGiven(given: Given, separator: string): Given[] {
  const parts: Given[][] = [[]];
  for (const piece of piecesOf(given)) {
    if (piece.text === undefined) {
      parts.at(-1)!.push(piece);
      continue;
    }
    let start = 0;
    for (const [index, text] of piece.text.split(separator).entries()) {
      if (index > 0) parts.push([]);
      parts.at(-1)!.push(partOf(piece, start, start + text.length));
      start += text.length + separator.length;
    }
  }
  if (given.text === undefined && parts.length === 1) return [given];
  return parts.map((part) => joinPart(part, given));
}

/** What stands before and after the first separator, if there is one. */
export function cutGiven(
  given: Given,
  separator: string,
): readonly [before: Given, after: Given] | undefined {
  const pieces = piecesOf(given);
  const at = pieces.findIndex((piece) => piece.text?.includes(separator));
  const piece = pieces[at];
  if (piece?.text === undefined) return undefined;
  const before = piece.text.indexOf(separator);
  const after = before + separator.length;
  return [
    joinPart([...pieces.slice(0, at), partOf(piece, 0, before)], given),
    joinPart([partOf(piece, after, piece.text.length), ...pieces.slice(at + 1)], given),
  ];
}

/** Splits a word at white space, quotes not understood; a computed piece belongs to the word it stands in. */
export function wordsOf(given: Given): Given[] {
  const words: Given[][] = [];
  let open = false;
  for (const piece of piecesOf(given)) {
    const { text } = piece;
    if (text === undefined) {
      if (open) words.at(-1)!.push(piece);
      else words.push([piece]);
      open = true;
      continue;
    }
    for (const match of text.matchAll(/\S+/g)) {
      const end = match.index + match[0].length;
      const part = partOf(piece, match.index, end);
      if (open && match.index === 0) words.at(-1)!.push(part);
      else words.push([part]);
      open = end === text.length;
    }
    if (/\s$/.test(text)) open = false;
  }
  return words.map((word) => joinPart(word, given));
}

/** The pieces of a word that has several, else the word. */
export function piecesOf(given: Given): readonly Given[] {
  return given.pieces ?? [given];
}

/** A part of a word spans those of its pieces that stand in the word itself. */
function joinPart(pieces: readonly Given[], whole: Given): Given {
  const { file, start, end } = whole.span;
  const inside = pieces
    .map((piece) => piece.span)
    .filter((span) => span.file === file && start <= span.start && span.end <= end);
  if (inside.length === 0) return joinGiven(pieces, whole.span);
  const starts = Math.min(...inside.map((span) => span.start));
  const ends = Math.max(...inside.map((span) => span.end));
  return joinGiven(pieces, { file, start: starts, end: ends });
}

/** The pieces of `text.slice(start, end)`; all of them are known. */
function clip(pieces: readonly Given[], start: number, end: number): Given[] {
  const clipped: Given[] = [];
  let at = 0;
  for (const piece of pieces) {
    const length = piece.text?.length ?? 0;
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, length);
    if (from < to) clipped.push(partOf(piece, from, to));
    at += length;
  }
  return clipped;
}
