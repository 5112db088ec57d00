import type { Cluster } from '../cluster/model.ts';
import { type PodNetwork, podNetworkOf } from '../cluster/pod-network.ts';
import { listed } from '../diagnostics/wording.ts';
import { type AddressSet, covers, meets, union } from '../net/address-set.ts';
import { isIdentityOf } from '../policy/identity.ts';
import type { Destination, Policy, SelectorUse } from '../policy/policy.ts';
import { isRefusal } from '../policy/read/fields.ts';
import { type Resolver, resolverOf } from '../policy/resolve.ts';
import type { Span } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Only where pods reach each other through the tailnet: that laptops reach them needs no source but the laptops. */
export const tagSourceForPods: Rule = {
  id: 'tag-source-for-pods',
  summary:
    "a rule lets nodes reach pods, and none lets in other nodes' pods, which have addresses of their own",
  severity: 'warning',
  *check(cluster) {
    const pods = podNetworkOf(cluster);
    if (pods === undefined || cluster.policies.some(({ problems }) => problems.some(isRefusal))) return;
    const policies = cluster.policies.map(({ policy }) => ({ policy, resolver: resolverFor(policy, pods) }));
    const open = union(...policies.map(({ policy, resolver }) => openToPods(policy, resolver, pods)));
    for (const { policy, resolver } of policies) {
      for (const rule of policy.rules) {
        const closed = rule.destinations.filter((each) => {
          const addresses = addressesOf(each, resolver);
          return addresses.length > 0 && covers(pods.addresses, addresses) && !meets(open, addresses);
        });
        const source = closed.length > 0 && rule.sources.find((each) => isNode(policy, each, pods));
        if (!source) continue;
        const to = listed([...new Set(closed.map(({ selector }) => selector.text))]);
        yield {
          message: `${source.text} stands for the nodes without their pods, and no rule lets pods reach ${to}`,
          at: source.span,
          related: carriersOf(cluster, source).map((at) => ({ at, label: 'who the node is' })),
        };
      }
    }
  },
};

/** Only addresses are asked for: those of devices are no pods'. */
function resolverFor(policy: Policy, { routers }: PodNetwork): Resolver {
  return resolverOf(policy, { control: 'tailscale', devices: routers });
}

/** What pods may reach, if only some of them on some ports. */
function openToPods(policy: Policy, resolver: Resolver, pods: PodNetwork): AddressSet {
  const rules = policy.rules.filter(({ sources }) =>
    sources.some(
      ({ value }) => value.kind === 'any' || meets(resolver.addressesOf(value, 'source'), pods.addresses),
    ),
  );
  return union(
    ...rules.flatMap(({ destinations }) => destinations.map((each) => addressesOf(each, resolver))),
  );
}

/** None where only capabilities are granted. */
function addressesOf({ selector, traffic }: Destination, resolver: Resolver): AddressSet {
  return traffic.length > 0 ? resolver.addressesOf(selector.value, 'destination') : [];
}

/** Members are people first, whosever the nodes are. */
function isNode(policy: Policy, { value }: SelectorUse, { routers }: PodNetwork): boolean {
  if (value.kind === 'autogroup' && value.name !== 'autogroup:tagged') return false;
  return routers.some((device) => isIdentityOf(policy, value, device));
}

/** Where the first node gets the tag. */
function carriersOf({ nodes }: Cluster, { value }: SelectorUse): readonly Span[] {
  const [first] = nodes.flatMap(({ identity = [] }) =>
    identity.filter((each) => value.kind === 'tag' && each.value === value.name),
  );
  return first ? [first.span] : [];
}
