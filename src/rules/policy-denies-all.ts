import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Rule } from './rule.ts';

/** A warning where something is known of the tailnet that would reach nothing any more. */
export const policyDeniesAll: Rule = {
  id: 'policy-denies-all',
  summary: 'a policy without a single rule, under which nothing may reach anything',
  severity: 'note',
  *check(cluster) {
    for (const { policy } of acceptedPolicies(cluster)) {
      const { acls, grants } = policy.sections;
      const section = acls ?? grants;
      if (section === undefined || policy.rules.length > 0) continue;
      const where = acls && grants ? 'acls and grants are' : acls ? 'acls is' : 'grants is';
      yield {
        message: `${where} empty, so nothing may reach anything`,
        at: section.key,
        ...(hasDevices(cluster) && { severity: 'warning' as const }),
      };
    }
  },
};

function hasDevices({ tailnet: { devices, clusters } }: Cluster): boolean {
  return devices !== undefined || clusters.some(({ nodes }) => nodes.some(({ onTailnet }) => onTailnet));
}
