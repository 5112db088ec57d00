import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import type { Policy, SelectorUse } from '../policy/policy.ts';
import { postureUses, selectorUses } from '../policy/uses.ts';
import type { Located } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Not tags: devices carry them. Of a refused policy the use may be in what could not be read. */
export const unusedDefinition: Rule = {
  id: 'unused-definition',
  summary: 'a group, host, ipset or posture that nothing in the policy uses',
  severity: 'note',
  *check(cluster) {
    const severity = cluster.tailnet.devices && ('warning' as const);
    for (const { policy } of acceptedPolicies(cluster)) {
      const used = new Set([...selectorUses(policy).flatMap(nameIn), ...postureUses(policy).map(nameOf)]);
      for (const { value, span } of definitions(policy)) {
        if (used.has(value)) continue;
        yield { message: `nothing in the policy uses "${value}"`, at: span, ...(severity && { severity }) };
      }
    }
  },
};

function definitions({ groups, hosts, ipsets, postures }: Policy): readonly Located<string>[] {
  const named = [...groups.values(), ...hosts.values(), ...ipsets.values()].map(({ name }) => name);
  return [...named, ...postures];
}

function nameIn({ value }: SelectorUse): readonly string[] {
  return 'name' in value ? [value.name] : [];
}

function nameOf({ value }: Located<string>): string {
  return value;
}
