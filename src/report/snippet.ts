import { lineRange, type Position, type Range } from './lines.ts';
import { crossing, MASK, type Redaction } from './redact.ts';
import { cellsOf, escapeOf, isAscii, visible } from './terminal.ts';
import type { Place } from './view.ts';

/** A source line as a terminal shows it, and where the mark below it goes. */
export interface Snippet {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Counted in terminal cells from the beginning of `text`; at least one cell long. */
  readonly mark: { readonly start: number; readonly length: number };
  /** Where a place ends that goes on below this line. */
  readonly goesOnTo?: Position;
}

/** How wide a shown line is at most, in cells. */
const WIDEST = 120;

/** How much of a line that is cut at the left is kept before the mark at least, in cells. */
const BEFORE_MARK = 40;

const TAB = '    ';

/** Marks on one base character; text that stacks more of them is shown as escapes. */
const MOST_COMBINING = 4;

/** Some units of the source and how they are shown. */
interface Piece extends Range {
  readonly text: string;
  readonly cells: number;
}

/** The first line of a place, cut around the place if it is long, without secrets. */
export function snippetOf({ span, start, end }: Place, redaction: Redaction): Snippet {
  const { file } = span;
  const line = lineRange(file, start.line);
  const from = line.start + start.column - 1;
  const place = { start: from, end: start.line === end.line ? line.start + end.column - 1 : line.end };
  // A line may have megabytes: no more of it is looked at than can be shown.
  const window = { start: from - 2 * WIDEST, end: from + 2 * WIDEST };
  const masks = crossing(redaction.line(file, line), window);
  const near = wholeCharacters(file.text, window, line);
  const pieces = piecesOf(file.text, near, masks);
  const shown = cut(pieces, place, near.start > line.start, near.end < line.end);
  const mark = cellsOfPlace(shown, place);
  return {
    line: start.line,
    text: shown.map((piece) => piece.text).join(''),
    mark: { start: mark.before, length: Math.max(1, mark.inside) },
    ...(start.line !== end.line && { goesOnTo: end }),
  };
}

/** A window into a line, moved outwards where its borders would halve a character. */
function wholeCharacters(text: string, window: Range, line: Range): Range {
  const start = Math.max(line.start, window.start);
  const end = Math.min(line.end, window.end);
  return {
    start: isLowSurrogate(text, start) ? start - 1 : start,
    end: isLowSurrogate(text, end) ? end + 1 : end,
  };
}

function isLowSurrogate(text: string, offset: number): boolean {
  return /[\uDC00-\uDFFF]/.test(text[offset] ?? '') && /[\uD800-\uDBFF]/.test(text[offset - 1] ?? '');
}

/** A mask is shown as a whole, even where the window has only a part of it. */
function piecesOf(text: string, window: Range, masks: readonly Range[]): Piece[] {
  const pieces: Piece[] = [];
  let offset = window.start;
  for (const mask of masks) {
    pieces.push(...characterPieces(text, { start: offset, end: mask.start }));
    pieces.push({ ...mask, text: MASK, cells: MASK.length });
    offset = mask.end;
  }
  pieces.push(...characterPieces(text, { start: offset, end: window.end }));
  return pieces;
}

/** One piece for each character with its combining marks. */
function characterPieces(text: string, { start, end }: Range): Piece[] {
  const pieces: Piece[] = [];
  let offset = start;
  let combining = MOST_COMBINING;
  for (const character of text.slice(start, end)) {
    if (isAscii(character)) {
      combining = 0;
      pieces.push({ start: offset, end: ++offset, text: character, cells: 1 });
      continue;
    }
    const range = { start: offset, end: offset + character.length };
    const shown = character === '\t' ? TAB : visible(character);
    offset = range.end;
    if (shown !== character) {
      combining = MOST_COMBINING;
      pieces.push({ ...range, text: shown, cells: shown.length });
      continue;
    }
    const cells = cellsOf(character);
    if (cells > 0) {
      combining = 0;
      pieces.push({ ...range, text: shown, cells });
    } else if (combining++ < MOST_COMBINING) {
      const base = pieces.pop()!;
      pieces.push({ ...base, end: range.end, text: base.text + character });
    } else {
      const escaped = escapeOf(character);
      pieces.push({ ...range, text: escaped, cells: escaped.length });
    }
  }
  return pieces;
}

/** At most `WIDEST` cells of a line, with `…` at each end that is not the line's; where the place begins is kept. */
function cut(pieces: readonly Piece[], place: Range, cutLeft: boolean, cutRight: boolean): readonly Piece[] {
  const all = cellsIn(pieces);
  if (!cutLeft && !cutRight && all <= WIDEST) return pieces;
  const { before, inside } = cellsOfPlace(pieces, place);
  const shown: Piece[] = [];
  let next = 0;
  if (cutLeft || before + Math.min(inside, BEFORE_MARK) >= WIDEST) {
    const kept = cutRight ? BEFORE_MARK : Math.max(BEFORE_MARK, WIDEST - 2 - (all - before));
    for (let left = before; left > kept; next++) left -= pieces[next]!.cells;
    shown.push(ellipsisAt(pieces[next]?.start ?? place.start));
  }
  let room = WIDEST - 1 - shown.length;
  for (const piece of pieces.slice(next)) {
    room -= piece.cells;
    if (room < 0) break;
    shown.push(piece);
    next++;
  }
  if (cutRight || next < pieces.length) shown.push(ellipsisAt(pieces[next]?.start ?? place.end));
  return shown;
}

/** How many cells come before a place, and how many it takes; a piece that it has a part of counts as a whole. */
function cellsOfPlace(pieces: readonly Piece[], { start, end }: Range): { before: number; inside: number } {
  return {
    before: cellsIn(pieces.filter((piece) => piece.end <= start)),
    inside: cellsIn(pieces.filter((piece) => piece.end > start && piece.start < end)),
  };
}

function ellipsisAt(offset: number): Piece {
  return { start: offset, end: offset, text: '…', cells: 1 };
}

function cellsIn(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.cells, 0);
}
