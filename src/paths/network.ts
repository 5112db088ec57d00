import { assumedExitNodes, devicesOf } from '../cluster/declared-devices.ts';
import { callNode } from '../cluster/devices.ts';
import type { Cluster, Route } from '../cluster/model.ts';
import { hostRange, rangeOf } from '../net/address-set.ts';
import { type Address, contains, type Prefix, samePrefix } from '../net/prefix.ts';
import { rangeIndex } from '../net/range-index.ts';
import { approverOf } from '../policy/auto-approve.ts';
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import { noPolicy } from '../policy/no-policy.ts';
import { prefixKey } from '../policy/routers.ts';
import { visibilityOf } from '../policy/visibility.ts';
import type { Located, Span } from '../source/span.ts';
import { type Assumption, assume, assumptionInWords } from './assume.ts';
import { deviceOf, type Host, hostOf } from './host.ts';

/** A cluster's nodes and their tailnet, ready to be asked where a packet goes. */
export interface Network {
  readonly cluster: Cluster;
  readonly hosts: readonly Host[];
  readonly devices: readonly Device[];
  readonly compiled: CompiledPolicy;
  /** `host-gw`, `vxlan`, …; undefined where several are set. K3s' default is vxlan [K3s v1.31 docs, cli/server]. */
  readonly backend: Located<string> | { readonly value: 'vxlan' | undefined; readonly span: undefined };
  readonly hostOfDevice: ReadonlyMap<Device, Host>;
  /** The hosts that have an address in their pod CIDRs: more than one if two have the same. */
  podHosts(address: Address): readonly Host[];
  /** The host with this address on its LAN or in the tailnet. */
  hostAt(address: Address): Host | undefined;
  deviceAt(address: Address): Device | undefined;
  /** The routes of the tailnet that cover an address, the longest first. */
  covering(address: Address): readonly TailnetRoute[];
  /** What a device has learned of others. */
  learned(device: Device): Learned;
  /** Whether routes are approved as the files declare, and not as the control server says or somebody assumes. */
  readonly declaresApprovals: boolean;
  /** What is taken for granted, to be told with the answer. */
  readonly assumptions: readonly string[];
}

/** A prefix that some device advertises, approved or not. */
export interface TailnetRoute {
  readonly number: number;
  readonly prefix: Prefix;
}

export interface Learned {
  sees(device: Device): boolean;
  /** Who serves a route as this device was told, if it was. */
  routerOf(route: TailnetRoute): Device | undefined;
  /** Whether it was told of an exit node. */
  offersExit(device: Device): boolean;
}

/** `given`: what the control server knows; what the files declare where it is left out. */
export function buildNetwork(
  cluster: Cluster,
  given: DeviceList = devicesOf(cluster.tailnet),
  assumptions: readonly Assumption[] = [],
): Network {
  const policies = cluster.policies;
  const { list, accepts } = assume(cluster, given, assumptions);
  const compiled = compilePolicy(policies[0]?.policy ?? noPolicy(), list);
  const { devices } = compiled.list;
  const nodes = cluster.nodes.filter((node) => node.isK3s && !node.standsForMany && node.name !== undefined);
  const hosts = nodes.map((node, number) => {
    const host = hostOf(node, number, deviceOf(node, devices));
    return { ...host, accepts: accepts(host) };
  });
  const hostOfDevice = new Map(hosts.flatMap((host) => (host.device ? [[host.device, host] as const] : [])));

  const pods = rangeIndex(
    hosts.flatMap((host) => host.pods.map(({ value }) => ({ range: rangeOf(value), value: host }))),
  );
  const hostAt = byAddress(
    hosts.flatMap((host) =>
      [...host.lan.map(({ address }) => address), ...host.tailnet.map(({ value }) => value)].map(
        (address) => [address, host] as const,
      ),
    ),
  );
  const deviceAt = byAddress(
    devices.flatMap((device) => device.addresses.map((address) => [address, device] as const)),
  );
  const routes = tailnetRoutes(devices);
  const byRange = rangeIndex([...routes.values()].map((value) => ({ range: rangeOf(value.prefix), value })));

  return {
    cluster,
    hosts,
    devices,
    compiled,
    backend: backendOf(cluster),
    hostOfDevice,
    podHosts: remembered((address) => pods.meeting(hostRange(address))),
    hostAt: remembered(hostAt),
    deviceAt: remembered(deviceAt),
    covering: remembered((address) =>
      byRange.meeting(hostRange(address)).toSorted((a, b) => b.prefix.length - a.prefix.length),
    ),
    learned: learnedBy(compiled, routes),
    declaresApprovals:
      cluster.tailnet.devices === undefined && !assumptions.some(({ what }) => what === 'approved'),
    assumptions: assumptionsOf(cluster, assumptions),
  };
}

