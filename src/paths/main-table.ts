import { callNode } from '../cluster/devices.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { type Address, contains, sameAddress } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import { type Decision, decision, unknown } from './decision.ts';
import type { Host, StaticRoute } from './host.ts';
import { linkBetween } from './link.ts';
import type { Network } from './network.ts';
import { peerFor } from './tailscale-table.ts';

/** Flannel backends that carry packets in a tunnel of their own [flannel 0.26 docs, backends]. */
const OVERLAYS = new Set(['vxlan', 'wireguard-native']);

/**
 * The longest route of `main`: the bridge with the host's own pods, what flannel installs for other nodes' pods, the
 * LANs it is connected to, an administrator's routes, the default route. Of another table only the administrator's.
 */
export function mainRoute(network: Network, host: Host, to: Address, table: string): Decision | undefined {
  const routes = host.routes
    .filter((route) => route.table === table && contains(route.to, to))
    .map((route) => givenRoute(network, host, route, to));
  if (table === 'main') routes.push(...podRoutes(network, host, to), ...lanRoutes(network, host, to));
  const [longest] = routes.length > 1 ? routes.sort((a, b) => b.length - a.length) : routes;
  if (longest !== undefined || table !== 'main') return longest;
  return decision('default', 0, () => ({
    says: `nothing but the default route of ${callNode(host.node)} leads to ${formatAddress(to)}`,
    because: [],
  }));
}

function podRoutes(network: Network, host: Host, to: Address): readonly Decision[] {
  return network.podHosts(to).flatMap((other): readonly Decision[] => {
    const pods = other.pods.find(({ value }) => contains(value, to))!;
    const { length } = pods.value;
    if (other !== host) {
      const route = flannelRoute(network, host, other, pods.span);
      return route ? [{ ...route, length }] : [];
    }
    const explain = () => ({
      says: `${formatPrefix(pods.value)} is on ${callNode(host.node)}'s own bridge`,
      because: [pods.span],
    });
    return [decision('own', length, explain)];
  });
}

/** What flannel installs for another node's pods [flannel 0.26, pkg/backend/hostgw, vxlan, wireguard; measured]. */
function flannelRoute(network: Network, host: Host, other: Host, pods: Span): Decision | undefined {
  const { value: backend, span } = network.backend;
  const lines = span ? [pods, span] : [pods];
  if (backend === undefined) return unknown('which flannel backend counts', lines);
  if (OVERLAYS.has(backend)) {
    const explain = () => ({
      says: `flannel's ${backend} tunnel leads to the pods of ${callNode(other.node)}`,
      because: lines,
    });
    return decision('overlay', 0, explain, { next: other });
  }
  if (backend !== 'host-gw') return unknown(`what carries pods with the backend ${backend}`, lines);
  const link = linkBetween(host, other);
  if (link === undefined) {
    return unknown(`whether ${callNode(host.node)} and ${callNode(other.node)} share a LAN`, [
      host.at,
      other.at,
    ]);
  }
  // Off-link the kernel refuses the route, and nothing tells of it.
  if (link === 'apart') return undefined;
  const [gateway] = other.lan;
  const explain = () => ({
    says:
      link === 'stranger'
        ? `flannel's host-gw route leads to ${gateway ? formatAddress(gateway.address) : ''} on the LAN of ${callNode(host.node)}, an address of ${callNode(other.node)} at another site`
        : `flannel's host-gw route leads to ${callNode(other.node)} on the LAN`,
    because: gateway ? [...lines, gateway.span] : lines,
  });
  return decision('lan', 0, explain, { next: link === 'stranger' ? undefined : other });
}

/** Networks that the host has an address in; where no length is given, one site is one LAN. */
function lanRoutes(network: Network, host: Host, to: Address): readonly Decision[] {
  const other = network.hostAt(to);
  const link = other && other !== host && isOnLan(other, to) ? linkBetween(host, other) : 'apart';
  return host.lan.flatMap((own): readonly Decision[] => {
    const prefix = own.network;
    const isIn = prefix !== undefined && contains(prefix, to);
    if (!isIn && (prefix !== undefined || link !== 'shared')) return [];
    const explain = () => ({
      says: `${formatAddress(to)} is on the LAN of ${callNode(host.node)}${link === 'shared' ? '' : ', where no node of these files has it'}`,
      because: [own.span],
    });
    return [decision('lan', prefix?.length ?? 1, explain, { next: link === 'shared' ? other : undefined })];
  });
}

function isOnLan(host: Host, address: Address): boolean {
  return host.lan.some((each) => sameAddress(each.address, address));
}

/** An administrator's route. */
function givenRoute(network: Network, host: Host, route: StaticRoute, to: Address): Decision {
  const { length } = route.to;
  const says = `${formatPrefix(route.to)} is routed by hand${route.via ? ` through ${formatAddress(route.via)}` : ''}`;
  const explain = () => ({ says, because: [route.at] });
  if (route.dev?.startsWith('tailscale')) {
    const peer = peerFor(network, host, to);
    return peer ? { ...peer, length } : decision('none', length, explain);
  }
  if (route.dev === 'cni0') return decision('own', length, explain);
  const next = route.via && network.hostAt(route.via);
  if (next !== undefined && next !== host && linkBetween(host, next) === 'shared') {
    return decision('lan', length, explain, { next });
  }
  if (length === 0) return decision('default', length, explain);
  return { ...unknown(`what is behind the route of ${formatPrefix(route.to)}`, [route.at]), length };
}
