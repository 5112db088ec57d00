import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddressRange,
  type AddressSet,
  asPrefix,
  covers,
  difference,
  formatRange,
  hasAddress,
  intersection,
  meets,
  prefixesOf,
  rangeOf,
  sameSet,
  setOf,
  sizeOf,
  union,
} from '../../src/net/address-set.ts';
import { contains } from '../../src/net/prefix.ts';

/** Sets of the numbers 0 to 31 of either family, small enough to be compared number by number. */
const range = fc.tuple(fc.constantFrom<4 | 6>(4, 6), fc.nat(31), fc.nat(31)).map(
  ([family, a, b]): AddressRange => ({
    family,
    first: BigInt(Math.min(a, b)),
    last: BigInt(Math.max(a, b)),
  }),
);
const ranges = fc.array(range, { maxLength: 8 });
const sets = ranges.map(setOf);
const EVERY = ([4, 6] as const).flatMap((family) =>
  Array.from({ length: 32 }, (_, bits) => ({ family, bits: BigInt(bits) })),
);

function members(of: readonly AddressRange[]): string[] {
  return EVERY.filter(({ family, bits }) =>
    of.some((each) => each.family === family && each.first <= bits && bits <= each.last),
  ).map(({ family, bits }) => `${family}/${bits}`);
}

function expectOrdered(set: AddressSet): void {
  for (const [index, { family, first, last }] of set.entries()) {
    expect(first <= last).toBe(true);
    const next = set[index + 1];
    if (next) expect(next.family > family || (next.family === family && next.first > last + 1n)).toBe(true);
  }
}

describe('a set of addresses is what its ranges hold, number by number', () => {
  test('of any ranges', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const set = setOf(given);
        expectOrdered(set);
        expect(members(set)).toEqual(members(given));
        expect(sizeOf(set)).toBe(BigInt(members(set).length));
      }),
    );
  });

  test('of two sets', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [members(a), members(b)];
        const both = left.filter((each) => right.includes(each));
        const cases: [AddressSet, string[]][] = [
          [union(a, b), members([...a, ...b])],
          [intersection(a, b), both],
          [difference(a, b), left.filter((each) => !right.includes(each))],
        ];
        for (const [set, wanted] of cases) {
          expectOrdered(set);
          expect(members(set)).toEqual(wanted);
        }
        expect(meets(a, b)).toBe(both.length > 0);
        expect(covers(a, b)).toBe(both.length === right.length);
        expect(sameSet(a, b)).toBe(left.join() === right.join());
        for (const each of EVERY) {
          expect(hasAddress(a, each)).toBe(left.includes(`${each.family}/${each.bits}`));
        }
      }),
    );
  });

  test('as prefixes', () => {
    fc.assert(
      fc.property(range, (given) => {
        const prefixes = prefixesOf(given);
        expect(members(prefixes.map(rangeOf))).toEqual(members([given]));
        // No two of them are one.
        for (const [index, prefix] of prefixes.entries()) {
          expect(prefixes.slice(index + 1).some((other) => contains(prefix, other))).toBe(false);
        }
        expect(asPrefix(given)).toEqual(prefixes.length === 1 ? prefixes[0] : undefined);
      }),
    );
  });
});

test.each([
  [{ family: 4, first: 0x64400001n, last: 0x64400001n }, '100.64.0.1'],
  [{ family: 4, first: 0n, last: 0xffffffffn }, '0.0.0.0/0'],
  [{ family: 4, first: 0x64400000n, last: 0x64735bffn }, '100.64.0.0-100.115.91.255'],
  [{ family: 4, first: 1n, last: 2n }, '0.0.0.1-0.0.0.2'],
  [{ family: 6, first: 0n, last: (1n << 128n) - 1n }, '::/0'],
  [{ family: 6, first: 16n, last: 31n }, '::10/124'],
] as const)('%o is written %s', (given, text) => {
  expect(formatRange(given)).toBe(text);
});
