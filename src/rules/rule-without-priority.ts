import { parsePrefix } from '../net/parse.ts';
import { contains } from '../net/prefix.ts';
import { DEFAULT_CLUSTER_CIDR } from '../net/ranges.ts';
import type { Given } from '../syntax/given.ts';
import type { Rule } from './rule.ts';

/** Measured with tailscaled 1.98: 32765 if added before its rules exist, 5209 after. */
export const ruleWithoutPriority: Rule = {
  id: 'rule-without-priority',
  summary: "an ip rule that lands before or after Tailscale's, whichever came first",
  severity: 'warning',
  *check(cluster) {
    const onTailnet = cluster.tailnet.clusters.some((each) => each.nodes.some((node) => node.onTailnet));
    for (const { ipRules } of cluster.nodes.flatMap((node) => node.facts)) {
      for (const { at, to, priority, complete } of ipRules) {
        if (priority === undefined && complete && (onTailnet || isForPods(to))) {
          yield {
            message: "a rule without a priority lands before or after Tailscale's, whichever came first",
            at,
          };
        }
      }
    }
  },
};

/** Where no other file speaks of Tailscale: pods are looked up first only because something else would take them. */
function isForPods(to: Given | undefined): boolean {
  const parsed = parsePrefix(to?.text ?? '');
  return parsed.ok && contains(DEFAULT_CLUSTER_CIDR, parsed.value);
}
