import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlaps } from '../../../src/net/prefix.ts';
import { buildNetwork } from '../../../src/paths/network.ts';
import { podPairs } from '../../../src/paths/pod-paths.ts';
import type { Outlook } from '../../../src/plan/effects/outlook.ts';
import { withChanges } from '../../../src/plan/effects/states.ts';
import { orderSteps } from '../../../src/plan/order/order-steps.ts';
import { type Change, changesOf, type PlanStep } from '../../../src/plan/plan.ts';
import { filesOf, observations } from '../../paths/observations.ts';
import { type Approved, changesTo, drawnClusters, files, outlookOf, outlookOfDrawn } from '../outlooks.ts';

/** How every pair fares: 2 delivered, 1 perhaps, 0 lost; worked out without any short cut. */
function ranks({ clusters, list }: Outlook, done: readonly Change[]): ReadonlyMap<string, number> {
  const network = buildNetwork(clusters[0]!, withChanges(list, done));
  return new Map(
    podPairs(network).map(({ from, to, delivered }) => [
      `${from.name} ${to.name}`,
      delivered === undefined ? 1 : delivered ? 2 : 0,
    ]),
  );
}

/** The pairs that fare worse than both before and after everything. */
function cutAt(outlook: Outlook, all: readonly Change[], done: readonly Change[]): string[] {
  const [before, after, now] = [[], all, done].map((changes) => ranks(outlook, changes));
  return [...now!].flatMap(([pair, rank]) =>
    rank < Math.min(before!.get(pair)!, after!.get(pair)!) ? [pair] : [],
  );
}

function mayStandSo(all: readonly Change[], done: readonly Change[]): boolean {
  return done.every(({ device, add }) =>
    all.every(
      (other) =>
        other.device === device ||
        done.includes(other) ||
        !other.remove.some((removed) => add.some((added) => overlaps(added, removed))),
    ),
  );
}

/** The sum of the squares of the groups' sizes in the best order that there is, by trying all. */
function leastCost(outlook: Outlook, all: readonly Change[]): number {
  const count = 2 ** all.length;
  const doneAt = (mask: number) => all.filter((_, index) => (mask >> index) & 1);
  const best = new Array<number>(count).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  for (let mask = 1; mask < count; mask++) {
    const done = doneAt(mask);
    if (!mayStandSo(all, done) || cutAt(outlook, all, done).length > 0) continue;
    for (let from = 0; from < mask; from++) {
      if ((from & mask) !== from) continue;
      best[mask] = Math.min(best[mask]!, best[from]! + doneAt(mask ^ from).length ** 2);
    }
  }
  return best[count - 1]!;
}

function costOf(steps: readonly PlanStep[]): number {
  return steps.reduce((sum, { changes }) => sum + changes.length ** 2, 0);
}

function inWords(steps: readonly PlanStep[]): string[] {
  return steps.map(({ changes, interrupted }) => {
    const pairs = interrupted.map(({ from, to }) => `${from}>${to}`);
    return [changes.map(({ node }) => node).join('+'), ...pairs].join(' ');
  });
}

function isSafe(outlook: Outlook, steps: readonly PlanStep[]): void {
  const all = changesOf({ steps });
  const done: Change[] = [];
  for (const { changes, interrupted } of steps) {
    const told = new Set(interrupted.map(({ from, to }) => `${from} ${to}`));
    const cut = new Set<string>();
    for (const [index, change] of changes.entries()) {
      done.push(change);
      const now = cutAt(outlook, all, done);
      if (index === changes.length - 1) expect(now).toEqual([]);
      for (const pair of now) cut.add(pair);
    }
    expect(told).toEqual(cut);
  }
}

