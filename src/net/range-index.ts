import { type AddressRange, compareRanges } from './address-set.ts';

/** Ranges with a value each, nested and overlapping as they may be, to be asked which of them meet another range. */
export interface RangeIndex<T> {
  /** Those with an address in common, in the order of `compareRanges`: O(log n + found). */
  meeting(range: AddressRange): readonly T[];
}

export interface RangeEntry<T> {
  readonly range: AddressRange;
  readonly value: T;
}

/**
 * Sorts entries by their first address. That makes an implicit balanced tree: the middle of a stretch is its root,
 * and each root knows how far the stretch reaches. O(n log n).
 */
export function rangeIndex<T>(given: readonly RangeEntry<T>[]): RangeIndex<T> {
  const families = ([4, 6] as const).map((family) => {
    const entries = given.filter(({ range }) => range.family === family);
    entries.sort((a, b) => compareRanges(a.range, b.range));
    return { family, entries, reach: reachOf(entries) };
  });

  return {
    meeting(range) {
      const found: T[] = [];
      const { entries, reach } = families.find(({ family }) => family === range.family)!;
      collect(0, entries.length);
      return found;

      function collect(start: number, end: number): void {
        if (start >= end) return;
        const middle = (start + end) >> 1;
        if (reach[middle]! < range.first) return;
        const entry = entries[middle]!;
        collect(start, middle);
        if (entry.range.first > range.last) return;
        if (entry.range.last >= range.first) found.push(entry.value);
        collect(middle + 1, end);
      }
    },
  };
}

/** At the middle of each stretch the last address of any range in it. */
function reachOf(entries: readonly RangeEntry<unknown>[]): readonly bigint[] {
  const reach = new Array<bigint>(entries.length);
  fill(0, entries.length);
  return reach;

  function fill(start: number, end: number): bigint {
    if (start >= end) return -1n;
    const middle = (start + end) >> 1;
    const ends = [entries[middle]!.range.last, fill(start, middle), fill(middle + 1, end)];
    const furthest = ends.reduce((a, b) => (a > b ? a : b));
    reach[middle] = furthest;
    return furthest;
  }
}
