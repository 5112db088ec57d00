import type { Parsed } from '../../net/parse.ts';
import type { Policy, Selector } from '../policy.ts';
import { readSelector } from '../read/read-selector.ts';
import { quote } from '../read/selector-checks.ts';

/** What a test names, or why no test can name it. */
export type Named<T> = Parsed<T, string>;

/** Reads what stands for devices or addresses in a test; a name that the policy does not define is a fault. */
export function readTestName(policy: Policy, text: string): Named<Selector> {
  const selector = readSelector(text);
  if (selector === undefined) return { ok: false, fault: `${shown(text)} is no source or destination` };
  // tailscale/tailscale#13254
  const fault = selector.kind === 'ipset' ? 'a test takes no ipset' : undefinedName(policy, selector);
  return fault === undefined ? { ok: true, value: selector } : { ok: false, fault };
}

/** What is wrong with a name that the policy does not define. */
export function undefinedName(policy: Policy, selector: Selector): string | undefined {
  switch (selector.kind) {
    case 'tag':
      return policy.tagOwners.has(selector.name) ? undefined : `tag not found: ${quote(selector.name)}`;
    case 'group':
      return policy.groups.has(selector.name) || isSynced(selector)
        ? undefined
        : `group not found: ${quote(selector.name)}`;
    case 'host':
      return policy.hosts.has(selector.name) ? undefined : `host not found: ${quote(selector.name)}`;
    case 'ipset':
      return policy.ipsets.has(selector.name) ? undefined : `ipset not found: ${quote(selector.name)}`;
    case 'autogroup':
      return AUTOGROUPS.has(selector.name) ? undefined : `unknown autogroup ${quote(selector.name)}`;
    default:
      return undefined;
  }
}

/** The roles of people, which no device list tells [Tailscale docs, autogroups, 2026-04]. */
const ROLES = new Set(
  ['owner', 'admin', 'it-admin', 'network-admin', 'billing-admin', 'auditor'].map(
    (name) => `autogroup:${name}`,
  ),
);

const AUTOGROUPS = new Set([
  ...ROLES,
  ...['member', 'members', 'tagged', 'shared', 'self', 'internet', 'danger-all'].map(
    (name) => `autogroup:${name}`,
  ),
]);

/**
 * Whether only the control server knows what a selector stands for: roles, groups of an identity provider, services.
 * A test that names one is not judged.
 */
export function isUntold(selector: Selector): boolean {
  if (selector.kind === 'autogroup') return ROLES.has(selector.name);
  return selector.kind === 'service' || isSynced(selector);
}

/** `group:eng@example.com` comes from the identity provider and is not among the policy's [Tailscale docs, SCIM]. */
function isSynced(selector: Selector): boolean {
  return selector.kind === 'group' && selector.name.includes('@');
}

/**
 * The policy that lets through the most that a policy may: people whom only the control server knows are all members
 * there. What a test finds denied under it is denied for sure.
 */
export function mostGenerous(policy: Policy): Policy {
  const member = { kind: 'autogroup', name: 'autogroup:member' } as const;
  const widened = <T extends { readonly value: Selector }>(use: T): T =>
    isUntold(use.value) ? { ...use, value: member } : use;
  return {
    ...policy,
    rules: policy.rules.map((rule) => ({
      ...rule,
      sources: rule.sources.map(widened),
      destinations: rule.destinations.map((each) => ({ ...each, selector: widened(each.selector) })),
    })),
    ssh: policy.ssh.map((rule) => ({
      ...rule,
      sources: rule.sources.map(widened),
      destinations: rule.destinations.map(widened),
    })),
  };
}

/** Whether `mostGenerous` makes another policy of it. */
export function namesUntold({ rules, ssh }: Policy): boolean {
  const uses = [
    ...rules.flatMap(({ sources, destinations }) => [
      ...sources,
      ...destinations.map(({ selector }) => selector),
    ]),
    ...ssh.flatMap(({ sources, destinations }) => [...sources, ...destinations]),
  ];
  return uses.some(({ value }) => isUntold(value));
}

/** A text of the policy as a message shows it: a very long one is cut. */
export function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
