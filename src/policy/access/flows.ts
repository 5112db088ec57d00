import { type AddressSet, difference, intersection } from '../../net/address-set.ts';
import type { PortRange } from '../policy.ts';

/** Connections from every source to every destination on every port; none if one of the three is empty. */
export interface Flows {
  readonly sources: AddressSet;
  readonly destinations: AddressSet;
  readonly ports: PortRange;
}

/** All connections between some addresses: those of a packet are of one family. One for each family and port range. */
export function flowsBetween(
  sources: AddressSet,
  destinations: AddressSet,
  ports: readonly PortRange[],
): readonly Flows[] {
  return ([4, 6] as const).flatMap((family) => {
    const from = sources.filter((range) => range.family === family);
    const to = destinations.filter((range) => range.family === family);
    if (from.length === 0 || to.length === 0) return [];
    return ports.map((each) => ({ sources: from, destinations: to, ports: each }));
  });
}

/** A limit on the work for one question, in ranges looked at: some seconds at most, and no real policy comes near. */
const MOST_WORK = 5_000_000;

/**
 * What of some connections none of `others` holds, exact on sets; empty if they hold all of it. Undefined where the
 * answer lies in too many pieces to be worked out.
 */
export function withoutFlows(asked: Flows, others: readonly Flows[]): readonly Flows[] | undefined {
  let left: readonly Flows[] = isEmpty(asked) ? [] : [asked];
  let work = 0;
  for (const other of others) {
    const next: Flows[] = [];
    for (const flows of left) {
      work += flows.sources.length + flows.destinations.length;
      work += other.sources.length + other.destinations.length;
      if (work > MOST_WORK) return undefined;
      subtract(flows, other, next);
    }
    left = next;
    if (left.length === 0) break;
  }
  return left;
}

/** The connections that both hold, if there are any. */
export function commonFlows(a: Flows, b: Flows): Flows | undefined {
  const ports = commonPorts(a.ports, b.ports);
  if (ports === undefined) return undefined;
  const destinations = intersection(a.destinations, b.destinations);
  if (destinations.length === 0) return undefined;
  const sources = intersection(a.sources, b.sources);
  return sources.length === 0 ? undefined : { sources, destinations, ports };
}

/** What both port ranges hold. */
export function commonPorts(a: PortRange, b: PortRange): PortRange | undefined {
  const first = Math.max(a.first, b.first);
  const last = Math.min(a.last, b.last);
  return first <= last ? { first, last } : undefined;
}

function isEmpty({ sources, destinations }: Flows): boolean {
  return sources.length === 0 || destinations.length === 0;
}

/** Adds what `other` leaves of `flows`, in pieces that do not overlap. */
function subtract(flows: Flows, other: Flows, left: Flows[]): void {
  const common = commonFlows(flows, other);
  if (common === undefined) {
    left.push(flows);
    return;
  }
  const { sources, destinations, ports } = common;
  const otherSources = difference(flows.sources, sources);
  if (otherSources.length > 0) left.push({ ...flows, sources: otherSources });
  const otherDestinations = difference(flows.destinations, destinations);
  if (otherDestinations.length > 0) left.push({ ...flows, sources, destinations: otherDestinations });
  if (flows.ports.first < ports.first) {
    left.push({ sources, destinations, ports: { first: flows.ports.first, last: ports.first - 1 } });
  }
  if (ports.last < flows.ports.last) {
    left.push({ sources, destinations, ports: { first: ports.last + 1, last: flows.ports.last } });
  }
}
