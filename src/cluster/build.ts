import type { ClusterFacts, NodeFacts } from '../inputs/facts.ts';
import type { Address, Prefix } from '../net/prefix.ts';
import { DEFAULT_CLUSTER_CIDR, DEFAULT_SERVICE_CIDR } from '../net/ranges.ts';
import type { DeviceList } from '../policy/device-list.ts';
import { readPolicy } from '../policy/read/read-policy.ts';
import type { ReachTest } from '../policy/tests/read-reach-tests.ts';
import { compareSpans, type Located } from '../source/span.ts';
import { buildNode, knownPrefix } from './build-node.ts';
import { addressesOf } from './devices.ts';
import { instantiate } from './instantiate.ts';
import { join } from './join.ts';
import type { Cluster, Node, Prune, ReadFile, Route, Setting, Tailnet, TailnetPolicy } from './model.ts';
import { partition, type Share } from './partition.ts';

/** What is known of a tailnet beside its files. */
export interface Given {
  readonly devices?: DeviceList | undefined;
  readonly control?: DeviceList['control'] | undefined;
  readonly reachTests?: readonly ReachTest[];
}

/** The clusters that a set of files speaks of. The order of the files does not matter. */
export function buildClusters(files: readonly ReadFile[], given: Given = {}): readonly Cluster[] {
  const sorted = [...files].sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  const { devices } = given;
  const tailnets = partition(sorted).flatMap((share) => tailnetsOf(share, given));
  if (devices !== undefined) {
    // A list is of one tailnet: of several it is that of which it knows a device.
    for (const tailnet of tailnets) {
      if (tailnets.length > 1 && !knows(devices, tailnet)) continue;
      tailnet.devices = devices;
      tailnet.control ??= devices.control;
    }
  }
  return tailnets.flatMap(({ clusters }) => clusters);
}

/** A tailnet that is being built. */
interface OpenTailnet extends Tailnet {
  readonly clusters: Cluster[];
  devices: DeviceList | undefined;
  control: DeviceList['control'] | undefined;
}

function tailnetsOf({ parts, above }: Share, { control, reachTests = [] }: Given): readonly OpenTailnet[] {
  const shared = policiesOf(above);
  const tailnets = new Map<unknown, OpenTailnet>();
  for (const part of parts) {
    const sources = severalClusters(part.files);
    for (const source of sources) {
      const key = above.length > 0 ? '' : tailnetOf(source, sources);
      const tailnet = tailnets.get(key) ?? { clusters: [], devices: undefined, control, reachTests };
      tailnets.set(key, tailnet);
      tailnet.clusters.push(buildCluster(source, shared, tailnet));
    }
  }
  return [...tailnets.values()];
}

function knows({ devices }: DeviceList, { clusters }: Tailnet): boolean {
  const known = new Set(devices.flatMap(({ addresses }) => addresses.map(addressKey)));
  return clusters.some(({ nodes }) =>
    nodes.some((node) =>
      addressesOf(node, 'tailscale').some(({ address }) => known.has(addressKey(address))),
    ),
  );
}

function addressKey({ family, bits }: Address): string {
  return `${family} ${bits}`;
}

function policiesOf(files: readonly ReadFile[]): readonly TailnetPolicy[] {
  return files.flatMap(({ facts }) => facts.policies).map(({ tree }) => ({ tree, ...readPolicy(tree) }));
}

/** A key for the tailnet of a cluster among those of its folder: they share one that they name, or a policy. */
function tailnetOf(source: ClusterSource, sources: readonly ClusterSource[]): unknown {
  const isOne = sources.length === 1 || source.policies.length > 0;
  return source.manifests[0]?.tailnet?.value ?? (isOne ? '' : source);
}

/** Two `Cluster` manifests in one folder are two clusters: each gets the files that speak of its nodes. */
function severalClusters(files: readonly ReadFile[]): readonly ClusterSource[] {
  const manifests = files.flatMap(({ facts }) => facts.clusters);
  const nodes = files.flatMap(({ facts }) => facts.nodes);
  const policies = policiesOf(files);
  if (manifests.length < 2) return [{ files, manifests, nodes, policies }];
  const names = manifests.map(
    (manifest) => new Set(nodes.filter((node) => belongsTo(node, manifest)).map(nodeName)),
  );
  const sources: ClusterSource[] = manifests.map((manifest, index) => ({
    files,
    manifests: [manifest],
    policies,
    nodes: nodes.filter((node) =>
      node.origin === 'manifest' ? belongsTo(node, manifest) : names[index]!.has(nodeName(node)),
    ),
  }));
  const placed = new Set(sources.flatMap((source) => source.nodes));
  const left = nodes.filter((node) => !placed.has(node));
  return left.length > 0 ? [...sources, { files, manifests: [], policies, nodes: left }] : sources;
}

interface ClusterSource {
  readonly files: readonly ReadFile[];
  readonly manifests: readonly ClusterFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly policies: readonly TailnetPolicy[];
}

