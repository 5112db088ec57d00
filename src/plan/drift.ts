import { callNode, hasComputedRoutes } from '../cluster/devices.ts';
import type { Cluster, Node, Prune, Route } from '../cluster/model.ts';
import { formatPrefix } from '../net/format.ts';
import { comparePrefixes, contains, hasPrefix, hostPrefix, type Prefix } from '../net/prefix.ts';
import { isDefaultRoute } from '../net/ranges.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import { prefixKey } from '../policy/routers.ts';
import type { Span } from '../source/span.ts';
import { deviceFinder, type Found } from './find-device.ts';
import { type OverlapIndex, overlapIndex } from './overlap-index.ts';

/** Something that the control server has and the files do not, or the other way round. */
export interface Drift {
  /** `undeclared`: approved, and no file declares it. `not-advertised`: approved, and the device does not advertise it. */
  readonly kind: 'undeclared' | 'not-advertised' | 'missing';
  readonly node?: string;
  readonly device?: Device;
  readonly prefix: Prefix;
  /** A sentence without a full stop. */
  readonly says: string;
  readonly at?: Span;
}

/**
 * Of the devices that the files' nodes are, and of others whose approved routes lead to a cluster. Approvals that the
 * files leave to people (`approve: false`) are none, approved or not.
 */
export function driftOf(clusters: readonly Cluster[], list: DeviceList): readonly Drift[] {
  const find = deviceFinder(clusters, list);
  const owned = declarations(clusters, find);
  const ofClusters = clusterPrefixes(clusters);
  return [
    ...list.devices.flatMap((device) => approvedDrift(device, owned.get(device), ofClusters)),
    ...missingIn(clusters, find),
  ].sort(compareDrift);
}

/** What the files say of one device. */
interface Declared {
  readonly nodes: Set<Node>;
  readonly routes: Map<string, Route>;
  readonly prunes: Map<string, Prune>;
}

function declarations(
  clusters: readonly Cluster[],
  find: (node: Node) => Found,
): ReadonlyMap<Device, Declared> {
  const owned = new Map<Device, Declared>();
  const declaredOf = (node: Node): Declared | undefined => {
    const found = find(node);
    if (found.is !== 'device') return undefined;
    const make = () => ({ nodes: new Set<Node>(), routes: new Map(), prunes: new Map() });
    const own = entryOf(owned, found.device, make);
    own.nodes.add(node);
    return own;
  };
  for (const { nodes, routes, prunes } of clusters) {
    for (const node of nodes) declaredOf(node);
    for (const route of routes) declaredOf(route.node)?.routes.set(prefixKey(route.prefix), route);
    for (const prune of prunes) declaredOf(prune.node)?.prunes.set(prefixKey(prune.prefix), prune);
  }
  return owned;
}

/** Where the pods and the services of all clusters are, and their nodes' LANs. */
function clusterPrefixes(clusters: readonly Cluster[]): OverlapIndex<string> {
  return overlapIndex(
    clusters.flatMap(({ nodes, clusterCidrs, serviceCidrs }) => [
      ...clusterCidrs.map(({ value }) => ({ prefix: value, value: 'the cluster CIDR' })),
      ...serviceCidrs.map(({ value }) => ({ prefix: value, value: 'the service CIDR' })),
      ...nodes.flatMap((node) => [
        ...node.podCidrs.map(({ value }) => ({
          prefix: value,
          value: `the pod CIDR of ${callNode(node)}`,
        })),
        ...node.addresses
          .filter(({ is }) => is === 'lan')
          .map(({ address, network }) => ({
            prefix: network ?? hostPrefix(address),
            value: `the LAN of ${callNode(node)}`,
          })),
      ]),
    ]),
  );
}

