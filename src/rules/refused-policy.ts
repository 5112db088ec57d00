import type { Rule } from './rule.ts';

/** What has a rule of its own is left to that; a policy that does not parse is for `syntax`. */
export const refusedPolicy: Rule = {
  id: 'refused-policy',
  summary: 'a policy that Tailscale refuses whole',
  severity: 'error',
  *check(cluster) {
    for (const { problems } of cluster.policies) {
      for (const { fault, ...problem } of problems) if (fault === undefined) yield problem;
    }
  },
};