function backendOf({ backends }: Cluster): Network['backend'] {
  const [first] = backends;
  if (first === undefined) return { value: 'vxlan', span: undefined };
  return backends.every(({ value }) => value === first.value) ? first : { value: undefined, span: undefined };
}

/** Every prefix that is advertised and no exit route, by `prefixKey`. */
function tailnetRoutes(devices: readonly Device[]): ReadonlyMap<string, TailnetRoute> {
  const routes = new Map<string, TailnetRoute>();
  for (const { advertised } of devices) {
    for (const prefix of advertised) {
      const key = prefixKey(prefix);
      if (prefix.length > 0 && !routes.has(key)) routes.set(key, { number: routes.size, prefix });
    }
  }
  return routes;
}

/** Numbers instead of maps of maps: of a thousand devices each has learned a thousand routes. */
function learnedBy(compiled: CompiledPolicy, routes: ReadonlyMap<string, TailnetRoute>): Network['learned'] {
  const { devices } = compiled.list;
  const numbers = new Map(devices.map((device, number) => [device, number]));
  const see = visibilityOf(compiled);
  return remembered((viewer: Device) => {
    const seen = new Uint8Array(devices.length);
    const exits = new Uint8Array(devices.length);
    const routers = new Int32Array(routes.size).fill(-1);
    for (const { device, routes: prefixes } of see(viewer)) {
      const number = numbers.get(device)!;
      seen[number] = 1;
      for (const prefix of prefixes) {
        const route = routes.get(prefixKey(prefix));
        if (route) routers[route.number] = number;
        else exits[number] = 1;
      }
    }
    return {
      sees: (device) => seen[numbers.get(device) ?? -1] === 1,
      routerOf: ({ number }) => devices[routers[number]!],
      offersExit: (device) => exits[numbers.get(device) ?? -1] === 1,
    };
  });
}

function assumptionsOf(
  { tailnet, policies }: Cluster,
  assumptions: readonly Assumption[],
): readonly string[] {
  const isDeclared = tailnet.devices === undefined;
  const declared = assumptions.some(({ what }) => what === 'approved')
    ? []
    : ['routes are approved as the files declare'];
  const exitNodes = assumedExitNodes(tailnet).map((node) => `the exit node ${callNode(node)} is approved`);
  return [
    ...(isDeclared ? [...declared, ...exitNodes] : []),
    ...assumptions.map(assumptionInWords),
    'the nodes have the pod CIDRs that the files give them',
    ...(policies.length === 0 ? ['no policy is among the files: the tailnet lets everything through'] : []),
  ];
}

function byAddress<T>(entries: readonly (readonly [Address, T])[]): (address: Address) => T | undefined {
  const known = new Map<bigint, T>();
  const keyOf = ({ family, bits }: Address) => (bits << 3n) | BigInt(family);
  for (const [address, value] of entries) if (!known.has(keyOf(address))) known.set(keyOf(address), value);
  return (address) => known.get(keyOf(address));
}

/** The same answer for the same object. */
function remembered<K extends object, V>(work: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined || known.has(key)) return before as V;
    const answer = work(key);
    known.set(key, answer);
    return answer;
  };
}

/** What messages call a device: its node where it is one. */
export function callDevice({ hostOfDevice }: Network, device: Device): string {
  const host = hostOfDevice.get(device);
  return host ? callNode(host.node) : device.name;
}

/** Where the files say that a host advertises a prefix, or one that holds an address, and that it is approved or not. */
export function advertisementsOf(
  network: Network,
  host: Host | undefined,
  address: Address | Prefix,
): readonly { readonly prefix: Prefix; readonly span: Span }[] {
  const routes = network.cluster.routes.filter(
    (route) =>
      route.node === host?.node &&
      ('bits' in address ? contains(route.prefix, address) : samePrefix(route.prefix, address)),
  );
  return routes.flatMap((route) =>
    [route.span, ...approvalOf(network, route, host?.device)].map((span) => ({ prefix: route.prefix, span })),
  );
}

/** What approves a route or refuses it, where it is a file that does. */
function approvalOf(
  { declaresApprovals, compiled }: Network,
  { approveAt, approve, prefix }: Route,
  device: Device | undefined,
): readonly Span[] {
  if (!declaresApprovals || device === undefined) return [];
  if (approveAt !== undefined) return [approveAt];
  const approver = approve ? undefined : approverOf(compiled.policy, device, prefix);
  return approver ? [approver.prefix.span] : [];
}
