import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, contains } from '../net/prefix.ts';
import type { Cause } from './cause.ts';
import type { Decision } from './decision.ts';
import { type Admits, openings } from './filter.ts';
import { askedInWords, type Flow } from './flow.ts';
import type { Host } from './host.ts';
import { lackOf } from './lack.ts';
import { callDevice, type Network } from './network.ts';
import type { Step } from './path.ts';
import { peerFor } from './tailscale-table.ts';

/** A packet on the other side of the tunnel, or why it does not get there. */
export type Crossing =
  | { readonly cause: Cause }
  | {
      readonly cause?: undefined;
      readonly at: Host;
      readonly explain: () => Step;
    };

/**
 * Through the tunnel: the receiver takes only sources that lead back to the sender by its own table of peers, and
 * asks its packet filter about new connections. What it hands on to its pods or its LAN gets an address of its own
 * (`translatedSource`), unless it is told not to [Tailscale 1.98, --snat-subnet-routes]; in userspace mode it dials
 * itself.
 */
export function crossTunnel(
  network: Network,
  admits: Admits,
  flow: Flow,
  decided: Decision,
  { isReply, isForwarded }: { readonly isReply: boolean; readonly isForwarded: boolean },
): Crossing {
  const { from, source, to, protocol, port } = flow;
  const { next: receiver, device } = decided;
  if (receiver === undefined || device === undefined) {
    const name = device ? callDevice(network, device) : 'the peer';
    const says = `the files do not tell what ${name} does with it`;
    return { cause: { kind: 'unknown', host: from, says, because: decided.explain().because } };
  }
  if (isForwarded && !isReply && from.statefulFiltering.value === true) {
    const says = `${callNode(from.node)} drops new connections of its pods into the tunnel, as it filters by state`;
    return {
      cause: { kind: 'stateful-filtering', host: from, says, because: from.statefulFiltering.because },
    };
  }
  const taken = peerFor(network, receiver, source);
  if (taken?.via === 'unknown') {
    const { says, because } = taken.explain();
    return { cause: { kind: 'unknown', host: receiver, says, because } };
  }
  if (taken?.device === undefined || taken.device !== from.device)
    return { cause: sourceRefused(network, receiver, from, source, taken) };
  if (isReply && receiver.tailscale.value === 'userspace') {
    const name = callNode(receiver.node);
    const says = `Tailscale on ${name} knows no such connection: in userspace mode its pods open theirs without it`;
    return {
      cause: { kind: 'unknown-connection', host: receiver, says, because: receiver.tailscale.because },
    };
  }
  if (!isReply && !admits(device, { source, to, protocol, port })) return { cause: filtered(receiver, flow) };

  const explain = () => ({
    says: `${callNode(receiver.node)} takes it from the tunnel${isReply ? '' : ' and lets it in'}`,
    because: [
      ...taken.explain().because,
      ...(isReply
        ? []
        : openings(network, device, flow)
            .map(({ because }) => because.destination.at)
            .slice(0, 1)),
    ],
  });
  return { at: receiver, explain };
}

/** The receiver's own address where it puts that in place of a sender's from the tunnel, by the way the packet leaves. */
export function translatedSource(receiver: Host, { via }: Decision, to: Address): Address | undefined {
  const isUserspace = receiver.tailscale.value === 'userspace';
  if (via === 'local') return isUserspace ? LOOPBACK : undefined;
  if (!isUserspace && receiver.snat.value === false) return undefined;
  if (via === 'lan' || via === 'overlay') return receiver.lan[0]?.address;
  return via === 'own' ? receiver.bridges.find(({ pods }) => contains(pods, to))?.address : undefined;
}

function sourceRefused(
  network: Network,
  receiver: Host,
  from: Host,
  source: Address,
  taken: Decision | undefined,
): Cause {
  const owner = taken?.device && network.hostOfDevice.get(taken.device);
  if (taken !== undefined && owner?.pods.some(({ value }) => contains(value, source))) {
    const says = `${callNode(receiver.node)} takes packets with the source ${formatAddress(source)} from ${callNode(owner.node)} alone, and they come from ${callNode(from.node)}`;
    return {
      kind: 'source-refused',
      host: receiver,
      address: source,
      says,
      because: taken.explain().because,
    };
  }
  const lack = lackOf(network, receiver, source);
  return {
    kind: 'source-refused',
    host: receiver,
    address: source,
    lack,
    says: `${callNode(receiver.node)} takes no packet with the source ${formatAddress(source)} from ${callNode(from.node)}: ${lack.says}`,
    because: lack.because,
  };
}

function filtered(receiver: Host, flow: Flow): Cause {
  const { source, to } = flow;
  return {
    kind: 'filtered',
    host: receiver,
    address: source,
    says: `the policy lets ${callNode(receiver.node)} take no ${askedInWords(flow)} from ${formatAddress(source)} to ${formatAddress(to)}`,
    because: [],
  };
}

/** Where a userspace tailscaled dials from what is for its own host. */
const LOOPBACK: Address = { family: 4, bits: 0x7f00_0001n };