function approvedDrift(
  device: Device,
  declared: Declared | undefined,
  ofClusters: OverlapIndex<string>,
): readonly Drift[] {
  if (device.isExternal) return [];
  const node = declared && callNode([...declared.nodes][0]!);
  const common = { device, ...(node !== undefined && { node }) };
  const advertised = new Set(device.advertised.map(prefixKey));
  const approved = [...new Map(device.approved.map((each) => [prefixKey(each), each]))];
  return approved.flatMap(([key, prefix]): readonly Drift[] => {
    const over = declared ? undefined : overlapped(ofClusters, prefix);
    if (!declared && over === undefined) return [];
    const text = formatPrefix(prefix);
    const drift: Drift[] = [];
    if (!declared || !isDeclared(declared, device, prefix)) {
      const says = over
        ? `${text} is approved on ${device.name}, which is found for no node of the files, and overlaps ${over}`
        : `${text} is approved on ${device.name} and no file declares it`;
      const prune = declared?.prunes.get(key);
      drift.push({ kind: 'undeclared', ...common, prefix, says, ...(prune && { at: prune.span }) });
    }
    if (!advertised.has(key)) {
      const route = declared?.routes.get(key);
      const says = `${text} is approved on ${device.name}, which does not advertise it`;
      drift.push({ kind: 'not-advertised', ...common, prefix, says, ...(route && { at: route.span }) });
    }
    return drift;
  });
}

/** What of a cluster a route leads to; exit routes lead everywhere. */
function overlapped(ofClusters: OverlapIndex<string>, prefix: Prefix): string | undefined {
  if (isDefaultRoute(prefix)) return undefined;
  const [over] = ofClusters(prefix);
  return over && `${formatPrefix(over.prefix)}, ${over.values[0]}`;
}

/** What a file computes at run time may be any route that the device advertises. */
function isDeclared({ nodes, routes }: Declared, device: Device, prefix: Prefix): boolean {
  if (routes.has(prefixKey(prefix))) return true;
  const own = [...nodes];
  const isExit = isDefaultRoute(prefix);
  if (isExit && (isExitNode(own) || [...routes.values()].some((route) => isDefaultRoute(route.prefix)))) {
    return true;
  }
  const isAdvertised = hasPrefix(device.advertised, prefix);
  return own.some(
    (node) =>
      (!isExit && isAdvertised && hasComputedRoutes(node)) ||
      // K3s advertises a node's pods by itself with `--vpn-auth` [K3s v1.31 docs, networking/distributed-multicloud].
      (node.vpnAuth && node.podCidrs.some(({ value }) => contains(value, prefix))),
  );
}

function isExitNode(nodes: readonly Node[]): boolean {
  return nodes.some(({ tailscale }) => tailscale.some(({ advertiseExitNode }) => advertiseExitNode?.on));
}

function missingIn(clusters: readonly Cluster[], find: (node: Node) => Found): readonly Drift[] {
  const declared = clusters.flatMap(({ routes }) =>
    routes.filter(({ by, approve }) => by === 'routes' && approve),
  );
  const once = new Map(
    declared.map((route) => [`${prefixKey(route.prefix)} ${callNode(route.node)}`, route]),
  );
  return [...once.values()].flatMap(({ node, prefix, span }): readonly Drift[] => {
    const found = find(node);
    const device = found.is === 'absent' ? undefined : found.device;
    if (found.is === 'device' && hasPrefix(found.device.approved, prefix)) return [];
    const says = `${formatPrefix(prefix)} of ${callNode(node)} is declared and ${missingInWords(found, prefix)}`;
    return [{ kind: 'missing', node: callNode(node), ...(device && { device }), prefix, says, at: span }];
  });
}

function missingInWords(found: Found, prefix: Prefix): string {
  if (found.is === 'absent') return 'not approved: the node is not in the tailnet';
  if (found.is === 'doubtful') return `nobody can tell whether it is approved: ${found.why}`;
  const { name, advertised } = found.device;
  return hasPrefix(advertised, prefix) ? 'not approved' : `not approved, and ${name} does not advertise it`;
}

/** By the node's name, else the device's; then by prefix. */
function compareDrift(a: Drift, b: Drift): number {
  const [left, right] = [a, b].map(({ node, device }) => node ?? device?.name ?? '');
  if (left !== right) return left! < right! ? -1 : 1;
  return comparePrefixes(a.prefix, b.prefix) || (a.kind === b.kind ? 0 : a.kind < b.kind ? -1 : 1);
}
