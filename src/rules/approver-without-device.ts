import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import { knownDevices } from '../cluster/known-devices.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import type { Policy, SelectorUse } from '../policy/policy.ts';
import { type Presence, presenceIn } from '../policy/presence.ts';
import type { Span } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Without a device list only what no device can change: lists and groups with nothing in them. */
export const approverWithoutDevice: Rule = {
  id: 'approver-without-device',
  summary: 'an approver in a policy that approves nothing, as no device is who it names',
  severity: 'note',
  *check(cluster) {
    const { devices } = cluster.tailnet;
    const severity = devices && ('warning' as const);
    const known = devices && devices.devices.length > 0 ? knownDevices(cluster.tailnet) : undefined;
    for (const { policy } of acceptedPolicies(cluster)) {
      const presence = presenceIn(policy, known ?? []);
      for (const { what, who, at } of approvalsOf(policy)) {
        const lack = lackOf(who, presence, known !== undefined);
        if (lack === undefined) continue;
        const message =
          who.length > 0
            ? `${lack} and approve${who.length > 1 ? '' : 's'} no ${what}`
            : `nobody approves ${what}`;
        yield { message, at: who[0]?.span ?? at, ...(severity && { severity }) };
      }
    }
  },
};

/** Who may have what without being asked. */
interface Approval {
  readonly what: string;
  readonly who: readonly SelectorUse[];
  readonly at: Span;
}

function approvalsOf({ approvers, exitNodeApprovers }: Policy): readonly Approval[] {
  const routes = approvers.map(({ prefix, who }) => ({
    what: `routes in ${formatPrefix(prefix.value)}`,
    who,
    at: prefix.span,
  }));
  const [first] = exitNodeApprovers;
  // Without anybody it is switched off.
  return first ? [...routes, { what: 'exit nodes', who: exitNodeApprovers, at: first.span }] : routes;
}

/** Why nobody is there; undefined where somebody may be. */
function lackOf(who: readonly SelectorUse[], presence: Presence, isListed: boolean): string | undefined {
  const names = listed([...new Set(who.map(({ text }) => text))]);
  const isOne = who.length === 1;
  if (who.every(({ value }) => presence.isEmpty(value))) return `${names} ${isOne ? 'is' : 'are'} empty`;
  const nobody = isListed && !who.some(({ value }) => presence.isDestination(value));
  return nobody ? `${names} ${isOne ? 'stands' : 'stand'} for no device` : undefined;
}
