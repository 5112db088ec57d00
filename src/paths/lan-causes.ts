import type { Cluster } from '../cluster/model.ts';
import { placeKey, type Span } from '../source/span.ts';
import type { Lack } from './lack.ts';
import { linkBetween } from './link.ts';
import { causesOf, podNetwork } from './pod-network.ts';
import type { PodPair } from './pod-paths.ts';

/** A line that makes nodes on one LAN lose each other. */
export interface LanCause {
  readonly lack: Lack;
  readonly at: Span;
  readonly pairs: readonly PodPair[];
}

/** The dead pairs of nodes that share a LAN, for lacks of some kinds; what several nodes have from one line is one. */
export function causesOnLan(cluster: Cluster, kinds: readonly Lack['kind'][]): readonly LanCause[] {
  const pods = podNetwork(cluster);
  if (pods === undefined) return [];
  const onLan = pods.pairs.filter(
    ({ from, to, delivered }) => delivered === false && linkBetween(from, to) === 'shared',
  );
  const byPlace = new Map<string, LanCause>();
  for (const { lack, pairs } of causesOf(pods.network, onLan)) {
    if (lack === undefined || !kinds.includes(lack.kind)) continue;
    const at = lack.because[0] ?? lack.host.at;
    const before = byPlace.get(placeKey(at));
    byPlace.set(
      placeKey(at),
      before ? { ...before, pairs: [...before.pairs, ...pairs] } : { lack, at, pairs },
    );
  }
  return [...byPlace.values()];
}
