import { type Claim, claimsOf, isInCluster, isWholeCluster, type RouteClaim } from '../cluster/claims.ts';
import { areDistinct, callNode, isGatewayOf } from '../cluster/devices.ts';
import type { Cluster, Node, Route } from '../cluster/model.ts';
import type { Finding, Related, Severity } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { type Holders, overlappingPairs } from '../net/overlaps.ts';
import { contains, firstAddress, type Prefix, samePrefix, widthOf } from '../net/prefix.ts';
import { DEFAULT_CLUSTER_CIDR, TAILSCALE_4VIA6, TAILSCALE_IPV4, TAILSCALE_IPV6 } from '../net/ranges.ts';
import { placeKey, type Span } from '../source/span.ts';
import type { Rule } from './rule.ts';

/**
 * One finding for each route that takes something away, listing what: an identical prefix at the device whose
 * it is not, else at the later one; nested prefixes at the wider one.
 */
export const overlappingRoutes: Rule = {
  id: 'overlapping-routes',
  summary: 'a route takes packets away from another device, its LAN, its pods or the services',
  severity: 'error',
  *check(cluster) {
    for (const route of cluster.routes) yield* insideTailscale(route);
    const claims = cluster.tailnet.clusters.flatMap(claimsOf);
    const held = heldOnce();
    const taken = new Map<string, Taken>();
    for (const { outer, inner } of overlappingPairs(
      claims.map((value) => ({ prefix: value.prefix, value })),
    )) {
      const [wide, narrow] = [held(outer), held(inner)];
      if (outer === inner) yield* advertisedTwice(narrow, cluster);
      else yield* nestedOnOneDevice(wide, narrow, cluster);
      takeAway(wide, narrow, cluster, taken);
      if (outer !== inner) takeAway(narrow, wide, cluster, taken);
    }
    for (const each of taken.values()) yield* takenAway(each);
  },
};

/** Of claims on one prefix, and of what one route takes away, no more are looked at than a finding can list. */
const MOST = 64;

/** All claims on one prefix. */
interface Held {
  readonly routes: readonly RouteClaim[];
  /** What is no route comes first: there is little of it. */
  readonly claims: readonly Claim[];
  readonly pods: Extract<Claim, { is: 'pods' }> | undefined;
  readonly byNode: ReadonlyMap<Node, RouteClaim>;
}

/** A prefix with many holders is in as many pairs as there are prefixes in it: they are sorted out once. */
function heldOnce(): (holders: Holders<Claim>) => Held {
  const known = new Map<Holders<Claim>, Held>();
  return (holders) => {
    const found = known.get(holders);
    if (found) return found;
    const routes = holders.values.filter((claim) => claim.is === 'route');
    const others = holders.values.filter((claim) => claim.is !== 'route');
    const held = {
      routes,
      claims: [...others, ...routes],
      pods: others.find((claim) => claim.is === 'pods'),
      byNode: new Map(routes.map((claim) => [claim.node, claim])),
    };
    known.set(holders, held);
    return held;
  };
}

/** What the route at one place takes away, of several nodes that have it from one script or one variable. */
interface Taken {
  readonly route: Route;
  readonly nodes: Set<Node>;
  readonly claims: Set<Claim>;
}

function takeAway(mine: Held, theirs: Held, cluster: Cluster, taken: Map<string, Taken>): void {
  for (const claim of mine.routes.slice(0, MOST)) {
    if (claim.route.cluster !== cluster) continue;
    for (const other of theirs.claims.slice(0, MOST)) {
      if (!takesAway(claim, other, theirs)) continue;
      const place = placeKey(claim.span);
      const here = taken.get(place) ?? { route: claim.route, nodes: new Set(), claims: new Set() };
      taken.set(place, here);
      here.nodes.add(claim.node);
      if (here.claims.size < MOST) here.claims.add(other);
    }
  }
}

/** 4via6 is the one part of Tailscale's ranges that is meant for routes. */
function* insideTailscale({ prefix, span }: Route): Generator<Finding, void, undefined> {
  const range = [TAILSCALE_IPV4, TAILSCALE_IPV6].find((each) => contains(each, prefix));
  if (!range || contains(TAILSCALE_4VIA6, prefix)) return;
  const message = `${formatPrefix(prefix)} is in the range of Tailscale's own addresses, ${formatPrefix(range)}`;
  yield { message, at: span };
}

/** One prefix from several devices: the first holder keeps it, of a pod prefix the node whose pods it is. */
function* advertisedTwice(held: Held, cluster: Cluster): Generator<Finding, void, undefined> {
  const { pods } = held;
  const routes = held.routes.filter((claim) => pods || !isFallback(claim));
  const keeper = (pods && held.byNode.get(pods.node)) ?? pods ?? routes[0];
  // Over the services every one of them is an error.
  if (!keeper || held.claims.some((claim) => claim.is === 'services')) return;
  const owner = pods ? `is the pod CIDR of ${callNode(keeper.node)}` : `by ${callNode(keeper.node)}`;
  const label = keeper.is === 'pods' ? 'the pod CIDR' : 'the other advertisement';
  const places = new Map<string, { at: Span; severity: Severity; nodes: Set<Node> }>();
  for (const claim of routes) {
    if (claim.route.cluster !== cluster || !areDistinct(claim.node, keeper.node)) continue;
    if (isGatewayOf(claim.node, keeper.node)) continue;
    const severity = keeper.is === 'pods' || pods ? 'error' : severityOfSame(claim, keeper);
    if (severity === undefined) continue;
    const place = placeKey(claim.span);
    const here = places.get(place) ?? { at: claim.span, severity, nodes: new Set() };
    places.set(place, here);
    here.nodes.add(claim.node);
  }
  for (const { at, severity, nodes } of places.values()) {
    const names = listed([...nodes].map(callNode));
    const related = placeKey(at) === placeKey(keeper.span) ? [] : [{ at: keeper.span, label }];
    yield {
      message: `${formatPrefix(keeper.prefix)} is advertised by ${names} and ${owner}`,
      at,
      severity,
      related,
    };
  }
}

