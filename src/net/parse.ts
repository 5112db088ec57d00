// Not the package's front door: that builds tables of ranges when it is loaded, 7 ms that every start would pay.
import { hexadectetNotationToBinaryString } from 'ip-num/dist/src/HexadecimalUtils.js';
import { type Address, hostPrefix, type Prefix, prefixOf, widthOf } from './prefix.ts';

/** What a text says, or why Tailscale and K3s would refuse it. */
export type Parsed<T, Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

/**
 * What is wrong with a prefix; the worst fault where there are several, in the order `not-a-prefix`,
 * `bare-address`, `length`, `leading-zeros`, `spaces`, `host-bits`.
 *
 * `meant` is the prefix with all faults mended, for messages and fixes: leading zeros read as decimal, a bare
 * address as its /32 or /128.
 */
export type PrefixFault =
  | {
      readonly kind: 'bare-address' | 'leading-zeros' | 'spaces' | 'host-bits';
      readonly meant: Prefix;
    }
  | { readonly kind: 'not-a-prefix' | 'length' };

/**
 * What is wrong with an address; the worst fault where there are several, in the order `not-an-address`,
 * `leading-zeros`, `spaces`, `has-length`.
 *
 * `has-length` is `192.168.50.11/24` and right where an interface may be given: `prefix` is the network it is in.
 */
export type AddressFault =
  | { readonly kind: 'not-an-address' }
  | { readonly kind: 'leading-zeros' | 'spaces'; readonly meant: Address }
  | { readonly kind: 'has-length'; readonly meant: Address; readonly prefix: Prefix };

/**
 * Reads a prefix. Accepts what Go's `netip.ParsePrefix` accepts and has no host bits, as `tailscale up` and
 * `TS_ROUTES` do [Tailscale, net/netutil/routes.go]; so no zones, and `::ffff:10.0.0.0/104` is IPv6.
 */
export function parsePrefix(text: string): Parsed<Prefix, PrefixFault> {
  const read = readText(text);
  if (read === undefined) return { ok: false, fault: { kind: 'not-a-prefix' } };
  const { address, length } = read;
  if (length === 'none') return { ok: false, fault: { kind: 'bare-address', meant: hostPrefix(address) } };
  if (length === 'bad') return { ok: false, fault: { kind: 'length' } };
  const meant = prefixOf(address, length);
  if (read.leadingZeros) return { ok: false, fault: { kind: 'leading-zeros', meant } };
  if (read.spaces) return { ok: false, fault: { kind: 'spaces', meant } };
  if (meant.network !== address.bits) return { ok: false, fault: { kind: 'host-bits', meant } };
  return { ok: true, value: meant };
}

/**
 * Reads an address. Accepts what Go's `netip.ParseAddr` accepts but for zones (`fe80::1%eth0`), which K3s refuses
 * (`net.ParseIP`); `::ffff:10.0.0.1` is IPv6.
 */
export function parseAddress(text: string): Parsed<Address, AddressFault> {
  const read = readText(text);
  if (read === undefined || read.length === 'bad') return { ok: false, fault: { kind: 'not-an-address' } };
  const { address, length } = read;
  if (read.leadingZeros) return { ok: false, fault: { kind: 'leading-zeros', meant: address } };
  if (read.spaces) return { ok: false, fault: { kind: 'spaces', meant: address } };
  if (length !== 'none') {
    return { ok: false, fault: { kind: 'has-length', meant: address, prefix: prefixOf(address, length) } };
  }
  return { ok: true, value: address };
}

/** An address with or without a length, as it would be without the faults that can be mended. */
interface Reading {
  readonly address: Address;
  readonly length: number | 'none' | 'bad';
  /** In an octet or in the length. */
  readonly leadingZeros: boolean;
  /** Around the text or around its slash. */
  readonly spaces: boolean;
}

/** No address is longer than 45 units; the rest is room for white space and zeros. */
const LONGEST = 256;

function readText(text: string): Reading | undefined {
  if (text.length > LONGEST) return undefined;
  const slash = text.lastIndexOf('/');
  const parts = slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
  const [addressText = '', lengthText] = parts.map((part) => part.trim());
  const read = readAddress(addressText);
  if (read === undefined) return undefined;
  const length = lengthText === undefined ? 'none' : readLength(lengthText, widthOf(read.address.family));
  return {
    address: read.address,
    length,
    leadingZeros: read.leadingZeros || /^0./.test(lengthText ?? ''),
    spaces: parts.some((part) => part !== part.trim()),
  };
}

function readLength(text: string, width: number): number | 'bad' {
  return /^\d+$/.test(text) && Number(text) <= width ? Number(text) : 'bad';
}

function readAddress(text: string): Pick<Reading, 'address' | 'leadingZeros'> | undefined {
  // Of an IPv6 address the last 32 bits may be dotted.
  const colon = text.lastIndexOf(':');
  const dotted = text.includes('.') ? text.slice(colon + 1) : undefined;
  const octets = dotted === undefined ? [] : readOctets(dotted);
  if (octets === undefined) return undefined;
  const plain = octets.join('.');
  const leadingZeros = dotted !== undefined && dotted !== plain;
  if (colon < 0) {
    if (dotted === undefined) return undefined;
    const bits = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    return { address: { family: 4, bits: BigInt(bits) }, leadingZeros };
  }
  const bits = readHexadecatets(dotted === undefined ? text : text.slice(0, colon + 1) + plain);
  return bits === undefined ? undefined : { address: { family: 6, bits }, leadingZeros };
}

/** The four numbers of a dotted text, with or without leading zeros. */
function readOctets(text: string): number[] | undefined {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function readHexadecatets(text: string): bigint | undefined {
  // ip-num's own pattern lets any zone pass.
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  try {
    return BigInt(`0b${hexadectetNotationToBinaryString(text)}`);
  } catch {
    return undefined;
  }
}
