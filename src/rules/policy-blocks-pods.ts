import { callNode } from '../cluster/devices.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Fix, Related } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { type AddressSet, covers, meets, rangeOf, rangesMeet, setOf } from '../net/address-set.ts';
import { formatPrefix } from '../net/format.ts';
import type { Host } from '../paths/host.ts';
import type { Network } from '../paths/network.ts';
import { causesOf, podNetwork } from '../paths/pod-network.ts';
import type { PodPair } from '../paths/pod-paths.ts';
import { filterOf } from '../policy/compile.ts';
import type { AccessRule, Policy } from '../policy/policy.ts';
import { type Resolver, resolverOf } from '../policy/resolve.ts';
import { placeKey, type Span, spanOf } from '../source/span.ts';
import type { Rule } from './rule.ts';
import { tagSourceForPods } from './tag-source-for-pods.ts';

/** Only where it lets nothing through either way: one way, or some ports, may be meant. */
export const policyBlocksPods: Rule = {
  id: 'policy-blocks-pods',
  summary: 'the policy lets nothing through between pods that the routes would carry',
  severity: 'error',
  *check(cluster) {
    const pods = podNetwork(cluster);
    const [only] = cluster.policies;
    if (pods === undefined || only === undefined) return;
    const { network } = pods;
    const { policy } = only;
    const resolver = resolverOf(policy, network.compiled.list);
    const told = new Set([...tagSourceForPods.check(cluster)].map(({ at }) => placeKey(at)));
    const blocked = causesOf(network, pods.pairs)
      .flatMap(({ cause, lack, pairs }) =>
        cause.kind === 'filtered' || lack?.kind === 'hidden' ? pairs : [],
      )
      .filter(({ from, to }) => !isOpen(network, from, to) && !isOpen(network, to, from))
      .filter(({ to }) => !rulesFor(policy, resolver, to).some((rule) => hasPlace(rule, told)));
    const [first] = blocked;
    if (first === undefined) return;
    const rule = rulesFor(policy, resolver, first.to)[0];
    yield {
      message: `no rule lets ${listed(prefixesOf(blocked))} reach each other, the pods of ${listed(namesOf(blocked))}`,
      at: rule?.sources[0]?.span ?? sectionOf(policy),
      related: podsOf(blocked),
      ...fixOf(rule, resolver, cluster),
    };
  },
};

/** Whether the policy lets any TCP or UDP in, on whatever port. */
function isOpen(network: Network, from: Host, to: Host): boolean {
  const sources = rangesOf(from);
  return (
    to.device !== undefined &&
    filterOf(network.compiled, to.device).some(
      (line) =>
        line.protocols.some((protocol) => protocol === 6 || protocol === 17) &&
        meets(line.sources, sources) &&
        line.destinations.some(({ range }) => rangesOf(to).some((pods) => rangesMeet(range, pods))),
    )
  );
}

function rangesOf({ pods }: Host): AddressSet {
  return setOf(pods.map(({ value }) => rangeOf(value)));
}

/** The rules that let others in to a node's pods: the nearest to what is wanted. */
function rulesFor(policy: Policy, resolver: Resolver, to: Host): readonly AccessRule[] {
  return policy.rules.filter(({ destinations }) =>
    destinations.some(
      ({ selector, traffic }) =>
        traffic.length > 0 && covers(resolver.addressesOf(selector.value, 'destination'), rangesOf(to)),
    ),
  );
}

function hasPlace({ sources }: AccessRule, places: ReadonlySet<string>): boolean {
  return sources.some(({ span }) => places.has(placeKey(span)));
}

function sectionOf({ sections, at }: Policy): Span {
  return sections.grants?.key ?? sections.acls?.key ?? at;
}

function hostsOf(pairs: readonly PodPair[]): readonly Host[] {
  return [...new Set(pairs.flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a.number - b.number);
}

function namesOf(pairs: readonly PodPair[]): readonly string[] {
  return hostsOf(pairs).map(({ node }) => callNode(node));
}

function prefixesOf(pairs: readonly PodPair[]): readonly string[] {
  return hostsOf(pairs).flatMap(({ pods }) => pods.map(({ value }) => formatPrefix(value)));
}

function podsOf(pairs: readonly PodPair[]): readonly Related[] {
  return hostsOf(pairs)
    .slice(0, 4)
    .flatMap(({ node, pods }) =>
      pods.slice(0, 1).map(({ span }) => ({ at: span, label: `the pods of ${callNode(node)}` })),
    );
}

/** The pods as a source of a rule that lets others in to all of them. */
function fixOf(
  rule: AccessRule | undefined,
  resolver: Resolver,
  { clusterCidrs }: Cluster,
): { readonly fix?: Fix } {
  const last = rule?.sources.at(-1)?.span;
  const pods = setOf(clusterCidrs.map(({ value }) => rangeOf(value)));
  const [cidr, ...others] = clusterCidrs.map(({ value }) => formatPrefix(value));
  const isWhole = rule?.destinations.some(({ selector }) =>
    covers(resolver.addressesOf(selector.value, 'destination'), pods),
  );
  if (last === undefined || cidr === undefined || others.length > 0 || !isWhole) return {};
  const at = spanOf(last.file, last.end, last.end);
  return { fix: { title: `add ${cidr} to the sources`, at, newText: `, "${cidr}"` } };
}
