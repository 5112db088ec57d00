import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import { knownDevices, knowsRoutes } from '../cluster/known-devices.ts';
import type { Cluster, Tailnet } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import {
  type AddressRange,
  type AddressSet,
  covers,
  formatRange,
  meets,
  rangeOf,
  setOf,
} from '../net/address-set.ts';
import { isDefaultRoute } from '../net/ranges.ts';
import type { AccessRule, SelectorUse } from '../policy/policy.ts';
import { presenceIn } from '../policy/presence.ts';
import { selectorKey } from '../policy/resolve.ts';
import type { Rule } from './rule.ts';

/** A rule is delivered to every router with a route that overlaps its destination [recorded packet filters, 2026-04]. */
export const destinationWithoutRoute: Rule = {
  id: 'destination-without-route',
  summary: 'a destination in a policy that no route of any device leads to',
  severity: 'note',
  *check(cluster) {
    const { tailnet } = cluster;
    const severity = tailnet.devices && ('warning' as const);
    const isJudged = severity ? () => true : ownNetworks(tailnet);
    if (tailnet.devices?.devices.length === 0 || !isJudged || !knowsRoutes(tailnet)) return;
    for (const { policy } of acceptedPolicies(cluster)) {
      const presence = presenceIn(policy, knownDevices(tailnet));
      for (const { value, text, span } of firstUses(policy.rules)) {
        const network = presence.networkOf(value);
        if (!network || presence.isDestination(value) || !isJudged(network)) continue;
        const addresses = listed(network.map(formatRange));
        const what = value.kind === 'addresses' ? addresses : `${text} (${addresses})`;
        yield { message: `no device has a route to ${what}`, at: span, ...(severity && { severity }) };
      }
    }
  },
};

/** Each destination of traffic once, where it is first named. */
function firstUses(rules: readonly AccessRule[]): Iterable<SelectorUse> {
  const uses = new Map<string, SelectorUse>();
  for (const { selector, traffic } of rules.flatMap(({ destinations }) => destinations)) {
    const key = selectorKey(selector.value);
    if (traffic.length > 0 && !uses.has(key)) uses.set(key, selector);
  }
  return uses.values();
}

/**
 * Whether addresses are for the clusters of a tailnet to route, as far as the files tell: elsewhere the router may be
 * one that no file declares. Undefined where the routes of the clusters themselves are not all known.
 */
function ownNetworks(tailnet: Tailnet): ((network: AddressSet) => boolean) | undefined {
  const clusters = tailnet.clusters.filter(({ runsK3s }) => runsK3s);
  if (!clusters.every(knowsOwnRoutes)) return undefined;
  // What a `Routes` manifest does not list is not declared; elsewhere a node may be missing.
  const declared = clusters.filter(({ declaresRoutes }) => declaresRoutes).flatMap(podsOf);
  const parts = setOf([
    ...declared,
    ...clusters.flatMap(({ serviceCidrs }) => serviceCidrs.map(rangeOfSetting)),
  ]);
  const pods = clusters.flatMap(podsOf);
  return (network) => meets(network, parts) || pods.some((each) => covers(network, [each]));
}

/** Nodes that are set up by hand advertise who knows what. */
function knowsOwnRoutes({ declaresRoutes, nodes, routes }: Cluster): boolean {
  const own = nodes.filter(({ isK3s, standsForMany }) => isK3s && !standsForMany);
  const isKnown = declaresRoutes || (own.length > 0 && own.every(({ knowsRoutes }) => knowsRoutes));
  return isKnown && routes.some(({ prefix }) => !isDefaultRoute(prefix));
}

function podsOf({ clusterCidrs }: Cluster): readonly AddressRange[] {
  return clusterCidrs.map(rangeOfSetting);
}

function rangeOfSetting({ value }: Cluster['clusterCidrs'][number]): AddressRange {
  return rangeOf(value);
}
