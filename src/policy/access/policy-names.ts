import type { Policy, Selector } from '../policy.ts';
import type { Resolver } from '../resolve.ts';
import type { NamedSet } from './name-addresses.ts';

/** What a policy itself has names for besides tags and users: its groups, hosts and ipsets, and `*` as a source. */
export function namesOfPolicy(policy: Policy, resolver: Resolver): NamedSet[] {
  const selectors: Selector[] = [
    ...[...policy.groups.keys()].map((name) => ({ kind: 'group', name }) as const),
    { kind: 'autogroup', name: 'autogroup:tagged' },
    { kind: 'autogroup', name: 'autogroup:member' },
    { kind: 'any' },
    { kind: 'autogroup', name: 'autogroup:danger-all' },
    ...[...policy.hosts.keys()].map((name) => ({ kind: 'host', name }) as const),
    ...[...policy.ipsets.keys()].map((name) => ({ kind: 'ipset', name }) as const),
  ];
  return selectors.map((selector) => ({
    name: nameOf(selector),
    set: resolver.addressesOf(selector, 'source'),
  }));
}

function nameOf(selector: Selector): string {
  if (selector.kind === 'any') return '*';
  return 'name' in selector ? selector.name : '';
}
