import { entryOf } from '../policy/access/entry-of.ts';
import type { SourceFile } from '../source/source-file.ts';
import { compareSpans, placeKey, type Span } from '../source/span.ts';
import { changedLines, type Hunk, type Stretch } from './changed-lines.ts';
import type { Network } from './network.ts';

/** A network with the folder that the paths of its files begin with, without the last `/`. */
export interface NetworkFiles {
  readonly network: Network;
  readonly root: string;
}

/** Where the files of two networks differ. */
export interface ChangedPlaces {
  /** What is changed of the lines under some places: as it is after, or before where nothing stands for it after. */
  under(before: readonly Span[], after: readonly Span[]): readonly Span[];
  /** All changed lines, if they are no more than a reader looks through. */
  readonly few: readonly Span[];
}

const FEW = 12;

/** Compares the files of the same paths below the two roots; one that has no counterpart is changed as a whole. */
export function changesBetween(before: NetworkFiles, after: NetworkFiles): ChangedPlaces {
  const [earlier, later] = [filesOf(before), filesOf(after)];
  const hunks: FileHunk[] = [...new Set([...earlier.keys(), ...later.keys()])].flatMap((path) => {
    const [then, now] = [earlier.get(path), later.get(path)];
    return changedLines(then?.text ?? '', now?.text ?? '').map((hunk) => ({ ...hunk, then, now }));
  });
  const [old, fresh] = [linesByFile(hunks, 'before'), linesByFile(hunks, 'after')];
  const all = hunks.flatMap(linesOf).filter(({ start, end }) => start < end);
  return {
    under: (then, now) => changedUnder(old, fresh, then, now),
    few: all.length > FEW ? [] : all.sort(compareSpans),
  };
}

interface FileHunk extends Hunk {
  readonly then: SourceFile | undefined;
  readonly now: SourceFile | undefined;
}

/** Every file that is read, the policies above several clusters among them. */
function filesOf({ network, root }: NetworkFiles): ReadonlyMap<string, SourceFile> {
  const { files, policies } = network.cluster;
  const all = [...files.map(({ file }) => file), ...policies.map(({ tree }) => tree.span.file)];
  const start = root === '' ? '' : `${root}/`;
  return new Map(
    all.map((file) => [file.path.startsWith(start) ? file.path.slice(start.length) : file.path, file]),
  );
}

/** The new lines of a hunk, or the old ones where it has none. */
function linesOf({ before, after, then, now }: FileHunk): readonly Span[] {
  const file = after.length > 0 ? now : then;
  return file ? (after.length > 0 ? after : before).map(({ start, end }) => ({ file, start, end })) : [];
}

/** A line of a hunk: the number-th of its side, from 0. */
interface ChangedLine extends Stretch {
  readonly hunk: FileHunk;
  readonly number: number;
}

type LinesByFile = ReadonlyMap<SourceFile, readonly ChangedLine[]>;

/** In each file in the order in which they stand. */
function linesByFile(hunks: readonly FileHunk[], side: 'before' | 'after'): LinesByFile {
  const lines = new Map<SourceFile, ChangedLine[]>();
  for (const hunk of hunks) {
    const file = side === 'before' ? hunk.then : hunk.now;
    if (file === undefined) continue;
    const own = entryOf(lines, file, () => []);
    own.push(...hunk[side].map((line, number) => ({ ...line, hunk, number })));
  }
  return lines;
}

function changedUnder(
  old: LinesByFile,
  fresh: LinesByFile,
  before: readonly Span[],
  after: readonly Span[],
): readonly Span[] {
  const found: Span[] = [];
  const told = new Set<FileHunk>();
  for (const span of after) {
    for (const line of linesUnder(fresh, span)) {
      told.add(line.hunk);
      found.push(overlapOf(span, line));
    }
  }
  for (const span of before) {
    for (const line of linesUnder(old, span)) {
      if (!told.has(line.hunk)) found.push(successorOf(line) ?? overlapOf(span, line));
    }
  }
  const unique = new Map(found.map((span) => [placeKey(span), span]));
  return [...unique.values()].sort(compareSpans);
}

function linesUnder(byFile: LinesByFile, { file, start, end }: Span): readonly ChangedLine[] {
  const lines = byFile.get(file) ?? [];
  let first = 0;
  let high = lines.length;
  while (first < high) {
    const middle = (first + high) >> 1;
    if (lines[middle]!.end <= start) first = middle + 1;
    else high = middle;
  }
  let last = first;
  while (last < lines.length && lines[last]!.start < end) last++;
  // A line without text is none that decides anything.
  return lines.slice(first, last).filter((line) => line.start < line.end);
}

function overlapOf({ file, start, end }: Span, line: Stretch): Span {
  return { file, start: Math.max(start, line.start), end: Math.min(end, line.end) };
}

/** In a hunk of as many new lines as old ones a line stands for a line. */
function successorOf({ hunk: { before, after, now }, number }: ChangedLine): Span | undefined {
  const line = after.length === before.length ? after[number] : undefined;
  return line && now && { file: now, start: line.start, end: line.end };
}
