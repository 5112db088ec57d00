import type { IpRule } from '../inputs/facts.ts';
import { parseAddress, parsePrefix } from '../net/parse.ts';
import { contains, type Prefix, sameAddress } from '../net/prefix.ts';
import { folderOf } from '../source/source-file.ts';
import type { Cluster, Node, NodeAddress } from './model.ts';

/**
 * Whether two nodes are certainly two devices: both have names, or one file starts both, or each has
 * parameters of its own. A script that many nodes run is no device.
 */
export function areDistinct(a: Node, b: Node): boolean {
  if (a === b || a.standsForMany || b.standsForMany) return false;
  if (a.name !== undefined && b.name !== undefined) return true;
  return isOneMachine(a) && isOneMachine(b) && !mayBeOneService(a, b);
}

/** Compose merges the files of one folder that it is given, as `compose.override.yaml`. */
function mayBeOneService(a: Node, b: Node): boolean {
  const services = (node: Node) =>
    node.containers.map(({ service: { value, span } }) => `${folderOf(span.file.path)}/${value}`);
  const others = new Set(services(b));
  return a.at.file !== b.at.file && services(a).some((service) => others.has(service));
}

/** A node whose facts are of one device, whatever its name: its parameters, or one container of one file. */
function isOneMachine(node: Node): boolean {
  return node.facts.some(
    (facts) =>
      facts.origin === 'compose' ||
      facts.origin === 'connector' ||
      (facts.origin === 'env' && facts.role !== undefined),
  );
}

/** How messages call a node: by its name, else by what stands for it. */
export function callNode(node: Node): string {
  if (node.name !== undefined) return node.name;
  const [facts] = node.facts;
  if (facts?.container) return `the service ${facts.container.service.value}`;
  if (facts?.origin === 'connector') return 'a Connector';
  return node.at.file.path;
}

/** The node's own addresses of one kind. */
export function addressesOf(node: Node, is: NodeAddress['is']): readonly NodeAddress[] {
  return node.addresses.filter((address) => address.is === is);
}

/** Servers and agents at more than one site, as far as the files tell. */
export function spansSites(cluster: Cluster): boolean {
  const sites = new Set(cluster.nodes.filter((node) => node.isK3s).map((node) => node.site));
  sites.delete(undefined);
  return sites.size > 1;
}

/** Backends with which flannel itself carries packets to nodes of another site [flannel 0.26 docs, backends]. */
const OVERLAYS = new Set(['vxlan', 'wireguard-native']);

/**
 * Whether the pods' packets between sites travel in routes of the tailnet: undefined where no file tells, as with
 * `none`, where another network plugin carries them.
 */
export function routesCarryPods(cluster: Cluster): boolean | undefined {
  const backends = cluster.backends.map(({ value }) => value);
  if (backends.some((backend) => OVERLAYS.has(backend))) return false;
  return backends.includes('host-gw') || undefined;
}

/** Tailscale's rule that looks its own table up first [Tailscale 1.98, router_linux.go]. */
const TAILSCALE_PRIORITY = 5270;

/** Whether an administrator's rule sends all of a prefix to `main` before Tailscale's table is asked. */
export function isBypassed(node: Node, prefix: Prefix): boolean {
  return node.ipRules.some((rule) => isBypassOf(rule, prefix));
}

/** What only run time knows may be what makes it one. */
function isBypassOf({ priority, table, to, complete }: IpRule, prefix: Prefix): boolean {
  if (priority === undefined && complete) return false;
  if (priority?.text !== undefined && !(Number(priority.text) < TAILSCALE_PRIORITY)) return false;
  if (table?.text !== undefined && !['main', '254'].includes(table.text)) return false;
  if (to?.text === undefined || ['all', 'any', 'default'].includes(to.text)) return true;
  // `ip` takes an address as its /32 and masks host bits.
  const parsed = parsePrefix(to.text);
  const wanted = parsed.ok ? parsed.value : 'meant' in parsed.fault ? parsed.fault.meant : undefined;
  return wanted !== undefined && contains(wanted, prefix);
}

/** Whether another node's file says that this one is its way to somewhere: `ipRoutes` with this node as `via`. */
export function isGatewayOf(gateway: Node, node: Node): boolean {
  const own = gateway.addresses.filter(({ is }) => is === 'lan' || is === 'node');
  return node.ipRoutes.some(({ via }) => {
    const next = parseAddress(via?.text ?? '');
    return next.ok && own.some(({ address }) => sameAddress(address, next.value));
  });
}

/** In userspace mode what Tailscale does with routes does not reach the host [Tailscale 1.98, cmd/containerboot]. */
export function isUserspace({ tailscale }: Node): boolean {
  const modes = new Set(tailscale.map(({ mode }) => mode));
  return modes.has('userspace') && !modes.has('kernel');
}

/** Whether only run time knows some of what it advertises. */
export function hasComputedRoutes({ tailscale }: Node): boolean {
  return tailscale.some(
    (each) => !each.complete || each.advertise.some(({ prefix }) => prefix.text === undefined),
  );
}
