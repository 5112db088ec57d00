import { hostRange, rangeOf } from '../../net/address-set.ts';
import { hasPrefix, type Prefix } from '../../net/prefix.ts';
import { rangeIndex } from '../../net/range-index.ts';
import { isDefaultRoute } from '../../net/ranges.ts';
import type { Host } from '../../paths/host.ts';
import type { Network } from '../../paths/network.ts';
import type { Device } from '../../policy/device-list.ts';
import type { Change } from '../plan.ts';

/** Which pairs of a cluster some changes can make fare otherwise, told without following a packet. */
export interface Touch {
  /** Every pair; else those with a changed node at an end. */
  readonly all: boolean;
  /** The changes of nodes that do something, by the numbers of their hosts. */
  readonly ends: ReadonlyMap<number, Change>;
}

/**
 * A change touches the pairs that its own node is an end of, and no other, if its prefixes hold no address of another
 * node and the node carries nobody else's packets: then nothing that any other node looks up, takes from the tunnel or
 * filters is about them. A device that is no node touches nothing if its prefixes hold no node's address.
 */
export function touchOf(network: Network, changes: readonly Change[]): Touch {
  const { hosts } = network;
  const ends = new Map<number, Change>();
  const owners = rangeIndex(
    hosts.flatMap((host) => [
      ...host.pods.map(({ value }) => ({ range: rangeOf(value), value: { host, isPods: true } })),
      ...host.lan.map(({ address }) => ({ range: hostRange(address), value: { host, isPods: false } })),
      ...host.tailnet.map(({ value }) => ({ range: hostRange(value), value: { host, isPods: false } })),
    ]),
  );
  const isForeign = (prefix: Prefix, own: Host | undefined) =>
    isDefaultRoute(prefix) ||
    owners.meeting(rangeOf(prefix)).some(({ host, isPods }) => host !== own || !isPods);
  const gateways = new Set(
    hosts.flatMap(({ routes }) => routes.flatMap(({ via }) => (via && network.hostAt(via)) ?? [])),
  );
  const usesExitNodes = hosts.some(({ exitNode }) => exitNode !== undefined);
  const deviceOf = new Map(network.devices.map((device) => [device.id, device]));

  let all = false;
  for (const change of changes) {
    const device = deviceOf.get(change.device.id);
    const switched = device ? switchedBy(change, device) : [];
    if (device === undefined || switched.length === 0) continue;
    const host = network.hostOfDevice.get(device);
    // Everything that it carries before, after or in between.
    const carried = host ? liveOf([...device.approved, ...change.after], device) : switched;
    all ||= usesExitNodes || carried.some((prefix) => isForeign(prefix, host));
    all ||= host !== undefined && gateways.has(host);
    if (host !== undefined) ends.set(host.number, change);
  }
  return { all, ends };
}

/** The prefixes that are approved on one side alone; what is not advertised does nothing. */
function switchedBy({ after }: Change, device: Device): readonly Prefix[] {
  const { approved } = device;
  return liveOf(
    [
      ...approved.filter((each) => !hasPrefix(after, each)),
      ...after.filter((each) => !hasPrefix(approved, each)),
    ],
    device,
  );
}

function liveOf(prefixes: readonly Prefix[], { advertised }: Device): readonly Prefix[] {
  return prefixes.filter((prefix) => hasPrefix(advertised, prefix));
}

/** Calls with every ordered pair of different hosts that is touched: by the senders, then by the receivers. */
export function eachTouched(
  { all, ends }: Touch,
  count: number,
  visit: (from: number, to: number) => void,
): void {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const changed = numbers.filter((number) => ends.has(number));
  for (const from of numbers) {
    for (const to of all || ends.has(from) ? numbers : changed) if (from !== to) visit(from, to);
  }
}
