import { contains } from '../../net/prefix.ts';
import type { Way } from '../../paths/compare-paths.ts';
import { filtersOf } from '../../paths/filter.ts';
import type { Flow } from '../../paths/flow.ts';
import type { Host } from '../../paths/host.ts';
import { linkBetween } from '../../paths/link.ts';
import type { Network } from '../../paths/network.ts';
import { podFlows } from '../../paths/pod-paths.ts';
import { peerFor } from '../../paths/tailscale-table.ts';
import { prefixKey, routersOf } from '../../policy/routers.ts';

/**
 * What certainly becomes of a connection between the pods of two hosts, told without following the packet, or
 * undefined where it has to be followed. Of a large cluster most pairs are of two kinds: with nothing but the default
 * route to each other before the routes are approved, and in the tunnel afterwards.
 */
export function sureWays(network: Network): (from: Host, to: Host) => Way | undefined {
  const flowOf = podFlows(network);
  const isCutOff = cutOffs(network);
  const isStraight = straightPairs(network);
  return (from, to) => {
    const flow = flowOf(from, to);
    if (flow === undefined) return undefined;
    if (isCutOff(flow, to)) return LOST;
    return isStraight(flow, to) ? TUNNEL : undefined;
  };
}

const LOST: Way = { via: 'default', delivered: false };
const TUNNEL: Way = { via: 'tailnet', delivered: true };

/** Whether a host is at another site than the pods, and no router of the tailnet serves them. */
function cutOffs(network: Network): (flow: Flow, to: Host) => boolean {
  if (network.backend.value !== 'host-gw') return () => false;
  const served = routersOf(network.compiled.list);
  const isPlain = network.hosts.map(
    (host) => isPlainHost(host) && !host.rules.some(({ missing }) => missing),
  );
  const isUnserved = byHost(
    network,
    ({ to }) =>
      isNobodyElses(network, to) && !network.covering(to).some(({ prefix }) => served.has(prefixKey(prefix))),
  );
  return (flow, to) => {
    const { from } = flow;
    if (!isPlain[from.number] || linkBetween(from, to) !== 'apart' || !isUnserved(flow, to)) return false;
    return !from.lan.some((own) => own.network !== undefined && contains(own.network, flow.to));
  };
}

/**
 * Whether both tailscaleds lead to each other's pods, no route of theirs leads away from their own, and the receiver
 * lets the connection in.
 */
function straightPairs(network: Network): (flow: Flow, to: Host) => boolean {
  const { hosts } = network;
  const admits = filtersOf(network);
  const isPlain = hosts.map(
    (host) =>
      isPlainHost(host) &&
      host.tailscale.value === 'kernel' &&
      host.accepts.value === true &&
      host.statefulFiltering.value !== true &&
      host.rpFilter?.value !== 'strict' &&
      host.rules.every(({ because }) => because.length === 0),
  );
  const hasOwn = byHost(
    network,
    ({ to }, host) =>
      isNobodyElses(network, to) &&
      !host.lan.some((own) => own.network !== undefined && contains(own.network, to)) &&
      peerFor(network, host, to) === undefined,
  );
  const knows = (host: Host, other: Host, address: Flow['to']) =>
    peerFor(network, host, address)?.device === other.device;
  return (flow, to) => {
    const { from, source } = flow;
    if (!isPlain[from.number] || !isPlain[to.number]) return false;
    if (!hasOwn(flow, to) || !hasOwn({ ...flow, to: source }, from)) return false;
    return knows(from, to, flow.to) && knows(to, from, source) && admits(to.device!, flow);
  };
}

/** A device of the tailnet that uses no exit node and has no routes by hand. */
function isPlainHost({ device, exitNode, routes }: Host): boolean {
  return device !== undefined && exitNode === undefined && routes.length === 0;
}

function isNobodyElses({ podHosts, hostAt, deviceAt }: Network, address: Flow['to']): boolean {
  return podHosts(address).length === 1 && hostAt(address) === undefined && deviceAt(address) === undefined;
}

/** Asked once for the pods of a host, for each family. */
function byHost(
  { hosts }: Network,
  work: (flow: Flow, host: Host) => boolean,
): (flow: Flow, host: Host) => boolean {
  const known = new Int8Array(2 * hosts.length);
  return (flow, host) => {
    const index = 2 * host.number + (flow.to.family === 4 ? 0 : 1);
    if (known[index] === 0) known[index] = work(flow, host) ? 1 : -1;
    return known[index] === 1;
  };
}
