import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import type { Address } from '../../src/net/prefix.ts';
import { addressOf, prefixFrom, someBits } from './bits.ts';

describe('formatAddress', () => {
  const cases: [family: 4 | 6, bits: bigint, text: string][] = [
    [4, 0n, '0.0.0.0'],
    [4, 0xc0a8_320bn, '192.168.50.11'],
    [4, 0xffff_ffffn, '255.255.255.255'],
    [6, 0n, '::'],
    [6, 1n, '::1'],
    [6, 0xfd7a_115c_a1e0n << 80n, 'fd7a:115c:a1e0::'],
    // [RFC 5952, 4.2.2]: a single zero group stays.
    [6, 0x2001_0db8_0000_0001_0001_0001_0001_0001n, '2001:db8:0:1:1:1:1:1'],
    // [RFC 5952, 4.2.3]: the longest run, and of two as long the first.
    [6, 0x2001_0000_0000_0001_0000_0000_0000_0001n, '2001:0:0:1::1'],
    [6, 0x2001_0db8_0000_0000_0001_0000_0000_0001n, '2001:db8::1:0:0:1'],
    [6, 0x0001_0000_0000_0000_0000_0000_0000_0000n, '1::'],
    [6, 0x0000_0002_0003_0004_0005_0006_0007_0008n, '0:2:3:4:5:6:7:8'],
    [6, 0x0001_0002_0003_0004_0005_0006_0000_0000n, '1:2:3:4:5:6::'],
    // [RFC 5952, 5]
    [6, 0xffff_c000_0201n, '::ffff:192.0.2.1'],
    [6, 0x0001_ffff_c000_0201n, '::1:ffff:c000:201'],
    [6, 0xfffe_c000_0201n, '::fffe:c000:201'],
  ];
  it.each(cases)('IPv%i %i is %s', (family, bits, text) => {
    expect(formatAddress({ family, bits })).toBe(text);
  });

  it('parses back to the same address', () => {
    fc.assert(
      fc.property(fc.oneof(someBits.map(addressOf), sparse()), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual({ ok: true, value: address });
      }),
    );
  });

  it('is text that Node takes for an address of that family, as short as a URL writes it', () => {
    fc.assert(
      fc.property(fc.oneof(someBits.map(addressOf), sparse()), (address) => {
        const text = formatAddress(address);
        expect(address.family === 4 ? isIPv4(text) : isIPv6(text)).toBe(true);
        // URLs have RFC 5952 too, without the dotted form.
        if (text.includes(':') && !text.includes('.'))
          expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});

it('formatPrefix parses back to the same prefix', () => {
  fc.assert(
    fc.property(someBits.map(prefixFrom), (prefix) => {
      expect(parsePrefix(formatPrefix(prefix))).toEqual({ ok: true, value: prefix });
    }),
  );
});

/** IPv6 addresses in which most groups are zero. */
function sparse(): fc.Arbitrary<Address> {
  const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, fc.bigInt({ min: 0n, max: 0xffffn }));
  return fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => ({ family: 6, bits: groups.reduce((bits, each) => (bits << 16n) | each, 0n) }));
}
