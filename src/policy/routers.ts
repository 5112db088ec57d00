import { type AddressSet, hostRange, rangeOf, setOf } from '../net/address-set.ts';
import { hasPrefix, type Prefix } from '../net/prefix.ts';
import { isDefaultRoute } from '../net/ranges.ts';
import type { Device, DeviceList } from './device-list.ts';

/** The prefixes behind a device that work: approved and advertised. An exit node's two are not among them. */
export function subnetRoutesOf(device: Device): readonly Prefix[] {
  return liveRoutesOf(device).filter((prefix) => !isDefaultRoute(prefix));
}

/** 0.0.0.0/0 and ::/0, where they are approved and advertised. */
export function exitRoutesOf(device: Device): readonly Prefix[] {
  return liveRoutesOf(device).filter(isDefaultRoute);
}

/** A device's own addresses. */
export function ownAddressesOf(device: Device): AddressSet {
  return setOf(device.addresses.map(hostRange));
}

/** All addresses that a device answers for: its own and those behind it, the internet aside. */
export function addressesAt(device: Device): AddressSet {
  return setOf([...device.addresses.map(hostRange), ...subnetRoutesOf(device).map(rangeOf)]);
}

/** A prefix with every device that has it approved and advertised, the one that serves it first. */
export interface Routers {
  readonly prefix: Prefix;
  readonly devices: readonly Device[];
}

/**
 * The routers of every prefix, by `prefixKey`. One of several serves: the one that the control server says, else the
 * eldest [Tailscale docs, high availability, 2026-04], else the first of the list.
 */
export function routersOf({ devices }: DeviceList): ReadonlyMap<string, Routers> {
  const routers = new Map<string, { prefix: Prefix; devices: Device[] }>();
  for (const device of devices) {
    for (const prefix of subnetRoutesOf(device)) {
      const key = prefixKey(prefix);
      const before = routers.get(key);
      if (before) before.devices.push(device);
      else routers.set(key, { prefix, devices: [device] });
    }
  }
  for (const { prefix, devices: all } of routers.values()) {
    if (all.length > 1) all.sort((a, b) => rankOf(a, prefix) - rankOf(b, prefix) || byAge(a, b));
  }
  return routers;
}

/** A key that is the same for the same prefix. */
export function prefixKey({ family, network, length }: Prefix): string {
  return `${family} ${network}/${length}`;
}

function rankOf({ serving }: Device, prefix: Prefix): number {
  return serving && hasPrefix(serving, prefix) ? 0 : 1;
}

function byAge(a: Device, b: Device): number {
  if (a.created === '' || b.created === '' || a.created === b.created) return 0;
  return a.created < b.created ? -1 : 1;
}

function liveRoutesOf({ approved, advertised }: Device): readonly Prefix[] {
  return approved.filter((prefix) => hasPrefix(advertised, prefix));
}
