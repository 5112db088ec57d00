import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../src/net/format.ts';
import { type Entry, overlappingPairs } from '../../src/net/overlaps.ts';
import { parsePrefix } from '../../src/net/parse.ts';
import {
  comparePrefixes,
  contains,
  overlaps,
  type Prefix,
  prefixOf,
  samePrefix,
} from '../../src/net/prefix.ts';

function entries(...texts: string[]): Entry<number>[] {
  return texts.map((text, value) => {
    const parsed = parsePrefix(text);
    if (!parsed.ok) throw new Error(text);
    return { prefix: parsed.value, value };
  });
}

function numbered(prefixes: readonly Prefix[]): Entry<number>[] {
  return prefixes.map((prefix, value) => ({ prefix, value }));
}

/** Prefixes over a few leading bits, so that many nest and some are the same. */
const crowded: fc.Arbitrary<Prefix> = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    lead: fc.nat({ max: 15 }),
    length: fc.oneof(fc.nat({ max: 5 }), fc.constant(32)),
  })
  .map(({ family, lead, length }) =>
    prefixOf({ family, bits: BigInt(lead) << (family === 4 ? 28n : 124n) }, length),
  );

describe('overlappingPairs', () => {
  it('takes equal prefixes together and goes outwards from each', () => {
    const pairs = overlappingPairs(
      entries('10.42.1.0/24', '10.0.0.0/8', '10.42.0.0/16', '10.43.0.0/16', '10.42.1.0/24', 'a00::/8'),
    );
    const rows = [...pairs].map(({ outer, inner }) => [
      `${formatPrefix(inner.prefix)} in ${formatPrefix(outer.prefix)}`,
      inner.values,
      outer.values,
    ]);
    expect(rows).toEqual([
      ['10.42.0.0/16 in 10.0.0.0/8', [2], [1]],
      ['10.42.1.0/24 in 10.42.1.0/24', [0, 4], [0, 4]],
      ['10.42.1.0/24 in 10.42.0.0/16', [0, 4], [2]],
      ['10.42.1.0/24 in 10.0.0.0/8', [0, 4], [1]],
      ['10.43.0.0/16 in 10.0.0.0/8', [3], [1]],
    ]);
  });

  it('finds nothing where nothing overlaps', () => {
    expect([...overlappingPairs([])]).toEqual([]);
    expect([...overlappingPairs(entries('10.42.0.0/24', '10.42.1.0/24', '::/0'))]).toEqual([]);
  });

  it('finds each pair of values once, as comparing all with all does', () => {
    fc.assert(
      fc.property(fc.array(crowded, { maxLength: 25 }), (prefixes) => {
        const found: string[] = [];
        for (const { outer, inner } of overlappingPairs(numbered(prefixes))) {
          for (const [index, a] of inner.values.entries()) {
            const others = outer === inner ? inner.values.slice(index + 1) : outer.values;
            for (const b of others) found.push(`${Math.min(a, b)} ${Math.max(a, b)}`);
          }
        }
        const expected: string[] = [];
        for (const [a, left] of prefixes.entries()) {
          for (const [b, right] of prefixes.entries())
            if (a < b && overlaps(left, right)) expected.push(`${a} ${b}`);
        }
        expect(found.sort()).toEqual(expected.sort());
      }),
    );
  });

  it('has the order and the sides it promises', () => {
    fc.assert(
      fc.property(fc.array(crowded, { maxLength: 25 }), (prefixes) => {
        const pairs = [...overlappingPairs(numbered(prefixes))];
        for (const { outer, inner } of pairs) {
          expect(contains(outer.prefix, inner.prefix)).toBe(true);
          expect(outer === inner).toBe(samePrefix(outer.prefix, inner.prefix));
          expect(inner.values).toEqual([...inner.values].sort((a, b) => a - b));
          expect(inner.values.every((value) => samePrefix(prefixes[value]!, inner.prefix))).toBe(true);
        }
        const sorted = [...pairs].sort(
          (a, b) =>
            comparePrefixes(a.inner.prefix, b.inner.prefix) || b.outer.prefix.length - a.outer.prefix.length,
        );
        expect(pairs).toEqual(sorted);
      }),
    );
  });

  it('is one pair for 100,000 entries of one prefix', () => {
    const [entry] = entries('10.42.0.0/24');
    const pairs = [...overlappingPairs(Array.from({ length: 100_000 }, () => entry!))];
    expect(pairs.map(({ inner }) => inner.values.length)).toEqual([100_000]);
  });

  it('is 128 pairs around the innermost of the deepest nesting', () => {
    const chain = Array.from({ length: 129 }, (_, length) =>
      prefixOf({ family: 6, bits: (1n << 128n) - 1n }, length),
    );
    const around = [...overlappingPairs(numbered(chain))].filter(({ inner }) => inner.prefix.length === 128);
    expect(around.map(({ outer }) => outer.prefix.length)).toEqual(
      Array.from({ length: 128 }, (_, i) => 127 - i),
    );
  });

  it('leaves the given list as it was', () => {
    const given = entries('10.42.1.0/24', '10.42.0.0/24');
    [...overlappingPairs(given)];
    expect(given.map(({ value }) => value)).toEqual([0, 1]);
  });
});
