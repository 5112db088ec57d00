import {
  type AddressRange,
  type AddressSet,
  difference,
  EVERY_ADDRESS,
  EVERY_IPV4,
  hostRange,
  NO_ADDRESS,
  rangeOf,
  setOf,
  union,
} from '../net/address-set.ts';
import type { Prefix } from '../net/prefix.ts';
import { TAILSCALE_IPV4, TAILSCALE_IPV6 } from '../net/ranges.ts';
import type { Device, DeviceList } from './device-list.ts';
import { isIdentityOf, standsForDevices } from './identity.ts';
import type { Policy, Selector } from './policy.ts';
import { subnetRoutesOf } from './routers.ts';

/**
 * What a selector stands for in a tailnet. `autogroup:self` and roles that no device list tells stand for nothing
 * here; `*` is another thing as a source than as a destination.
 */
export interface Resolver {
  /** The devices that a selector names by their tags or owners; undefined if it names addresses. */
  devicesOf(selector: Selector): readonly Device[] | undefined;
  /** The addresses as the policy has them: not joined, except those of an ipset. */
  rangesOf(selector: Selector, side: Side): readonly AddressRange[];
  addressesOf(selector: Selector, side: Side): AddressSet;
}

export type Side = 'source' | 'destination';

/** Resolves the selectors of one policy; each is worked out once. */
export function resolverOf(policy: Policy, list: DeviceList): Resolver {
  const devices = memo((selector) =>
    standsForDevices(selector)
      ? list.devices.filter((device) => isIdentityOf(policy, selector, device))
      : undefined,
  );
  const sources = memo((selector) => setOf(rangesOf(selector, 'source')));
  const destinations = memo((selector) => setOf(rangesOf(selector, 'destination')));
  const everyone = everySource(list);

  function rangesOf(selector: Selector, side: Side): readonly AddressRange[] {
    switch (selector.kind) {
      case 'any':
        return side === 'source' ? everyone : EVERY_ADDRESS;
      case 'addresses':
        return [selector.range];
      case 'host': {
        const host = policy.hosts.get(selector.name);
        return host ? [host.range] : NO_ADDRESS;
      }
      case 'ipset':
        return ipsetOf(policy, selector.name, (operand) => setOf(rangesOf(operand, side)));
      case 'service':
        return NO_ADDRESS;
      case 'autogroup':
        if (selector.name === 'autogroup:internet') return THE_INTERNET;
        if (selector.name === 'autogroup:danger-all') return EVERY_ADDRESS;
        break;
    }
    return (devices(selector) ?? []).flatMap(({ addresses }) => addresses.map(hostRange));
  }

  return {
    devicesOf: devices,
    rangesOf,
    addressesOf: (selector, side) => (side === 'source' ? sources(selector) : destinations(selector)),
  };
}

/** 100.115.92.0/23, which Tailscale leaves to ChromeOS [Tailscale, net/tsaddr ChromeOSVMRange]. */
const CHROME_OS: Prefix = { family: 4, network: 0x6473_5c00n, length: 23 };

/**
 * `*` as a source: Tailscale's addresses and everything behind an approved route; what leaves through an exit node
 * is no source [recorded packet filters, 2026-04; Headscale 0.29 alike].
 */
function everySource({ devices }: DeviceList): AddressSet {
  const tailscale = difference(
    setOf([rangeOf(TAILSCALE_IPV4), rangeOf(TAILSCALE_IPV6)]),
    setOf([rangeOf(CHROME_OS)]),
  );
  return union(tailscale, setOf(devices.flatMap((device) => subnetRoutesOf(device).map(rangeOf))));
}

/**
 * `autogroup:internet`: all public IPv4 addresses and 2000::/3 [Tailscale docs, autogroup:internet; recorded
 * packet filters of exit nodes, 2026-04].
 */
export const THE_INTERNET: AddressSet = union(
  difference(
    [EVERY_IPV4],
    setOf(
      (
        [
          [0x0a00_0000n, 8], // 10.0.0.0/8
          [0x6440_0000n, 10], // 100.64.0.0/10
          [0xa9fe_0000n, 16], // 169.254.0.0/16
          [0xac10_0000n, 12], // 172.16.0.0/12
          [0xc0a8_0000n, 16], // 192.168.0.0/16
        ] as const
      ).map(([network, length]) => rangeOf({ family: 4, network, length })),
    ),
  ),
  [rangeOf({ family: 6, network: 1n << 125n, length: 3 })],
);

/** How many levels of ipsets an ipset may hold. */
export const DEEPEST_IPSET = 50;

/**
 * What is left of an ipset after its operations in order. One that is in itself, or deeper in others than
 * `DEEPEST_IPSET`, stands for nothing there: a policy with either is refused.
 */
function ipsetOf(policy: Policy, name: string, addressesOf: (operand: Selector) => AddressSet): AddressSet {
  const open = new Set<string>();
  const known = new Map<string, AddressSet>();

  function evaluate(called: string): AddressSet {
    const before = known.get(called);
    if (before !== undefined) return before;
    if (open.has(called) || open.size > DEEPEST_IPSET) return NO_ADDRESS;
    open.add(called);
    let left = NO_ADDRESS;
    let added: AddressSet[] = [];
    for (const { removes, operand } of policy.ipsets.get(called)?.operations ?? []) {
      const selector = operand.value;
      const addresses = selector.kind === 'ipset' ? evaluate(selector.name) : addressesOf(selector);
      if (removes) {
        left = difference(union(left, ...added), addresses);
        added = [];
      } else {
        added.push(addresses);
      }
    }
    open.delete(called);
    const all = union(left, ...added);
    known.set(called, all);
    return all;
  }
  return evaluate(name);
}

function memo<T>(work: (selector: Selector) => T): (selector: Selector) => T {
  const known = new Map<string, T>();
  return (selector) => {
    const key = selectorKey(selector);
    if (!known.has(key)) known.set(key, work(selector));
    return known.get(key) as T;
  };
}

/** A key that is the same for selectors that say the same. */
export function selectorKey(selector: Selector): string {
  switch (selector.kind) {
    case 'any':
      return '*';
    case 'domain':
      return `domain ${selector.domain}`;
    case 'addresses': {
      const { family, first, last } = selector.range;
      return `addresses ${family} ${first}-${last}`;
    }
    default:
      return `${selector.kind} ${selector.name}`;
  }
}
