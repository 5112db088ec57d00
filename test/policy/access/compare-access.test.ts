import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressRange, hasAddress, setOf } from '../../../src/net/address-set.ts';
import type { Address, Prefix } from '../../../src/net/prefix.ts';
import {
  type AccessChange,
  type AccessDifference,
  compareAccess,
} from '../../../src/policy/access/compare-access.ts';
import { namesOf } from '../../../src/policy/access/name-addresses.ts';
import type { Device } from '../../../src/policy/device-list.ts';
import type { FilterLine } from '../../../src/policy/filter.ts';
import { type AccessRule, type Destination, EVERY_PORT } from '../../../src/policy/policy.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { spanOf } from '../../../src/source/span.ts';

/** The numbers 0 to 15 as IPv4 addresses: a device has one or two of them, a router and an exit node more. */
const NUMBERS = Array.from({ length: 16 }, (_, number) => number);
const PORTS = [0, 1, 2, 3, 65_535];
/** Asked for besides: between those that rules have. */
const ASKED_PORTS = [...PORTS, 4, 65_534];
const ASKED_NUMBERS = [...NUMBERS, 16, 0xffff_ffff];
const PROTOCOLS = [6, 17];
const EXIT: Prefix = { family: 4, network: 0n, length: 0 };
const DEVICES = [
  device('a', [1], { tags: ['tag:x'] }),
  device('b', [2, 3], { tags: ['tag:x', 'tag:y'] }),
  device('c', [4], { owner: ['ada@example.com'], routes: [prefix(8, 29), prefix(8, 30)] }),
  device('d', [5], { owner: ['ada@example.com'], routes: [prefix(8, 29), EXIT] }),
];

function device(
  name: string,
  numbers: readonly number[],
  more: Partial<Device> & { routes?: Prefix[] },
): Device {
  const { routes = [], ...rest } = more;
  return {
    id: name,
    name,
    hostname: name,
    addresses: numbers.map((number) => address(number)),
    owner: [],
    tags: [],
    advertised: routes,
    approved: routes,
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: true,
    approvedAsWritten: [],
    expires: '',
    created: '',
    ...rest,
  };
}

function address(number: number): Address {
  return { family: 4, bits: BigInt(number) };
}

function prefix(network: number, length: number): Prefix {
  return { family: 4, network: BigInt(network), length };
}

/** Whether a device of `DEVICES` takes packets for a number, worked out by hand. */
function takes({ name }: Device, number: number): boolean {
  const behind = number >= 8 && number < 16;
  return (
    { a: number === 1, b: number === 2 || number === 3, c: number === 4 || behind, d: true }[name] ?? false
  );
}

const EVERYWHERE: AddressRange = { family: 4, first: 0n, last: 0xffff_ffffn };
const FILE = sourceFile('policy.hujson', 'x'.repeat(1000));

/** A destination of a policy at an offset; nothing else of it is looked at. */
function becauseAt(offset: number): FilterLine['destinations'][number]['because'] {
  const at = spanOf(FILE, offset, offset + 1);
  const any = { kind: 'any' } as const;
  const destination: Destination = { selector: { value: any, span: at, text: '*' }, at, traffic: [] };
  const rule: AccessRule = {
    section: 'acls',
    index: 0,
    span: at,
    sources: [],
    destinations: [destination],
    via: [],
    capabilities: [],
    postures: [],
  };
  return { rule, destination };
}

const range = fc
  .tuple(fc.constantFrom(...NUMBERS), fc.constantFrom(...NUMBERS))
  .map(
    ([a, b]): AddressRange => ({ family: 4, first: BigInt(Math.min(a, b)), last: BigInt(Math.max(a, b)) }),
  );
