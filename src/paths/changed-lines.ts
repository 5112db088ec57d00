/** A line without its indentation and its end: half-open, in UTF-16 units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Lines that stand in one text where others, or none, stand in the other. */
export interface Hunk {
  readonly before: readonly Stretch[];
  readonly after: readonly Stretch[];
}

/** Texts that differ in more lines than this count as different all through, between what they begin and end with. */
const MOST_EDITS = 1000;

/** What differs between two texts by lines, whatever ends the lines: as few as can be [Myers 1986]. */
export function changedLines(before: string, after: string): readonly Hunk[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head]!.text === fresh[head]!.text) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old.at(-1 - tail)!.text === fresh.at(-1 - tail)!.text
  ) {
    tail++;
  }
  const middle = { old: old.slice(head, old.length - tail), fresh: fresh.slice(head, fresh.length - tail) };
  const kept = commonLines(middle.old, middle.fresh);
  return hunksBetween(middle.old, middle.fresh, kept);
}

interface Line extends Stretch {
  /** With its indentation. */
  readonly text: string;
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  const add = (start: number, end: number) => {
    const line = text.slice(start, end);
    const indentation = line.length - line.trimStart().length;
    lines.push({ start: start + indentation, end, text: line });
  };
  let start = 0;
  for (const end of text.matchAll(/\r\n|\r|\n/g)) {
    add(start, end.index);
    start = end.index + end[0].length;
  }
  if (start < text.length) add(start, text.length);
  return lines;
}

/** Numbers of lines that both have, in order. */
type Match = readonly [old: number, fresh: number];

/** The longest common subsequence: for every number of edits how far each diagonal gets. */
function commonLines(old: readonly Line[], fresh: readonly Line[]): readonly Match[] {
  const rounds: Int32Array[] = [];
  const reach = new Int32Array(2 * MOST_EDITS + 3);
  const middle = MOST_EDITS + 1;
  for (let edits = 0; edits <= MOST_EDITS; edits++) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(reach, middle, diagonal, edits)
        ? reach[middle + diagonal + 1]!
        : reach[middle + diagonal - 1]! + 1;
      while (x < old.length && x - diagonal < fresh.length && old[x]!.text === fresh[x - diagonal]!.text) x++;
      reach[middle + diagonal] = x;
      if (x >= old.length && x - diagonal >= fresh.length) return matchesOf(rounds, old.length, fresh.length);
    }
    rounds.push(reach.slice(middle - edits, middle + edits + 1));
  }
  return [];
}

function isDown(reach: Int32Array, middle: number, diagonal: number, edits: number): boolean {
  if (Math.abs(diagonal) === edits) return diagonal === -edits;
  return reach[middle + diagonal - 1]! < reach[middle + diagonal + 1]!;
}

/** Goes back from the ends of both; the round of `n` edits holds the diagonals from -n to n. */
function matchesOf(rounds: readonly Int32Array[], oldLength: number, freshLength: number): readonly Match[] {
  const matches: Match[] = [];
  let [x, y] = [oldLength, freshLength];
  for (let edits = rounds.length; edits > 0; edits--) {
    const reach = rounds[edits - 1]!;
    const middle = edits - 1;
    const diagonal = x - y;
    const wasDown = isDown(reach, middle, diagonal, edits);
    const earlier = diagonal + (wasDown ? 1 : -1);
    const earlierX = reach[middle + earlier]!;
    const start = wasDown ? earlierX : earlierX + 1;
    while (x > start) matches.push([--x, --y]);
    [x, y] = [earlierX, earlierX - earlier];
  }
  while (x > 0) matches.push([--x, --y]);
  return matches.reverse();
}

function hunksBetween(old: readonly Line[], fresh: readonly Line[], kept: readonly Match[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of [...kept, [old.length, fresh.length] as const]) {
    if (nextX > x || nextY > y) hunks.push({ before: old.slice(x, nextX), after: fresh.slice(y, nextY) });
    [x, y] = [nextX + 1, nextY + 1];
  }
  return hunks;
}
