import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/control/apply-plan.ts';
import { ControlError } from '../../src/control/control-server.ts';
import { formatPrefix } from '../../src/net/format.ts';
import type { AppliedChange } from '../../src/plan/applied.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { type Change, changesOf, type Plan } from '../../src/plan/plan.ts';
import {
  changeOf,
  type MemoryDevice,
  type MemoryFault,
  type MemoryRequest,
  type MemoryServer,
  memoryDevice,
  memoryServer,
  planOf,
} from './memory-server.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const IDS = ['1', '2', '3'];
const ROUTES = ['10.42.1.0/24', '10.42.1.0/25', '10.42.2.0/24', '192.168.7.0/24', 'fd00:1::/64'];
/** Approves nothing and is kept as it is. */
const HOST_BITS = '10.42.1.7/24';

/** What the files want of a device. */
interface Wanted {
  readonly id: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Something that happens just before a request. */
interface Event {
  readonly before: number;
  readonly id: string;
  readonly act:
    | 'approve'
    | 'disapprove'
    | 'rename'
    | 'register'
    | 'leave'
    | 'withdraw'
    | 'disconnect'
    | 'lock out';
  readonly route: string;
}

interface Broken {
  readonly request: number;
  readonly how: 'before' | 'after' | 'busy' | 'refused' | 'signed out';
}

interface World {
  readonly devices: readonly { readonly approved: string[]; readonly advertised: string[] }[];
  readonly wanted: readonly Wanted[];
  /** Whether all of it is one step. */
  readonly isOne: boolean;
  readonly events: readonly Event[];
  readonly broken: readonly Broken[];
}

const some = (routes: readonly string[]) => fc.subarray([...routes]);
const request = fc.integer({ min: 1, max: 14 });

const worlds: fc.Arbitrary<World> = fc
  .tuple(...IDS.map(() => fc.record({ approved: some([...ROUTES, HOST_BITS]), advertised: some(ROUTES) })))
  .chain((devices) =>
    fc.record({
      devices: fc.constant(devices),
      wanted: fc
        .tuple(
          ...IDS.map((id, index) =>
            fc.tuple(some(devices[index]!.advertised), some(ROUTES)).map(([add, remove]) => {
              return { id, add, remove: remove.filter((route) => !add.includes(route)) };
            }),
          ),
        )
        .chain((wanted) => fc.shuffledSubarray(wanted, { minLength: 1 })),
      isOne: fc.boolean(),
      events: fc.array(
        fc.record({
          before: request,
          id: fc.constantFrom(...IDS),
          act: fc.oneof(
            { weight: 6, arbitrary: fc.constantFrom('approve' as const, 'disapprove' as const) },
            {
              weight: 2,
              arbitrary: fc.constantFrom(
                'rename' as const,
                'register' as const,
                'leave' as const,
                'withdraw' as const,
                'disconnect' as const,
                'lock out' as const,
              ),
            },
          ),
          route: fc.constantFrom(...ROUTES, '10.99.0.0/24'),
        }),
        { maxLength: 6 },
      ),
      broken: fc.array(
        fc.record({
          request,
          how: fc.constantFrom(
            'before' as const,
            'after' as const,
            'busy' as const,
            'refused' as const,
            'signed out' as const,
          ),
        }),
        { maxLength: 4 },
      ),
    }),
  );

function setUp({ devices }: World): MemoryServer {
  return memoryServer(
    devices.map(({ approved, advertised }, index) =>
      memoryDevice(IDS[index]!, { approved: [...approved], advertised: [...advertised] }),
    ),
  );
}

/** As a plan is made: of what is there, connected, let in and advertised. */
function planFor({ wanted, isOne }: World, { devices }: MemoryServer): Plan {
  const changes = wanted.flatMap(({ id, add, remove }): Change[] => {
    const device = devices.find((one) => one.id === id);
    if (device === undefined) return [];
    const isReady = device.isOnline && device.isAuthorized;
    const advertised = isReady ? add.filter((route) => device.advertised.includes(route)) : [];
    const change = changeOf(device, { add: advertised, remove });
    return change.add.length + change.remove.length > 0 ? [change] : [];
  });
  return isOne && changes.length > 1 ? planOf(changes) : planOf(...changes);
}

function run(plan: Plan, server: MemoryServer, told?: (done: AppliedChange) => void) {
  return applyPlan(plan, server, {
    limits: DEFAULT_LIMITS,
    now: () => NOW,
    pause: async () => {},
    ...(told ? { told } : {}),
  });
}

function happen({ id, act, route }: Event, server: MemoryServer): void {
  const device = server.devices.find((one) => one.id === id);
  if (device === undefined) return;
  if (act === 'approve') device.approved = [...new Set([...device.approved, route])];
  if (act === 'disapprove') device.approved = device.approved.filter((one) => one !== route);
  if (act === 'rename') device.name = `renamed-${id}`;
  if (act === 'register') Object.assign(device, { created: '2026-05-05T05:05:05Z', approved: [] });
  if (act === 'leave') server.devices = server.devices.filter((one) => one !== device);
  if (act === 'withdraw') device.advertised = device.advertised.filter((one) => one !== route);
  if (act === 'disconnect') device.isOnline = false;
  if (act === 'lock out') device.isAuthorized = false;
}

function faultOf(how: Broken['how'], { kind }: MemoryRequest): MemoryFault {
  const isWrite = kind === 'write';
  const error = (message: string, mayBeDone: boolean, cause = {}) =>
    new ControlError(message, isWrite && mayBeDone, cause);
  switch (how) {
    case 'before':
      return { error: error('cut', true, { mayPass: true }) };
    case 'after':
      return { error: error('cut', true, { mayPass: true }), done: true };
    case 'busy':
      return { error: error('answered 429', false, { mayPass: true }) };
    case 'refused':
      return { error: error('answered 400', false) };
    case 'signed out':
      return { error: error('answered 401', false, { isGeneral: true }) };
  }
}

/**
 * Watches over a server what a run may do to it, by what really happened and not by what the run believes. `faults`
 * holds what it did and may not.
 */
function watch(world: World, plan: Plan, server: MemoryServer) {
  const faults: string[] = [];
  /** By device: what the last read showed. */
  const seen = new Map<string, readonly string[]>();
  /** Pairs that a write of this run brought, or may have brought, and that nobody took away since. */
  const ours = new Set<string>();
  /** The same as far as the run can know: nobody can tell what was taken away and approved again between two reads. */
  const claimed = new Set<string>();
  const taken = new Set<string>();
  /** What somebody else approved or took away between a read and the write that follows it. */
  const inWindow = new Set<string>();
  const changes = new Map(changesOf(plan).map((change) => [change.device.id, change]));
  const approvedOf = (id: string) => server.devices.find((device) => device.id === id)?.approved ?? [];

  server.meddle = (request) => {
    const { id, kind, routes } = request;
    for (const event of world.events.filter(({ before }) => before === request.number)) {
      const earlier = new Map(IDS.map((one) => [one, approvedOf(one)]));
      happen(event, server);
      for (const one of IDS) {
        for (const route of difference(earlier.get(one)!, approvedOf(one))) ours.delete(`${one} ${route}`);
        if (kind !== 'write' || one !== id) continue;
        for (const route of difference(earlier.get(one)!, approvedOf(one))) inWindow.add(`${one} ${route}`);
        for (const route of difference(approvedOf(one), earlier.get(one)!)) inWindow.add(`${one} ${route}`);
      }
    }
    const how = world.broken.find((one) => one.request === request.number)?.how;
    const fault = how && faultOf(how, request);
    const now = approvedOf(id);
    if (kind === 'read') {
      seen.set(id, [...now]);
      for (const pair of [...claimed]) {
        const [owner, route] = pair.split(' ') as [string, string];
        if (fault === undefined && owner === id && !now.includes(route)) claimed.delete(pair);
      }
      return fault;
    }
    const change = changes.get(id);
    if (change === undefined) faults.push(`${id} is not in the plan`);
    const [add, remove] = [change?.add ?? [], change?.remove ?? []].map((list) => list.map(formatPrefix));
    for (const route of difference(now, routes)) {
      const pair = `${id} ${route}`;
      if (!remove!.includes(route) && !claimed.has(pair) && !inWindow.has(pair))
        faults.push(`took ${pair} away`);
    }
    for (const route of difference(routes, now)) {
      const pair = `${id} ${route}`;
      if (!add!.includes(route) && !taken.has(pair) && !inWindow.has(pair)) faults.push(`approved ${pair}`);
    }
    if (new Set(routes).size < routes.length) faults.push('wrote a route twice');
    if (fault === undefined || fault.done) {
      for (const route of difference(now, routes)) ours.delete(`${id} ${route}`);
    }
    if (fault === undefined || fault.error.mayBeDone) {
      for (const route of difference(routes, seen.get(id)!)) {
        if (fault === undefined || fault.done) ours.add(`${id} ${route}`);
        claimed.add(`${id} ${route}`);
      }
      for (const route of difference(seen.get(id)!, routes)) taken.add(`${id} ${route}`);
    }
    return fault;
  };
  return { faults, ours, inWindow };
}

function difference(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.filter((one) => !b.includes(one));
}

function isSo({ device, add, remove }: Change, server: MemoryServer): boolean {
  const approved = server.devices.find(({ id }) => id === device.id)?.approved ?? [];
  return (
    add.every((prefix) => approved.includes(formatPrefix(prefix))) &&
    !remove.some((prefix) => approved.includes(formatPrefix(prefix)))
  );
}

describe('in any world, whatever fails and whoever else writes', () => {
  const law = (check: (world: World, server: MemoryServer, plan: Plan) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const server = setUp(world);
        await check(world, server, planFor(world, server));
      }),
      { numRuns: 1000 },
    );

