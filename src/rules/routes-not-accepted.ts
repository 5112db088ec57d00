import { isPodPrefix, isWholeCluster } from '../cluster/claims.ts';
import { callNode, isGatewayOf, routesCarryPods, spansSites } from '../cluster/devices.ts';
import type { Cluster, Node, Setting } from '../cluster/model.ts';
import { placeKey } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Only where a file says so, or starts Tailscale in full without the flag. */
export const routesNotAccepted: Rule = {
  id: 'routes-not-accepted',
  summary: 'a node accepts no routes while nodes at other sites advertise theirs',
  severity: 'warning',
  *check(cluster) {
    const carried = routesCarryPods(cluster);
    if (!spansSites(cluster) || carried === false) return;
    // A script for many nodes is one place: the nodes that run it are named, where they are known.
    const nodes = cluster.nodes.toSorted((a, b) => Number(a.standsForMany) - Number(b.standsForMany));
    const advertisers = nodes.filter((node) => advertises(node, cluster, carried));
    const reported = new Set<string>();
    for (const node of nodes) {
      if (!node.isK3s || node.vpnAuth || node.acceptsRoutes?.value !== false) continue;
      const other = advertisers.find((each) => isElsewhere(each, node));
      if (!other || cluster.nodes.some((each) => isGatewayOf(each, node))) continue;
      const at = placeOf(node.acceptsRoutes);
      if (reported.has(placeKey(at))) continue;
      reported.add(placeKey(at));
      yield {
        message: `${callNode(node)} does not accept the routes that ${callNode(other)} at another site advertises`,
        at,
        related: [{ at: other.at, label: 'a node that advertises routes' }],
      };
    }
  },
};

function isElsewhere(other: Node, node: Node): boolean {
  return other.isK3s && other.site !== undefined && node.site !== undefined && other.site !== node.site;
}

/** Known routes or computed ones. Where no file tells what carries pods, a LAN's route says nothing of them. */
function advertises(node: Node, cluster: Cluster, carried: true | undefined): boolean {
  const known = cluster.routes.some(
    (route) =>
      route.node === node &&
      route.prefix.length > 0 &&
      (carried || isPodPrefix(route) || isWholeCluster(route)),
  );
  return (
    known || node.tailscale.some((each) => each.advertise.some(({ prefix }) => prefix.text === undefined))
  );
}

function placeOf(setting: Setting<boolean>) {
  return setting.from === 'file' ? setting.span : setting.absentFrom;
}
