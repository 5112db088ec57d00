import { type AddressSet, setOf } from '../../net/address-set.ts';
import { compareSpans } from '../../source/span.ts';
import { type CompiledPolicy, filterOf } from '../compile.ts';
import type { Device } from '../device-list.ts';
import type { PortRange } from '../policy.ts';
import { type Because, changedPlaces, type Filters, type Place } from './access-places.ts';
import { entryOf } from './entry-of.ts';
import { mergeAccess } from './merge-access.ts';
import { type AddressNames, namesOf } from './name-addresses.ts';
import { type Arrival, destinationNames } from './name-destinations.ts';
import { type NumberSet, numberSet, numberSetKey, numbersOf } from './number-set.ts';
import { namesOfPolicy } from './policy-names.ts';
import { divideSources, type SourceClasses } from './source-classes.ts';
import { type AccessRow, subtractAccess } from './subtract-access.ts';

/** What some packet filters let in, and the names that their policy has for addresses. */
export interface TailnetAccess {
  readonly filters: Filters;
  readonly names: AddressNames;
}

/**
 * Who gains and who loses which access: exact on the packets, whatever the text of the policies. Changes may overlap;
 * together they are all that one policy allows and the other does not.
 */
export interface AccessDifference {
  readonly gains: readonly AccessChange[];
  readonly losses: readonly AccessChange[];
}

/** All of the sources may (or may no longer) send all of the protocols to all of the ports of all destinations. */
export interface AccessChange {
  readonly sources: AddressSet;
  /** Names that stand for exactly `sources`. */
  readonly sourceNames: readonly string[];
  readonly arrivals: readonly Arrival[];
  /** Names that stand for exactly `arrivals`. */
  readonly destinationNames: readonly string[];
  /** IANA numbers in order. */
  readonly protocols: readonly number[];
  /** In order, neither overlapping nor touching. */
  readonly ports: readonly PortRange[];
  /** What allows it, in the order of the file: of a gain in the policy after, of a loss in the one before. */
  readonly because: readonly Because[];
}

/** The access difference of two policies in the same tailnet: compiled with one device list, the same object. */
export function differenceOf(before: CompiledPolicy, after: CompiledPolicy): AccessDifference {
  return compareAccess(tailnetAccessOf(before), tailnetAccessOf(after));
}

function tailnetAccessOf(compiled: CompiledPolicy): TailnetAccess {
  const filters = new Map(compiled.list.devices.map((device) => [device, filterOf(compiled, device)]));
  return { filters, names: addressNamesOf(compiled) };
}

/** The names that a policy and its devices have for addresses. */
export function addressNamesOf({ policy, resolver, list }: CompiledPolicy): AddressNames {
  return namesOf(list.devices, namesOfPolicy(policy, resolver));
}

/**
 * Compares what two policies let in at each device. Sources are divided into classes that no rule tells apart, and
 * destinations into places, so that equal ones are worked on once; see `subtractAccess` and `mergeAccess` for what
 * that costs.
 */
export function compareAccess(before: TailnetAccess, after: TailnetAccess): AccessDifference {
  const { places, permits } = changedPlaces(before.filters, after.filters);
  const used = new Set(places.flatMap((place) => [...place.before.keys(), ...place.after.keys()]));
  const sets = permits.filter((permit) => used.has(permit)).map(({ sources }) => sources);
  const classes = divideSources([...new Set(sets)]);
  return {
    gains: changes(places, classes, after.names, (place) => ({ of: place.after, without: place.before })),
    losses: changes(places, classes, before.names, (place) => ({ of: place.before, without: place.after })),
  };
}

function changes(
  places: readonly Place[],
  classes: SourceClasses,
  names: AddressNames,
  sides: (place: Place) => Parameters<typeof subtractAccess>[0],
): AccessChange[] {
  const rows = places.flatMap((place, index) =>
    subtractAccess(sides(place), numberSet(places.length, [index]), classes),
  );
  const sourcesOf = memo(classes.addressesOf);
  const sourceNamesOf = memo((set) => names.nameAddresses(sourcesOf(set)).map(({ name }) => name));
  const arrivalsOf = memo((set) => arrivalsAt(numbersOf(set).map((index) => places[index]!)));
  const nameDestinations = destinationNames(names);
  const destinationNamesOf = memo((set) => nameDestinations(arrivalsOf(set)));
  return mergeAccess(rows)
    .map((row: AccessRow) => ({
      sources: sourcesOf(row.sources),
      sourceNames: sourceNamesOf(row.sources),
      arrivals: arrivalsOf(row.places),
      destinationNames: destinationNamesOf(row.places),
      protocols: row.protocols,
      ports: row.ports,
      because: [...row.because].sort((a, b) => compareSpans(a.destination.at, b.destination.at)),
    }))
    .sort(compareChanges);
}

/** Each device once, by name and id. */
function arrivalsAt(places: readonly Place[]): Arrival[] {
  const byDevice = new Map<Device, Place['parts'][number][]>();
  for (const part of places.flatMap(({ parts }) => parts))
    entryOf(byDevice, part.device, () => []).push(part);
  return [...byDevice]
    .map(([device, parts]) => ({ device, addresses: setOf(parts.map(({ range }) => range)) }))
    .sort((a, b) => compareTexts(a.device.name, b.device.name) || compareTexts(a.device.id, b.device.id));
}

function compareChanges(a: AccessChange, b: AccessChange): number {
  const [left, right] = [a, b].map(sortKeys);
  const differing = left!.findIndex((key, index) => key !== right![index]);
  return differing < 0 ? 0 : compareTexts(left![differing]!, right![differing]!);
}

/** Texts that sort as what they stand for. */
function sortKeys({ sourceNames, destinationNames, protocols, ports }: AccessChange): string[] {
  const numbers = [...protocols, ...ports.flatMap(({ first, last }) => [first, last])];
  return [
    sourceNames.join(),
    destinationNames.join(),
    numbers.map((each) => `${each}`.padStart(5, '0')).join(),
  ];
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function memo<T>(work: (set: NumberSet) => T): (set: NumberSet) => T {
  const known = new Map<string, { readonly made: T }>();
  return (set) => entryOf(known, numberSetKey(set), () => ({ made: work(set) })).made;
}
