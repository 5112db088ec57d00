import fc from 'fast-check';
import { buildClusters } from '../../src/cluster/build.ts';
import { declaredDevices } from '../../src/cluster/declared-devices.ts';
import { comparePrefixes, type Prefix, samePrefix } from '../../src/net/prefix.ts';
import { isDefaultRoute } from '../../src/net/ranges.ts';
import type { Outlook } from '../../src/plan/effects/outlook.ts';
import { outlooksOf } from '../../src/plan/effects/outlook.ts';
import type { Change } from '../../src/plan/plan.ts';
import type { Device, DeviceList } from '../../src/policy/device-list.ts';
import type { Observation, ObservedNode } from '../paths/observations.ts';
import { filesOf } from '../paths/observations.ts';
import { readTexts, type Texts } from '../pipeline.ts';
import { prefix } from '../policy/tailnet.ts';

// Clusters as a plan sees them: their files, and the devices as a control server knows them.

/** What is approved of a device, by its name; the rest has nothing approved but exit routes. */
export type Approved = Readonly<Record<string, readonly string[]>>;

/** The files' own policy over the devices that they declare, and more devices, with these approvals. */
export function outlookOf(texts: Texts, approved: Approved, more: readonly Device[] = []): Outlook {
  const files = readTexts(texts);
  const { control, devices } = declaredDevices(buildClusters(files)[0]!.tailnet);
  const list: DeviceList = {
    control,
    devices: [
      ...devices.map((device) => ({
        ...device,
        approved: [
          ...device.advertised.filter(isDefaultRoute),
          ...(approved[device.name] ?? []).map((each) => prefix(each)),
        ],
      })),
      ...more,
    ],
  };
  return outlooksOf(buildClusters(files, { devices: list }), list, undefined)[0]!;
}

/** What leads from an outlook's approvals to these; nothing for a device whose list stays. */
export function changesTo({ list }: Outlook, approved: Approved): readonly Change[] {
  return list.devices.flatMap((device): readonly Change[] => {
    const wanted = approved[device.name];
    if (wanted === undefined) return [];
    const before = device.approved.toSorted(comparePrefixes);
    const after = [...before.filter(isDefaultRoute), ...wanted.map((each) => prefix(each))].sort(
      comparePrefixes,
    );
    const [add, remove] = [without(after, before), without(before, after)];
    if (add.length + remove.length === 0) return [];
    return [{ device, node: device.name, before, after, add, remove, because: [] }];
  });
}

function without(some: readonly Prefix[], others: readonly Prefix[]): readonly Prefix[] {
  return some.filter((each) => !others.some((other) => samePrefix(each, other)));
}

export const OPEN = { acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }] };

/** Nodes with an address in the tailnet and a pod CIDR by their place, that accept routes and advertise their pods. */
export function files(
  nodes: Readonly<Record<string, object>>,
  routes?: readonly object[],
  policy: object = OPEN,
): Texts {
  const all = Object.entries(nodes).map(([name, node], index) => ({
    name,
    tailscaleIp: `100.64.0.${index + 1}`,
    podCidr: `10.42.${index}.0/24`,
    tailscale: { acceptRoutes: true, tags: ['tag:k3s'] },
    ...node,
  }));
  const declared = routes ?? all.map(({ name, podCidr }) => ({ node: name, prefix: podCidr }));
  const manifest = (kind: string, spec: object) =>
    JSON.stringify({ apiVersion: 'podroute/v1', kind, metadata: { name: 'home' }, spec });
  return {
    'cluster.yaml': manifest('Cluster', { flannelBackend: 'host-gw', nodes: all }),
    'routes.yaml': manifest('Routes', { routes: declared }),
    'policy.hujson': JSON.stringify({ tagOwners: { 'tag:k3s': [] }, ...policy }),
  };
}

/** A small cluster with what is approved before and after. */
export interface Drawn {
  readonly texts: Texts;
  readonly before: Approved;
  readonly after: Approved;
}

const NAMES = ['a', 'b', 'c', 'd'];

