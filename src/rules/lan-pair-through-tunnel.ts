import { callNode } from '../cluster/devices.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { linkBetween } from '../paths/link.ts';
import { callPairs, causesOf, type PodNetwork, podNetwork } from '../paths/pod-network.ts';
import type { PodPair } from '../paths/pod-paths.ts';
import { textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** With host-gw only: an overlay's packets are wrapped, and may be encrypted, on the LAN as well. */
export const lanPairThroughTunnel: Rule = {
  id: 'lan-pair-through-tunnel',
  summary: 'pods of nodes on one LAN reach each other through the tunnel and not by host-gw',
  severity: 'warning',
  *check(cluster) {
    const pods = podNetwork(cluster);
    if (pods?.network.backend.value !== 'host-gw') return;
    const onLan = pods.pairs.filter(({ from, to }) => linkBetween(from, to) === 'shared');
    const inTunnel = onLan.filter(({ via, delivered }) => via === 'tailnet' && delivered === true);
    for (const pairs of bySite(inTunnel)) yield* throughTunnel(pods, pairs);
    yield* oneWayInTunnel(pods, onLan);
  },
};

/** What is mended by one rule on every node of a site is told once. */
function bySite(pairs: readonly PodPair[]): Iterable<readonly PodPair[]> {
  const sites = new Map<string | undefined, PodPair[]>();
  for (const pair of pairs) {
    const those = sites.get(pair.from.site) ?? [];
    sites.set(pair.from.site, those);
    those.push(pair);
  }
  return sites.values();
}

function* throughTunnel(
  { network }: PodNetwork,
  pairs: readonly PodPair[],
): Generator<Finding, void, undefined> {
  const { from } = pairs[0]!;
  const { span } = network.backend;
  yield {
    message: `pods on one LAN reach each other through the tunnel, as accepted routes beat those of host-gw: ${callPairs(pairs)}`,
    at: from.accepts.because[0] ?? from.at,
    absentFrom: from.at,
    ...(span && { related: [{ at: span, label: 'the backend whose routes are not used' }] }),
  };
}

/** One neighbour has a rule for the LAN and the other has not: a strict filter takes no packet that came another way. */
function* oneWayInTunnel(
  { network }: PodNetwork,
  pairs: readonly PodPair[],
): Generator<Finding, void, undefined> {
  const dropped = pairs.filter(({ cause }) => cause?.kind === 'strict-rp-filter');
  for (const { cause, pairs: dead } of causesOf(network, dropped)) {
    const at = cause.because[0] ?? cause.host.at;
    yield {
      message: `one way between pods on one LAN leads through the tunnel, and ${callNode(cause.host.node)}, whose rp_filter is strict, drops what comes the other way: ${callPairs(dead)}`,
      at,
      severity: 'error',
      ...(textOf(at) === 'strict' && { fix: { title: 'write loose', at, newText: 'loose' } }),
    };
  }
}
