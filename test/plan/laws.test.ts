import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlaps, type Prefix, samePrefix } from '../../src/net/prefix.ts';
import { type Change, changesOf, type Plan } from '../../src/plan/plan.ts';
import { type PlanInput, planApprovals } from '../../src/plan/plan-approvals.ts';
import type { Device } from '../../src/policy/device-list.ts';
import type { Given } from '../policy/tailnet.ts';
import { applied, clustersIn, inputOf, type Setting } from './plans.ts';

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
const setting: fc.Arbitrary<Setting> = fc.record({
  nodes: byName(node, NAMES),
  routes: fc.array(route, { maxLength: 10 }),
  devices: byName(device, [...NAMES, 'nas']),
  control: fc.constantFrom('tailscale' as const, 'headscale' as const),
});

/** Every node is there with routes of its own, some of them approved, and seldom one that is of another. */
const calm: fc.Arbitrary<Setting> = fc
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

const has = (prefixes: readonly Prefix[], wanted: Prefix) =>
  prefixes.some((each) => samePrefix(each, wanted));

/** What is wrong with a change, by rules put as simply as can be. */
function faultsOf(change: Change, plan: Plan, { clusters, list }: PlanInput): string[] {
  const routes = clusters
    .flatMap((cluster) => cluster.routes)
    .filter((each) => each.node.name === change.node);
  const prunes = clusters
    .flatMap((cluster) => cluster.prunes)
    .filter((each) => each.node.name === change.node);
  const faults: string[] = [];
  const must = (holds: boolean, fault: string) => holds || faults.push(fault);
  for (const prefix of change.add) {
    must(
      routes.some((each) => each.approve && samePrefix(each.prefix, prefix)),
      'undeclared',
    );
    must(!routes.some((each) => each.approve === false && samePrefix(each.prefix, prefix)), 'left to people');
    must(has(change.device.advertised, prefix), 'not advertised');
    must(prefix.length >= (prefix.family === 4 ? 16 : 48), 'wide');
    for (const { name, podCidrs } of clusters.flatMap(({ nodes }) => nodes)) {
      must(name === change.node || !podCidrs.some(({ value }) => overlaps(value, prefix)), 'pods of another');
    }
    for (const other of list.devices.filter(({ id }) => id !== change.device.id)) {
      const removed = changesOf(plan).find((each) => each.device === other)?.remove ?? [];
      const enabled = other.approved.filter((each) => each.length > 0 && !has(removed, each));
      const isShared = routes.some((each) => each.redundant && samePrefix(each.prefix, prefix));
      must(
        !enabled.some((each) => overlaps(each, prefix) && !(isShared && samePrefix(each, prefix))),
        'enabled elsewhere',
      );
    }
  }
  for (const prefix of change.remove)
    must(
      has(
        prunes.map((each) => each.prefix),
        prefix,
      ),
      'not named',
    );
  for (const prefix of change.before) must(has([...change.after, ...change.remove], prefix), 'lost');
  for (const prefix of change.after) must(has([...change.before, ...change.add], prefix), 'made up');
  const { isExternal, isAuthorized, isOnline, expires } = change.device;
  must(!isExternal, 'shared in');
  must(
    change.add.length === 0 || (isAuthorized && isOnline !== false && !expires.startsWith('1969')),
    'not there',
  );
  return faults;
}

/** Somebody approves some of what a plan would approve. */
function partly(plan: Plan, pick: (index: number) => boolean): (device: Device) => Device {
  return (device) => {
    const add = changesOf(plan).find((change) => change.device.id === device.id)?.add ?? [];
    return { ...device, approved: [...device.approved, ...add.filter((_, index) => pick(index))] };
  };
}

/** Each is a whole plan, or two. */
const RUNS = { numRuns: 50 };

describe.each([
  ['any tailnet', setting],
  ['a calm one', calm],
])('of %s a plan', (_, settings) => {
  test('approves what is declared and safe alone, and loses nothing', () => {
    fc.assert(
      fc.property(settings, (each) => {
        const input = inputOf(each);
        const plan = planApprovals(input);
        expect(changesOf(plan).flatMap((change) => faultsOf(change, plan, input))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('leaves nothing to do once it is applied', () => {
    fc.assert(
      fc.property(settings, (each) => {
        const input = inputOf(each);
        const plan = planApprovals(input);
        const list = applied(input.list, plan);
        const later = planApprovals({ ...input, list, clusters: clustersIn(each, list) });
        expect(changesOf(later)).toEqual([]);
        expect(later.digest).toBe(plan.digest);
      }),
      RUNS,
    );
  });

  test('is the same whatever the order of files and devices, with what is approved meanwhile', () => {
    fc.assert(
      fc.property(settings, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (each, picks) => {
        const input = inputOf(each);
        const plan = planApprovals(input);
        const devices = input.list.devices.map(partly(plan, (index) => picks[index % 8]!)).toReversed();
        const list = { ...input.list, devices };
        const routes = each.routes?.toReversed() ?? [];
        const later = planApprovals({ ...input, list, clusters: clustersIn({ ...each, routes }, list) });
        expect(later.digest).toBe(plan.digest);
      }),
      RUNS,
    );
  });

  test('tells of everything that the files want', () => {
    fc.assert(
      fc.property(settings, (each) => {
        const input = inputOf(each);
        const { wanted, refusals } = planApprovals(input);
        for (const route of input.clusters.flatMap((cluster) => cluster.routes)) {
          if (!route.approve) continue;
          const isTold = [...wanted, ...refusals].some(
            (told) => told.node === route.node.name && samePrefix(told.prefix, route.prefix),
          );
          const isDone = input.list.devices.some(({ approved }) => has(approved, route.prefix));
          expect(isTold || isDone).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

test('the random tailnets have something to do', () => {
  const plans = fc.sample(calm, 100).map((each) => planApprovals(inputOf(each)));
  expect(plans.filter(({ steps }) => steps.length > 0).length).toBeGreaterThan(50);
  expect(plans.some((plan) => changesOf(plan).some(({ remove }) => remove.length > 0))).toBe(true);
});