const ports = fc
  .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const line = fc.record({
  sources: fc.array(range, { maxLength: 3 }).map(setOf),
  protocols: fc.subarray(PROTOCOLS),
  destinations: fc.array(
    fc.record({
      range: fc.oneof(range, fc.constant(EVERYWHERE)),
      ports: fc.oneof(ports, fc.constant(EVERY_PORT)),
      because: fc.nat(900).map(becauseAt),
    }),
    { maxLength: 4 },
  ),
});
const filter: fc.Arbitrary<FilterLine[]> = fc.array(line, { maxLength: 4 });
/** Devices often have the same filter, as of one rule. */
const filters = fc
  .tuple(fc.array(filter, { minLength: 1, maxLength: 2 }), fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()))
  .map(([some, which]) => new Map(DEVICES.map((each, index) => [each, some[which[index]! % some.length]!])));
type Filters = ReadonlyMap<Device, readonly FilterLine[]>;

function compare(before: Filters, after: Filters): AccessDifference {
  const names = namesOf(DEVICES, []);
  return compareAccess({ filters: before, names }, { filters: after, names });
}

/** All packets in words, by asking for each on its own. */
function packets(
  allows: (device: Device, from: Address, to: Address, protocol: number, port: number) => boolean,
) {
  const found: string[] = [];
  for (const device of DEVICES)
    for (const from of NUMBERS)
      for (const to of ASKED_NUMBERS)
        for (const protocol of PROTOCOLS)
          for (const port of ASKED_PORTS)
            if (allows(device, address(from), address(to), protocol, port))
              found.push(`${from} ${protocol} ${device.name} ${to}:${port}`);
  return found;
}

function packetsOf(filters: Filters): Set<string> {
  return new Set(
    packets(
      (device, from, to, protocol, port) =>
        takes(device, Number(to.bits)) &&
        filters
          .get(device)!
          .some(
            ({ sources, protocols, destinations }) =>
              hasAddress(sources, from) &&
              protocols.includes(protocol) &&
              destinations.some((each) => hasAddress([each.range], to) && inPorts([each.ports], port)),
          ),
    ),
  );
}

function packetsOfChanges(changes: readonly AccessChange[]): string[] {
  return packets((device, from, to, protocol, port) =>
    changes.some(
      ({ sources, arrivals, protocols, ports }) =>
        hasAddress(sources, from) &&
        arrivals.some((each) => each.device === device && hasAddress(each.addresses, to)) &&
        protocols.includes(protocol) &&
        inPorts(ports, port),
    ),
  );
}

