import { callNode, hasComputedRoutes, isGatewayOf, routesCarryPods, spansSites } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import { formatPrefix } from '../net/format.ts';
import { contains } from '../net/prefix.ts';
import type { Rule } from './rule.ts';

/** Only where every route of the node is known, and the tailnet's routes are what carries pods between sites. */
export const podCidrNotAdvertised: Rule = {
  id: 'pod-cidr-not-advertised',
  summary: 'a node does not advertise its own pod CIDR, so no other site reaches its pods',
  severity: 'error',
  *check(cluster) {
    if (!spansSites(cluster) || !isRouted(cluster)) return;
    for (const node of cluster.nodes) {
      if (node.standsForMany || node.vpnAuth || !(node.knowsRoutes || cluster.declaresRoutes)) continue;
      if (hasComputedRoutes(node)) continue;
      for (const { value, span } of node.podCidrs) {
        const carried = cluster.routes.some(
          (route) => contains(route.prefix, value) && (route.node === node || isGatewayOf(route.node, node)),
        );
        if (!carried)
          yield {
            message: `${callNode(node)} does not advertise its own pod CIDR ${formatPrefix(value)}`,
            at: span,
            absentFrom: node.at,
          };
      }
    }
  },
};

/** By what the files say of the backend; where they do not, by what other nodes do. */
function isRouted(cluster: Cluster): boolean {
  return routesCarryPods(cluster) ?? cluster.nodes.some((node) => advertisesOwnPods(node, cluster));
}

function advertisesOwnPods(node: Node, cluster: Cluster): boolean {
  return cluster.routes.some(
    (route) => route.node === node && node.podCidrs.some(({ value }) => contains(route.prefix, value)),
  );
}
