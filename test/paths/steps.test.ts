import { describe, expect, test } from 'vitest';
import { devicesOf } from '../../src/cluster/declared-devices.ts';
import { isDefaultRoute } from '../../src/net/ranges.ts';
import { pairsCutBy } from '../../src/paths/steps.ts';
import { clustersOf } from '../pipeline.ts';
import { filesOf, observations } from './observations.ts';

const ASKED = { protocol: 6, port: 8000 };

describe('approvals that are withdrawn', () => {
  const cases = observations().map((observation) => [observation.id, observation] as const);

  test.each(cases)('cut what was observed to work, and nothing else: %s', (_, observation) => {
    const [cluster] = clustersOf(filesOf(observation));
    const list = devicesOf(cluster!.tailnet);
    const now = new Map(list.devices.map(({ id, approved }) => [id, approved]));
    const none = new Map(list.devices.map(({ id, approved }) => [id, approved.filter(isDefaultRoute)]));
    const working = observation.pairs
      .filter(({ delivered }) => delivered)
      .map(({ from, to }) => `${from} ${to}`);

    expect(pairsCutBy(cluster!, list, now, now, ASKED)).toEqual([]);
    expect(pairsCutBy(cluster!, list, none, none, ASKED)).toEqual([]);
    const cut = pairsCutBy(cluster!, list, now, none, ASKED).map(({ from, to }) => `${from.name} ${to.name}`);
    expect(working).toEqual(expect.arrayContaining(cut));
    // What is left of the list counts for a device that no step names.
    expect(
      pairsCutBy(cluster!, list, new Map(), none, ASKED).map(({ from, to }) => `${from.name} ${to.name}`),
    ).toEqual(cut);
    // Without approvals nothing crosses to another site.
    const { nodes } = observation;
    if (Object.values(nodes).some(({ exitNode }) => exitNode !== null)) return;
    const far = observation.pairs.filter(
      ({ from, to, delivered }) => delivered && nodes[from]!.site !== nodes[to]!.site,
    );
    expect(cut).toEqual(expect.arrayContaining(far.map(({ from, to }) => `${from} ${to}`)));
  });
});
