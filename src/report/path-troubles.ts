import { isTailscaleAddress } from '../net/ranges.ts';
import type { Outcome } from '../paths/connection.ts';
import type { Host } from '../paths/host.ts';
import type { Network } from '../paths/network.ts';
import { causesOf } from '../paths/pod-network.ts';
import type { PodPair } from '../paths/pod-paths.ts';
import type { ServicePath } from '../paths/service-paths.ts';
import type { Span } from '../source/span.ts';
import type { ClusterPaths } from './paths-report.ts';

/** Pairs that one thing keeps from being delivered, or from being judged. */
export interface Trouble {
  readonly isKnown: boolean;
  /** A sentence without a full stop. */
  readonly says: string;
  readonly because: readonly Span[];
  readonly pairs: readonly HostPair[];
}

/** A connection of any kind between two nodes. */
export type HostPair = Outcome & Pick<PodPair, 'from' | 'to'>;

/** What is to be mended or told, what most pairs suffer from first; one sentence may be about lines of several nodes. */
export function troublesOf(network: Network, pairs: readonly HostPair[]): readonly Trouble[] {
  const dead = bySentence(true);
  for (const { cause, lack, pairs: those } of causesOf(network, pairs)) {
    // Only pods are reached by routes that somebody advertises.
    const isOfPods = cause.address !== undefined && network.podHosts(cause.address).length > 0;
    const toMend = isOfPods && lack ? lack : cause;
    dead.add(toMend.says, toMend.because.length > 0 ? toMend.because : cause.because, those);
  }
  const untold = bySentence(false);
  for (const pair of pairs) {
    if (pair.cause !== undefined && pair.delivered === undefined)
      untold.add(pair.cause.says, pair.cause.because, [pair]);
  }
  return [...dead.sorted(), ...untold.sorted()];
}

function bySentence(isKnown: boolean) {
  const found = new Map<string, { because: Set<Span>; pairs: HostPair[] }>();
  return {
    add(says: string, because: readonly Span[], pairs: readonly HostPair[]): void {
      const same = found.get(says) ?? { because: new Set(), pairs: [] };
      found.set(says, same);
      for (const span of because) same.because.add(span);
      for (const pair of pairs) same.pairs.push(pair);
    },
    sorted(): readonly Trouble[] {
      const all = [...found].map(([says, { because, pairs }]) => ({
        isKnown,
        says,
        because: [...because],
        pairs,
      }));
      return all.sort((a, b) => b.pairs.length - a.pairs.length);
    },
  };
}

/**
 * Of the connections between nodes those that somebody would make: neighbours over their LAN, others over the tailnet,
 * and agents to the server that they join.
 */
function wantedOf(hosts: readonly ServicePath[]): readonly ServicePath[] {
  return hosts.filter(({ asks, from, to, address }) => {
    const areNeighbours = from.site !== undefined && from.site === to.site;
    return asks === 'join' || address === undefined || isTailscaleAddress(address) !== areNeighbours;
  });
}

/** What is asked beside pods of pods, as far as there is any of it. */
export function kindsBeside({
  api,
  dns = [],
  hosts = [],
}: ClusterPaths): readonly (readonly [string, readonly HostPair[]])[] {
  const kinds = [
    ['pods to the Kubernetes API', api],
    ['DNS from pod to pod', dns],
    ['node to node', wantedOf(hosts)],
  ] as const;
  return kinds.filter(([, paths]) => paths.length > 0);
}

/** Pairs with the same receivers, or the same senders if these are fewer: who connects, and to whom. */
export interface PairGroup {
  readonly from: readonly Host[];
  readonly to: readonly Host[];
}

/** As few groups as putting together senders, or else receivers, makes of pairs. */
export function groupsOf(pairs: readonly HostPair[]): readonly PairGroup[] {
  const bySender = merged(pairs.map(({ from, to }) => [from, to]));
  const byReceiver = merged(pairs.map(({ from, to }) => [to, from]));
  if (byReceiver.length < bySender.length) return byReceiver.map(([to, from]) => ({ from, to }));
  return bySender.map(([from, to]) => ({ from, to }));
}

/** The first of each pair that have the same seconds, together. */
function merged(
  pairs: readonly (readonly [Host, Host])[],
): readonly (readonly [readonly Host[], readonly Host[]])[] {
  const seconds = new Map<Host, Host[]>();
  for (const [first, second] of pairs) {
    const own = seconds.get(first) ?? [];
    seconds.set(first, own);
    if (!own.includes(second)) own.push(second);
  }
  const groups = new Map<string, [Host[], Host[]]>();
  for (const [first, own] of seconds) {
    const key = own.map(({ number }) => number).join();
    const group = groups.get(key) ?? [[], own];
    groups.set(key, group);
    group[0].push(first);
  }
  return [...groups.values()];
}
