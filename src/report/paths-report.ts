import type { PathsDifference } from '../paths/compare-paths.ts';
import type { Outcome } from '../paths/connection.ts';
import type { Host } from '../paths/host.ts';
import type { Network } from '../paths/network.ts';
import { type Asked, type PodPair, type PodPath, podPairs } from '../paths/pod-paths.ts';
import { apiPaths, dnsPaths, hostPaths, type ServicePath } from '../paths/service-paths.ts';
import { folderOf } from '../source/source-file.ts';
import type { Located } from '../source/span.ts';
import { FATES, type Fate, fateOf } from './path-fates.ts';

/** What `podroute paths` found. */
export interface PathsReport {
  readonly asked: Asked;
  /** Those that have nodes, in the order in which they were built. */
  readonly clusters: readonly ClusterPaths[];
  /** Against other files, where they were given. */
  readonly difference?: PathsDifference;
  /** Every literal secret of the files: shown nowhere. */
  readonly secrets: readonly Located<string>[];
}

export interface ClusterPaths {
  readonly network: Network;
  /** What the cluster is called, where there are several; undefined for one without a name. */
  readonly name: string | undefined;
  /** By site. The order of files and nodes has no part in it. */
  readonly nodes: readonly PathNode[];
  /** Nodes of one site, in the same order. */
  readonly sites: readonly Site[];
  /** From one node to each other, both in the order of `nodes`. */
  readonly pairs: readonly PodPair[];
  /** Pods to the Kubernetes API. */
  readonly api: readonly ServicePath[];
  /** DNS from pod to pod, and node to node; undefined in a cluster of more than `MOST_BESIDE` nodes. */
  readonly dns: readonly PodPair[] | undefined;
  readonly hosts: readonly ServicePath[] | undefined;
}

/** Of more nodes there are too many connections to look through. */
const MOST_BESIDE = 100;

export interface PathNode {
  readonly host: Host;
  /** With its cluster's name before it where nodes of several clusters have the same. */
  readonly name: string;
  /** From 0, in the order of the cluster's nodes. */
  readonly number: number;
}

export interface Site {
  /** Undefined for a node that is alone without a site of that name, and where no file tells. */
  readonly name: string | undefined;
  readonly nodes: readonly PathNode[];
}

/** One pair of nodes, told step by step. */
export interface Traced {
  readonly from: PathNode;
  readonly to: PathNode;
  readonly path: PodPath;
}

/** Works out the paths of every network. */
export function pathsOf(networks: readonly Network[], asked: Asked): readonly ClusterPaths[] {
  const labels = clusterLabels(networks);
  const bareNames = networks.flatMap(({ hosts }) => hosts.map(({ name }) => name.toLowerCase()));
  const times = new Map<string, number>();
  for (const name of bareNames) times.set(name, (times.get(name) ?? 0) + 1);
  return networks.map((network, index) => {
    const isShared = ({ name }: Host) => times.get(name.toLowerCase())! > 1 && networks.length > 1;
    const groups = sitesOf(network.hosts);
    const nodes = groups
      .flatMap(({ hosts }) => hosts)
      .map((host, number) => ({
        host,
        number,
        name: isShared(host) ? `${labels[index]}/${host.name}` : host.name,
      }));
    const nodeOf = new Map(nodes.map((node) => [node.host, node]));
    const sites = groups.map(({ name, hosts }) => ({ name, nodes: hosts.map((host) => nodeOf.get(host)!) }));
    const name = networks.length > 1 ? labels[index] : network.cluster.name;
    return withAnswers({ network, name, nodes, sites }, asked);
  });
}

