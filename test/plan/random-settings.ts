import fc from 'fast-check';
import type { Given } from '../policy/tailnet.ts';
import type { Setting } from './plans.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const PREFIXES = [
  ...NAMES.map((_, index) => `10.42.${index}.0/24`),
  ...['10.42.0.128/25', '10.42.0.0/16', '10.7.0.0/24', '10.7.0.0/25', '10.0.0.0/8', '0.0.0.0/0', '::/0'],
  ...['192.168.50.0/24', '192.168.51.0/24', '100.64.0.0/24', 'fd00:42::/64', 'fd7a:115c:a1e0:b1a::/80'],
];
const some = fc.subarray(PREFIXES, { maxLength: 6 });

const node = fc.record(
  {
    site: fc.constantFrom('lan', 'x', 'y'),
    lanIp: fc.constantFrom('192.168.50.11/24', '192.168.50.12', '192.168.51.13/24'),
    tailscaleIp: fc.constantFrom(null, '100.64.0.1', '100.64.0.2', '100.64.0.9'),
    tailscale: fc.record(
      {
        acceptRoutes: fc.boolean(),
        tags: fc.constantFrom(['tag:k3s'], ['tag:k3s', 'tag:x']),
        user: fc.constant('lab'),
      },
      { requiredKeys: [] },
    ),
    ipRules: fc.constant([{ to: '192.168.50.0/24', priority: 2500, table: 'main' }]),
  },
  { requiredKeys: [] },
);
const route = fc
  .record(
    {
      node: fc.constantFrom(...NAMES, 'z'),
      prefix: fc.constantFrom(...PREFIXES),
      approve: fc.boolean(),
      redundant: fc.boolean(),
      prune: fc.boolean(),
    },
    { requiredKeys: ['node', 'prefix'] },
  )
  .filter(({ approve, prune }) => !(approve && prune));
const device: fc.Arbitrary<Given> = fc.record(
  {
    tags: fc.constantFrom(['tag:k3s'], ['tag:k3s', 'tag:x'], ['tag:phone']),
    owner: fc.constantFrom(['lab@'], ['eve@example.com']),
    hostname: fc.constantFrom('a', 'b'),
    advertised: some,
    approved: some,
    isOnline: fc.boolean(),
    isExternal: fc.boolean(),
    isAuthorized: fc.boolean(),
    expires: fc.constantFrom('', '1969-01-01T00:00:00Z', '2100-01-01T00:00:00Z'),
  },
  { requiredKeys: ['advertised', 'approved'] },
);
const byName = <T>(value: fc.Arbitrary<T>, names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), value, { maxKeys: names.length });
/** Anything: nodes and devices that fit or do not, routes that no plan takes. */
export const setting: fc.Arbitrary<Setting> = fc.record({
  nodes: byName(node, NAMES),
  routes: fc.array(route, { maxLength: 10 }),
  devices: byName(device, [...NAMES, 'nas']),
  control: fc.constantFrom('tailscale' as const, 'headscale' as const),
});

/** Every node is there with routes of its own, some of them approved, and seldom one that is of another. */
export const calm: fc.Arbitrary<Setting> = fc
  .array(
    fc.record({
      at: fc.constantFrom(0, 1, 2, 3),
      which: fc.constantFrom(0, 0, 1, 1, 2, 2, 3),
      more: fc.constantFrom({}, {}, {}, { approve: false }, { redundant: true }, { prune: true }),
      isAdvertised: fc.integer({ min: 0, max: 5 }).map((number) => number > 0),
      isApproved: fc.boolean(),
    }),
    { maxLength: 10 },
  )
  .map((entries) => {
    const own = entries.map(({ at, which, ...rest }) => {
      const prefix = [`10.42.${at}.0/24`, `10.9.${at}.0/24`, `192.168.6${at}.0/24`, '10.8.0.0/24'][which]!;
      return { ...rest, node: NAMES[at]!, prefix };
    });
    const of = (name: string, key: 'isAdvertised' | 'isApproved') => [
      ...new Set(own.filter((each) => each.node === name && each[key]).map(({ prefix }) => prefix)),
    ];
    return {
      nodes: Object.fromEntries(NAMES.map((name) => [name, { tailscaleIp: null, site: name }])),
      routes: own.map(({ node, prefix, more }) => ({ node, prefix, ...more })),
      devices: Object.fromEntries(
        NAMES.map((name) => [
          name,
          { tags: ['tag:k3s'], advertised: of(name, 'isAdvertised'), approved: of(name, 'isApproved') },
        ]),
      ),
    };
  });