  test('no write takes away what the run did not add, nor approves what is not in the plan', () =>
    law(async (world, server, plan) => {
      const { faults } = watch(world, plan, server);
      await run(plan, server);
      expect(faults).toEqual([]);
    }));

  test('what somebody approved before or meanwhile is there in the end', () =>
    law(async (world, server, plan) => {
      const theirs = new Set(
        server.devices.flatMap(({ id, approved }) => approved.map((route) => `${id} ${route}`)),
      );
      for (const { device, remove } of changesOf(plan)) {
        for (const prefix of remove) theirs.delete(`${device.id} ${formatPrefix(prefix)}`);
      }
      const { inWindow } = watch(world, plan, server);
      const meddle = server.meddle!;
      server.meddle = (request) => {
        const fault = meddle(request);
        for (const { before, id, act, route } of world.events) {
          if (before !== request.number) continue;
          if (act === 'disapprove') theirs.delete(`${id} ${route}`);
          // What the plan has too may be taken back as its own.
          const isPlanned = changesOf(plan).some(({ device, add, remove }) => {
            return device.id === id && [...add, ...remove].some((prefix) => formatPrefix(prefix) === route);
          });
          const isThere = server.devices.some((device) => device.id === id);
          if (act === 'approve' && isThere && !isPlanned) theirs.add(`${id} ${route}`);
          if (act !== 'register' && act !== 'leave') continue;
          for (const pair of [...theirs]) if (pair.startsWith(`${id} `)) theirs.delete(pair);
        }
        return fault;
      };
      await run(plan, server);
      const there = server.devices.flatMap(({ id, approved }) => approved.map((route) => `${id} ${route}`));
      expect(difference([...theirs], there).filter((pair) => !inWindow.has(pair))).toEqual([]);
    }));

