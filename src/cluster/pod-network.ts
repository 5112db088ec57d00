import { type AddressSet, covers, rangeOf, setOf } from '../net/address-set.ts';
import type { Device } from '../policy/device-list.ts';
import { isPodPrefix } from './claims.ts';
import { declaredDevice } from './declared-devices.ts';
import { routesCarryPods } from './devices.ts';
import type { Cluster, Node } from './model.ts';

/** The pods of a cluster in which routes of the tailnet carry their packets from node to node. */
export interface PodNetwork {
  /** All that pods have addresses from. */
  readonly addresses: AddressSet;
  /** The nodes that have a route to their pods, as far as their tags or owners are known. */
  readonly routers: readonly Device[];
}

/** Undefined where nothing tells that pods of two nodes need the tailnet to reach each other. */
export function podNetworkOf(cluster: Cluster): PodNetwork | undefined {
  if (routesCarryPods(cluster) === false || isOnOneLan(cluster)) return undefined;
  const nodes = cluster.nodes.filter((node) => routesItsPods(node, cluster));
  const podCidrs = cluster.nodes.flatMap((node) => node.podCidrs);
  const addresses = setOf([...cluster.clusterCidrs, ...podCidrs].map(({ value }) => rangeOf(value)));
  const whole = cluster.clusterCidrs.map(({ value }) => value.length);
  const listed = (cluster.tailnet.devices?.devices ?? []).filter(({ advertised }) =>
    advertised.some((prefix) => covers(addresses, [rangeOf(prefix)]) && !whole.includes(prefix.length)),
  );
  // A script for many counts as several nodes.
  const declared = nodes.length + nodes.filter(({ standsForMany }) => standsForMany).length;
  if (Math.max(declared, listed.length) < 2) return undefined;
  const told = nodes.filter(({ identity }) => identity !== undefined);
  return { addresses, routers: [...listed, ...told.map((node) => declaredDevice(node))] };
}

function isOnOneLan({ nodes }: Cluster): boolean {
  const [site, ...others] = new Set(nodes.filter(({ isK3s }) => isK3s).map((node) => node.site));
  return site !== undefined && others.length === 0;
}

/** K3s' own integration with Tailscale does so by itself. */
function routesItsPods(node: Node, cluster: Cluster): boolean {
  return node.vpnAuth || cluster.routes.some((route) => route.node === node && isPodPrefix(route));
}
