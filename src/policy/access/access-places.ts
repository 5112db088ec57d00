import type { AddressRange } from '../../net/address-set.ts';
import type { Device } from '../device-list.ts';
import type { FilterDestination, FilterLine } from '../filter.ts';
import type { Destination } from '../policy.ts';
import { arrivalsOf, everyArrival } from './arrivals.ts';
import { entryOf } from './entry-of.ts';
import { type Permit, type PermitTable, permitTable } from './permits.ts';
import { cutAtEnds, piecesIn } from './source-classes.ts';

export type Filters = ReadonlyMap<Device, readonly FilterLine[]>;

/** What in a policy allows something. */
export type Because = FilterDestination['because'];

/** Destinations that the packet filters of two policies treat alike. */
export interface Place {
  readonly parts: readonly { readonly device: Device; readonly range: AddressRange }[];
  readonly before: Permitted;
  readonly after: Permitted;
}

/** The permits of a place, each with what allows it at one part or another: one object for each destination. */
export type Permitted = ReadonlyMap<Permit, ReadonlySet<Because>>;

/**
 * Divides what arrives at the devices into places, and leaves out those whose permits are the same before and after.
 *
 * O(d·p) for d devices with p pairs each of a filter's destination and a stretch of addresses it reaches there; a
 * device has few stretches, an exit node or a router some for each prefix.
 */
export function changedPlaces(
  before: Filters,
  after: Filters,
): { places: Place[]; permits: readonly Permit[] } {
  const table = permitTable();
  const reasons = new Map<Destination, Because>();
  const places = new Map<string, Writable>();
  for (const device of new Set([...before.keys(), ...after.keys()])) {
    const [linesBefore, linesAfter] = [before.get(device) ?? [], after.get(device) ?? []];
    const cuts = [...linesBefore, ...linesAfter].flatMap(({ destinations }) =>
      destinations.map(({ range }) => range),
    );
    const ranges = cutAtEnds(everyArrival(arrivalsOf(device)), cuts);
    const heldBefore = heldAt(ranges, linesBefore, table);
    const heldAfter = heldAt(ranges, linesAfter, table);
    for (const [index, range] of ranges.entries()) {
      const keys = [keyOf(heldBefore[index]!), keyOf(heldAfter[index]!)];
      if (keys[0] === keys[1]) continue;
      const place = entryOf(places, keys.join('|'), () => ({
        parts: [],
        before: new Map(),
        after: new Map(),
      }));
      place.parts.push({ device, range });
      addTo(place.before, heldBefore[index]!, reasons);
      addTo(place.after, heldAfter[index]!, reasons);
    }
  }
  return { places: [...places.values()], permits: table.permits };
}

interface Writable extends Place {
  readonly parts: { readonly device: Device; readonly range: AddressRange }[];
  readonly before: Map<Permit, Set<Because>>;
  readonly after: Map<Permit, Set<Because>>;
}

/** Permits and what allows each, at the same index; one may occur more than once. */
interface Held {
  readonly permits: Permit[];
  readonly because: Because[];
}

function heldAt(ranges: readonly AddressRange[], lines: readonly FilterLine[], table: PermitTable): Held[] {
  const held = ranges.map((): Held => ({ permits: [], because: [] }));
  for (const line of lines) {
    if (line.sources.length === 0 || line.protocols.length === 0) continue;
    const permitOf = table.permitsOf(line);
    for (const { range, ports, because } of line.destinations) {
      for (const index of piecesIn(ranges, [range])) {
        held[index]!.permits.push(permitOf(ports));
        held[index]!.because.push(because);
      }
    }
  }
  return held;
}

function keyOf({ permits }: Held): string {
  return Uint32Array.from(new Set(permits.map(({ id }) => id)))
    .sort()
    .join();
}

/** `reasons` has one object for each destination of a rule, as the filters have one for each device. */
function addTo(
  permitted: Map<Permit, Set<Because>>,
  { permits, because }: Held,
  reasons: Map<Destination, Because>,
): void {
  for (const [index, permit] of permits.entries()) {
    const each = because[index]!;
    entryOf(permitted, permit, () => new Set()).add(entryOf(reasons, each.destination, () => each));
  }
}
