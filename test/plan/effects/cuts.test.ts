import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { podPairs } from '../../../src/paths/pod-paths.ts';
import { cutBy } from '../../../src/plan/effects/cuts.ts';
import { passingState } from '../../../src/plan/effects/states.ts';
import { filesOf, observations } from '../../paths/observations.ts';
import { changesTo, drawnClusters, outlookOf, outlookOfDrawn } from '../outlooks.ts';

test('what certainly works before and certainly not after is cut, with the cause', () => {
  fc.assert(
    fc.property(drawnClusters, (drawn) => {
      const outlook = outlookOfDrawn(drawn);
      const changes = changesTo(outlook, drawn.after);
      const [before, after] = [[], changes].map((each) => podPairs(passingState(outlook, each)[0]!.network));
      const lost = after!.filter(({ delivered }, index) => before![index]!.delivered && delivered === false);
      expect(cutBy(outlook, changes)).toEqual(
        lost.map(({ from, to, cause }) => ({ from: from.name, to: to.name, cause: cause?.says })),
      );
    }),
    { numRuns: 100 },
  );
});

describe('approvals that are taken back', () => {
  const cases = observations().map((observation) => [observation.id, observation] as const);

  test.each(cases)('cut what was observed to work, and nothing else: %s', (_, observation) => {
    const { nodes } = observation;
    const approved = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [
        name,
        node.approved.filter((prefix) => !prefix.endsWith('/0')),
      ]),
    );
    const none = Object.fromEntries(Object.keys(approved).map((name) => [name, []]));
    const outlook = outlookOf(filesOf(observation), approved);
    const working = observation.pairs
      .filter(({ delivered }) => delivered)
      .map(({ from, to }) => `${from} ${to}`);

    expect(cutBy(outlook, [])).toEqual([]);
    const cut = cutBy(outlook, changesTo(outlook, none)).map(({ from, to }) => `${from} ${to}`);
    // Observed was a connection to port 8000, and some policies open others.
    const asked = podPairs(passingState(outlook, [])[0]!.network);
    const open = asked.filter(({ delivered }) => delivered).map(({ from, to }) => `${from.name} ${to.name}`);
    expect(open).toEqual(expect.arrayContaining(cut));
    // Without approvals nothing crosses to another site.
    if (Object.values(nodes).some(({ exitNode }) => exitNode !== null)) return;
    const far = working.filter((pair) => {
      const [from, to] = pair.split(' ');
      return nodes[from!]!.site !== nodes[to!]!.site && open.includes(pair);
    });
    expect(cut).toEqual(expect.arrayContaining(far));
  });
});

test('a tailnet without nodes has no pairs', () => {
  const outlook = outlookOf(
    { 'policy.hujson': JSON.stringify({ acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }] }) },
    {},
  );
  expect(cutBy(outlook, [])).toEqual([]);
});
