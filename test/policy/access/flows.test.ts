import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressSet, setOf } from '../../../src/net/address-set.ts';
import { commonFlows, type Flows, withoutFlows } from '../../../src/policy/access/flows.ts';

/** A small world: addresses 0 to 7 of both families, ports 0 to 5. */
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7];
const PORTS = NUMBERS.slice(0, 6);

const addresses: fc.Arbitrary<AddressSet> = fc
  .array(fc.tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(7), fc.nat(3)), { maxLength: 4 })
  .map((all) =>
    setOf(
      all.map(([family, first, more]) => ({
        family,
        first: BigInt(first),
        last: BigInt(Math.min(first + more, 7)),
      })),
    ),
  );

const flows: fc.Arbitrary<Flows> = fc
  .record({ sources: addresses, destinations: addresses, ports: fc.tuple(fc.nat(5), fc.nat(5)) })
  .map(({ sources, destinations, ports: [a, b] }) => ({
    sources,
    destinations,
    ports: { first: Math.min(a, b), last: Math.max(a, b) },
  }));

/** Every connection of some flows, one by one. */
function pointsOf(all: readonly Flows[]): string[] {
  const members = (set: AddressSet) =>
    set.flatMap(({ family, first, last }) =>
      NUMBERS.filter((each) => first <= each && each <= last).map((each) => `${family}.${each}`),
    );
  return all
    .flatMap(({ sources, destinations, ports }) =>
      members(sources).flatMap((from) =>
        members(destinations).flatMap((to) =>
          PORTS.filter((port) => ports.first <= port && port <= ports.last).map(
            (port) => `${from} ${to} ${port}`,
          ),
        ),
      ),
    )
    .sort();
}

describe('as counting one by one', () => {
  test('what is left', () => {
    fc.assert(
      fc.property(flows, fc.array(flows, { maxLength: 5 }), (asked, others) => {
        const gone = new Set(pointsOf(others));
        // Equal as lists: the pieces do not overlap.
        expect(pointsOf(withoutFlows(asked, others)!)).toEqual(
          pointsOf([asked]).filter((point) => !gone.has(point)),
        );
      }),
    );
  });

  test('what is common', () => {
    fc.assert(
      fc.property(flows, flows, (a, b) => {
        const common = commonFlows(a, b);
        const inB = new Set(pointsOf([b]));
        expect(common === undefined ? [] : pointsOf([common])).toEqual(
          pointsOf([a]).filter((point) => inB.has(point)),
        );
      }),
    );
  });
});

test('an answer that takes too much work is none', () => {
  const addresses = Array.from({ length: 4000 }, (_, index) => ({
    family: 4 as const,
    first: BigInt(index * 2),
    last: BigInt(index * 2),
  }));
  const on = (port: number) => ({
    sources: addresses,
    destinations: addresses,
    ports: { first: port, last: port },
  });
  expect(withoutFlows(on(0), [on(1), on(2)])).toEqual([on(0)]);
  expect(withoutFlows(on(0), [on(0)])).toEqual([]);
  const others = Array.from({ length: 4000 }, (_, index) => on(index + 1));
  expect(withoutFlows(on(0), others)).toBeUndefined();
});
