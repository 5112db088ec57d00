import { callNode } from '../cluster/devices.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { type Address, contains, sameAddress, widthOf } from '../net/prefix.ts';
import type { Device } from '../policy/device-list.ts';
import { type Decision, decision, unknown } from './decision.ts';
import type { Host } from './host.ts';
import { advertisementsOf, callDevice, type Network, type TailnetRoute } from './network.ts';

/**
 * Table 52, which tailscaled fills: every peer's own address, the routes of peers if the host accepts them, and all
 * the rest with an exit node. A host's own routes are never in it [Tailscale 1.98, router_linux.go].
 */
export function tailscaleRoute(network: Network, host: Host, to: Address): Decision | undefined {
  const { value: mode, because } = host.tailscale;
  if (mode === 'none' || mode === 'userspace') return undefined;
  const found = peerFor(network, host, to);
  const local = host.exitNode === undefined ? undefined : localNetwork(host, to);
  if (local !== undefined && (found === undefined || found.length <= local)) {
    // With access to the LAN the host's own networks are left to `main`, without they lead into the tunnel as well
    // [Tailscale 1.98, ipnlocal routerConfigLocked; measured].
    if (host.exitNodeAllowsLan.value) return undefined;
    // WireGuard chooses the peer by its own longest prefix.
    return found && found.length > 0 ? { ...found, length: local } : exitDecision(network, host, local);
  }
  if (found !== undefined && mode === undefined) {
    return unknown(`whether ${callNode(host.node)} runs Tailscale in kernel mode`, because);
  }
  return found;
}

/**
 * The peer whose routes, as a host has them, cover an address. WireGuard sends what is for the address to that peer,
 * and takes what is from the address from that peer alone.
 */
export function peerFor(network: Network, host: Host, address: Address): Decision | undefined {
  if (host.device === undefined) {
    const isCovered = network.deviceAt(address) !== undefined || network.covering(address).length > 0;
    return isCovered ? unknown(`the Tailscale address of ${callNode(host.node)}`, [host.at]) : undefined;
  }
  const learned = network.learned(host.device);
  const peer = network.deviceAt(address);
  if (peer !== undefined && learned.sees(peer)) return ownAddressOf(network, peer, address);
  for (const route of network.covering(address)) {
    const router = learned.routerOf(route);
    if (router === undefined) continue;
    if (host.accepts.value === undefined)
      return unknown(`whether ${callNode(host.node)} accepts routes`, [host.at]);
    if (!host.accepts.value) break;
    return routeTo(network, host, route, router);
  }
  const exit = exitNodeOf(network, host);
  if (host.exitNode !== undefined && exit === undefined) return exitDecision(network, host, 0);
  return exit && learned.offersExit(exit) ? exitDecision(network, host, 0) : undefined;
}

function ownAddressOf(network: Network, device: Device, address: Address): Decision {
  const next = network.hostOfDevice.get(device);
  const explain = () => ({
    says: `table 52 has ${formatAddress(address)}, the address of ${callDevice(network, device)} in the tailnet`,
    because: next?.tailnet.flatMap(({ value, span }) => (sameAddress(value, address) ? [span] : [])) ?? [],
  });
  return decision('tailnet', widthOf(address.family), explain, { next, device });
}

function routeTo(network: Network, host: Host, { prefix }: TailnetRoute, device: Device): Decision {
  const next = network.hostOfDevice.get(device);
  const explain = () => ({
    says: `table 52 has ${formatPrefix(prefix)} through ${callDevice(network, device)}, as ${callNode(host.node)} accepts routes`,
    because: [...advertisementsOf(network, next, prefix).map(({ span }) => span), ...host.accepts.because],
  });
  return decision('tailnet', prefix.length, explain, { next, device });
}

/** Through the exit node, for a prefix of this length. */
function exitDecision(network: Network, host: Host, length: number): Decision {
  const device = exitNodeOf(network, host);
  const because = host.exitNode ? [host.exitNode.span] : [];
  if (device === undefined)
    return { ...unknown(`which device the exit node of ${callNode(host.node)} is`, because), length };
  const next = network.hostOfDevice.get(device);
  const explain = () => ({
    says: `table 52 leads everything else to the exit node ${callDevice(network, device)}${length > 0 ? ', the own networks of the host too' : ''}`,
    because: [...because, ...host.exitNodeAllowsLan.because],
  });
  return decision('tailnet', length, explain, { next, device });
}

/** The device that a host names as its exit node, by the name or the address of either. */
function exitNodeOf(network: Network, { exitNode }: Host): Device | undefined {
  if (exitNode === undefined) return undefined;
  const wanted = exitNode.value.toLowerCase();
  return network.devices.find(
    (device) =>
      device.name.toLowerCase() === wanted ||
      network.hostOfDevice.get(device)?.name.toLowerCase() === wanted ||
      device.addresses.some((address) => formatAddress(address) === wanted),
  );
}

/** How long the prefix of the host's own network is that holds an address. */
function localNetwork(host: Host, to: Address): number | undefined {
  const networks = [
    ...host.pods.map(({ value }) => value),
    ...host.lan.flatMap(({ network }) => network ?? []),
  ];
  return networks.find((each) => contains(each, to))?.length;
}
