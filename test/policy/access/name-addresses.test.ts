import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddressRange,
  type AddressSet,
  difference,
  formatRange,
  hostRange,
  rangeOf,
  sameSet,
  setOf,
  union,
} from '../../../src/net/address-set.ts';
import { parseAddress, parsePrefix } from '../../../src/net/parse.ts';
import { namesOf } from '../../../src/policy/access/name-addresses.ts';
import type { Device } from '../../../src/policy/device-list.ts';
import { readAddresses } from '../../../src/policy/read/read-selector.ts';

const TAGS: Record<string, string[]> = { a: ['tag:x'], b: ['tag:x', 'tag:y'], c: ['tag:y'] };
const OWNERS: Record<string, string[]> = {
  d: ['ada@example.com'],
  e: ['ada@example.com'],
  f: ['bob@example.com'],
};
const ROUTES: Record<string, string[]> = {
  a: ['10.0.0.0/24', '172.20.9.0/24'],
  b: ['10.0.1.0/24'],
  c: ['172.20.9.0/24'],
};
const DEVICES = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => device(name, index + 1));
const HOSTS = { pods: '10.0.0.0/16', printer: '192.168.7.9', spare: '100.64.0.64/26' };

function device(name: string, number: number): Device {
  const routes = (ROUTES[name] ?? []).map((route) => value(parsePrefix(route)));
  return {
    id: name,
    name,
    hostname: name,
    addresses: [`100.64.0.${number}`, `fd7a:115c:a1e0::${number}`].map((each) => value(parseAddress(each))),
    owner: OWNERS[name] ?? [],
    tags: TAGS[name] ?? [],
    advertised: routes,
    approved: routes,
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: true,
    approvedAsWritten: [],
    expires: '',
    created: '',
  };
}

function value<T>(parsed: { ok: true; value: T } | { ok: false }): T {
  if (!parsed.ok) throw new Error('a wrong address in this test');
  return parsed.value;
}

function written(text: string): AddressSet {
  const [first, last = first] = text.split(/(?<=\d)-/);
  return [{ ...readAddresses(first!)!.range, last: readAddresses(last!)!.range.last }];
}

function devices(...names: string[]): AddressSet {
  return setOf(
    DEVICES.filter(({ name }) => names.includes(name)).flatMap(({ addresses }) => addresses.map(hostRange)),
  );
}

const FURTHER = [
  { name: 'group:all', set: devices('d', 'e', 'f') },
  ...Object.entries(HOSTS).map(([name, text]) => ({ name, set: written(text) })),
];
const theirNames = () => namesOf(DEVICES, FURTHER);

/** What a name stands for, by the lists above and by nothing of the code. */
function expand(name: string): AddressSet {
  const [, whole, missing] = /^(.*) except (.*)$/.exec(name) ?? [];
  if (whole !== undefined) {
    return difference(expand(whole), union(...missing!.split(/, | and /).map(expand)));
  }
  const [, named, family] = /^(.*) over IPv([46])$/.exec(name) ?? [];
  if (named !== undefined) return expand(named).filter((range) => range.family === Number(family));
  const [, prefix] = /^(.*) behind /.exec(name) ?? [];
  if (prefix !== undefined) return written(prefix);
  if (name === 'every device') return devices('a', 'b', 'c', 'd', 'e', 'f');
  const holders = DEVICES.filter(
    (each) => each.name === name || each.tags.includes(name) || each.owner.includes(name),
  );
  if (holders.length > 0) return devices(...holders.map((each) => each.name));
  return FURTHER.find((each) => each.name === name)?.set ?? written(name);
}

function names(set: AddressSet): string[] {
  return theirNames()
    .nameAddresses(set)
    .map(({ name }) => name);
}

