import { callNode } from '../cluster/devices.ts';
import type { Node } from '../cluster/model.ts';
import type { Fix } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, sameAddress } from '../net/prefix.ts';
import { addressIn } from '../paths/api-endpoint.ts';
import type { Host } from '../paths/host.ts';
import { isServer, type Join, joinsOf } from '../paths/join-address.ts';
import { buildNetwork } from '../paths/network.ts';
import { podNetwork } from '../paths/pod-network.ts';
import { type Span, spanOf, textOf } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { Rule } from './rule.ts';

/** Only where files give every server's `tls-san`: one that no file has may stand on a command line. */
export const joinAddressNotInCertificate: Rule = {
  id: 'join-address-not-in-certificate',
  summary: "an agent joins at an address that is not in the server's certificate",
  severity: 'error',
  *check(cluster) {
    if (!cluster.nodes.some(hasNames)) return;
    const network = podNetwork(cluster)?.network ?? buildNetwork(cluster);
    const servers = network.hosts.filter(isServer);
    // Servers of one cluster share their certificate [K3s v1.31, pkg/cluster].
    const certificates = servers.map(certificateOf);
    if (certificates.some((each) => each === undefined)) return;
    const known = certificates.flatMap((each) => each?.addresses ?? []);
    for (const [index, server] of servers.entries()) {
      const missing = network.hosts
        .flatMap((host) => joinsOf(network, host).map((join) => ({ ...join, host })))
        .filter((join) => join.server === server && !known.some((each) => sameAddress(each, join.address)));
      const [first] = missing;
      const at = certificates[index]?.last;
      if (first === undefined || at === undefined) continue;
      const addresses = [...new Set(missing.map(({ address }) => formatAddress(address)))];
      const agents = listed(missing.map(({ host }) => callNode(host.node)));
      yield {
        message: `the certificate of ${callNode(server.node)} lacks ${listed(addresses)}, the join address of ${agents}`,
        at: at.span,
        absentFrom: server.at,
        related: placesOf(missing).map((place) => ({ at: place, label: 'the address that is joined' })),
        ...fixOf(at, addresses),
      };
    }
  },
};

function placesOf(joins: readonly Join[]): readonly Span[] {
  return joins.slice(0, 4).map(({ at }) => at);
}

interface Certificate {
  readonly addresses: readonly Address[];
  /** The last of `tls-san`. */
  readonly last: Given;
}

/**
 * The addresses in a server's certificate: its own that Kubernetes knows and `tls-san`
 * [K3s v1.31, pkg/cli/server]. Undefined where a part is unknown, or asking for a name adds it.
 */
function certificateOf({ node, lan, tailnet }: Host): Certificate | undefined {
  const names = namesOf(node);
  const last = names.at(-1);
  if (last === undefined || addsByItself(node)) return undefined;
  const known = names.map((given) => addressIn(given, node)?.value);
  if (names.some(({ text }, index) => text === undefined && known[index] === undefined)) return undefined;
  // Without `node-ip` it is the address of a network card, of Tailscale's where flannel is to use that.
  const isOnTailnet =
    node.vpnAuth ||
    settingsOf(node, 'flannel-iface').some(({ text }) => !text || text.startsWith('tailscale'));
  const own = settingsOf(node, 'node-ip', 'node-external-ip', 'advertise-address');
  const given = own.map((each) => addressIn(each, node)?.value);
  if (given.some((address) => address === undefined)) return undefined;
  const others = node.addresses.filter(
    ({ is }) => is === 'node' || is === 'node-external' || is === 'advertise',
  );
  return {
    addresses: [
      ...[...known, ...given].filter((address) => address !== undefined),
      ...[...others, ...lan].map(({ address }) => address),
      ...(isOnTailnet ? tailnet.map(({ value }) => value) : []),
    ],
    last,
  };
}

function namesOf(node: Node): readonly Given[] {
  return settingsOf(node, 'tls-san').filter(({ text }) => text !== '');
}

function hasNames(node: Node): boolean {
  return namesOf(node).length > 0;
}

function addsByItself(node: Node): boolean {
  return settingsOf(node, 'tls-san-security').some(({ text }) => text !== 'true');
}

function settingsOf({ k3s }: Node, ...names: readonly string[]): readonly Given[] {
  return k3s.flatMap(({ command, settings }) =>
    command === 'agent' ? [] : settings.flatMap(({ name, value }) => (names.includes(name) ? [value] : [])),
  );
}

/** K3s splits the setting at commas; quotes and a manifest's list would not take one. */
function fixOf({ text, span }: Given, addresses: readonly string[]): { readonly fix?: Fix } {
  if (text === undefined || textOf(span) !== text || isInManifest(span)) return {};
  const at = spanOf(span.file, span.end, span.end);
  return { fix: { title: `add ${listed(addresses)}`, at, newText: `,${addresses.join(',')}` } };
}

function isInManifest({ file }: Span): boolean {
  return file.text.includes('podroute/v1');
}
