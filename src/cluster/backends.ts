import { contains } from '../net/prefix.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import type { Located, Span } from '../source/span.ts';
import type { Cluster, Node } from './model.ts';

/** A flannel backend that a file sets for a server, or for all of them. */
export interface ServerBackend {
  readonly backend: Located<string>;
  /** The server; undefined for a manifest's word on all of them. */
  readonly node: Node | undefined;
  /** Whether the server joins another one. */
  readonly joins: boolean;
  /** Whether what the server carries goes over a tailnet, as far as the files tell. */
  readonly onTailnet: boolean;
}

/** Every backend that counts for a server. What an agent is given is ignored by K3s, which takes the server's. */
export function serverBackends(cluster: Cluster): readonly ServerBackend[] {
  const carried = podsOnTailnet(cluster);
  const found: ServerBackend[] = [];
  for (const { facts } of cluster.files) {
    for (const { flannelBackend } of facts.clusters) {
      // A file may hold the manifests of several clusters.
      if (flannelBackend?.text === undefined || !isOf(cluster, flannelBackend.span)) continue;
      const onTailnet = carried || cluster.nodes.some((node) => node.isK3s && isOnTailnet(node));
      found.push({
        backend: { value: flannelBackend.text, span: flannelBackend.span },
        node: undefined,
        joins: false,
        onTailnet,
      });
    }
  }
  for (const node of cluster.nodes) {
    const onTailnet = carried || isOnTailnet(node);
    for (const start of node.k3s) {
      if (start.command === 'agent') continue;
      const joins = start.settings.some(({ name }) => name === 'server');
      // Of a repeated flag the last counts.
      const { value } = start.settings.findLast(({ name }) => name === 'flannel-backend') ?? {};
      if (value?.text === undefined) continue;
      // An agent's file may have it too, and its path is all that tells.
      if (start.command === undefined && isForAgents(value.span.file.path)) continue;
      found.push({ backend: { value: value.text, span: value.span }, node, joins, onTailnet });
    }
  }
  return found;
}

function isOf(cluster: Cluster, span: Span): boolean {
  return cluster.backends.some((backend) => backend.span === span);
}

function isForAgents(path: string): boolean {
  return /(^|[/._-])(agent|worker)s?([/._-]|$)/i.test(path);
}

/** Routes for pods are advertised on the tailnet; a wider one may be for a LAN. */
function podsOnTailnet(cluster: Cluster): boolean {
  return cluster.routes.some(({ prefix }) =>
    cluster.clusterCidrs.some(({ value }) => contains(value, prefix)),
  );
}

function isOnTailnet(node: Node): boolean {
  return node.onTailnet || node.addresses.some(({ address }) => isTailscaleAddress(address));
}
