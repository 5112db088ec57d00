import type { Cluster } from '../cluster/model.ts';
import type { Fix } from '../diagnostics/finding.ts';
import type { CauseKind } from '../paths/cause.ts';
import { callPairs, type SharedCause } from '../paths/pod-network.ts';
import { causesAcrossSites, hasPrivateLan } from '../paths/remote-causes.ts';
import { placeKey, type Span, textOf } from '../source/span.ts';
import { foreignPodCidr } from './foreign-pod-cidr.ts';
import { overlappingRoutes } from './overlapping-routes.ts';
import { podCidrNotAdvertised } from './pod-cidr-not-advertised.ts';
import { routesNotAccepted } from './routes-not-accepted.ts';
import type { Rule } from './rule.ts';
import { unapprovedRoute } from './unapproved-route.ts';

/** What leaves through a default route is for `leak-to-default-route`. */
export const remotePairBroken: Rule = {
  id: 'remote-pair-broken',
  summary: 'pods of two sites do not reach each other',
  severity: 'error',
  *check(cluster) {
    for (const shared of causesLeft(cluster)) {
      const { cause, lack, pairs } = shared;
      if (pairs.some((pair) => pair.cause?.kind === 'leak')) continue;
      yield {
        message: `${lack?.says ?? cause.says}, so that pods do not reach each other: ${callPairs(pairs)}`,
        at: placeOf(shared),
        absentFrom: (lack ?? cause).host.at,
        // A site's router may know the way to another site's LAN, and no file tells.
        ...(cause.kind === 'endpoint-unreachable' && { severity: 'warning' as const }),
        ...fixOf(shared),
      };
    }
  },
};

/** Each of these names one cause, at the line that makes it. */
const NAMED_BY: readonly Rule[] = [
  routesNotAccepted,
  unapprovedRoute,
  podCidrNotAdvertised,
  foreignPodCidr,
  overlappingRoutes,
];

/** The causes that no rule names that looks for one alone. */
export function causesLeft(cluster: Cluster): readonly SharedCause[] {
  const causes = causesAcrossSites(cluster).filter(isOfRoutes);
  if (causes.length === 0) return [];
  const named = new Set(NAMED_BY.flatMap((rule) => [...rule.check(cluster)].map(({ at }) => placeKey(at))));
  return causes.filter(({ lack }) => !lack?.because.some((place) => named.has(placeKey(place))));
}

export function placeOf({ cause, lack }: SharedCause): Span {
  return lack ? (lack.because[0] ?? lack.host.at) : (cause.because[0] ?? cause.host.at);
}

/** Of the rest the policy, a bypass rule or two LANs with one network are the cause, which have rules of their own. */
const OF_ROUTES: ReadonlySet<CauseKind> = new Set<CauseKind>([
  'leak',
  'source-refused',
  'strict-rp-filter',
  'stateful-filtering',
  'endpoint-unreachable',
  'nobody-there',
  'loop',
]);

function isOfRoutes({ cause, lack, pairs }: SharedCause): boolean {
  if (!OF_ROUTES.has(cause.kind) || lack?.kind === 'hidden') return false;
  // A route that takes a node its own pods is `own-pods-cut-off`'s, `overlapping-routes`' or `exit-node-conflict`'s.
  if (lack?.kind === 'own') return false;
  // The container's mode is `userspace-tailscale`'s.
  if (lack?.kind === 'userspace' && lack.host.node.containers.length > 0) return false;
  if (cause.kind !== 'endpoint-unreachable') return true;
  // K3s' own integration with Tailscale leaves flannel's tunnel out.
  const ends = pairs.flatMap(({ from, to }) => [from, to]);
  return ends.every((host) => hasPrivateLan(host) && !host.node.vpnAuth);
}

const MENDED: ReadonlyMap<CauseKind, readonly [written: string, instead: string]> = new Map([
  ['strict-rp-filter', ['strict', 'loose']],
  ['stateful-filtering', ['true', 'false']],
]);

function fixOf(shared: SharedCause): { readonly fix?: Fix } {
  const [written, instead] = (shared.lack ? undefined : MENDED.get(shared.cause.kind)) ?? [];
  const at = placeOf(shared);
  if (instead === undefined || textOf(at) !== written) return {};
  return { fix: { title: `write ${instead}`, at, newText: instead } };
}
