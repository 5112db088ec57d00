import { formatAddress, formatPrefix } from './format.ts';
import { type Address, firstAddress, lastAddress, type Prefix, prefixOf, widthOf } from './prefix.ts';

/** Addresses of one family from the first to the last, both included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Any set of addresses: ranges in order, IPv4 first, that neither overlap nor touch. Make one with `setOf`. */
export type AddressSet = readonly AddressRange[];

export const NO_ADDRESS: AddressSet = [];

export const EVERY_IPV4: AddressRange = { family: 4, first: 0n, last: (1n << 32n) - 1n };
export const EVERY_IPV6: AddressRange = { family: 6, first: 0n, last: (1n << 128n) - 1n };
export const EVERY_ADDRESS: AddressSet = [EVERY_IPV4, EVERY_IPV6];

/** The addresses of a prefix. */
export function rangeOf(prefix: Prefix): AddressRange {
  return { family: prefix.family, first: firstAddress(prefix).bits, last: lastAddress(prefix).bits };
}

/** One address as a range. */
export function hostRange({ family, bits }: Address): AddressRange {
  return { family, first: bits, last: bits };
}

/** The set of all addresses of some ranges, in any order, overlapping or not: O(n log n). */
export function setOf(ranges: readonly AddressRange[]): AddressSet {
  if (ranges.length < 2) return ranges;
  const joined: AddressRange[] = [];
  for (const range of [...ranges].sort(compareRanges)) {
    const before = joined.at(-1);
    if (before?.family === range.family && range.first <= before.last + 1n) {
      if (range.last > before.last) joined[joined.length - 1] = { ...before, last: range.last };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

/** IPv4 first, then by the first address, then the shorter range first. */
export function compareRanges(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.last === b.last ? 0 : a.last < b.last ? -1 : 1;
}

export function union(...sets: readonly AddressSet[]): AddressSet {
  const filled = sets.filter((set) => set.length > 0);
  return filled.length < 2 ? (filled[0] ?? NO_ADDRESS) : setOf(filled.flat());
}

/** The addresses in both sets. */
export function intersection(a: AddressSet, b: AddressSet): AddressSet {
  const common: AddressRange[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!];
    const shared = commonRange(left, right);
    if (shared) common.push(shared);
    if (endsBefore(left, right)) i++;
    else j++;
  }
  return common;
}

/** The addresses of `a` that are not in `b`. */
export function difference(a: AddressSet, b: AddressSet): AddressSet {
  const left: AddressRange[] = [];
  let j = 0;
  for (const { family, first, last } of a) {
    let from = first;
    while (j < b.length && liesBefore(b[j]!, { family, first: from })) j++;
    for (let k = j; k < b.length && from <= last; k++) {
      const cut = b[k]!;
      if (cut.family !== family || cut.first > last) break;
      if (cut.first > from) left.push({ family, first: from, last: cut.first - 1n });
      from = cut.last + 1n;
    }
    if (from <= last) left.push({ family, first: from, last });
  }
  return left;
}

/** Whether two sets have an address in common. */
export function meets(a: AddressSet, b: AddressSet): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!];
    if (rangesMeet(left, right)) return true;
    if (endsBefore(left, right)) i++;
    else j++;
  }
  return false;
}

export function rangesMeet(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: AddressSet, inner: AddressSet): boolean {
  return inner.every((range) => rangeCovering(outer, range) !== undefined);
}

export function hasAddress(set: AddressSet, { family, bits }: Address): boolean {
  return rangeCovering(set, { family, first: bits, last: bits }) !== undefined;
}

/** How many addresses a set has. */
export function sizeOf(set: AddressSet): bigint {
  return set.reduce((size, { first, last }) => size + last - first + 1n, 0n);
}

export function sameSet(a: AddressSet, b: AddressSet): boolean {
  return a.length === b.length && a.every((range, index) => compareRanges(range, b[index]!) === 0);
}

/** The prefixes that make up a range, in order. */
export function prefixesOf({ family, first, last }: AddressRange): Prefix[] {
  const width = widthOf(family);
  const prefixes: Prefix[] = [];
  for (let from = first; from <= last; ) {
    let length = width as number;
    while (length > 0) {
      const wider = prefixOf({ family, bits: from }, length - 1);
      if (wider.network !== from || lastAddress(wider).bits > last) break;
      length--;
    }
    const prefix = prefixOf({ family, bits: from }, length);
    prefixes.push(prefix);
    from = lastAddress(prefix).bits + 1n;
  }
  return prefixes;
}

/** As the control servers write it: an address, a prefix, or else `first-last`. */
export function formatRange(range: AddressRange): string {
  const { family, first, last } = range;
  if (first === last) return formatAddress({ family, bits: first });
  const prefix = asPrefix(range);
  if (prefix) return formatPrefix(prefix);
  return `${formatAddress({ family, bits: first })}-${formatAddress({ family, bits: last })}`;
}

/** The one prefix that a range is, if it is one. */
export function asPrefix({ family, first, last }: AddressRange): Prefix | undefined {
  const size = last - first + 1n;
  if ((size & (size - 1n)) !== 0n || (first & (size - 1n)) !== 0n) return undefined;
  return { family, network: first, length: widthOf(family) - (size.toString(2).length - 1) };
}

function commonRange(a: AddressRange, b: AddressRange): AddressRange | undefined {
  if (!rangesMeet(a, b)) return undefined;
  return {
    family: a.family,
    first: a.first > b.first ? a.first : b.first,
    last: a.last < b.last ? a.last : b.last,
  };
}

function endsBefore(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family ? a.last < b.last : a.family < b.family;
}

function liesBefore(a: AddressRange, { family, first }: Omit<AddressRange, 'last'>): boolean {
  return a.family === family ? a.last < first : a.family < family;
}

/** The range of a set that holds all of another range: O(log n). */
function rangeCovering(set: AddressSet, range: AddressRange): AddressRange | undefined {
  let [low, high] = [0, set.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const here = set[middle]!;
    if (liesBefore(here, range)) low = middle + 1;
    else if (here.family !== range.family || here.first > range.first) high = middle - 1;
    else return here.last >= range.last ? here : undefined;
  }
  return undefined;
}
