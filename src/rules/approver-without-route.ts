import { knownRoutes, knowsRoutes } from '../cluster/known-devices.ts';
import { formatPrefix } from '../net/format.ts';
import { contains } from '../net/prefix.ts';
import type { Rule } from './rule.ts';

/** Only where routes are known at all and none is missing: an unknown route may be the one. */
export const approverWithoutRoute: Rule = {
  id: 'approver-without-route',
  summary: 'an approver in a policy for routes that no device advertises',
  severity: 'note',
  *check(cluster) {
    const { tailnet } = cluster;
    const severity = tailnet.devices && ('warning' as const);
    const routes = knownRoutes(tailnet);
    if (routes.length === 0 || !knowsRoutes(tailnet)) return;
    for (const { policy } of cluster.policies) {
      for (const { prefix } of policy.approvers) {
        if (routes.some((route) => contains(prefix.value, route))) continue;
        yield {
          message: `no device advertises a route inside ${formatPrefix(prefix.value)}`,
          at: prefix.span,
          ...(severity && { severity }),
        };
      }
    }
  },
};
