/** Addresses and prefixes of both families as plain numbers. Parsing is in `parse.ts`. */

export interface Address {
  readonly family: 4 | 6;
  /** The address as an unsigned number: 32 or 128 bits. */
  readonly bits: bigint;
}

export interface Prefix {
  readonly family: 4 | 6;
  /** The first address; host bits are zero. */
  readonly network: bigint;
  /** 0 to 32 or 128. */
  readonly length: number;
}

/** How many bits an address of a family has. */
export function widthOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The prefix of this length that an address lies in. `length` must fit the family: 0 to 32 or 128. */
export function prefixOf(address: Address, length: number): Prefix {
  const { family, bits } = address;
  return { family, network: bits & netmask(family, length), length };
}

/** The prefix that holds one address: its /32 or /128. */
export function hostPrefix(address: Address): Prefix {
  return { family: address.family, network: address.bits, length: widthOf(address.family) };
}

export function firstAddress(prefix: Prefix): Address {
  return { family: prefix.family, bits: prefix.network };
}

export function lastAddress(prefix: Prefix): Address {
  const { family, network, length } = prefix;
  return { family, bits: network | BigInt.asUintN(widthOf(family), ~netmask(family, length)) };
}

/** Whether every address of `inner` is in `outer`; a prefix contains itself, no prefix the other family's. */
export function contains(outer: Prefix, inner: Prefix | Address): boolean {
  if (outer.family !== inner.family) return false;
  const mask = netmask(outer.family, outer.length);
  if ('bits' in inner) return (inner.bits & mask) === outer.network;
  return inner.length >= outer.length && (inner.network & mask) === outer.network;
}

/** Whether two prefixes have an address in common: then one contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b) : contains(b, a);
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.bits === b.bits;
}

export function samePrefix(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.network === b.network && a.length === b.length;
}

/** Whether a prefix is one of some; what contains it does not count. */
export function hasPrefix(prefixes: readonly Prefix[], prefix: Prefix): boolean {
  return prefixes.some((each) => samePrefix(each, prefix));
}

/** The longest prefix that contains `first` and all others, which must be of its family. */
export function commonPrefix(first: Prefix, others: readonly Prefix[]): Prefix {
  const address = firstAddress(first);
  let common = first;
  for (const other of others) {
    while (!contains(common, other)) common = prefixOf(address, common.length - 1);
  }
  return common;
}

/** A total order: IPv4 first, then by network, then the wider prefix first: each stands after those that contain it. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.network !== b.network) return a.network < b.network ? -1 : 1;
  return a.length - b.length;
}

/** For each family, at the index of a length, as many leading ones. */
const NETMASKS = { 4: netmasks(32), 6: netmasks(128) };

function netmasks(width: number): readonly bigint[] {
  return Array.from({ length: width + 1 }, (_, length) => {
    return ((1n << BigInt(length)) - 1n) << BigInt(width - length);
  });
}

function netmask(family: 4 | 6, length: number): bigint {
  const mask = NETMASKS[family][length];
  if (mask === undefined) throw new RangeError(`an IPv${family} prefix has no length ${length}`);
  return mask;
}
