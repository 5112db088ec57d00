import { formatAddress } from '../net/format.ts';
import { type Address, type Prefix, sameAddress, samePrefix } from '../net/prefix.ts';
import { EXIT_ROUTES, isDefaultRoute } from '../net/ranges.ts';
import { autoApproved } from '../policy/auto-approve.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import { addressesOf } from './devices.ts';
import type { Cluster, Node, Route, Tailnet } from './model.ts';

/** The devices of a tailnet: those that the control server knows, else those that the files declare. */
export function devicesOf(tailnet: Tailnet): DeviceList {
  return tailnet.devices ?? declaredDevices(tailnet);
}

/**
 * A tailnet as its files declare it: every node in it with a Tailscale address that a file gives. Approved is what
 * a `Routes` manifest approves or an approver of the policy covers, and the exit nodes of `assumedExitNodes`.
 */
export function declaredDevices({ clusters }: Tailnet): DeviceList {
  const devices = declarationsOf(clusters).map(({ device, isAssumedExitNode }) =>
    isAssumedExitNode ? withApprovals(device, [...device.approved, ...EXIT_ROUTES]) : device,
  );
  return { control: devices.some(isOfHeadscale) ? 'headscale' : 'tailscale', devices };
}

/**
 * The exit nodes that count as approved though no file says so: some node of the tailnet uses them, and no `Routes`
 * manifest refuses it.
 */
export function assumedExitNodes({ clusters }: Tailnet): readonly Node[] {
  return declarationsOf(clusters).flatMap(({ node, isAssumedExitNode }) => (isAssumedExitNode ? [node] : []));
}

interface Declaration {
  readonly node: Node;
  /** With what the files approve. */
  readonly device: Device;
  readonly isAssumedExitNode: boolean;
}

function declarationsOf(clusters: readonly Cluster[]): readonly Declaration[] {
  const used = usedExitNodes(clusters);
  return clusters.flatMap((cluster) => {
    const routesOf = routesByNode(cluster.routes);
    return cluster.nodes.filter(isDeclared).map((node) => {
      const routes = routesOf.get(node) ?? [];
      const plain = declaredDevice(node, routes);
      const device = withApprovals(plain, approvalsOf(plain, routes, cluster));
      const isAssumedExitNode =
        namesOf(device).some((name) => used.has(name)) &&
        device.advertised.some(isDefaultRoute) &&
        !device.approved.some(isDefaultRoute) &&
        !routes.some(({ prefix, approve }) => isDefaultRoute(prefix) && approve === false);
      return { node, device, isAssumedExitNode };
    });
  });
}

/** What nodes name as their exit nodes, in lower case. */
function usedExitNodes(clusters: readonly Cluster[]): ReadonlySet<string> {
  const settings = clusters.flatMap(({ nodes }) => nodes.flatMap(({ tailscale }) => tailscale));
  return new Set(settings.flatMap(({ exitNode }) => exitNode?.text?.toLowerCase() ?? []));
}

function namesOf({ name, addresses }: Device): readonly string[] {
  return [name.toLowerCase(), ...addresses.map(formatAddress)];
}

/** Those of the declared devices whose tags or owner a file gives. */
export function toldDevices(tailnet: Tailnet): DeviceList {
  const { control, devices } = declaredDevices(tailnet);
  return { control, devices: devices.filter(({ tags, owner }) => tags.length + owner.length > 0) };
}

/** A node as a device of its tailnet, nothing of it approved. */
export function declaredDevice(node: Node, routes: readonly Route[] = []): Device {
  const names = (node.identity ?? []).map(({ value }) => value);
  const isExitNode = node.tailscale.some(({ advertiseExitNode }) => advertiseExitNode?.on);
  const prefixes = routes.map(({ prefix }) => prefix);
  return {
    id: node.name ?? '',
    name: node.name ?? '',
    hostname: node.name ?? '',
    addresses: unique(tailscaleAddresses(node), sameAddress),
    owner: names.filter((name) => !isTag(name)),
    tags: names.filter(isTag),
    advertised: unique(isExitNode ? [...prefixes, ...EXIT_ROUTES] : prefixes, samePrefix),
    approved: [],
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: undefined,
    approvedAsWritten: [],
    expires: '',
    created: '',
  };
}

function approvalsOf(device: Device, routes: readonly Route[], { policies }: Cluster): readonly Prefix[] {
  return [
    ...routes.filter(({ approve }) => approve).map(({ prefix }) => prefix),
    ...policies.flatMap(({ policy }) => autoApproved(policy, device)),
  ];
}

function withApprovals(device: Device, approved: readonly Prefix[]): Device {
  return { ...device, approved: unique(approved, samePrefix) };
}

/** A script for many nodes is no device. */
function isDeclared(node: Node): boolean {
  return node.onTailnet && !node.standsForMany && tailscaleAddresses(node).length > 0;
}

export function routesByNode(routes: readonly Route[]): ReadonlyMap<Node, readonly Route[]> {
  const grouped = new Map<Node, Route[]>();
  for (const route of routes) {
    const own = grouped.get(route.node) ?? [];
    grouped.set(route.node, own);
    own.push(route);
  }
  return grouped;
}

function tailscaleAddresses(node: Node): readonly Address[] {
  return addressesOf(node, 'tailscale').map(({ address }) => address);
}

function isTag(name: string): boolean {
  return name.startsWith('tag:');
}

/** A user that ends in `@` is one of Headscale's [Headscale 0.26 docs, ref/acls]. */
function isOfHeadscale({ owner }: Device): boolean {
  return owner.some((name) => name.endsWith('@'));
}

function unique<T>(values: readonly T[], same: (a: T, b: T) => boolean): readonly T[] {
  return values.filter((value, index) => values.findIndex((other) => same(other, value)) === index);
}
