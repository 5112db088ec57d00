import { type AddressRange, type AddressSet, setOf } from '../../net/address-set.ts';
import { entryOf } from './entry-of.ts';
import { hasNumber, type NumberSet, numberSet, numbersOf } from './number-set.ts';

/** Sources that some sets cannot tell apart are a class: each set is some classes, and they are numbered from 0. */
export interface SourceClasses {
  readonly count: number;
  /** The classes of one of the sets that the partition was made from, told by its object. */
  classesOf(set: AddressSet): NumberSet;
  /** The same as a list in order. */
  numbersOf(set: AddressSet): readonly number[];
  addressesOf(classes: NumberSet): AddressSet;
}

/**
 * Divides the addresses of some sets: O(k·n) for k sets with n ends of ranges in all, as each set may hold every piece.
 */
export function divideSources(sets: readonly AddressSet[]): SourceClasses {
  const ranges = sets.flat();
  const pieces = cutAtEnds(ranges, ranges);
  const inSet = new Map(sets.map((set) => [set, piecesIn(pieces, set)]));
  let classOf = new Array<number>(pieces.length).fill(0);
  for (const indexes of inSet.values()) {
    // What the set has of a class becomes another class.
    const split = new Map<number, number>();
    for (const index of indexes) {
      classOf[index] = entryOf(split, classOf[index]!, () => -1 - split.size);
    }
    classOf = numbered(classOf);
  }
  const count = new Set(classOf).size;
  const bySet = new Map(
    [...inSet].map(([set, indexes]) => {
      const classes = new Set(indexes.map((index) => classOf[index]!));
      return [set, numberSet(count, classes)] as const;
    }),
  );
  const numbersBySet = new Map([...bySet].map(([set, classes]) => [set, numbersOf(classes)]));
  return {
    count,
    classesOf: (set) => bySet.get(set)!,
    numbersOf: (set) => numbersBySet.get(set)!,
    addressesOf: (classes) => setOf(pieces.filter((_, index) => hasNumber(classes, classOf[index]!))),
  };
}

/** The same division with the numbers from 0 in the order they occur. */
function numbered(classOf: readonly number[]): number[] {
  const numbers = new Map<number, number>();
  return classOf.map((each) => entryOf(numbers, each, () => numbers.size));
}

/** The parts of some ranges between all ends of others: in order, none overlapping. */
export function cutAtEnds(whole: readonly AddressRange[], by: readonly AddressRange[]): AddressRange[] {
  const starts = {
    4: startsOf(by.filter(({ family }) => family === 4)),
    6: startsOf(by.filter(({ family }) => family === 6)),
  };
  return setOf(whole).flatMap(({ family, first, last }) => {
    const cuts = starts[family];
    const pieces: AddressRange[] = [];
    let from = first;
    for (let index = firstAbove(cuts, first); index < cuts.length && cuts[index]! <= last; index++) {
      pieces.push({ family, first: from, last: cuts[index]! - 1n });
      from = cuts[index]!;
    }
    pieces.push({ family, first: from, last });
    return pieces;
  });
}

/** The indexes of the pieces that lie in a set; no piece may lie across an end of one of its ranges. */
export function piecesIn(pieces: readonly AddressRange[], set: readonly AddressRange[]): number[] {
  const found: number[] = [];
  for (const { family, first, last } of set) {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = pieces[middle]!;
      if (piece.family < family || (piece.family === family && piece.first < first)) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < pieces.length; index++) {
      const piece = pieces[index]!;
      if (piece.family !== family || piece.first > last) break;
      found.push(index);
    }
  }
  return found;
}

function startsOf(ranges: readonly AddressRange[]): bigint[] {
  const starts = new Set(ranges.flatMap(({ first, last }) => [first, last + 1n]));
  return [...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function firstAbove(sorted: readonly bigint[], value: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
