import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/control/apply-plan.ts';
import { ControlError, type ControlServer } from '../../src/control/control-server.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { parsePrefix } from '../../src/net/parse.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { changesOf } from '../../src/plan/plan.ts';
import { planApprovals } from '../../src/plan/plan-approvals.ts';
import { decodeReviewed, encodeReviewed, isReviewedIn, reviewedOf } from '../../src/plan/reviewed.ts';
import type { Device, DeviceList } from '../../src/policy/device-list.ts';
import { clustersIn, inputOf, type Setting } from '../plan/plans.ts';
import { calm, setting } from '../plan/random-settings.ts';

// From files and a tailnet to what is approved in the end: the plan is made, reviewed, made again at the merge, and
// applied while others write and the network fails.

/** Somebody else's doing just before a request, counted from 1; with 0 between the review and the merge. */
interface Deed {
  readonly before: number;
  readonly device: number;
  readonly act: 'approve' | 'disapprove';
  readonly prefix: string;
}

interface Failure {
  readonly request: number;
  readonly how: 'cut before' | 'cut after' | 'busy';
}

const PREFIXES = [
  '10.42.0.0/24',
  '10.42.1.0/24',
  '10.9.2.0/24',
  '192.168.63.0/24',
  '10.8.0.0/24',
  '10.99.0.0/24',
];
const deed: fc.Arbitrary<Deed> = fc.record({
  before: fc.nat({ max: 12 }),
  device: fc.nat({ max: 3 }),
  act: fc.constantFrom('approve' as const, 'disapprove' as const),
  prefix: fc.constantFrom(...PREFIXES),
});
const failure: fc.Arbitrary<Failure> = fc.record({
  request: fc.integer({ min: 1, max: 12 }),
  how: fc.constantFrom('cut before' as const, 'cut after' as const, 'busy' as const),
});
const stories = (settings: fc.Arbitrary<Setting>) =>
  fc.record({
    setting: settings,
    deeds: fc.array(deed, { maxLength: 5 }),
    failures: fc.array(failure, { maxLength: 3 }),
  });

/** A tailnet that keeps a record of what podroute's writes brought and took, as `device prefix`. */
function tailnetOf({ control, devices }: DeviceList, deeds: readonly Deed[], failures: readonly Failure[]) {
  const approved = new Map(devices.map(({ id, approved }) => [id, new Set(approved.map(formatPrefix))]));
  const brought = new Set<string>();
  const took = new Set<string>();
  let requests = 0;

  const happen = (moment: number) => {
    for (const { before, device, act, prefix } of deeds) {
      const routes = approved.get(devices[device]?.id ?? '');
      if (before !== moment) continue;
      if (act === 'approve') routes?.add(prefix);
      else routes?.delete(prefix);
    }
  };
  const now = (device: Device): Device => {
    const texts = [...approved.get(device.id)!];
    const prefixes = texts.flatMap((text) => {
      const parsed = parsePrefix(text);
      return parsed.ok ? [parsed.value] : [];
    });
    return { ...device, approved: prefixes, approvedAsWritten: texts };
  };
  const begin = (isWrite: boolean) => {
    requests++;
    // The one request between a read and its write is a window that nobody can close: see `docs/approvals.md`.
    if (!isWrite) happen(requests);
    return failures.find(({ request }) => request === requests)?.how;
  };
  const list = (): DeviceList => ({ control, devices: devices.map(now) });
  const server: ControlServer = {
    called: 'a tailnet',
    warnings: [],
    listDevices: async () => list(),
    readPolicy: async () => ({ text: undefined, why: 'there is none' }),
    async readDevice(id) {
      const how = begin(false);
      // The client has tried that again before.
      if (how !== undefined) throw new ControlError('broken', false, { mayPass: true });
      return list().devices.find((device) => device.id === id);
    },
    async setRoutes(id, routes) {
      const how = begin(true);
      if (how === 'busy') throw new ControlError('busy', false, { mayPass: true });
      if (how === 'cut before') throw new ControlError('cut', true);
      const before = approved.get(id)!;
      for (const route of routes) if (!before.has(route)) brought.add(`${id} ${route}`);
      for (const route of before) if (!routes.includes(route)) took.add(`${id} ${route}`);
      approved.set(id, new Set(routes));
      if (how === 'cut after') throw new ControlError('cut', true);
    },
  };
  return { server, list, happen, brought, took };
}

test.each([
  ['any files and tailnet', setting, 0],
  ['files and a tailnet that fit', calm, 20],
])(
  "%s: nothing is approved that was not reviewed, nothing taken that is another's, and all ends as planned or is told",
  async (_, settings, fewest) => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(stories(settings), async ({ setting, deeds, failures }) => {
        const first = inputOf(setting);
        const tailnet = tailnetOf(first.list, deeds, failures);
        const planNow = (asked: object = {}) => {
          const list = tailnet.list();
          return planApprovals({ ...first, list, clusters: clustersIn(setting, list), ...asked });
        };
        const shown = planNow();
        const seen = reviewedOf(shown, {
          repository: 'a/b',
          pull: 1,
          heads: ['a'.repeat(40)],
          server: 'a tailnet',
        });
        const reviewed = decodeReviewed(encodeReviewed(seen))!;
        expect(reviewed).toEqual(seen);

        tailnet.happen(0);
        const plan = planNow({ isReviewed: isReviewedIn([reviewed]) });
        const options = { limits: DEFAULT_LIMITS, now: () => 0, pause: async () => {} };
        const applied = await applyPlan(plan, tailnet.server, options);

        const may = (action: string) =>
          new Set(
            reviewed.routes
              .filter((each) => each.action === action)
              .map(({ device, prefix }) => `${device} ${prefix}`),
          );
        // What a half-done step is taken back by is podroute's own.
        const own = (routes: ReadonlySet<string>, others: ReadonlySet<string>, action: string) =>
          [...routes].filter((route) => !may(action).has(route) && !others.has(route));
        expect(own(tailnet.brought, tailnet.took, 'approve')).toEqual([]);
        expect(own(tailnet.took, tailnet.brought, 'remove')).toEqual([]);
        written += tailnet.brought.size;

        for (const { change, outcome, added, why } of applied) {
          const there = tailnet
            .list()
            .devices.find(({ id }) => id === change.device.id)!
            .approved.map(formatPrefix);
          const meddled = deeds.some(({ act, before }) => act === 'disapprove' && before > 0);
          const isDone = outcome === 'applied' || outcome === 'already so';
          if (isDone && !meddled) expect(there).toEqual(expect.arrayContaining(change.add.map(formatPrefix)));
          if (!meddled) expect(there).toEqual(expect.arrayContaining(added.map(formatPrefix)));
          expect(isDone || why !== undefined).toBe(true);
        }
        expect(applied.map(({ change }) => change)).toEqual(changesOf(plan));

        // Nobody meddles and nothing fails any more: a second run ends it.
        const calmed = tailnetOf(tailnet.list(), [], []);
        const rest = planNow({ isReviewed: isReviewedIn([reviewed]) });
        const finished = await applyPlan(rest, calmed.server, options);
        expect(finished.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'already so')).toEqual(
          [],
        );
        const list = calmed.list();
        const after = planApprovals({
          ...first,
          list,
          clusters: clustersIn(setting, list),
          isReviewed: isReviewedIn([reviewed]),
        });
        expect(changesOf(after)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(written).toBeGreaterThanOrEqual(fewest);
  },
);
