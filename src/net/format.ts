import { type Address, firstAddress, type Prefix } from './prefix.ts';

/** The canonical text of a prefix, `10.42.0.0/24`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(firstAddress(prefix))}/${prefix.length}`;
}

/**
 * The canonical text of an address. IPv6 as [RFC 5952] has it: lower case, the first of the longest runs of two
 * or more zero groups as `::`, and IPv4-mapped addresses (`::ffff:192.0.2.1`) with their last 32 bits dotted.
 */
export function formatAddress(address: Address): string {
  if (address.family === 4) return dotted(address.bits);
  if (address.bits >> 32n === 0xffffn) return `::ffff:${dotted(address.bits & 0xffff_ffffn)}`;
  const groups = address.bits.toString(16).padStart(32, '0').match(/.{4}/g) ?? [];
  const words = groups.map((group) => Number.parseInt(group, 16));
  const zeros = longestZeros(words);
  if (zeros.length < 2) return hexadecimal(words);
  return `${hexadecimal(words.slice(0, zeros.start))}::${hexadecimal(words.slice(zeros.start + zeros.length))}`;
}

function dotted(bits: bigint): string {
  const number = Number(bits);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}

function hexadecimal(words: readonly number[]): string {
  return words.map((word) => word.toString(16)).join(':');
}

/** The first of the longest runs of zero words. */
function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