function belongsTo(node: NodeFacts, manifest: ClusterFacts): boolean {
  return (
    node.origin === 'manifest' &&
    node.at.file === manifest.at.file &&
    node.at.start >= manifest.at.start &&
    node.at.end <= manifest.at.end
  );
}

function nodeName(node: NodeFacts): string | undefined {
  return (node.nodeName?.text ?? node.folderName)?.toLowerCase();
}

function buildCluster(source: ClusterSource, shared: readonly TailnetPolicy[], tailnet: Tailnet): Cluster {
  const groups = join(source.nodes);
  const scripts = groups.filter((group) => group.standsForMany).flatMap((group) => group.facts);
  const nodes = groups
    .map((group) => buildNode(group, instantiate(scripts, group.facts)))
    .sort((a, b) => compareSpans(a.at, b.at));
  const routes: Route[] = [];
  const prunes: Prune[] = [];
  const declaresRoutes = source.nodes.some((facts) => facts.origin === 'routes' && facts.prunes.length === 0);
  const runsK3s = nodes.some((node) => node.isK3s) || source.manifests.length > 0 || declaresRoutes;
  const cluster: Cluster = {
    name: source.manifests[0]?.name?.value,
    tailnet,
    files: source.files,
    nodes,
    routes,
    prunes,
    policies: [...source.policies, ...shared],
    runsK3s,
    clusterCidrs: cidrs(
      source,
      nodes,
      'clusterCidrs',
      'cluster-cidr',
      runsK3s ? DEFAULT_CLUSTER_CIDR : undefined,
    ),
    serviceCidrs: cidrs(
      source,
      nodes,
      'serviceCidrs',
      'service-cidr',
      runsK3s ? DEFAULT_SERVICE_CIDR : undefined,
    ),
    backends: backends(source, nodes),
    declaresRoutes,
  };
  routes.push(
    ...nodes.flatMap((node) => routesOf(node, cluster)).sort((a, b) => compareSpans(a.span, b.span)),
  );
  prunes.push(
    ...nodes.flatMap((node) => prunesOf(node, cluster)).sort((a, b) => compareSpans(a.span, b.span)),
  );
  return cluster;
}

/** A manifest's value, else what the servers are given, else the default of K3s. */
function cidrs(
  source: ClusterSource,
  nodes: readonly Node[],
  key: 'clusterCidrs' | 'serviceCidrs',
  flag: string,
  byDefault: Prefix | undefined,
): readonly Setting<Prefix>[] {
  const settings = nodes.flatMap((node) => node.k3s).flatMap((start) => start.settings);
  const given = [
    ...source.manifests.flatMap((manifest) => manifest[key]),
    ...settings.filter((setting) => setting.name === flag).map((setting) => setting.value),
  ];
  const known = given.flatMap(knownPrefix);
  if (known.length > 0) return known.map(({ value, span }) => ({ from: 'file', value, span }));
  const at = source.manifests[0]?.at ?? nodes[0]?.at;
  // A value that only run time knows is not the default.
  return byDefault && at && given.length === 0 ? [{ from: 'default', value: byDefault, absentFrom: at }] : [];
}

function backends(source: ClusterSource, nodes: readonly Node[]): readonly Located<string>[] {
  const given = [
    ...source.manifests.flatMap((manifest) => manifest.flannelBackend ?? []),
    ...nodes
      .flatMap((node) => node.k3s)
      .filter((start) => start.command !== 'agent')
      .flatMap((start) => start.settings.filter((setting) => setting.name === 'flannel-backend'))
      .map((setting) => setting.value),
  ];
  return given.flatMap(({ text, span }) => (text === undefined ? [] : [{ value: text, span }]));
}

function routesOf(node: Node, cluster: Cluster): Route[] {
  const own = node.facts.flatMap((facts) => facts.tailscale);
  if (node.standsForMany && cluster.nodes.some((each) => each.installedBy.some(({ at }) => at === node.at)))
    return [];
  const shared = node.shared.flatMap((script) => {
    if (node.installedBy.includes(script)) return script.tailscale;
    // Of a script that it may not run it has what its own files fill in.
    return script.tailscale.map((each) => ({
      ...each,
      advertise: each.advertise.filter(({ prefix }) => prefix.span.file !== script.at.file),
    }));
  });
  return [...own, ...shared].flatMap(({ by, advertise }) =>
    advertise.flatMap(({ prefix, approve, redundant }) =>
      knownPrefix(prefix).map(({ value, span }) => ({
        prefix: value,
        span,
        node,
        cluster,
        approve: by === 'routes' ? (approve?.on ?? true) : undefined,
        approveAt: approve?.span,
        redundant,
        by,
      })),
    ),
  );
}

function prunesOf(node: Node, cluster: Cluster): Prune[] {
  const given = node.facts.flatMap(({ prunes }) => prunes);
  return given.flatMap(knownPrefix).map(({ value, span }) => ({ prefix: value, span, node, cluster }));
}