  test('what is told is so at that moment, and every change is told', () =>
    law(async (world, server, plan) => {
      watch(world, plan, server);
      const last = new Map<Change, AppliedChange>();
      const applied = await run(plan, server, (done) => {
        last.set(done.change, done);
        const { change, outcome, added, removed, why } = done;
        const isWell = outcome === 'applied' || outcome === 'already so';
        if (isWell) expect(isSo(change, server)).toBe(true);
        expect(why === undefined).toBe(isWell);
        if (outcome === 'applied') expect(added.length + removed.length).toBeGreaterThan(0);
        if (outcome !== 'applied' && outcome !== 'failed') expect([...added, ...removed]).toEqual([]);
        if (outcome === 'failed') return;
        const approved = server.devices.find(({ id }) => id === change.device.id)?.approved ?? [];
        for (const prefix of added) expect(approved).toContain(formatPrefix(prefix));
        for (const prefix of removed) expect(approved).not.toContain(formatPrefix(prefix));
      });
      expect(applied.map(({ change }) => change)).toEqual(changesOf(plan));
      expect(applied).toEqual(changesOf(plan).map((change) => last.get(change)));
    }));

  test('of what works only as a whole nothing of the run’s own is left, or it is told', () =>
    law(async (world, server, plan) => {
      const { ours } = watch(world, plan, server);
      const applied = await run(plan, server);
      if (plan.steps.every(({ interrupted }) => interrupted.length === 0)) return;
      if (applied.every(({ outcome }) => outcome === 'applied' || outcome === 'already so')) return;
      for (const { change, why } of applied) {
        if (why?.includes('could not be taken back')) continue;
        // It was registered again in the window, and nobody can tell who approved what it has.
        if (why?.includes('could not be read back') && why.includes('was registered again')) continue;
        const approved = server.devices.find(({ id }) => id === change.device.id)?.approved ?? [];
        const left = change.add.map(formatPrefix).filter((route) => approved.includes(route));
        expect(left.filter((route) => ours.has(`${change.device.id} ${route}`))).toEqual([]);
      }
    }));

  test('a device that was registered again is left with nothing of the run’s own, or it is told', () =>
    law(async (world, server, plan) => {
      const { ours } = watch(world, plan, server);
      const applied = await run(plan, server);
      for (const { change, why } of applied) {
        const device = server.devices.find(({ id }) => id === change.device.id);
        if (device === undefined || device.created === change.device.created) continue;
        if (why?.includes('could not be')) continue;
        const pairs = device.approved.map((route) => `${device.id} ${route}`);
        expect(pairs.filter((pair) => ours.has(pair))).toEqual([]);
      }
    }));

  test('a second run without faults does the rest, and then there is nothing to do', () =>
    law(async (world, server, plan) => {
      watch(world, plan, server);
      await run(plan, server);
      server.meddle = undefined;
      const rest = planFor(world, server);
      const first = server.requests.length;
      const applied = await run(rest, server);
      expect(applied.map(({ outcome }) => outcome)).toEqual(changesOf(rest).map(() => 'applied'));
      expect(server.requests).toHaveLength(first + 3 * changesOf(rest).length);
      expect(changesOf(planFor(world, server))).toEqual([]);
    }));

  test('the same plan again does nothing more', () =>
    law(async (_, server, plan) => {
      await run(plan, server);
      const devices = structuredClone(server.devices) satisfies MemoryDevice[];
      const first = server.requests.length;
      const again = await run(plan, server);
      expect(again.map(({ outcome }) => outcome)).toEqual(changesOf(plan).map(() => 'already so'));
      expect(server.requests).toHaveLength(first + changesOf(plan).length);
      expect(server.devices).toEqual(devices);
    }));
});
