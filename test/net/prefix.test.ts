import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commonPrefix,
  comparePrefixes,
  contains,
  firstAddress,
  hostPrefix,
  lastAddress,
  overlaps,
  prefixOf,
  sameAddress,
  samePrefix,
  widthOf,
} from '../../src/net/prefix.ts';
import { addressOf, agree, prefixFrom, someBits, twoBits, withHostBits } from './bits.ts';

describe('against a plain loop over bits', () => {
  it('prefixOf keeps the leading bits', () => {
    fc.assert(
      fc.property(someBits, (bits) => {
        expect(prefixOf(addressOf(bits), bits.length)).toEqual(prefixFrom(bits));
      }),
    );
  });

  it('firstAddress and lastAddress are the ends', () => {
    fc.assert(
      fc.property(someBits, ({ family, row, length }) => {
        const prefix = prefixFrom({ family, row, length });
        const end = (on: boolean) => addressOf({ family, row: withHostBits(row, length, on), length });
        expect(firstAddress(prefix)).toEqual(end(false));
        expect(lastAddress(prefix)).toEqual(end(true));
      }),
    );
  });

  it('contains an address that agrees in the leading bits', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        expect(contains(prefixFrom(a), addressOf(b))).toBe(agree(a, b, a.length));
      }),
    );
  });

  it('contains a prefix that agrees in the leading bits and is no wider', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        expect(contains(prefixFrom(a), prefixFrom(b))).toBe(a.length <= b.length && agree(a, b, a.length));
      }),
    );
  });

  it('overlaps what agrees in as many bits as both have', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        const expected = agree(a, b, Math.min(a.length, b.length));
        expect(overlaps(prefixFrom(a), prefixFrom(b))).toBe(expected);
        expect(overlaps(prefixFrom(b), prefixFrom(a))).toBe(expected);
      }),
    );
  });

  it('sameAddress and samePrefix agree in everything', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        expect(sameAddress(addressOf(a), addressOf(b))).toBe(agree(a, b, a.row.length));
        const same = a.length === b.length && agree(a, b, a.length);
        expect(samePrefix(prefixFrom(a), prefixFrom(b))).toBe(same);
        expect(
          samePrefix(prefixFrom(a), prefixFrom({ ...a, row: withHostBits(a.row, a.length, true) })),
        ).toBe(true);
      }),
    );
  });

  it('hostPrefix contains its address only', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        expect(contains(hostPrefix(addressOf(a)), addressOf(a))).toBe(true);
        expect(contains(hostPrefix(addressOf(a)), addressOf(b))).toBe(agree(a, b, a.row.length));
      }),
    );
  });
});

describe('comparePrefixes', () => {
  it('is zero for the same prefix only, and turns round with its sides', () => {
    fc.assert(
      fc.property(twoBits, ([a, b]) => {
        const [left, right] = [prefixFrom(a), prefixFrom(b)];
        expect(comparePrefixes(left, right) === 0).toBe(samePrefix(left, right));
        expect(Math.sign(comparePrefixes(left, right))).toBe(0 - Math.sign(comparePrefixes(right, left)));
      }),
    );
  });

  it('commonPrefix contains all, and no longer prefix does', () => {
    fc.assert(
      fc.property(fc.array(someBits, { minLength: 1, maxLength: 5 }), (many) => {
        const [first, ...others] = many.map(prefixFrom).filter(({ family }) => family === many[0]!.family);
        const common = commonPrefix(first!, others);
        const all = [first!, ...others];
        expect(all.every((each) => contains(common, each))).toBe(true);
        if (common.length === widthOf(common.family)) return;
        const longer = prefixOf(firstAddress(first!), common.length + 1);
        expect(all.every((each) => contains(longer, each))).toBe(false);
      }),
    );
  });

  it('orders by family, network, length, so what contains stands before what is contained', () => {
    const bitText = (number: bigint, width: number) => number.toString(2).padStart(width, '0');
    fc.assert(
      fc.property(fc.array(someBits, { maxLength: 20 }), (many) => {
        const keys = many
          .map(prefixFrom)
          .sort(comparePrefixes)
          .map(
            ({ family, network, length }) =>
              `${family} ${bitText(network, 128)} ${bitText(BigInt(length), 8)}`,
          );
        expect(keys).toEqual([...keys].sort());
      }),
    );
  });
});

it('an address is not that of the other family with the same bits', () => {
  const [four, six] = [
    { family: 4, bits: 1n },
    { family: 6, bits: 1n },
  ] as const;
  expect(sameAddress(four, six)).toBe(false);
  expect(samePrefix(prefixOf(four, 0), prefixOf(six, 0))).toBe(false);
  expect(samePrefix(prefixOf(four, 32), prefixOf(six, 32))).toBe(false);
});

it('a length that a family does not have is a bug of the caller', () => {
  expect(() => prefixOf({ family: 4, bits: 0n }, 33)).toThrow(RangeError);
});
