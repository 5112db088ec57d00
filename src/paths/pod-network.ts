import { callNode, hasComputedRoutes } from '../cluster/devices.ts';
import type { Cluster } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import { hasPrefix } from '../net/prefix.ts';
import { mayApprove } from '../policy/auto-approve.ts';
import { isRefusal } from '../policy/read/fields.ts';
import { placeKey } from '../source/span.ts';
import type { Cause } from './cause.ts';
import type { Host } from './host.ts';
import { type Lack, lackOf } from './lack.ts';
import { buildNetwork, type Network } from './network.ts';
import { type PodPair, podPairs } from './pod-paths.ts';

/** A cluster's network as its files tell it, for rules: what they would have to assume is not in it. */
export interface PodNetwork {
  readonly network: Network;
  /** Worked out when first asked for; none of more nodes than `MOST_HOSTS`. */
  readonly allPairs: readonly PodPair[];
  /** Those of nodes of which the files tell enough: of the others it may be an assumption what the tailnet does. */
  readonly pairs: readonly PodPair[];
}

/** So that a check stays a matter of a second. */
const MOST_HOSTS = 300;

const known = new WeakMap<Cluster, PodNetwork | undefined>();

/**
 * The same answer for every rule. Undefined where the files do not describe the ways of pods: no K3s, fewer than two
 * named nodes whose pod CIDRs are known, nothing of a tailnet, or not which policy it has.
 */
export function podNetwork(cluster: Cluster): PodNetwork | undefined {
  if (!known.has(cluster)) known.set(cluster, describesPods(cluster) ? build(cluster) : undefined);
  return known.get(cluster);
}

function describesPods({ runsK3s, nodes, policies }: Cluster): boolean {
  const withPods = nodes.filter((node) => node.isK3s && node.name !== undefined && node.podCidrs.length > 0);
  const isPolicyKnown = policies.length < 2 && !policies.some(({ problems }) => problems.some(isRefusal));
  return runsK3s && withPods.length > 1 && nodes.some(({ onTailnet }) => onTailnet) && isPolicyKnown;
}

/** A backend that no file names is K3s' default for those who ask, and nothing to build a finding upon. */
function build(cluster: Cluster): PodNetwork {
  const built = buildNetwork(cluster);
  const network = built.backend.span ? built : { ...built, backend: { value: undefined, span: undefined } };
  let all: readonly PodPair[] | undefined;
  let told: readonly PodPair[] | undefined;
  return {
    network,
    get allPairs() {
      all ??= network.hosts.length > MOST_HOSTS ? [] : podPairs(network);
      return all;
    },
    get pairs() {
      told ??= pairsTold(network, this.allPairs);
      return told;
    },
  };
}

function pairsTold(network: Network, pairs: readonly PodPair[]): readonly PodPair[] {
  const told = new Set(network.hosts.filter((host) => isTold(network, host)));
  return pairs.filter(({ from, to }) => told.has(from) && told.has(to));
}

/**
 * Whether the files, or a device list, tell all that decides about a host: which device it is, who that is to the
 * policy, what it advertises, and what of it is approved.
 */
export function isTold({ cluster }: Network, { node, device }: Host): boolean {
  const { tailnet, policies, declaresRoutes } = cluster;
  if (device === undefined) return false;
  if (tailnet.devices !== undefined) return true;
  if (node.vpnAuth || hasComputedRoutes(node) || !(node.knowsRoutes || declaresRoutes)) return false;
  if (policies.length > 0 && node.identity === undefined) return false;
  const declaresApprovals = declaresRoutes || policies.some(({ policy }) => policy.approvers.length > 0);
  return device.advertised.every(
    (prefix) =>
      hasPrefix(device.approved, prefix) ||
      (declaresApprovals && !policies.some(({ policy }) => mayApprove(policy, device, prefix))),
  );
}

/** Pairs that fail for one reason. */
export interface SharedCause {
  /** Of the first of them. */
  readonly cause: Cause;
  /** What the tailnet lacks, where that is the reason. */
  readonly lack: Lack | undefined;
  readonly pairs: readonly PodPair[];
}

/** The pairs that certainly fail, by what is to be mended: the lack where there is one, else the lines that decide. */
export function causesOf(network: Network, pairs: readonly PodPair[]): readonly SharedCause[] {
  const byKey = new Map<string, { cause: Cause; lack: Lack | undefined; pairs: PodPair[] }>();
  for (const pair of pairs) {
    const { cause, delivered } = pair;
    if (cause === undefined || delivered !== false) continue;
    const lack =
      cause.lack ??
      (cause.kind === 'leak' && cause.address ? lackOf(network, cause.host, cause.address) : undefined);
    const key = lack
      ? `${lack.kind} ${lack.host.number} ${lack.because.map(placeKey).join(' ')}`
      : `${cause.kind} ${cause.host.number} ${cause.because.map(placeKey).join(' ')}`;
    const shared = byKey.get(key) ?? { cause, lack, pairs: [] };
    byKey.set(key, shared);
    shared.pairs.push(pair);
  }
  return [...byKey.values()];
}

/** `a → b, b → a and 3 more`. */
export function callPairs(pairs: readonly PodPair[]): string {
  return listed(
    pairs.map(({ from, to }) => `${callNode(from.node)} → ${callNode(to.node)}`),
    3,
  );
}
