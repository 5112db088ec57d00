import type { Given } from '../syntax/given.ts';
import { givenAt, type MapTree, memberOf, scalarAt, type Tree } from '../syntax/tree.ts';
import {
  type AddressFact,
  type ClusterFacts,
  type IpRoute,
  type IpRule,
  type K3sFacts,
  type K3sSetting,
  type NodeFacts,
  nodeFacts,
  type Secret,
  type TailscaleFacts,
} from './facts.ts';
import { firstKeyOf, flagAt, givensAt, givensOrEmptyAt, mapsAt } from './manifest-values.ts';
import { secretIn } from './secrets.ts';

/** A `Cluster` manifest without its nodes. */
export function readCluster(manifest: MapTree): ClusterFacts {
  const spec = memberOf(manifest, 'spec')?.value;
  const name = scalarAt(manifest, 'metadata', 'name');
  const tailnet = scalarAt(spec, 'tailnet');
  const flannelBackend = givenAt(spec, 'flannelBackend');
  return {
    at: manifest.span,
    clusterCidrs: givensAt(spec, 'clusterCidr'),
    serviceCidrs: givensAt(spec, 'serviceCidr'),
    ...(name && { name }),
    ...(tailnet && { tailnet }),
    ...(flannelBackend && { flannelBackend }),
  };
}

/** Its nodes, in order. */
export function readClusterNodes(manifest: MapTree): readonly NodeFacts[] {
  return mapsAt(manifest, 'spec', 'nodes').map(readNode);
}

/** Tokens that stand where only their source should. */
export function secretsOfCluster(nodes: readonly NodeFacts[]): readonly Secret[] {
  return nodes.flatMap(({ tokenFrom }) => (isSource(tokenFrom) ? [] : secretIn(tokenFrom, 'a join token')));
}

/** `env:NAME`, `op://vault/token`, `$K3S_TOKEN`, a path; a K3s token has colons too, after `K10` and a hash. */
function isSource(tokenFrom: Given | undefined): boolean {
  return /^([a-z][a-z0-9+.-]*:[^:]|\$|~?\.{0,2}\/)/.test(tokenFrom?.text?.trim() ?? '');
}

const ADDRESSES: readonly (readonly [key: string, is: AddressFact['is']])[] = [
  ['lanIp', 'lan'],
  ['tailscaleIp', 'tailscale'],
  ['masterLanIp', 'master-lan'],
  ['masterTailscaleIp', 'master-tailscale'],
  ['nodeIp', 'node'],
  ['nodeExternalIp', 'node-external'],
  ['advertiseAddress', 'advertise'],
];

function readNode(node: MapTree): NodeFacts {
  const nodeName = givenAt(node, 'name');
  const [role] = givensOrEmptyAt(node, 'role');
  const [tokenFrom] = givensOrEmptyAt(node, 'tokenFrom');
  const site = givenAt(node, 'site');
  const addresses = ADDRESSES.flatMap(([key, is]) =>
    givensOrEmptyAt(node, key).map((value): AddressFact => ({ is, called: key, value })),
  );
  const tailscale = readTailscale(node);
  const hostname = givenAt(node, 'tailscale', 'hostname');
  const rpFilter = givenAt(node, 'rpFilter');
  return {
    ...nodeFacts('manifest', nodeName?.span ?? firstKeyOf(node)),
    ...(nodeName && { nodeName }),
    ...(hostname?.text && { hostname }),
    ...(role && { role }),
    ...(site && { site }),
    addresses,
    podCidrs: givensAt(node, 'podCidr'),
    k3s: readK3s(node),
    tailscale,
    ipRules: mapsAt(node, 'ipRules').map(readIpRule),
    ipRoutes: mapsAt(node, 'ipRoutes').map(readIpRoute),
    ...(rpFilter && { rpFilter }),
    ...(tokenFrom && { tokenFrom }),
    mentionsTailscale:
      tailscale.length > 0 || addresses.some(({ is, value }) => /tailscale$/.test(is) && value.text !== ''),
  };
}

/** The keys that a manifest takes over from K3s, by the flag they stand for. */
const K3S_KEYS: readonly (readonly [key: string, flag: string])[] = [
  ['nodeIp', 'node-ip'],
  ['nodeExternalIp', 'node-external-ip'],
  ['advertiseAddress', 'advertise-address'],
  ['tlsSan', 'tls-san'],
  ['flannelIface', 'flannel-iface'],
  ['flannelExternalIp', 'flannel-external-ip'],
];

function readK3s(node: MapTree): readonly K3sFacts[] {
  const settings = K3S_KEYS.flatMap(([key, name]) => {
    const member = memberOf(node, key);
    if (!member) return [];
    return givensAt(member.value).map(
      (value): K3sSetting => ({ name, key: member.key.span, value, append: false }),
    );
  });
  const [first] = settings;
  return first ? [{ by: 'config-file', at: first.key, settings }] : [];
}

function readTailscale(node: MapTree): readonly TailscaleFacts[] {
  const member = memberOf(node, 'tailscale');
  if (member?.value.kind !== 'map') return [];
  const settings = member.value;
  const mode = scalarAt(settings, 'mode')?.value;
  const user = givenAt(settings, 'user');
  const exitNode = givenAt(settings, 'exitNode');
  return [
    {
      by: 'manifest',
      at: member.key.span,
      complete: true,
      ...((mode === 'kernel' || mode === 'userspace') && { mode }),
      ...flags(settings),
      advertise: [],
      tags: givensAt(settings, 'tags'),
      ...(user?.text && { user }),
      ...(exitNode?.text && { exitNode }),
      strayWords: [],
    },
  ];
}

const FLAGS = [
  'acceptRoutes',
  'advertiseExitNode',
  'exitNodeAllowLanAccess',
  'snatSubnetRoutes',
  'statefulFiltering',
] as const;

function flags(settings: Tree): Pick<TailscaleFacts, (typeof FLAGS)[number]> {
  return Object.fromEntries(
    FLAGS.flatMap((name) => {
      const flag = flagAt(settings, name);
      return flag ? [[name, flag]] : [];
    }),
  );
}

function readIpRule(rule: MapTree): IpRule {
  return {
    at: firstKeyOf(rule),
    ...words(rule, ['to', 'from', 'iif', 'priority', 'table', 'suppressPrefixlength']),
    complete: true,
  };
}

function readIpRoute(route: MapTree): IpRoute {
  return { at: firstKeyOf(route), ...words(route, ['to', 'via', 'dev', 'table']) };
}

function words<K extends string>(map: MapTree, keys: readonly K[]): Partial<Record<K, Given>> {
  const given: Partial<Record<K, Given>> = {};
  for (const key of keys) {
    const word = givenAt(map, key);
    if (word) given[key] = word;
  }
  return given;
}
