import { areDistinct, callNode, isGatewayOf, routesCarryPods, spansSites } from '../cluster/devices.ts';
import { formatPrefix } from '../net/format.ts';
import { contains } from '../net/prefix.ts';
import { placeKey } from '../source/span.ts';
import type { Rule } from './rule.ts';

export const foreignPodCidr: Rule = {
  id: 'foreign-pod-cidr',
  summary: "a node advertises another node's pod CIDR",
  severity: 'error',
  *check(cluster) {
    if (!spansSites(cluster) || routesCarryPods(cluster) === false) return;
    // A script for many nodes is one place.
    const reported = new Set<string>();
    for (const { prefix, node, span } of cluster.routes) {
      if (reported.has(placeKey(span))) continue;
      for (const owner of cluster.nodes) {
        if (!areDistinct(node, owner) || isGatewayOf(node, owner)) continue;
        const pods = owner.podCidrs.find(({ value }) => contains(value, prefix));
        if (!pods) continue;
        reported.add(placeKey(span));
        yield {
          message: `${callNode(node)} advertises ${formatPrefix(prefix)}, the pods of ${callNode(owner)}`,
          at: span,
          related: [{ at: pods.span, label: `the pod CIDR of ${callNode(owner)}` }],
        };
      }
    }
  },
};
