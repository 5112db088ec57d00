import { nearest } from '../diagnostics/nearest.ts';
import { listed } from '../diagnostics/wording.ts';
import { type NodeFacts, ROLES, type Role } from '../inputs/facts.ts';
import type { Rule } from './rule.ts';

export const unknownRole: Rule = {
  id: 'unknown-role',
  summary: 'a role that is not server, lan-agent or remote-agent',
  severity: 'error',
  *check(cluster) {
    for (const facts of cluster.nodes.flatMap((node) => node.facts)) {
      const { role } = facts;
      if (!role?.text || ROLES.some((known) => known === role.text)) continue;
      const meant = roleLike(role.text);
      if (!meant && !isOurs(facts)) continue;
      yield {
        message: `"${role.text}" is not a role, ${meant ? `the nearest is ${meant}` : `the roles are ${listed(ROLES)}`}`,
        at: role.span,
        ...(meant && { fix: { title: `write ${meant}`, at: role.span, newText: meant } }),
      };
    }
  },
};

/** A misspelt role, or a part of one: `agnet`, `agent`, `remote`. */
function roleLike(text: string): Role | undefined {
  const near = nearest(text, ROLES);
  return ROLES.find((known) => known === near || (!near && known.includes(text.toLowerCase())));
}

/** A LAN address and a role alone may be another program's: a database has a primary and replicas. */
function isOurs({ origin, parameters, k3s, mentionsTailscale }: NodeFacts): boolean {
  const names = parameters.filter(({ name }) => name !== 'NODE_ROLE' && name !== 'LAN_IP');
  return origin === 'manifest' || names.length > 0 || k3s.length > 0 || mentionsTailscale;
}
