import { describe, expect, test } from 'vitest';
import { cutBy } from '../../src/plan/effects/cuts.ts';
import { outlooksOf } from '../../src/plan/effects/outlook.ts';
import { changesOf } from '../../src/plan/plan.ts';
import { planApprovals } from '../../src/plan/plan-approvals.ts';
import { filesOf, type Observation, observations } from '../paths/observations.ts';
import type { Given } from '../policy/tailnet.ts';
import { inputOf } from './plans.ts';

/** The nodes as Headscale has them: of a user and without tags. */
function inputFor(seen: Observation, approved: (node: Observation['nodes'][string]) => readonly string[]) {
  const devices = Object.entries(seen.nodes).map(([name, node]): [string, Given] => {
    const exits = node.advertiseExitNode ? ['0.0.0.0/0', '::/0'] : [];
    const advertised = [...new Set([...node.advertise, ...exits])];
    return [name, { addresses: [node.tailscaleIp], owner: ['lab@'], advertised, approved: approved(node) }];
  });
  const files = filesOf(seen);
  return inputOf({ files, devices: Object.fromEntries(devices), control: 'headscale' });
}

describe.each(observations().map((seen) => [seen.id, seen] as const))('%s', (_, seen) => {
  test('leaves nothing to do, as it was when it was observed', () => {
    const plan = planApprovals(inputFor(seen, ({ approved }) => approved));
    expect(changesOf(plan)).toEqual([]);
    expect(plan.refusals).toEqual([]);
  });

  test('cuts no pair on the way from nothing approved', () => {
    const input = inputFor(seen, () => []);
    const plan = planApprovals(input);
    const cuts = outlooksOf(input.clusters, input.list, undefined).flatMap((outlook) =>
      cutBy(outlook, changesOf(plan)),
    );
    expect(cuts).toEqual([]);
    expect(plan.wanted.length + plan.refusals.length).toBeGreaterThanOrEqual(
      Object.values(seen.nodes).some(({ advertise, approved }) =>
        advertise.some((each) => approved.includes(each)),
      )
        ? 1
        : 0,
    );
  });
});