describe('the fewest names for a set', () => {
  const cases: [string, AddressSet, string[]][] = [
    ['nothing', [], []],
    ['all devices of a tag', devices('a', 'b'), ['tag:x']],
    ['all devices of several tags', devices('a', 'b', 'c'), ['tag:x', 'tag:y']],
    ['all devices of a user', devices('d', 'e'), ['ada@example.com']],
    ['all devices of a group', devices('d', 'e', 'f'), ['group:all']],
    ['a user before a device', devices('f'), ['bob@example.com']],
    ['single devices', devices('a', 'd'), ['a', 'd']],
    ['every device', devices('a', 'b', 'c', 'd', 'e', 'f'), ['every device']],
    ['every device but one', devices('a', 'b', 'd', 'e', 'f'), ['group:all', 'tag:x']],
    ['every device but two', devices('a', 'b', 'e', 'f', 'c'), ['every device except d']],
    ['no exceptions where they are as many', devices('a', 'd', 'f'), ['bob@example.com', 'a', 'd']],
    ['one family', written('100.64.0.4'), ['d over IPv4']],
    ['one family of a tag', written('fd7a:115c:a1e0::1-fd7a:115c:a1e0::2'), ['tag:x over IPv6']],
    ['a host of the policy', written('192.168.7.9'), ['printer']],
    ['a route', written('10.0.1.0/24'), ['10.0.1.0/24 behind b']],
    ['a route of two', written('172.20.9.0/24'), ['172.20.9.0/24 behind a and c']],
    ['routes side by side', written('10.0.0.0/23'), ['10.0.0.0/24 behind a', '10.0.1.0/24 behind b']],
    ['a part of a route', written('10.0.1.0/25'), ['10.0.1.0/25']],
    ['more than routes', written('10.0.0.0/22'), ['10.0.0.0/22']],
    ['a host that holds routes', written('10.0.0.0/16'), ['pods']],
    ['a prefix with devices in it', written('100.64.0.0/28'), ['100.64.0.0/28']],
    [
      'devices and others',
      union(devices('a', 'b'), written('172.16.0.0/30'), written('10.0.0.0/16')),
      ['pods', 'tag:x', '172.16.0.0/30'],
    ],
  ];
  test.each(cases)('%s', (_, set, wanted) => {
    expect(names(set)).toEqual(wanted);
  });

  test('none that goes without saying', () => {
    const tags = [
      ['tag:x'],
      ['tag:x', 'tag:w'],
      ['tag:x', 'tag:w'],
      ['tag:y', 'tag:w'],
      ['tag:y', 'tag:w'],
      ['tag:y'],
    ];
    const tagged = [...tags, ['tag:z']].map((each, index) => ({
      ...device(`n${index}`, index + 1),
      tags: each,
    }));
    const set = setOf(tagged.slice(0, 6).flatMap(({ addresses }) => addresses.map(hostRange)));
    expect(
      namesOf(tagged, [])
        .nameAddresses(set)
        .map(({ name }) => name),
    ).toEqual(['tag:x', 'tag:y']);
  });

  test('in words for devices', () => {
    const [a, b, c] = DEVICES;
    expect([[a!], [a!, b!], [a!, c!]].map(theirNames().nameDevices)).toEqual(['a', 'tag:x', 'a and c']);
  });
});

/** Sets of whole devices, single addresses, routes and ranges, so that names occur in all combinations. */
const parts: AddressSet[] = [
  ...DEVICES.map(({ name }) => devices(name)),
  ...DEVICES.flatMap(({ addresses }) => addresses.map((address): AddressSet => [hostRange(address)])),
  ...Object.values(ROUTES)
    .flat()
    .map((route): AddressSet => [rangeOf(value(parsePrefix(route)))]),
  ...FURTHER.map(({ set }) => set),
  written('100.64.0.0/30'),
  written('10.0.1.128/25'),
];
const sets = fc
  .tuple(fc.subarray(parts), fc.subarray(parts, { maxLength: 2 }))
  .map(([some, less]) => difference(union(...some), union(...less)));

describe('names stand for exactly the set', () => {
  test('each for what it says, and all together for the set', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const named = theirNames().nameAddresses(set);
        for (const each of named)
          expect([each.name, texts(expand(each.name))]).toEqual([each.name, texts(each.set)]);
        expect(texts(union(...named.map((each) => each.set)))).toEqual(texts(set));
      }),
      { numRuns: 1000 },
    );
  });

  test('whatever the order of the devices', () => {
    const reversed = namesOf([...DEVICES].reverse(), FURTHER);
    fc.assert(
      fc.property(sets, (set) => {
        expect(reversed.nameAddresses(set)).toEqual(theirNames().nameAddresses(set));
      }),
    );
  });

  test('and no more names than ranges, but for devices', () => {
    fc.assert(
      fc.property(sets, (set) => {
        if (sameSet(set, [])) return;
        expect(names(set).length).toBeLessThanOrEqual(2 * set.length + DEVICES.length);
      }),
    );
  });
});

function texts(set: AddressSet): string[] {
  return set.map((range: AddressRange) => formatRange(range));
}
