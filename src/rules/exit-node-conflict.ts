import { isBypassed } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import type { Rule } from './rule.ts';

/**
 * Without LAN access tailscaled routes every local prefix into the tunnel, the pods' bridge among them
 * [Tailscale 1.98, ipn/ipnlocal].
 */
export const exitNodeConflict: Rule = {
  id: 'exit-node-conflict',
  summary: 'a cluster node sends what it has no other route for through an exit node',
  severity: 'error',
  *check(cluster) {
    for (const node of cluster.nodes) {
      if (!node.isK3s) continue;
      const isSafe = keepsLan(node) || keepsPods(node, cluster);
      for (const { exitNode } of node.tailscale) {
        if (!exitNode?.text) continue;
        yield isSafe
          ? {
              message: `the exit node ${exitNode.text} takes every pod CIDR that has no route of its own`,
              at: exitNode.span,
              severity: 'warning',
            }
          : {
              message: `with the exit node ${exitNode.text} and without LAN access a node loses its own pods`,
              at: exitNode.span,
            };
      }
    }
  },
};

function keepsLan(node: Node): boolean {
  return node.tailscale.some(
    (each) => each.exitNodeAllowLanAccess && each.exitNodeAllowLanAccess.on !== false,
  );
}

/** A rule of the administrator looks the pods up before Tailscale does. */
function keepsPods(node: Node, cluster: Cluster): boolean {
  const pods = node.podCidrs.length > 0 ? node.podCidrs : cluster.clusterCidrs;
  return pods.length > 0 && pods.every(({ value }) => isBypassed(node, value));
}
