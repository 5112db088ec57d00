import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What was seen on a real tailnet of four nodes: their settings, and for every ordered pair of pods what happened. */
export interface Observation {
  readonly id: string;
  readonly clusterCidr: string;
  readonly flannelBackend: string;
  readonly nodes: Readonly<Record<string, ObservedNode>>;
  readonly policy: object;
  readonly pairs: readonly ObservedPair[];
}

export interface ObservedNode {
  readonly site: string;
  readonly lanIp: string;
  readonly tailscaleIp: string;
  readonly podCidr: string;
  readonly mode: 'kernel' | 'userspace';
  readonly acceptRoutes: boolean;
  readonly advertise: readonly string[];
  readonly approved: readonly string[];
  readonly snatSubnetRoutes: boolean;
  readonly ipRules: readonly object[];
  readonly exitNode: string | null;
  readonly exitNodeAllowLanAccess?: boolean;
  readonly advertiseExitNode: boolean;
}

export interface ObservedPair {
  readonly from: string;
  readonly to: string;
  readonly firstHop: { readonly device: string; readonly table: string; readonly gateway: string | null };
  readonly delivered: boolean;
  /** The address that the receiving pod saw, where it got there. */
  readonly seenSource: string | null;
}

const FOLDER = 'fixtures/lab';

export function observations(): readonly Observation[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')));
}

/** The files that somebody would keep of such a cluster. JSON is YAML. */
export function filesOf({ clusterCidr, flannelBackend, nodes, policy }: Observation): Record<string, string> {
  const cluster = {
    apiVersion: 'podroute/v1',
    kind: 'Cluster',
    metadata: { name: 'lab' },
    spec: {
      clusterCidr,
      flannelBackend,
      nodes: Object.entries(nodes).map(([name, node]) => ({
        name,
        site: node.site,
        lanIp: `${node.lanIp}/24`,
        tailscaleIp: node.tailscaleIp,
        podCidr: node.podCidr,
        ipRules: node.ipRules.map((rule) => ({ table: 'main', ...rule })),
        rpFilter: 'off',
        tailscale: {
          mode: node.mode,
          acceptRoutes: node.acceptRoutes,
          user: 'lab@',
          snatSubnetRoutes: node.snatSubnetRoutes,
          advertiseExitNode: node.advertiseExitNode,
          ...(node.exitNode !== null && {
            exitNode: node.exitNode,
            exitNodeAllowLanAccess: node.exitNodeAllowLanAccess === true,
          }),
        },
      })),
    },
  };
  const routes = {
    apiVersion: 'podroute/v1',
    kind: 'Routes',
    metadata: { name: 'lab' },
    spec: {
      routes: Object.entries(nodes).flatMap(([node, { advertise, approved }]) =>
        advertise.map((prefix) => ({ node, prefix, approve: approved.includes(prefix) })),
      ),
    },
  };
  return {
    'cluster.yaml': `${JSON.stringify(cluster, null, 2)}\n`,
    'routes.yaml': `${JSON.stringify(routes, null, 2)}\n`,
    'policy.hujson': `${JSON.stringify(policy, null, 2)}\n`,
  };
}

/** What the first hop is called here. */
export function viaOf({ firstHop: { device, gateway } }: ObservedPair): string {
  if (device === 'tailscale0') return 'tailnet';
  if (device === 'cni0') return 'own';
  return gateway?.endsWith('.1') ? 'default' : 'lan';
}