describe('on small clusters', () => {
  test('no step cuts what works before and after, but what it says', () => {
    fc.assert(
      fc.property(drawnClusters, (drawn) => {
        const outlook = outlookOfDrawn(drawn);
        const changes = changesTo(outlook, drawn.after);
        const steps = orderSteps([outlook], changes);
        expect(new Set(changesOf({ steps }))).toEqual(new Set(changes));
        expect(changesOf({ steps })).toHaveLength(changes.length);
        isSafe(outlook, steps);
      }),
      { numRuns: 150 },
    );
  });

  test('no order has smaller groups', () => {
    fc.assert(
      fc.property(drawnClusters, (drawn) => {
        const outlook = outlookOfDrawn(drawn);
        const changes = changesTo(outlook, drawn.after);
        expect(costOf(orderSteps([outlook], changes))).toBe(leastCost(outlook, changes));
      }),
      { numRuns: 60 },
    );
  });

  test('the order of the changes given does not matter, and what is taken back goes first', () => {
    fc.assert(
      fc.property(drawnClusters, (drawn) => {
        const outlook = outlookOfDrawn(drawn);
        const changes = changesTo(outlook, drawn.after);
        const steps = orderSteps([outlook], changes);
        expect(inWords(orderSteps([outlook], changes.toReversed()))).toEqual(inWords(steps));
        const done: Change[] = [];
        for (const step of steps) {
          done.push(...step.changes);
          expect(mayStandSo(changes, done)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a second outlook that says the same changes nothing', () => {
    fc.assert(
      fc.property(drawnClusters, (drawn) => {
        const outlook = outlookOfDrawn(drawn);
        const changes = changesTo(outlook, drawn.after);
        const twice = orderSteps([outlook, { ...outlook, called: 'another' }], changes);
        expect(inWords(twice)).toEqual(inWords(orderSteps([outlook], changes)));
      }),
      { numRuns: 30 },
    );
  });
});

const lan = (number: number) => ({ site: 'oslo', lanIp: `192.168.50.${number}/24` });

function ordered(texts: Readonly<Record<string, string>>, before: Approved, after: Approved): string[] {
  const outlook = outlookOf(texts, before);
  return inWords(orderSteps([outlook], changesTo(outlook, after)));
}

describe('a LAN whose nodes accept routes', () => {
  test('goes together, and everybody else alone', () => {
    const texts = files({ 'oslo-1': lan(11), 'oslo-2': lan(12), 'kyoto-1': { site: 'kyoto' } });
    const after = { 'oslo-1': ['10.42.0.0/24'], 'oslo-2': ['10.42.1.0/24'], 'kyoto-1': ['10.42.2.0/24'] };
    expect(ordered(texts, {}, after)).toEqual(['kyoto-1', 'oslo-1+oslo-2 oslo-1>oslo-2 oslo-2>oslo-1']);
  });

  test('is two groups where it is two LANs', () => {
    const bergen = (number: number) => ({ site: 'bergen', lanIp: `192.168.60.${number}/24` });
    const texts = files({ a: lan(11), b: bergen(12), c: lan(13), d: bergen(14) });
    const after = Object.fromEntries(['a', 'b', 'c', 'd'].map((name, i) => [name, [`10.42.${i}.0/24`]]));
    expect(ordered(texts, {}, after).map((step) => step.split(' ')[0])).toEqual(['a+c', 'b+d']);
  });

  test('goes one by one where none of it accepts routes', () => {
    const none = { tailscale: { acceptRoutes: false, tags: ['tag:k3s'] } };
    const texts = files({ a: { ...lan(11), ...none }, b: { ...lan(12), ...none } });
    expect(ordered(texts, {}, { a: ['10.42.0.0/24'], b: ['10.42.1.0/24'] })).toEqual(['a', 'b']);
  });

  test('is interrupted while half of its routes are taken back', () => {
    const texts = files({ a: lan(11), b: lan(12) });
    const before = { a: ['10.42.0.0/24'], b: ['10.42.1.0/24'] };
    expect(ordered(texts, before, { a: [], b: [] })).toEqual(['a+b a>b b>a']);
  });
});

test('a prefix is taken back before it is approved elsewhere', () => {
  const texts = files({ a: { site: 'x' }, b: { site: 'y' }, c: { site: 'z' } }, [
    { node: 'a', prefix: '10.42.0.0/24' },
    { node: 'b', prefix: '10.42.1.0/24' },
    { node: 'a', prefix: '172.16.0.0/16' },
    { node: 'c', prefix: '172.16.4.0/24' },
  ]);
  const before = { c: ['172.16.4.0/24'] };
  const after = { a: ['10.42.0.0/24', '172.16.0.0/16'], b: ['10.42.1.0/24'], c: [] };
  expect(ordered(texts, before, after)).toEqual(['c', 'a', 'b']);
});

test('nothing to do is no step', () => {
  expect(orderSteps([outlookOf(files({ a: lan(11) }), {})], [])).toEqual([]);
});

test('many changes that may touch every pair still find an order, and the LAN goes together', () => {
  const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
  const nodes = Object.fromEntries(
    names.map((name, index) => [name, index < 3 ? lan(11 + index) : { site: name }]),
  );
  const own = names.map((node, index) => ({ node, prefix: `10.42.${index}.0/24` }));
  // A node that serves what is another's too: then no pair can be left out.
  const texts = files(nodes, [...own, { node: 'n11', prefix: '10.42.3.0/24' }]);
  const after: Approved = {
    ...Object.fromEntries(own.map(({ node, prefix }) => [node, [prefix]])),
    n11: ['10.42.11.0/24', '10.42.3.0/24'],
  };
  const outlook = outlookOf(texts, {});
  const steps = orderSteps([outlook], changesTo(outlook, after));
  isSafe(outlook, steps);
  expect(steps.map(({ changes }) => changes.length).sort()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 3]);
});

describe('the observed tailnets', () => {
  const cases = observations().map((observation) => [observation.id, observation] as const);

  test.each(cases)('%s: from nothing approved to what was, and back', (_, observation) => {
    const approved = Object.fromEntries(
      Object.entries(observation.nodes).map(([name, node]) => [
        name,
        node.approved.filter((each) => !each.endsWith('/0')),
      ]),
    );
    const none = Object.fromEntries(Object.keys(approved).map((name) => [name, []]));
    for (const [before, after] of [
      [none, approved],
      [approved, none],
    ] as const) {
      const outlook = outlookOf(filesOf(observation), before);
      isSafe(outlook, orderSteps([outlook], changesTo(outlook, after)));
    }
  });
});

test('a LAN with too many pairs to ask goes together all the same', () => {
  const names = Array.from({ length: 250 }, (_, index) => `n${index}`);
  const nodes = Object.fromEntries(names.map((name, index) => [name, lan(index + 1)]));
  const outlook = outlookOf(files({ ...nodes, far: { site: 'kyoto' } }), {});
  const after = Object.fromEntries([...names, 'far'].map((name, index) => [name, [`10.42.${index}.0/24`]]));
  const steps = orderSteps([outlook], changesTo(outlook, after));
  expect(steps.map(({ changes }) => changes.length)).toEqual([1, 250]);
  expect(steps.map(({ interrupted }) => interrupted.length)).toEqual([0, 250 * 249]);
});
