import { callNode } from '../cluster/devices.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { type Address, contains, type Prefix } from '../net/prefix.ts';
import { approverOf } from '../policy/auto-approve.ts';
import type { Span } from '../source/span.ts';
import type { Host } from './host.ts';
import { advertisementsOf, callDevice, type Network } from './network.ts';

/** Why a host's tailscaled knows no way to an address of pods, or the wrong one. */
export interface Lack {
  readonly kind:
    | 'no-tailscale'
    | 'userspace'
    | 'not-accepted'
    | 'not-advertised'
    | 'not-approved'
    /** The policy keeps the route from the host, as it may neither reach it nor be reached from it. */
    | 'hidden'
    /** Another device serves the prefix. */
    | 'other-router'
    /** It is an address of the host's own pods, to which no route of the tailnet leads back. */
    | 'own'
    | 'unknown-owner';
  /** Whose it is to mend: the host itself, or the node that has the pods. */
  readonly host: Host;
  readonly prefix?: Prefix | undefined;
  readonly says: string;
  readonly because: readonly Span[];
}

/** What is missing first, in the order in which people set things up. */
export function lackOf(network: Network, host: Host, address: Address): Lack {
  const name = callNode(host.node);
  const mode = host.tailscale.value;
  if (mode === 'none' || mode === 'userspace') {
    const says =
      mode === 'none' ? `${name} runs no Tailscale` : `Tailscale gives ${name} no routes in userspace mode`;
    const because = mode === 'none' ? [host.at] : host.tailscale.because;
    return { kind: mode === 'none' ? 'no-tailscale' : mode, host, says, because };
  }
  if (host.accepts.value === false) {
    return { kind: 'not-accepted', host, says: `${name} accepts no routes`, because: host.accepts.because };
  }
  const [owner] = network.podHosts(address);
  if (owner === host) {
    const says = `${name} has ${formatAddress(address)} itself`;
    return { kind: 'own', host, says, because: host.pods.map(({ span }) => span) };
  }
  if (owner === undefined) {
    return { kind: 'unknown-owner', host, says: `no node has ${formatAddress(address)}`, because: [] };
  }
  const routes = network.covering(address);
  const advertised =
    owner.device?.advertised.filter((prefix) => prefix.length > 0 && contains(prefix, address)) ?? [];
  const [prefix] = advertised;
  const because = advertisementsOf(network, owner, address).map(({ span }) => span);
  const router =
    host.device && routes.map(network.learned(host.device).routerOf).find((each) => each !== undefined);
  if (router !== undefined && router !== owner.device) {
    const says = `${callDevice(network, router)} serves that prefix in the tailnet, not ${callNode(owner.node)}`;
    const other = advertisementsOf(network, network.hostOfDevice.get(router), address).map(
      ({ span }) => span,
    );
    return { kind: 'other-router', host: owner, prefix, says, because: [...other, ...because] };
  }
  // A node that advertises it in the owner's place has no route to it either.
  if (prefix === undefined) {
    const says = `${callNode(owner.node)} does not advertise ${formatAddress(address)}`;
    return { kind: 'not-advertised', host: owner, says, because: owner.pods.map(({ span }) => span) };
  }
  if (!owner.device!.approved.some((each) => contains(each, prefix))) {
    const says = `${formatPrefix(prefix)} of ${callNode(owner.node)} is not approved`;
    return { kind: 'not-approved', host: owner, prefix, says, because };
  }
  const approver = owner.device && approverOf(network.compiled.policy, owner.device, prefix);
  return {
    kind: 'hidden',
    host,
    prefix,
    says: `the policy gives ${name} no route to ${formatPrefix(prefix)}`,
    because: approver ? [...because, approver.prefix.span] : because,
  };
}
