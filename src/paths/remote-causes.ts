import type { Cluster } from '../cluster/model.ts';
import { contains, firstAddress } from '../net/prefix.ts';
import { isTailscaleAddress, PRIVATE_NETWORKS } from '../net/ranges.ts';
import type { Host } from './host.ts';
import { linkBetween } from './link.ts';
import { lookUp } from './lookup.ts';
import type { Network } from './network.ts';
import { causesOf, podNetwork, type SharedCause } from './pod-network.ts';

/**
 * Why pods of different sites certainly do not reach each other. Left out is what comes of a node that has lost its
 * own pods or sends everything through an exit node, which are causes by themselves.
 */
export function causesAcrossSites(cluster: Cluster): readonly SharedCause[] {
  const pods = podNetwork(cluster);
  if (pods === undefined) return [];
  const { network } = pods;
  const dead = pods.pairs.filter(
    ({ from, to, delivered }) => delivered === false && linkBetween(from, to) === 'apart',
  );
  if (dead.length === 0) return [];
  const intact = new Set(
    network.hosts.filter((host) => host.exitNode === undefined && keepsPods(network, host)),
  );
  const remote = dead.filter(({ from, to }) => intact.has(from) && intact.has(to));
  return withOneOverlay(causesOf(network, remote), network);
}

/** Where flannel's tunnels end is one question for all nodes: the backend is the line to look at. */
function withOneOverlay(causes: readonly SharedCause[], { backend }: Network): readonly SharedCause[] {
  const isOverlay = ({ cause }: SharedCause) => cause.kind === 'endpoint-unreachable';
  const [first, ...others] = causes.filter(isOverlay);
  if (first === undefined || backend.span === undefined) return causes;
  const says = `flannel's ${backend.value} tunnels lead to addresses of LANs that other sites are not on`;
  const cause = { ...first.cause, says, because: [backend.span, ...first.cause.because] };
  const pairs = [first, ...others].flatMap((each) => each.pairs);
  return [...causes.filter((each) => !isOverlay(each)), { cause, lack: undefined, pairs }];
}

function keepsPods(network: Network, host: Host): boolean {
  return host.pods.every(({ value }) => {
    const pod = { family: value.family, bits: value.network + (value.length > 28 ? 0n : 10n) };
    return lookUp(network, host, { from: firstAddress(value), to: pod, iif: 'lan' }).via === 'own';
  });
}

/** Whether the files tell a host's LAN, and that nothing outside leads to it. */
export function hasPrivateLan({ lan }: Host): boolean {
  return (
    lan.length > 0 &&
    lan.every(
      ({ address }) =>
        !isTailscaleAddress(address) && PRIVATE_NETWORKS.some((network) => contains(network, address)),
    )
  );
}