/** Undefined where it is on purpose. A pod prefix has one node; a LAN and the whole cluster may have several ways in. */
function severityOfSame({ route }: RouteClaim, keeper: RouteClaim): Severity | undefined {
  if (isInCluster(route)) return 'error';
  const isOwnCluster = isWholeCluster(route);
  if (isOwnCluster && keeper.route.cluster !== route.cluster) return 'error';
  if (route.redundant || keeper.route.redundant) return undefined;
  if (!route.cluster.runsK3s && contains(DEFAULT_CLUSTER_CIDR, route.prefix) && route.prefix.length === 24)
    return 'error';
  const viaPicks = route.cluster.policies.some(({ policy }) =>
    policy.rules.some(({ via }) => via.length > 0),
  );
  return viaPicks && !isOwnCluster ? undefined : 'warning';
}

/** Harmless, and one of the two is not needed; not where another device has the narrow one and this is its fallback. */
function* nestedOnOneDevice(wide: Held, narrow: Held, cluster: Cluster): Generator<Finding, void, undefined> {
  if (narrow.byNode.size !== 1) return;
  for (const claim of narrow.routes) {
    const around = wide.byNode.get(claim.node);
    if (!around || claim.route.cluster !== cluster) continue;
    yield {
      message: `${formatPrefix(claim.prefix)} is inside ${formatPrefix(around.prefix)}, which ${callNode(claim.node)} advertises too`,
      at: claim.span,
      severity: 'note',
      related: [{ at: around.span, label: 'the wider route' }],
    };
  }
}

/** Whether packets for `other`, one of `theirs`, follow the route instead. */
function takesAway({ route, node, prefix }: RouteClaim, other: Claim, theirs: Held): boolean {
  if (other.is === 'services') return true;
  if (!areDistinct(node, other.node)) return false;
  if (other.is === 'lan') return true;
  // One prefix from two devices is told by itself; a narrower route is told at the wider one.
  if (samePrefix(prefix, other.prefix)) return false;
  if (isGatewayOf(node, other.node)) return false;
  if (other.is === 'pods')
    return !(contains(prefix, other.prefix) && isNeighbourThatDeclines(other.node, node));
  // Of a route into the node's own pods the other one is told.
  if (!contains(prefix, other.prefix) || hasPods(node, other.prefix)) return false;
  if (theirs.pods || isInCluster(other.route)) return true;
  // Tailscale's advice for sites with nested LANs: the wide router has the narrow prefix too, as a fallback.
  return !theirs.byNode.has(node) && !route.redundant && !other.route.redundant;
}

/** A node that accepts no routes keeps its pods, and its neighbour on the LAN hands on what comes for them. */
function isNeighbourThatDeclines(other: Node, node: Node): boolean {
  return other.acceptsRoutes?.value === false && other.site !== undefined && other.site === node.site;
}

function hasPods(node: Node, prefix: Prefix): boolean {
  return node.podCidrs.some(({ value }) => contains(value, prefix));
}

/** A wide router's own route for a narrow LAN of another site. A pod prefix has no fallback. */
function isFallback({ route, node, prefix }: RouteClaim): boolean {
  const isInWider = (own: Route) =>
    own.node === node &&
    own.prefix.length > 0 &&
    own.prefix.length < prefix.length &&
    contains(own.prefix, prefix);
  return !isInCluster(route) && route.cluster.routes.some(isInWider);
}

function* takenAway({ route, nodes, claims }: Taken): Generator<Finding, void, undefined> {
  const what = `${formatPrefix(route.prefix)} of ${listed([...nodes].map(callNode))}`;
  const told = [...claims];
  for (const [is, words] of Object.entries(WORDS)) {
    const those = told.filter((claim) => claim.is === is && (is !== 'pods' || !hasRoute(told, claim)));
    if (those.length === 0) continue;
    const names = [...new Set(those.map(callClaim))];
    const related = those
      .slice(0, 4)
      .flatMap((claim): Related[] => (claim.span ? [{ at: claim.span, label: words.label }] : []));
    yield { message: `${what} ${words.says} ${listed(names)}`, at: route.span, related };
  }
}

function callClaim(claim: Claim): string {
  const { prefix } = claim;
  const isAddress = prefix.length === widthOf(prefix.family);
  const what = isAddress && claim.is === 'lan' ? formatAddress(firstAddress(prefix)) : formatPrefix(prefix);
  return claim.is === 'services' ? what : `${what} of ${callNode(claim.node)}`;
}

const WORDS = {
  route: { says: 'contains the route', label: 'the narrower route' },
  pods: { says: 'overlaps the pod CIDR', label: 'the pod CIDR' },
  lan: { says: 'covers the LAN of a node that accepts routes,', label: 'the LAN address' },
  services: { says: 'overlaps the service CIDR', label: 'the service CIDR' },
} as const;

/** Of a node's pod CIDR and its own route for it one is enough. */
function hasRoute(claims: readonly Claim[], pods: Claim): boolean {
  return claims.some((claim) => claim.is === 'route' && samePrefix(claim.prefix, pods.prefix));
}
