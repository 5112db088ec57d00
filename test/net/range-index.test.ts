import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AddressRange, compareRanges, rangesMeet } from '../../src/net/address-set.ts';
import { rangeIndex } from '../../src/net/range-index.ts';

const range = fc
  .tuple(fc.constantFrom<4 | 6>(4, 6), fc.nat(40), fc.nat(12))
  .map(
    ([family, first, more]): AddressRange => ({ family, first: BigInt(first), last: BigInt(first + more) }),
  );

test('finds what looking at every range finds', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), range, (ranges, asked) => {
      const found = rangeIndex(ranges.map((each) => ({ range: each, value: each }))).meeting(asked);
      const meeting = ranges.filter((each) => rangesMeet(each, asked)).sort(compareRanges);
      expect(found).toEqual(meeting);
    }),
  );
});
