import { areDistinct, callNode, isGatewayOf } from '../cluster/devices.ts';
import type { Cluster } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import { type Address, contains, type Prefix, samePrefix } from '../net/prefix.ts';
import type { Host } from '../paths/host.ts';
import { lookUp } from '../paths/lookup.ts';
import { callDevice, type Network, type TailnetRoute } from '../paths/network.ts';
import { podNetwork } from '../paths/pod-network.ts';
import type { Device } from '../policy/device-list.ts';
import { placeKey, type Span } from '../source/span.ts';
import type { Rule } from './rule.ts';

/**
 * Only what no other rule tells: a route that a file has is for `overlapping-routes`, unless it is the node's
 * gateway that has it, and an exit node for `exit-node-conflict`.
 */
export const ownPodsCutOff: Rule = {
  id: 'own-pods-cut-off',
  summary: "a node looks its own pods up in the tunnel, as it accepts another device's route for them",
  severity: 'error',
  *check(cluster) {
    const network = podNetwork(cluster)?.network;
    if (network === undefined) return;
    for (const { router, route, at, hosts } of cutOff(network, cluster)) {
      const [first] = hosts;
      yield {
        message: `${formatPrefix(route.prefix)} of ${callDevice(network, router)} takes the packets for their own pods from ${listed(hosts.map(({ node }) => callNode(node)))}`,
        at,
        absentFrom: first!.at,
        related: first!.pods.slice(0, 1).map(({ span }) => ({
          at: span,
          label: `the pods of ${callNode(first!.node)}`,
        })),
      };
    }
  },
};

interface CutOff {
  readonly router: Device;
  readonly route: TailnetRoute;
  readonly at: Span;
  readonly hosts: Host[];
}

/** One for each route, at its line or else where the first of the nodes accepts it. */
function cutOff(network: Network, cluster: Cluster): Iterable<CutOff> {
  const byRoute = new Map<string, CutOff>();
  for (const host of network.hosts) {
    for (const { value: pods } of host.pods) {
      const taken = takenBy(network, host, pods);
      if (taken === undefined || isToldElsewhere(cluster, host, pods)) continue;
      const { router, route } = taken;
      const line = cluster.routes.find(
        (each) => each.node === network.hostOfDevice.get(router)?.node && contains(each.prefix, pods),
      );
      const at = line?.span ?? host.accepts.because[0] ?? host.at;
      const key = line ? placeKey(line.span) : `${router.id} ${route.number}`;
      const found = byRoute.get(key) ?? { router, route, at, hosts: [] };
      byRoute.set(key, found);
      if (!found.hosts.includes(host)) found.hosts.push(host);
    }
  }
  return byRoute.values();
}

function takenBy(network: Network, host: Host, pods: Prefix): Pick<CutOff, 'router' | 'route'> | undefined {
  if (host.device === undefined) return undefined;
  // What the bridge hands to a pod; the bridge's own address is the first.
  const to: Address = { family: pods.family, bits: pods.network + 2n };
  if (!contains(pods, to) || !isOffered(network, host.device, to)) return undefined;
  const { via, device: router } = lookUp(network, host, { from: to, to });
  if (via !== 'tailnet' || router === undefined) return undefined;
  const { routerOf } = network.learned(host.device);
  const route = network.covering(to).find((each) => routerOf(each) === router);
  return route && { router, route };
}

/** Whether any other device has a route to an address: of most nobody has, which is soon seen. */
function isOffered({ devices, covering }: Network, own: Device, to: Address): boolean {
  const routes = covering(to);
  return devices.some(
    (device) =>
      device !== own &&
      device.approved.some((prefix) => routes.some((route) => samePrefix(route.prefix, prefix))),
  );
}

function isToldElsewhere({ tailnet }: Cluster, host: Host, pods: Prefix): boolean {
  return tailnet.clusters.some(({ routes }) =>
    routes.some(
      ({ node, prefix }) =>
        prefix.length > 0 &&
        contains(prefix, pods) &&
        areDistinct(node, host.node) &&
        !isGatewayOf(node, host.node),
    ),
  );
}
