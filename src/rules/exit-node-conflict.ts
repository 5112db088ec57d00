import { isBypassed, isUserspace } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import { placeKey, type Span } from '../source/span.ts';
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
    const uses = cluster.nodes.flatMap((node) => usesOf(node, cluster));
    // Of one place in a script for many nodes the worse is told.
    const worse = new Set(uses.flatMap(({ at, isSafe }) => (isSafe ? [] : [placeKey(at)])));
    for (const { exitNode, at, isSafe } of uses) {
      if (!isSafe)
        yield {
          message: `with the exit node ${exitNode} and without LAN access a node loses its own pods`,
          at,
        };
      else if (!worse.has(placeKey(at)))
        yield {
          message: `the exit node ${exitNode} takes every pod CIDR that has no route of its own`,
          at,
          severity: 'warning',
        };
    }
  },
};

interface ExitNodeUse {
  readonly exitNode: string;
  readonly at: Span;
  /** The node keeps its own pods. */
  readonly isSafe: boolean;
}

/** A script for many is looked at with the nodes that run it, where those are known. */
function usesOf(node: Node, cluster: Cluster): ExitNodeUse[] {
  const exitNodes = node.tailscale.flatMap(({ exitNode }) => (exitNode?.text ? [exitNode] : []));
  if (exitNodes.length === 0 || !node.isK3s || isUserspace(node)) return [];
  if (cluster.nodes.some((each) => each.shared.some(({ at }) => at === node.at))) return [];
  const isSafe = keepsLan(node) || keepsPods(node, cluster);
  return exitNodes.map(({ text = '', span }) => ({ exitNode: text, at: span, isSafe }));
}

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
