import { type AddressSet, difference, intersection, meets, setOf, union } from '../../net/address-set.ts';
import { type RangeIndex, rangeIndex } from '../../net/range-index.ts';
import { type CompiledPolicy, matchesAt, type Target } from '../compile.ts';
import { type AccessRule, type Destination, EVERY_PORT, type PortRange, type Traffic } from '../policy.ts';
import { hasPorts } from '../read/read-ports.ts';
import { addressesAt } from '../routers.ts';
import { entryOf } from './entry-of.ts';
import type { Flows } from './flows.ts';

/** Connections that a policy lets through, and what in it does so. */
export interface Access extends Flows {
  readonly rule: AccessRule;
  readonly destination: Destination;
}

/** Everything that a policy lets through to some addresses by at least one of some protocols. */
export type AccessTo = (destinations: AddressSet, protocols: readonly number[]) => readonly Access[];

/**
 * Which connections a policy lets through, whatever device they arrive at. A rule is delivered to every device that
 * holds or routes one of its addresses, so it counts as it stands. Three are delivered to some of those devices only,
 * and count where they are: `autogroup:self`, grants with `via` and `autogroup:internet`. For addresses that no device
 * holds or routes the policy alone decides. Of several devices that answer for an address, one that lets a
 * connection in is enough.
 */
export function accessOf(compiled: CompiledPolicy): AccessTo {
  const { targets, resolver, list } = compiled;
  const places = (targets.some(isPlaced) ? list.devices : []).map((device) => ({
    device,
    addresses: addressesAt(device),
  }));
  const anyPlace = union(...places.map(({ addresses }) => addresses));
  const namedBy = ({ destination: { selector } }: Target) =>
    resolver.addressesOf(selector.value, 'destination');
  const index = indexOf(targets, namedBy);
  // Many rules name the same, and many questions ask for it.
  const known = new Map<AddressSet, Map<AddressSet, AddressSet>>();
  const common = (named: AddressSet, asked: AddressSet) =>
    entryOf(
      entryOf(known, asked, () => new Map<AddressSet, AddressSet>()),
      named,
      () => intersection(named, asked),
    );

  function asItStands(destinations: AddressSet, protocols: readonly number[]): readonly Access[] {
    const elsewhere = anyPlace.length > 0 ? difference(destinations, anyPlace) : destinations;
    const found = new Set(destinations.flatMap((range) => index.meeting(range)).flat());
    return [...found]
      .sort((a, b) => a - b)
      .flatMap((number) => {
        const target = targets[number]!;
        const asked = isPlaced(target) ? elsewhere : destinations;
        return accessesBy(target, common(namedBy(target), asked), protocols);
      });
  }

  function whereDelivered(destinations: AddressSet, protocols: readonly number[]): readonly Access[] {
    return places.flatMap(({ device, addresses }) => {
      if (!meets(addresses, destinations)) return [];
      const here = intersection(addresses, destinations);
      return matchesAt(compiled, device)
        .filter(isPlaced)
        .flatMap((match) => accessesBy(match, intersection(setOf(match.ranges), here), protocols));
    });
  }

  return (destinations, protocols) => [
    ...asItStands(destinations, protocols),
    ...whereDelivered(destinations, protocols),
  ];
}

/** The numbers of targets by what they name; the same object for the same name. */
function indexOf(
  targets: readonly Target[],
  namedBy: (target: Target) => AddressSet,
): RangeIndex<readonly number[]> {
  const numbers = new Map<AddressSet, number[]>();
  for (const [number, target] of targets.entries()) entryOf(numbers, namedBy(target), () => []).push(number);
  return rangeIndex([...numbers].flatMap(([set, value]) => set.map((range) => ({ range, value }))));
}

/** On which ports one of some protocols is let through. */
export function portsLetThrough(
  traffic: readonly Traffic[],
  protocols: readonly number[],
): readonly PortRange[] {
  // ICMP passes wherever any rule connects the addresses; what has no ports, where all ports are let through
  // [Tailscale, wgengine/filter].
  if (traffic.length > 0 && protocols.some(isIcmp)) return [EVERY_PORT];
  return traffic.flatMap((each) => {
    const common = protocols.filter((protocol) => each.protocols.includes(protocol));
    if (common.some(hasPorts)) return each.ports;
    return common.length > 0 && each.ports.some(isEveryPort) ? [EVERY_PORT] : [];
  });
}

/** Whether a destination of a rule counts only where it is delivered. */
function isPlaced({ rule, destination: { selector } }: Target): boolean {
  return rule.via.length > 0 || (selector.value.kind === 'autogroup' && PLACED.has(selector.value.name));
}

const PLACED = new Set(['autogroup:self', 'autogroup:internet']);

function accessesBy(
  { rule, destination, sources }: Target,
  destinations: AddressSet,
  protocols: readonly number[],
): readonly Access[] {
  if (sources.length === 0 || destinations.length === 0) return [];
  return portsLetThrough(destination.traffic, protocols).map((ports) => ({
    rule,
    destination,
    sources,
    destinations,
    ports,
  }));
}

function isIcmp(protocol: number): boolean {
  return protocol === 1 || protocol === 58;
}

function isEveryPort({ first, last }: PortRange): boolean {
  return first === EVERY_PORT.first && last === EVERY_PORT.last;
}