function inPorts(ranges: readonly { first: number; last: number }[], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

describe('the difference is exact, packet by packet', () => {
  test('of any two sets of packet filters', () => {
    fc.assert(
      fc.property(filters, filters, (before, after) => {
        const [old, now] = [packetsOf(before), packetsOf(after)];
        const { gains, losses } = compare(before, after);
        expect(packetsOfChanges(gains)).toEqual([...now].filter((packet) => !old.has(packet)));
        expect(packetsOfChanges(losses)).toEqual([...old].filter((packet) => !now.has(packet)));
      }),
      { numRuns: 150 },
    );
  });

  test('of sets of sources that begin and end alike', () => {
    const sources = (...numbers: number[]) =>
      setOf(
        numbers.map((number): AddressRange => ({ family: 4, first: BigInt(number), last: BigInt(number) })),
      );
    const filtersOf = (from: ReturnType<typeof sources>): Filters => {
      const destinations = [{ range: EVERYWHERE, ports: EVERY_PORT, because: becauseAt(0) }];
      return new Map([[DEVICES[0]!, [{ sources: from, protocols: [6], destinations }]]]);
    };
    const { gains, losses } = compare(filtersOf(sources(1, 3, 7)), filtersOf(sources(1, 5, 7)));
    expect([gains, losses].map((changes) => changes.map((each) => each.sources))).toEqual([
      [sources(5)],
      [sources(3)],
    ]);
  });

  test('of places that have permits from one policy or from the other', () => {
    const permit = (port: number) => ({
      sources: setOf([EVERYWHERE]),
      protocols: [6],
      destinations: [{ range: EVERYWHERE, ports: { first: port, last: port }, because: becauseAt(port) }],
    });
    const [a, b] = [DEVICES[0]!, DEVICES[1]!];
    const before: Filters = new Map([
      [a, [permit(1)]],
      [b, [permit(1), permit(2)]],
    ]);
    const after: Filters = new Map([
      [a, [permit(2), permit(3)]],
      [b, [permit(3)]],
    ]);
    const { gains, losses } = compare(before, after);
    const told = (changes: readonly AccessChange[]) =>
      changes.map(({ arrivals, ports }) => [arrivals.map(({ device }) => device.name).join(), ports]);
    const port = (number: number) => ({ first: number, last: number });
    expect(told(gains)).toEqual([
      ['a', [port(2)]],
      ['a,b', [port(3)]],
    ]);
    expect(told(losses)).toEqual([
      ['a,b', [port(1)]],
      ['b', [port(2)]],
    ]);
  });

  test('of devices that only one of the two has', () => {
    const line = {
      sources: setOf([EVERYWHERE]),
      protocols: [6],
      destinations: [{ range: EVERYWHERE, ports: EVERY_PORT, because: becauseAt(0) }],
    };
    const [a, b] = [DEVICES[0]!, DEVICES[1]!];
    const { gains, losses } = compare(new Map([[a, [line]]]), new Map([[b, [line]]]));
    const at = (changes: readonly AccessChange[]) =>
      changes.flatMap(({ arrivals }) => arrivals.map(({ device }) => device.name));
    expect([at(gains), at(losses)]).toEqual([['b'], ['a']]);
  });

  test('and what is left of a rule is told of that rule alone', () => {
    const line = (source: number, first: number, last: number, offset: number): FilterLine => ({
      sources: [{ family: 4, first: BigInt(source), last: BigInt(source) }],
      protocols: [6],
      destinations: [{ range: EVERYWHERE, ports: { first, last }, because: becauseAt(offset) }],
    });
    const [a] = DEVICES;
    const before = new Map([[a!, [line(1, 5, 6, 1), line(2, 7, 8, 2), line(1, 30, 40, 3)]]]);
    const after = new Map([[a!, [line(1, 1, 10, 11), line(2, 1, 10, 12), line(1, 35, 50, 13)]]]);
    const told = compare(before, after).gains.map(({ sources, ports: some, because }) => [
      sources.map(({ first, last }) => `${first}-${last}`).join(),
      some.map(({ first, last }) => `${first}-${last}`).join(),
      because.map(({ destination }) => destination.at.start).sort(),
    ]);
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        ['1-2', '1-4,9-10', [11, 12]],
        ['1-1', '7-8,41-50', [11, 13]],
        ['2-2', '5-6', [12]],
      ]),
    );
  });

  test('and nothing of a policy and itself', () => {
    fc.assert(
      fc.property(filters, (both) => {
        expect(compare(both, both)).toEqual({ gains: [], losses: [] });
      }),
    );
  });

  test('and what one way round is gained is lost the other way', () => {
    fc.assert(
      fc.property(filters, filters, (before, after) => {
        expect(compare(before, after).gains).toEqual(compare(after, before).losses);
      }),
    );
  });

  test('whatever the order of the devices and of the lines', () => {
    const turned = (given: Filters) =>
      new Map(
        [...given].reverse().map(([device, lines]) => {
          const turnedLines = lines.map((each) => ({
            ...each,
            protocols: [...each.protocols].reverse(),
            destinations: [...each.destinations].reverse(),
          }));
          return [device, turnedLines.reverse()];
        }),
      );
    fc.assert(
      fc.property(filters, filters, (before, after) => {
        expect(compare(turned(before), turned(after))).toEqual(compare(before, after));
      }),
    );
  });

  test('and each change has a place of the policy that has it', () => {
    fc.assert(
      fc.property(filters, filters, (before, after) => {
        const { gains, losses } = compare(before, after);
        const sides = [
          [gains, after],
          [losses, before],
        ] as const;
        for (const [changes, filters] of sides) {
          const lines = [...filters.values()].flat();
          const places = new Set(
            lines.flatMap(({ destinations }) => destinations.map((each) => each.because.destination)),
          );
          for (const { because } of changes) {
            expect(because.length).toBeGreaterThan(0);
            for (const { destination } of because) expect(places.has(destination)).toBe(true);
          }
        }
      }),
    );
  });
});
