import { buildNetwork, type Network } from '../../src/paths/network.ts';
import { podPairs, tracePods } from '../../src/paths/pod-paths.ts';
import { clustersOf } from '../pipeline.ts';

/** What a test says of a cluster beside its nodes. */
export interface More {
  readonly backend?: string | null;
  /** The `Routes` entries; every node's own pods, approved, where nothing is given. */
  readonly routes?: readonly object[];
  readonly policy?: object | null;
}

const OPEN = { acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }] };

/** A network of a manifest's nodes, each with an address in the tailnet by its place and accepting routes. */
export function net(nodes: Readonly<Record<string, object>>, more: More = {}): Network {
  const { backend = 'host-gw', policy = OPEN } = more;
  const all = Object.entries(nodes).map(([name, node], index) => {
    const { tailscale, ...given } = { tailscale: {}, ...node };
    const own = {
      name,
      tailscaleIp: `100.64.0.${index + 1}`,
      podCidr: `10.42.${index}.0/24`,
      ...given,
      ...(tailscale && { tailscale: { acceptRoutes: true, tags: ['tag:k3s'], ...tailscale } }),
    };
    return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
  });
  const routes =
    more.routes ??
    all.flatMap(({ name, podCidr }) => [podCidr ?? []].flat().map((prefix) => ({ node: name, prefix })));
  const cluster = {
    apiVersion: 'podroute/v1',
    kind: 'Cluster',
    metadata: { name: 'net' },
    spec: { ...(backend !== null && { flannelBackend: backend }), nodes: all },
  };
  const [built] = clustersOf({
    'cluster.yaml': `${JSON.stringify(cluster, null, 1)}\n`,
    'routes.yaml': `${JSON.stringify({ apiVersion: 'podroute/v1', kind: 'Routes', spec: { routes } }, null, 1)}\n`,
    ...(policy && {
      'policy.hujson': JSON.stringify({ tagOwners: { 'tag:k3s': [], 'tag:other': [] }, ...policy }),
    }),
  });
  return buildNetwork(built!);
}

/** Every pair as `a b via yes|no|?`. */
export function matrix(network: Network, port = 443, protocol = 6): string[] {
  return podPairs(network, { port, protocol }).map(
    ({ from, to, via, delivered }) =>
      `${from.name} ${to.name} ${via} ${delivered === undefined ? '?' : delivered ? 'yes' : 'no'}`,
  );
}

/** One pair's answer with the sentence that it ends with. */
export function ending(network: Network, from: string, to: string): string {
  const [sender, receiver] = [from, to].map((name) => network.hosts.find((host) => host.name === name)!);
  const { via, delivered, steps } = tracePods(network, sender!, receiver!);
  return `${via} ${delivered}: ${steps.at(-1)?.says}`;
}
