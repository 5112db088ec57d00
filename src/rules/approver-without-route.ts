import { covers } from '../cluster/approvals.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Approver } from '../inputs/facts.ts';
import { parsePrefix } from '../net/parse.ts';
import type { Rule } from './rule.ts';

/** Only where routes are known at all and none is computed: an unknown route may be the one. */
export const approverWithoutRoute: Rule = {
  id: 'approver-without-route',
  summary: 'an approver in a policy for routes that no device advertises',
  severity: 'note',
  *check(cluster) {
    const { clusters } = cluster.tailnet;
    if (clusters.every((each) => each.routes.length === 0) || clusters.some(hasComputedRoutes)) return;
    for (const { approvers } of cluster.policies) {
      for (const approver of approvers) {
        if (clusters.some((each) => isUsedIn(each, approver))) continue;
        yield {
          message: `no device advertises a route inside ${approver.prefix.value}`,
          at: approver.prefix.span,
        };
      }
    }
  },
};

/** A malformed prefix is for `invalid-prefix`. */
function isUsedIn(cluster: Cluster, approver: Approver): boolean {
  return (
    !parsePrefix(approver.prefix.value).ok || cluster.routes.some(({ prefix }) => covers(approver, prefix))
  );
}

/** A script for many says nothing more than the nodes that run it, where those are known. */
function hasComputedRoutes({ nodes }: Cluster): boolean {
  const known = nodes.filter((node) => !node.standsForMany);
  return (known.some((node) => node.isK3s) ? known : nodes).some((node) =>
    node.tailscale.some((each) => each.advertise.some(({ prefix }) => prefix.text === undefined)),
  );
}
