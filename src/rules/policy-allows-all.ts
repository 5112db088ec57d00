import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import type { Rule } from './rule.ts';

/** Of a refused policy the section may be there and misspelt. */
export const policyAllowsAll: Rule = {
  id: 'policy-allows-all',
  summary: 'a policy without acls and grants, under which everything may reach everything',
  severity: 'note',
  *check(cluster) {
    for (const { policy } of acceptedPolicies(cluster)) {
      const { acls, grants } = policy.sections;
      if (acls !== undefined || grants !== undefined) continue;
      yield {
        message: 'the policy has neither acls nor grants, so everything may reach everything',
        at: policy.at,
      };
    }
  },
};
