import type { Approver, PolicyFacts } from '../inputs/facts.ts';
import { parsePrefix } from '../net/parse.ts';
import { contains, type Prefix } from '../net/prefix.ts';
import type { Node, Route } from './model.ts';

/**
 * The approver that approves a route by itself: its prefix is equal or wider, and it names the device's tag or
 * its owner [Tailscale docs, autoApprovers]. `0.0.0.0/0` covers every route of its family.
 */
export function approverOf(route: Route, policies: readonly PolicyFacts[]): Approver | undefined {
  for (const policy of policies) {
    const found = policy.approvers.find(
      (approver) =>
        covers(approver, route.prefix) &&
        approver.who.some(({ value }) => isIdentity(value, route.node, policy)),
    );
    if (found) return found;
  }
  return undefined;
}

/** Whether an approver's prefix is equal to a route's or wider. */
export function covers(approver: Approver, prefix: Prefix): boolean {
  const parsed = parsePrefix(approver.prefix.value);
  return parsed.ok && contains(parsed.value, prefix);
}

/** Roles in the tailnet are not in the files, so an autogroup may be anybody's. */
function isIdentity(who: string, node: Node, policy: PolicyFacts): boolean {
  if (who.startsWith('autogroup:') || who === '*') return true;
  const names = node.identity?.map(({ value }) => value.toLowerCase()) ?? [];
  if (names.includes(who.toLowerCase())) return true;
  const group = policy.groups.find((each) => each.group.value === who);
  return group?.members.some((member) => names.includes(member.value.toLowerCase())) ?? false;
}
