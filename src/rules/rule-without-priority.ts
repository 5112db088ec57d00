import type { Rule } from './rule.ts';

/** Measured with tailscaled 1.98: 32765 if added before its rules exist, 5209 after. */
export const ruleWithoutPriority: Rule = {
  id: 'rule-without-priority',
  summary: "an ip rule that lands before or after Tailscale's, whichever came first",
  severity: 'warning',
  *check(cluster) {
    if (!cluster.tailnet.clusters.some((each) => each.nodes.some((node) => node.onTailnet))) return;
    for (const { ipRules } of cluster.nodes.flatMap((node) => node.facts)) {
      for (const { at, priority, complete } of ipRules) {
        if (priority === undefined && complete) {
          yield {
            message: "a rule without a priority lands before or after Tailscale's, whichever came first",
            at,
          };
        }
      }
    }
  },
};
