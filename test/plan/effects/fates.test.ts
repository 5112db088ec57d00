import fc from 'fast-check';
import { expect, test } from 'vitest';
import { podPairs } from '../../../src/paths/pod-paths.ts';
import type { Fates } from '../../../src/plan/effects/fates.ts';
import { passingState, stateOf } from '../../../src/plan/effects/states.ts';
import { eachTouched, touchOf } from '../../../src/plan/effects/touched-pairs.ts';
import { changesTo, drawnClusters, files, outlookOf, outlookOfDrawn } from '../outlooks.ts';

/** Every pair without any short cut. */
function asTraced({ network }: Fates): string[] {
  return podPairs(network).map(
    ({ from, to, via, delivered }) => `${from.name} ${to.name} ${via} ${delivered}`,
  );
}

function asTold({ network: { hosts }, rankOf, viaOf }: Fates): string[] {
  return hosts.flatMap((from) =>
    hosts.flatMap((to) => {
      if (from === to) return [];
      const delivered = { 0: false, 1: undefined, 2: true }[rankOf(from.number, to.number)];
      return [`${from.name} ${to.name} ${viaOf(from.number, to.number)} ${delivered}`];
    }),
  );
}

/** Some of the changes, by the bits of a number. */
const masks = fc.nat(15);

test('every pair fares as its trace says', () => {
  fc.assert(
    fc.property(drawnClusters, masks, (drawn, mask) => {
      const outlook = outlookOfDrawn(drawn);
      const some = changesTo(outlook, drawn.after).filter((_, index) => (mask >> index) & 1);
      const [fates] = passingState(outlook, some);
      expect(asTold(fates!)).toEqual(asTraced(fates!));
      // What is kept is the same.
      expect(asTold(fates!)).toEqual(asTraced(fates!));
    }),
    { numRuns: 300 },
  );
});

const tailscale = { acceptRoutes: true, tags: ['tag:k3s'] };

test.each([
  ['filters by state', { tailscale: { ...tailscale, statefulFiltering: true } }],
  ['filters strictly by its way back', { rpFilter: 'strict' }],
  ['has two families', { podCidr: ['10.42.0.0/24', '2001:db8:42::/64'] }],
  ['has its pods on its LAN', { lanIp: '10.42.0.250/23' }],
  ['has another LAN that holds the pods of others', { lanIp: '10.42.1.250/24' }],
  ['runs no Tailscale', { tailscale: null, tailscaleIp: null }],
  ['uses an exit node', { tailscale: { ...tailscale, exitNode: 'b' } }],
  ['routes by hand', { ipRoutes: [{ to: '10.42.1.0/24', via: '10.9.0.1' }] }],
])('a node that %s', (_, node) => {
  const texts = files({ a: { site: 'x', ...node }, b: { site: 'y' }, c: { site: 'z' } });
  for (const approved of [{}, { a: ['10.42.0.0/24'], b: ['10.42.1.0/24'] }, { b: ['10.42.1.0/24'] }]) {
    const [fates] = stateOf(outlookOf(texts, approved), []);
    expect(asTold(fates!)).toEqual(asTraced(fates!));
  }
});

test('what changes do not touch fares as before, whichever of them are made', () => {
  fc.assert(
    fc.property(drawnClusters, masks, (drawn, mask) => {
      const outlook = outlookOfDrawn(drawn);
      const some = changesTo(outlook, drawn.after).filter((_, index) => (mask >> index) & 1);
      const [before] = stateOf(outlook, []);
      const [after] = stateOf(outlook, some);
      const touched = new Set<string>();
      const { hosts } = before!.network;
      eachTouched(touchOf(before!.network, some), hosts.length, (from, to) => {
        touched.add(`${hosts[from]!.name} ${hosts[to]!.name}`);
      });
      const isUntouched = (line: string) => !touched.has(line.split(' ', 2).join(' '));
      expect(asTraced(after!).filter(isUntouched)).toEqual(asTraced(before!).filter(isUntouched));
    }),
    { numRuns: 300 },
  );
});

test('where changes touch their own pairs alone, only the two ends decide', () => {
  fc.assert(
    fc.property(drawnClusters, masks, (drawn, mask) => {
      const outlook = outlookOfDrawn(drawn);
      const changes = changesTo(outlook, drawn.after);
      const [before] = stateOf(outlook, []);
      const { all, ends } = touchOf(before!.network, changes);
      fc.pre(!all && ends.size > 2);
      const some = changes.filter((_, index) => (mask >> index) & 1);
      const [now] = passingState(outlook, some);
      for (const { from, to, via, delivered } of podPairs(now!.network)) {
        const own = [from, to].flatMap(({ number }) => ends.get(number) ?? []);
        const [alone] = passingState(
          outlook,
          own.filter((change) => some.includes(change)),
        );
        const pair = podPairs(alone!.network).find(
          (each) => each.from.number === from.number && each.to.number === to.number,
        );
        expect([pair?.via, pair?.delivered]).toEqual([via, delivered]);
      }
    }),
    { numRuns: 20 },
  );
});
