import type { Node } from '../cluster/model.ts';
import { parseAddress } from '../net/parse.ts';
import type { Address } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import { addressIn } from './api-endpoint.ts';
import type { Host } from './host.ts';
import { linkBetween } from './link.ts';
import type { Network } from './network.ts';

/** Where a node joins the cluster. */
export interface Join {
  readonly server: Host;
  readonly address: Address;
  readonly at: Span;
}

/** By its role, else by what it runs as everywhere. */
export function isServer({ node }: Host): boolean {
  if (node.role !== undefined) return node.role.value === 'server';
  return node.k3s.length > 0 && node.k3s.every(({ command }) => command === 'server');
}

/** The known servers that a node joins, each address once; a virtual address or a name is no known server's. */
export function joinsOf(network: Network, host: Host): readonly Join[] {
  const joins = joinAddressesOf(host.node).flatMap(({ address, at }): Join[] => {
    const server = network.hosts.find((other) => isServer(other) && hasAddress(host, other, address));
    return server === undefined || server === host ? [] : [{ server, address, at }];
  });
  return joins.filter(
    ({ address }, index) => joins.findIndex((other) => other.address.bits === address.bits) === index,
  );
}

/** The addresses where a node joins, as far as the files give them, of known servers and of others. */
export function joinAddressesOf(node: Node): readonly GivenAddress[] {
  return [...parametersOf(node), ...urlsOf(node)];
}

export interface GivenAddress {
  readonly address: Address;
  readonly at: Span;
}

/** The parameter that counts for the node's role; without a role either may. */
function parametersOf({ addresses, role }: Node): readonly GivenAddress[] {
  const unused = {
    'lan-agent': 'master-tailscale',
    'remote-agent': 'master-lan',
    server: undefined,
  } as const;
  const skipped = role && unused[role.value];
  return addresses.flatMap(({ is, address, span }) =>
    (is === 'master-lan' || is === 'master-tailscale') && is !== skipped ? [{ address, at: span }] : [],
  );
}

/** `https://192.168.50.11:6443`, or with the variable that the host is. */
function urlsOf(node: Node): readonly GivenAddress[] {
  const values = node.k3s.flatMap(({ settings }) =>
    settings.flatMap(({ name, value }) => (name === 'server' ? [value] : [])),
  );
  return values.flatMap((value) => {
    const host = /^https:\/\/(?:\[([\da-f:]+)\]|([\d.]+))(?::\d+)?\/?$/i.exec(value.text?.trim() ?? '');
    const parsed = host && parseAddress(host[1] ?? host[2] ?? '');
    if (parsed?.ok) return [{ address: parsed.value, at: value.span }];
    const variable = addressIn(value, node);
    return variable ? [{ address: variable.value, at: variable.span }] : [];
  });
}

/** Other LANs may have the same addresses. */
function hasAddress(host: Host, server: Host, address: Address): boolean {
  const same = (other: Address) => other.family === address.family && other.bits === address.bits;
  if (server.tailnet.some(({ value }) => same(value))) return true;
  return server.lan.some((each) => same(each.address)) && linkBetween(host, server) !== 'stranger';
}
