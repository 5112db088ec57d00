import { callNode } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import type { Entry } from '../net/overlaps.ts';
import { type Address, contains, hostPrefix, type Prefix, sameAddress } from '../net/prefix.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import { type Host, hostOf, TAILSCALE_RULE } from '../paths/host.ts';
import { joinAddressesOf } from '../paths/join-address.ts';
import { linkBetween } from '../paths/link.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Span } from '../source/span.ts';

/** An address that a node which accepts routes reaches on its LAN, and would reach through the tunnel instead. */
export interface LanClaim {
  readonly node: Node;
  /** Names the node and what it would lose. */
  readonly says: string;
  readonly span: Span;
}

/**
 * The own address, the router and the join address of every node that accepts routes: a route that holds one of them
 * beats `main` there, unless a rule of the administrator's has `main` asked first.
 */
export function lanClaims(clusters: readonly Cluster[]): readonly Entry<LanClaim>[] {
  return clusters.flatMap(({ nodes }) => {
    const hosts = nodes
      .filter(({ standsForMany }) => !standsForMany)
      .map((node, index) => hostOf(node, index, undefined));
    const holders = holdersByAddress(hosts);
    return hosts.filter(installsRoutes).flatMap((host) => [...ownLan(host), ...joinsOnLan(host, holders)]);
  });
}

function installsRoutes({ accepts, tailscale }: Host): boolean {
  return accepts.value === true && tailscale.value !== 'userspace' && tailscale.value !== 'none';
}

function ownLan(host: Host): readonly Entry<LanClaim>[] {
  return host.lan.flatMap(({ address, network, span }) => {
    const lan = network ?? hostPrefix(address);
    if (isLookedUpInMain(host, lan)) return [];
    const says = `${callNode(host.node)} accepts routes and has ${formatPrefix(lan)} as its LAN`;
    const value = { node: host.node, says, span };
    return [address, ...routerOf(network)].map((each) => ({ prefix: hostPrefix(each), value }));
  });
}

/** The first address of a network is its router's by custom. */
function routerOf(network: Prefix | undefined): readonly Address[] {
  if (network === undefined || network.length > 30) return [];
  return [{ family: network.family, bits: network.network + 1n }];
}

/** What a remote agent joins is reached through the tailnet. */
function joinsOnLan(host: Host, holders: ReadonlyMap<string, readonly Host[]>): readonly Entry<LanClaim>[] {
  if (host.node.role?.value === 'remote-agent') return [];
  return joinAddressesOf(host.node).flatMap(({ address, at }) => {
    const servers = holders.get(formatAddress(address)) ?? [];
    const isElsewhere = servers.length > 0 && !servers.some((each) => isNeighbour(host, each));
    if (isTailscaleAddress(address) || isElsewhere || isOwn(host, address)) return [];
    if (isLookedUpInMain(host, hostPrefix(address))) return [];
    const says = `${callNode(host.node)} accepts routes and joins at ${formatAddress(address)} on its LAN`;
    return [{ prefix: hostPrefix(address), value: { node: host.node, says, span: at } }];
  });
}

function isNeighbour(host: Host, other: Host): boolean {
  const link = linkBetween(host, other);
  return link === 'shared' || link === undefined;
}

function isOwn({ lan }: Host, address: Address): boolean {
  return lan.some((each) => sameAddress(each.address, address));
}

function holdersByAddress(hosts: readonly Host[]): ReadonlyMap<string, readonly Host[]> {
  const holders = new Map<string, Host[]>();
  for (const host of hosts) {
    for (const { address } of host.lan) {
      entryOf(holders, formatAddress(address), () => []).push(host);
    }
  }
  return holders;
}

/** Certainly, and before Tailscale's table: what only run time knows of a rule protects nothing. */
function isLookedUpInMain({ rules }: Host, lan: Prefix): boolean {
  return rules.some(
    ({ priority, table, to, from, iif, suppressPrefixlength, missing }) =>
      priority < TAILSCALE_RULE &&
      missing === undefined &&
      table === 'main' &&
      (to === undefined || contains(to, lan)) &&
      from === undefined &&
      iif === undefined &&
      (suppressPrefixlength ?? -1) < lan.length,
  );
}
