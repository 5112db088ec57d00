import { buildClusters } from '../src/cluster/build.ts';
import type { Cluster } from '../src/cluster/model.ts';
import { parameterNames } from '../src/inputs/parameter-names.ts';
import { readFacts } from '../src/inputs/read.ts';
import { buildNetwork } from '../src/paths/network.ts';
import { podPairs, tracePods } from '../src/paths/pod-paths.ts';
import type { DeviceList } from '../src/policy/device-list.ts';
import { sourceFile } from '../src/source/source-file.ts';

/**
 * A cluster of `count` nodes: the first on one LAN, the others each at a site of their own, all on the tailnet. Its
 * devices are `list`, else as the files declare them.
 */
export function clusterOf(count: number, onLan = count / 5, list?: DeviceList): Cluster {
  const nodes = Array.from({ length: count }, (_, index) => {
    const isLan = index < onLan;
    const pods = `10.${42 + (index >> 8)}.${index & 255}.0/24`;
    return {
      name: `n${index}`,
      role: isLan ? (index === 0 ? 'server' : 'lan-agent') : 'remote-agent',
      ...(isLan && { lanIp: `192.168.${index >> 8}.${index & 255}/16` }),
      tailscaleIp: `100.64.${index >> 8}.${index & 255}`,
      podCidr: pods,
      tailscale: { acceptRoutes: true, tags: ['tag:k3s'] },
    };
  });
  const cluster = {
    apiVersion: 'podroute/v1',
    kind: 'Cluster',
    metadata: { name: 'bench' },
    spec: { clusterCidr: '10.32.0.0/11', flannelBackend: 'host-gw', nodes },
  };
  const routes = {
    apiVersion: 'podroute/v1',
    kind: 'Routes',
    spec: { routes: nodes.map(({ name, podCidr }) => ({ node: name, prefix: podCidr })) },
  };
  const policy = {
    tagOwners: { 'tag:k3s': [] },
    acls: [{ action: 'accept', src: ['tag:k3s', '10.32.0.0/11'], dst: ['10.32.0.0/11:*'] }],
  };
  const context = { parameterNames: parameterNames(new Map()), fileNamed: () => undefined };
  const files = [
    { kind: 'manifest', file: sourceFile('cluster.yaml', `${JSON.stringify(cluster, null, 1)}\n`) },
    { kind: 'manifest', file: sourceFile('routes.yaml', `${JSON.stringify(routes, null, 1)}\n`) },
    { kind: 'policy', file: sourceFile('policy.hujson', JSON.stringify(policy, null, 1)) },
  ] as const;
  const [built] = buildClusters(
    files.map(({ kind, file }) => ({ file, facts: readFacts(kind, file, context) })),
    { devices: list },
  );
  if (built === undefined) throw new Error('no cluster');
  return built;
}

/** All pairs, from the cluster as it is read. */
export function allPairs(cluster: Cluster): () => number {
  return () => podPairs(buildNetwork(cluster)).filter(({ delivered }) => delivered).length;
}

/** One trace, from the cluster as it is read. */
export function oneTrace(cluster: Cluster): () => unknown {
  return () => {
    const network = buildNetwork(cluster);
    return tracePods(network, network.hosts[1]!, network.hosts.at(-1)!);
  };
}
