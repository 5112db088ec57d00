import { contains, hostPrefix, type Prefix, samePrefix } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import { addressesOf, isBypassed, isUserspace } from './devices.ts';
import type { Cluster, Node, Route } from './model.ts';

/** Something that a prefix is for, so that a route over it takes packets away from it. */
export type Claim =
  | RouteClaim
  | { readonly is: 'pods'; readonly prefix: Prefix; readonly node: Node; readonly span: Span }
  /** The LAN of a node that accepts routes and does not look its LAN up before them. */
  | { readonly is: 'lan'; readonly prefix: Prefix; readonly node: Node; readonly span: Span }
  | { readonly is: 'services'; readonly prefix: Prefix; readonly span: Span | undefined };

export interface RouteClaim {
  readonly is: 'route';
  readonly prefix: Prefix;
  readonly node: Node;
  readonly span: Span;
  readonly route: Route;
}

/** Every claim of one cluster. Exit routes (`0.0.0.0/0`, `::/0`) overlap nothing. */
export function claimsOf(cluster: Cluster): readonly Claim[] {
  const claims: Claim[] = [];
  for (const route of cluster.routes) {
    if (route.prefix.length > 0)
      claims.push({ is: 'route', prefix: route.prefix, node: route.node, span: route.span, route });
  }
  for (const node of cluster.nodes) {
    if (node.standsForMany) continue;
    for (const { value, span } of node.podCidrs) claims.push({ is: 'pods', prefix: value, node, span });
    if (!node.acceptsRoutes?.value || isUserspace(node)) continue;
    for (const { address, network, span } of addressesOf(node, 'lan')) {
      const prefix = network ?? hostPrefix(address);
      if (!isBypassed(node, prefix)) claims.push({ is: 'lan', prefix, node, span });
    }
  }
  for (const cidr of cluster.serviceCidrs) {
    claims.push({ is: 'services', prefix: cidr.value, span: cidr.from === 'file' ? cidr.span : undefined });
  }
  return claims;
}

/** Whether a route is for one node's pods: inside a cluster CIDR, or a pod CIDR that a file gives. */
export function isPodPrefix(route: Route): boolean {
  const { prefix, cluster } = route;
  return (
    isInCluster(route) ||
    cluster.nodes.some((node) => node.podCidrs.some(({ value }) => samePrefix(value, prefix)))
  );
}

/** Whether a route is for a part of a cluster's pods. */
export function isInCluster({ prefix, cluster }: Route): boolean {
  return cluster.clusterCidrs.some(({ value }) => value.length < prefix.length && contains(value, prefix));
}

export function isWholeCluster({ prefix, cluster }: Route): boolean {
  return cluster.clusterCidrs.some(({ value }) => samePrefix(value, prefix));
}