/** Worked out when they are first asked for: who wants one path waits for no others. */
function withAnswers(
  known: Pick<ClusterPaths, 'network' | 'name' | 'nodes' | 'sites'>,
  asked: Asked,
): ClusterPaths {
  const { network, nodes } = known;
  const isSmall = nodes.length <= MOST_BESIDE;
  const pairs = once(() => inOrder(podPairs(network, asked), nodes));
  const api = once(() => apiPaths(network));
  const dns = once(() => (isSmall ? dnsPaths(network) : undefined));
  const hosts = once(() => (isSmall ? hostPaths(network) : undefined));
  return {
    ...known,
    get pairs() {
      return pairs();
    },
    get api() {
      return api();
    },
    get dns() {
      return dns();
    },
    get hosts() {
      return hosts();
    },
  };
}

function once<T>(work: () => T): () => T {
  let done: { readonly answer: T } | undefined;
  return () => {
    done ??= { answer: work() };
    return done.answer;
  };
}

/** The cluster's name, else its folder, told apart by a number where two are called the same. */
function clusterLabels(networks: readonly Network[]): readonly string[] {
  const taken = new Map<string, number>();
  return networks.map(({ cluster, hosts }) => {
    const label = cluster.name ?? (hosts[0] ? folderOf(hosts[0].at.file.path) : '');
    const times = (taken.get(label) ?? 0) + 1;
    taken.set(label, times);
    return times > 1 ? `${label}#${times}` : label;
  });
}

interface SiteOfHosts {
  readonly name: string | undefined;
  readonly hosts: readonly Host[];
}

/** Sites that several nodes share come first, then by name; nodes by name. */
function sitesOf(hosts: readonly Host[]): readonly SiteOfHosts[] {
  const groups = new Map<unknown, Host[]>();
  for (const host of hosts) {
    const key = host.site ?? host;
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  const sorted = [...groups.values()].map((group) => group.sort((a, b) => compareNames(a.name, b.name)));
  return sorted
    .map((group) => ({ name: siteName(group), hosts: group }))
    .sort(
      (a, b) =>
        Number(b.hosts.length > 1) - Number(a.hosts.length > 1) ||
        compareNames(a.name ?? a.hosts[0]!.name, b.name ?? b.hosts[0]!.name),
    );
}

/** A remote agent whose site no file names is alone at its own. */
function siteName([first, ...others]: readonly Host[]): string | undefined {
  const isAlone = others.length === 0 && first?.site === `remote ${first?.name}`;
  return isAlone ? undefined : first?.site;
}

const NAMES = new Intl.Collator('en', { numeric: true });

/** `oslo-2` before `oslo-10`. */
function compareNames(a: string, b: string): number {
  return NAMES.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

function inOrder(pairs: readonly PodPair[], nodes: readonly PathNode[]): readonly PodPair[] {
  const place = new Map(nodes.map(({ host, number }) => [host, number]));
  const placeOf = ({ from, to }: PodPair) => place.get(from)! * nodes.length + place.get(to)!;
  const sorted: PodPair[] = new Array(nodes.length * nodes.length);
  for (const pair of pairs) sorted[placeOf(pair)] = pair;
  return sorted.flat();
}

/** The pair of two nodes of a cluster; none of a node with itself. */
export function pairOf({ pairs, nodes }: ClusterPaths, from: PathNode, to: PathNode): PodPair | undefined {
  if (from === to) return undefined;
  return pairs[from.number * (nodes.length - 1) + to.number - (to.number > from.number ? 1 : 0)];
}

/** How many pairs have each fate, those that none has left out, in the order of `FATES`. */
export function countsOf(pairs: readonly Outcome[]): readonly (readonly [Fate, number])[] {
  const counts = new Map<Fate, number>();
  for (const pair of pairs) {
    const fate = fateOf(pair);
    counts.set(fate, (counts.get(fate) ?? 0) + 1);
  }
  return FATES.flatMap((fate) => {
    const count = counts.get(fate);
    return count === undefined ? [] : [[fate, count] as const];
  });
}

/** What the answer holds for, beside the files: each a sentence without a full stop. */
export function assumptionsIn({ clusters }: PathsReport): readonly string[] {
  return [...new Set(clusters.flatMap(({ network }) => network.assumptions))];
}
