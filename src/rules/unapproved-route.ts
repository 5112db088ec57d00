import { declaredDevice } from '../cluster/declared-devices.ts';
import { callNode } from '../cluster/devices.ts';
import type { Cluster, Node, Route } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import { samePrefix } from '../net/prefix.ts';
import { mayApprove } from '../policy/auto-approve.ts';
import { placeKey } from '../source/span.ts';
import type { Rule } from './rule.ts';

/**
 * Only where approvals are declared in files (`autoApprovers` or a `Routes` manifest) and the device's tags or
 * owner are known: elsewhere whether a route is approved is an assumption.
 */
export const unapprovedRoute: Rule = {
  id: 'unapproved-route',
  summary: 'an advertised route that nothing in the files approves',
  severity: 'warning',
  *check(cluster) {
    const hasApprovers = cluster.policies.some(({ policy }) => policy.approvers.length > 0);
    if (!hasApprovers && !cluster.declaresRoutes) return;
    const declared = declaredByNode(cluster);
    // A script for many nodes is one place.
    const reported = new Set<string>();
    for (const route of cluster.routes) {
      const { identity } = route.node;
      if (route.prefix.length === 0 || identity === undefined || reported.has(placeKey(route.span))) continue;
      const declarations = (declared.get(route.node) ?? []).filter((each) =>
        samePrefix(each.prefix, route.prefix),
      );
      // Of a route that is declared by hand and found in a container too, the declaration is pointed at.
      const isToldThere = route.approve === undefined && declarations.length > 0;
      if (isToldThere || declarations.some(({ approve }) => approve)) continue;
      const device = declaredDevice(route.node);
      if (cluster.policies.some(({ policy }) => mayApprove(policy, device, route.prefix))) continue;
      reported.add(placeKey(route.span));
      const who = listed([...new Set(identity.map(({ value }) => value))]);
      yield {
        message: `no approver covers ${formatPrefix(route.prefix)}, which ${callNode(route.node)} (${who}) advertises`,
        at: route.span,
        related: identity.slice(0, 1).map(({ span }) => ({ at: span, label: 'who the device is' })),
      };
    }
  },
};

/** What `Routes` manifests say of each node. */
function declaredByNode({ routes }: Cluster): ReadonlyMap<Node, readonly Route[]> {
  const byNode = new Map<Node, Route[]>();
  for (const route of routes) {
    if (route.approve === undefined) continue;
    const declared = byNode.get(route.node) ?? [];
    byNode.set(route.node, declared);
    declared.push(route);
  }
  return byNode;
}