const settings = fc.record({
  site: fc.constantFrom('x', 'x', 'x', 'y'),
  mode: fc.constantFrom<'kernel' | 'userspace'>('kernel', 'kernel', 'kernel', 'userspace'),
  acceptRoutes: fc.constantFrom(true, true, true, true, false),
  isOdd: fc.constantFrom(false, false, true),
  route: fc.constantFrom(
    ...Array<undefined>(8).fill(undefined),
    { to: '10.42.2.0/24', via: '192.168.50.11' },
    { to: '10.42.0.0/16', via: '192.168.50.12' },
  ),
  snatSubnetRoutes: fc.boolean(),
  alsoAdvertises: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    undefined,
    '10.42.0.0/16',
    '10.42.1.0/24',
    '172.16.9.0/24',
    '192.168.50.0/24',
  ),
  rule: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    { to: '10.42.0.0/16', priority: 2500, suppressPrefixlength: 0 },
    { to: '10.42.1.0/24', priority: 100 },
  ),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const policies = fc.constantFrom<object>(
  OPEN,
  OPEN,
  OPEN,
  { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['10.42.0.0/16:*'] }] },
  {
    acls: [
      { action: 'accept', src: ['10.42.0.0/23'], dst: ['10.42.2.0/23:443'] },
      { action: 'accept', src: ['*'], dst: ['10.42.1.0/24:*'] },
    ],
  },
  { acls: [{ action: 'accept', src: ['lab@'], dst: ['*:*'] }] },
);

/** Up to four nodes; some advertise what is another's, accept nothing, or use one of the others as an exit node. */
export const drawnClusters: fc.Arbitrary<Drawn> = fc
  .record({
    nodes: fc.array(settings, { minLength: 2, maxLength: 4 }),
    policy: policies,
    flannelBackend: fc.constantFrom('host-gw', 'host-gw', 'host-gw', 'vxlan'),
    usesExitNode: fc.constantFrom(false, false, false, false, false, false, true),
    sides: fc.constantFrom([false, true], [false, true], [true, false], [true, true], [false, false]),
  })
  .map(({ nodes, policy, flannelBackend, usesExitNode, sides }) => {
    const given = nodes.map((each, index) => nodeOf(each, index, usesExitNode));
    // Most nodes go from the same to the same; the odd ones go their own way at one side.
    const approvals = (side: 0 | 1) =>
      Object.fromEntries(
        given.map(({ advertise }, index) => {
          const isApproved = sides[side] !== (nodes[index]!.isOdd && index % 2 === side);
          return [NAMES[index]!, isApproved ? advertise : []];
        }),
      );
    const observation: Observation = {
      id: 'drawn',
      clusterCidr: '10.42.0.0/16',
      flannelBackend,
      nodes: Object.fromEntries(given.map((node, index) => [NAMES[index]!, node])),
      policy,
      pairs: [],
    };
    return { texts: withRoutes(filesOf(observation), nodes), before: approvals(0), after: approvals(1) };
  });

/** Observed nodes have no routes that were given by hand. */
function withRoutes(texts: Texts, nodes: readonly Settings[]): Texts {
  const cluster = JSON.parse(texts['cluster.yaml']!);
  for (const [index, { route }] of nodes.entries()) {
    if (route) cluster.spec.nodes[index].ipRoutes = [route];
  }
  return { ...texts, 'cluster.yaml': `${JSON.stringify(cluster, null, 2)}\n` };
}

function nodeOf(given: Settings, index: number, usesExitNode: boolean): ObservedNode {
  const podCidr = `10.42.${index}.0/24`;
  const also = given.alsoAdvertises;
  return {
    site: given.site,
    lanIp: `192.168.${given.site === 'x' ? 50 : 60}.${11 + index}`,
    tailscaleIp: `100.64.0.${index + 1}`,
    podCidr,
    mode: given.mode,
    acceptRoutes: given.acceptRoutes,
    advertise: also === undefined || also === podCidr ? [podCidr] : [podCidr, also],
    approved: [],
    snatSubnetRoutes: given.snatSubnetRoutes,
    ipRules: given.rule ? [given.rule] : [],
    exitNode: usesExitNode && index === 1 ? 'a' : null,
    advertiseExitNode: usesExitNode && index === 0,
  };
}

export function outlookOfDrawn({ texts, before }: Drawn): Outlook {
  return outlookOf(texts, before);
}
