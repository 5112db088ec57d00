import { describe, expect, test } from 'vitest';
import {
  type AddressSet,
  difference,
  intersection,
  rangeOf,
  setOf,
  union,
} from '../../../src/net/address-set.ts';
import { parseAddress, parsePrefix } from '../../../src/net/parse.ts';
import { arrivalsOf, everyArrival } from '../../../src/policy/access/arrivals.ts';
import { namesOf } from '../../../src/policy/access/name-addresses.ts';
import { destinationNames } from '../../../src/policy/access/name-destinations.ts';
import type { Device } from '../../../src/policy/device-list.ts';
import { THE_INTERNET } from '../../../src/policy/resolve.ts';

const LAPTOP = device('laptop', 1, []);
/** One prefix in another, and a third beside it. */
const NESTED = device('nested', 2, ['10.0.0.0/16', '10.0.3.0/24', '10.1.0.0/16']);
/** Its own address is in what it routes. */
const AROUND = device('around', 3, ['100.64.0.0/29']);
const EXIT = device('exit', 4, ['0.0.0.0/0', '::/0', '192.168.7.0/24']);
const OTHER_EXIT = device('exit-2', 5, ['0.0.0.0/0']);
const MANY = device('many', 6, ['172.16.0.0/24', '172.16.2.0/24', '172.16.4.0/24', '172.16.6.0/24']);
const DEVICES = [LAPTOP, NESTED, AROUND, EXIT, OTHER_EXIT, MANY];

function device(name: string, number: number, routes: readonly string[]): Device {
  const prefixes = routes.map((route) => value(parsePrefix(route)));
  return {
    id: name,
    name,
    hostname: name,
    addresses: [value(parseAddress(`100.64.0.${number}`))],
    owner: [],
    tags: [],
    advertised: prefixes,
    approved: prefixes,
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

function prefixes(...texts: string[]): AddressSet {
  return setOf(texts.map((text) => rangeOf(value(parsePrefix(text)))));
}

function names(...arrivals: readonly (readonly [Device, AddressSet])[]): readonly string[] {
  const further = [{ name: 'lan', set: prefixes('192.168.7.0/24') }];
  const nameAll = destinationNames(namesOf(DEVICES, further));
  return nameAll(arrivals.map(([each, addresses]) => ({ device: each, addresses })));
}

describe('the parts of what arrives at a device', () => {
  test.each(DEVICES.map((each) => [each.name, each] as const))('have nothing in common: %s', (_, each) => {
    const { own, behind, through } = arrivalsOf(each);
    expect([intersection(own, behind), intersection(union(own, behind), through)]).toEqual([[], []]);
    expect(everyArrival(arrivalsOf(each))).toEqual(union(own, behind, through));
  });

  test('of an exit node are everything of its families', () => {
    expect([EXIT, OTHER_EXIT].map((each) => everyArrival(arrivalsOf(each)))).toEqual([
      prefixes('0.0.0.0/0', '::/0'),
      prefixes('0.0.0.0/0'),
    ]);
  });

  test('do not have routes that are only advertised or only approved', () => {
    const { advertised, approved } = NESTED;
    for (const part of [{ advertised: [] }, { approved: [] }]) {
      expect(arrivalsOf({ ...NESTED, advertised, approved, ...part }).behind).toEqual([]);
    }
  });
});

describe('names of destinations', () => {
  const through = arrivalsOf(EXIT).through;
  const cases: [string, [Device, AddressSet][], string[]][] = [
    ['everything', DEVICES.map((each) => [each, everyArrival(arrivalsOf(each))]), ['*']],
    ['all of one device', [[LAPTOP, arrivalsOf(LAPTOP).own]], ['laptop']],
    ['a route that holds another', [[NESTED, prefixes('10.0.0.0/16')]], ['10.0.0.0/16 behind nested']],
    ['the route in it', [[NESTED, prefixes('10.0.3.0/24')]], ['10.0.3.0/24 behind nested']],
    ['a part of a route', [[NESTED, prefixes('10.1.7.0/24')]], ['10.1.7.0/24 behind nested']],
    ['many routes', [[MANY, arrivalsOf(MANY).behind]], ['every route behind many']],
    [
      'many routes but one',
      [[MANY, difference(arrivalsOf(MANY).behind, prefixes('172.16.0.0/24'))]],
      ['172.16.2.0/24 behind many', '172.16.4.0/24 behind many', '172.16.6.0/24 behind many'],
    ],
    ['what the policy has a name for', [[EXIT, prefixes('192.168.7.0/24')]], ['lan behind exit']],
    ['the internet', [[EXIT, intersection(through, THE_INTERNET)]], ['the internet through exit']],
    [
      'the internet through two',
      [
        [EXIT, intersection(through, THE_INTERNET)],
        [OTHER_EXIT, intersection(arrivalsOf(OTHER_EXIT).through, THE_INTERNET)],
      ],
      ['the internet through exit and exit-2'],
    ],
    ['all that leaves there', [[EXIT, through]], ['every address through exit']],
    [
      'all but the internet',
      [[EXIT, difference(through, THE_INTERNET)]],
      ['every private address through exit'],
    ],
    ['a part of the internet', [[EXIT, prefixes('8.8.8.0/24')]], ['8.8.8.0/24 through exit']],
    [
      'a device and what is behind it',
      [[EXIT, union(arrivalsOf(EXIT).own, prefixes('192.168.7.0/24', '8.8.8.8/32'))]],
      ['exit', 'lan behind exit', '8.8.8.8 through exit'],
    ],
  ];
  test.each(cases)('%s', (_, arrivals, wanted) => {
    expect(names(...arrivals)).toEqual(wanted);
  });
});
