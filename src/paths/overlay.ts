import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import type { Cause } from './cause.ts';
import type { Admits } from './filter.ts';
import type { Host } from './host.ts';
import { linkBetween } from './link.ts';
import type { Network } from './network.ts';
import { peerFor } from './tailscale-table.ts';

/** UDP ports of flannel's tunnels [flannel 0.26 docs, backends]. */
const PORTS: Readonly<Record<string, number>> = { vxlan: 8472, 'wireguard-native': 51_820 };

/**
 * Why flannel's own tunnel does not reach the other host, or nothing if it does. Its other end is the address that
 * flannel publishes: the external one if that is asked for, else that of its interface [K3s v1.31, pkg/agent/flannel].
 */
export function overlayEnd(network: Network, admits: Admits, from: Host, other: Host): Cause | undefined {
  const link = linkBetween(from, other);
  if (link === 'shared') return undefined;
  const onTailnet = publishesTailnet(other) && publishesTailnet(from);
  const [theirs] = other.tailnet;
  if (!onTailnet || theirs === undefined) {
    if (link === undefined) return unknownEnd(from, other);
    const published = publicAddress(other);
    if (published !== undefined) return unknownEnd(from, other);
    return {
      kind: 'endpoint-unreachable',
      host: from,
      says: `flannel's tunnel leads to the LAN of ${callNode(other.node)}, which ${callNode(from.node)} is not on`,
      because: other.lan.map(({ span }) => span),
    };
  }
  const peer = peerFor(network, from, theirs.value);
  const source = from.tailnet[0]?.value;
  const port = PORTS[network.backend.value ?? ''] ?? 0;
  const isOpen =
    peer?.device !== undefined &&
    source !== undefined &&
    admits(peer.device, { source, to: theirs.value, protocol: 17, port });
  if (isOpen) return undefined;
  return {
    kind: 'endpoint-unreachable',
    host: from,
    says: `flannel's tunnel leads to ${formatAddress(theirs.value)} of ${callNode(other.node)}, which the tailnet does not let ${callNode(from.node)} reach`,
    because: [theirs.span],
  };
}

function unknownEnd(from: Host, other: Host): Cause {
  return {
    kind: 'unknown',
    host: from,
    says: `the files do not tell whether ${callNode(from.node)} reaches the address that flannel publishes of ${callNode(other.node)}`,
    because: [other.at],
  };
}

/** Whether flannel publishes the host's Tailscale address. */
function publishesTailnet({ node }: Host): boolean {
  const settings = node.k3s.flatMap((start) => start.settings);
  const iface = settings.findLast(({ name }) => name === 'flannel-iface')?.value.text;
  if (iface?.startsWith('tailscale')) return true;
  return node.addresses.some(({ is, address }) => is === 'node-external' && isTailscaleAddress(address));
}

function publicAddress({ node }: Host) {
  return node.addresses.find(({ is, address }) => is === 'node-external' && !isTailscaleAddress(address));
}
