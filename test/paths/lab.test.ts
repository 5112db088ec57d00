import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/format.ts';
import { buildNetwork, type Network } from '../../src/paths/network.ts';
import { podPairs, tracePods } from '../../src/paths/pod-paths.ts';
import { clustersOf } from '../pipeline.ts';
import { filesOf, type Observation, observations, viaOf } from './observations.ts';

// What four real nodes did, two on one LAN and two at sites of their own, with tailscaled 1.98 and a real control server.
const OBSERVED = observations();
const PORT = { protocol: 6, port: 8000 };

function networkOf(observation: Observation): Network {
  return buildNetwork(clustersOf(filesOf(observation))[0]!);
}

test('there are observations', () => {
  expect(OBSERVED.length).toBeGreaterThan(50);
});

describe.each(OBSERVED.map((observation) => [observation.id, observation] as const))(
  '%s',
  (_, observation) => {
    test('first hops, deliveries, and the addresses that receivers saw', () => {
      const ours = podPairs(networkOf(observation), PORT).map(({ from, to, via, delivered, seen }) => [
        from.name,
        to.name,
        via,
        delivered,
        delivered && seen ? formatAddress(seen) : null,
      ]);
      const theirs = observation.pairs.map((pair) => [
        pair.from,
        pair.to,
        viaOf(pair),
        pair.delivered,
        pair.seenSource,
      ]);
      expect(ours).toEqual(theirs);
    });

    test('a trace says the same as the matrix, and why', () => {
      const network = networkOf(observation);
      for (const { from, to, via, delivered, cause } of podPairs(network, PORT)) {
        const path = tracePods(network, from, to, PORT);
        expect([path.via, path.delivered]).toEqual([via, delivered]);
        expect(path.steps.length).toBeGreaterThan(0);
        if (cause) expect(path.steps.at(-1)?.says).toBe(cause.says);
        else expect(path.steps.at(-1)?.says).toBe('the reply comes back');
      }
    });
  },
);
