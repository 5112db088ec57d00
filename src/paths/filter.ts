import { type AddressSet, hasAddress, NO_ADDRESS, union } from '../net/address-set.ts';
import type { Address } from '../net/prefix.ts';
import { filterOf } from '../policy/compile.ts';
import type { Device } from '../policy/device-list.ts';
import type { FilterDestination, FilterLine } from '../policy/filter.ts';
import { EVERY_PORT } from '../policy/policy.ts';
import { hasPorts } from '../policy/read/read-ports.ts';
import type { Network } from './network.ts';

/** Whether a device's packet filter lets a new connection in. */
export type Admits = (device: Device, flow: Arrival) => boolean;

export interface Arrival {
  readonly source: Address;
  readonly to: Address;
  readonly protocol: number;
  readonly port: number;
}

/** The packet filters of a network; who may reach one address is worked out once. */
export function filtersOf({ compiled }: Network): Admits {
  const lines = new Map<Device, readonly FilterLine[]>();
  const admitted = new Map<Device, Map<Address, { key: string; sources: AddressSet }>>();
  return (device, { source, to, protocol, port }) => {
    const key = `${protocol} ${port}`;
    const known = admitted.get(device) ?? new Map<Address, { key: string; sources: AddressSet }>();
    admitted.set(device, known);
    let entry = known.get(to);
    if (entry?.key !== key) {
      const filter = lines.get(device) ?? filterOf(compiled, device);
      lines.set(device, filter);
      entry = { key, sources: sourcesTo(filter, to, protocol, port) };
      known.set(to, entry);
    }
    return hasAddress(entry.sources, source);
  };
}

function sourcesTo(filter: readonly FilterLine[], to: Address, protocol: number, port: number): AddressSet {
  const sets = filter.flatMap((line) =>
    line.destinations.some((each) => isOpen(line, each, to, protocol, port)) ? [line.sources] : [],
  );
  return sets.length === 0 ? NO_ADDRESS : union(...new Set(sets));
}

function isOpen(
  { protocols }: FilterLine,
  { range, ports }: FilterDestination,
  to: Address,
  protocol: number,
  port: number,
): boolean {
  if (range.family !== to.family || to.bits < range.first || range.last < to.bits) return false;
  // ICMP passes wherever any rule connects the addresses; what has no ports, where all ports are let through
  // [Tailscale 1.98, wgengine/filter].
  if (protocol === ICMP || protocol === ICMP_V6) return true;
  if (!protocols.includes(protocol)) return false;
  if (!hasPorts(protocol)) return ports.first === EVERY_PORT.first && ports.last === EVERY_PORT.last;
  return ports.first <= port && port <= ports.last;
}

const ICMP = 1;
const ICMP_V6 = 58;

/** What of a device's filter lets a connection in, for a trace. */
export function openings(
  { compiled }: Network,
  device: Device,
  { source, to, protocol, port }: Arrival,
): readonly FilterDestination[] {
  return filterOf(compiled, device).flatMap((line) =>
    hasAddress(line.sources, source)
      ? line.destinations.filter((each) => isOpen(line, each, to, protocol, port))
      : [],
  );
}
