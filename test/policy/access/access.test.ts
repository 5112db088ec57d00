import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressRange, hasAddress } from '../../../src/net/address-set.ts';
import { parseAddress } from '../../../src/net/parse.ts';
import { accessOf, portsLetThrough } from '../../../src/policy/access/access.ts';
import { filterOf } from '../../../src/policy/compile.ts';
import { EVERY_PORT } from '../../../src/policy/policy.ts';
import { addressesAt } from '../../../src/policy/routers.ts';
import { compileText, homePolicy, homeWith } from '../home-tailnet.ts';

/** Two routers of one prefix, one of them with another tag. */
const LIST = homeWith('tag:remote', '10.42.3.0/24');

function range(text: string): AddressRange {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(text);
  return { family: parsed.value.family, first: parsed.value.bits, last: parsed.value.bits };
}

function isLetThrough(grants: string, from: string, to: string, port = 80, protocol = 6): boolean {
  const compiled = compileText(homePolicy(`"grants": [${grants}]`), LIST);
  return accessOf(compiled)([range(to)], [protocol]).some(
    ({ sources, ports }) =>
      hasAddress(sources, { family: range(from).family, bits: range(from).first }) &&
      ports.first <= port &&
      port <= ports.last,
  );
}

const grant = (src: string, dst: string, via = '') =>
  `{"src": ["${src}"], "dst": ["${dst}"], "ip": ["tcp:80-90"]${via && `, "via": ["${via}"]`}}`;

describe('where it is delivered', () => {
  test.each([
    ['own devices', grant('autogroup:member', 'autogroup:self'), '100.64.0.10', '100.64.0.11', true],
    ['devices of others', grant('autogroup:member', 'autogroup:self'), '100.64.0.10', '100.64.0.20', false],
    [
      'behind a router with the tag',
      grant('*', '10.42.3.0/24', 'tag:remote'),
      '100.64.0.10',
      '10.42.3.9',
      true,
    ],
    ['behind another router', grant('*', '10.42.0.0/16', 'tag:remote'), '100.64.0.10', '10.42.0.9', false],
    ['the router itself', grant('*', '100.64.0.3', 'tag:remote'), '100.64.0.10', '100.64.0.3', false],
    ['the internet', grant('*', 'autogroup:internet'), '100.64.0.10', '8.8.8.8', true],
    ['a private address', grant('*', 'autogroup:internet'), '100.64.0.10', '10.42.0.9', false],
    ['an address of nobody', grant('*', '10.99.0.0/16'), '100.64.0.10', '10.99.0.1', true],
    [
      'an address of nobody, by a router',
      grant('*', '10.99.0.0/16', 'tag:remote'),
      '100.64.0.10',
      '10.99.0.1',
      true,
    ],
    ['a source behind a router', grant('10.42.0.0/24', 'tag:exit'), '10.42.0.7', '100.64.0.30', true],
    ['a tag is not what is behind it', grant('tag:k3s', 'tag:exit'), '10.42.0.7', '100.64.0.30', false],
  ])('%s', (_, grants, from, to, expected) => {
    expect(isLetThrough(grants, from, to)).toBe(expected);
  });

  test('the internet that a subnet router routes', () => {
    const list = homeWith('tag:remote', '8.8.8.0/24');
    const compiled = compileText(homePolicy(`"grants": [${grant('*', 'autogroup:internet')}]`), list);
    const access = accessOf(compiled);
    expect(access([range('8.8.8.8')], [6])).toEqual([]);
    expect(access([range('8.8.9.9')], [6])).toHaveLength(1);
  });
});

test.each([
  [[6], [{ first: 80, last: 90 }]],
  [[17], []],
  [[6, 17], [{ first: 80, last: 90 }]],
  // ICMP passes with any rule.
  [[1], [EVERY_PORT]],
  [[58], [EVERY_PORT]],
  [[6, 1], [EVERY_PORT]],
  [[47], []],
])('ports of TCP traffic for protocols %j', (protocols, expected) => {
  expect(portsLetThrough([{ protocols: [6], ports: [{ first: 80, last: 90 }] }], protocols)).toEqual(
    expected,
  );
});

test('a protocol without ports passes where all are let through', () => {
  const traffic = (last: number) => [{ protocols: [47, 6], ports: [{ first: 0, last }] }];
  expect(portsLetThrough(traffic(65_535), [47])).toEqual([EVERY_PORT]);
  expect(portsLetThrough(traffic(65_534), [47])).toEqual([]);
  expect(portsLetThrough([{ protocols: [47], ports: [{ first: 1, last: 65_535 }] }], [47])).toEqual([]);
  const several = [EVERY_PORT, { first: 1, last: 2 }];
  expect(portsLetThrough([{ protocols: [47], ports: several }], [47])).toEqual([EVERY_PORT]);
  expect(portsLetThrough([], [1])).toEqual([]);
});

const SELECTORS = ['*', 'tag:k3s', 'tag:remote', 'group:all', '10.42.0.0/16', '10.42.3.0/25', 'nas'];
const ADDRESSES = [
  '100.64.0.1',
  '100.64.0.3',
  '100.64.0.10',
  '100.64.0.11',
  '100.64.0.20',
  '10.42.0.7',
  '10.42.3.7',
];

test('the law: as the packet filters of the devices that answer for an address', () => {
  const grants = fc
    .array(
      fc
        .tuple(
          fc.constantFrom(...SELECTORS, 'autogroup:member'),
          fc.constantFrom(...SELECTORS, 'autogroup:self', 'autogroup:internet'),
          fc.constantFrom('', '', 'tag:remote', 'tag:k3s'),
        )
        .map(([src, dst, via]) => grant(src, dst, via)),
      { maxLength: 4 },
    )
    .map((all) => all.join());
  fc.assert(
    fc.property(
      grants,
      fc.constantFrom(...ADDRESSES),
      fc.constantFrom(...ADDRESSES),
      fc.constantFrom(80, 91),
      (some, from, to, port) => {
        const compiled = compileText(homePolicy(`"grants": [${some}]`), LIST);
        const [source, goal] = [from, to].map(range);
        const byFilters = compiled.list.devices.some(
          (each) =>
            hasAddress(addressesAt(each), { family: goal!.family, bits: goal!.first }) &&
            filterOf(compiled, each).some(
              ({ sources, protocols, destinations }) =>
                protocols.includes(6) &&
                hasAddress(sources, { family: source!.family, bits: source!.first }) &&
                destinations.some(
                  ({ range: { family, first, last }, ports }) =>
                    family === goal!.family &&
                    first <= goal!.first &&
                    goal!.first <= last &&
                    ports.first <= port &&
                    port <= ports.last,
                ),
            ),
        );
        expect(isLetThrough(some, from, to, port)).toBe(byFilters);
      },
    ),
    { numRuns: 200 },
  );
});
