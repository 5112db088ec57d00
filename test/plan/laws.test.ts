import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlaps, type Prefix, samePrefix } from '../../src/net/prefix.ts';
import { type Change, changesOf, type Plan } from '../../src/plan/plan.ts';
import { type PlanInput, planApprovals } from '../../src/plan/plan-approvals.ts';
import type { Device } from '../../src/policy/device-list.ts';
import { applied, clustersIn, inputOf } from './plans.ts';
import { calm, setting } from './random-settings.ts';

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
