import { approverOf } from '../cluster/approvals.ts';
import { callNode } from '../cluster/devices.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import { samePrefix } from '../net/prefix.ts';
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
    const hasApprovers = cluster.policies.some((policy) => policy.approvers.length > 0);
    if (!hasApprovers && !cluster.declaresRoutes) return;
    for (const route of cluster.routes) {
      const { identity } = route.node;
      if (route.prefix.length === 0 || route.approve === true || identity === undefined) continue;
      const declared = cluster.routes.some(
        (other) =>
          other.node === route.node && other.approve === true && samePrefix(other.prefix, route.prefix),
      );
      // Of a route that is declared by hand and found in a container too, the declaration is pointed at.
      const byHand = cluster.routes.some(
        (other) =>
          other !== route &&
          other.node === route.node &&
          other.approve === false &&
          samePrefix(other.prefix, route.prefix),
      );
      if (declared || byHand || approverOf(route, cluster.policies)) continue;
      const who = listed(identity.map(({ value }) => value));
      yield {
        message: `no approver covers ${formatPrefix(route.prefix)}, which ${callNode(route.node)} (${who}) advertises`,
        at: route.span,
        related: identity.slice(0, 1).map(({ span }) => ({ at: span, label: 'who the device is' })),
      };
    }
  },
};
