import {
  type AddressRange,
  type AddressSet,
  compareRanges,
  covers,
  difference,
  formatRange,
  hostRange,
  meets,
  rangeOf,
  sameSet,
  setOf,
  union,
} from '../../net/address-set.ts';
import { formatPrefix } from '../../net/format.ts';
import type { Device } from '../device-list.ts';
import { ownAddressesOf, subnetRoutesOf } from '../routers.ts';
import { entryOf } from './entry-of.ts';
import { haveCommon, isSubset, type NumberSet, numberSet, numbersOf } from './number-set.ts';
import { piecesIn } from './source-classes.ts';

/** A name and exactly the addresses that it stands for. */
export interface NamedSet {
  readonly name: string;
  readonly set: AddressSet;
}

/** The names of one tailnet under one policy. */
export interface AddressNames {
  readonly devices: readonly Device[];
  /** As few names as describe a set exactly: what they stand for is together the set, no more and no less. */
  nameAddresses(set: AddressSet): readonly NamedSet[];
  /** The name that stands for exactly this set, unless it is that of a route. */
  nameOf(set: AddressSet): string | undefined;
  /** As few names as stand for exactly these devices, in words; one device has its own name. */
  nameDevices(devices: readonly Device[]): string;
}

/** A range that is several routes is told by them up to this number. */
const MOST_ROUTES = 8;

/** More names than these are compared with `X except Y`, where X is one of the smallest that hold the set. */
const FEW_NAMES = 2;
const MOST_WHOLES = 2;

/**
 * Names of tags and users, `every device`, what `further` has, and single devices: in this order where several names
 * stand for the same. To name a set takes O(k·n/32) for k names and n addresses of devices, and as long as its ranges.
 */
export function namesOf(devices: readonly Device[], further: readonly NamedSet[]): AddressNames {
  const everyDevice = { name: EVERY_DEVICE, set: addressesOf(devices) };
  const groups = inFamilies([everyDevice, ...tagsAndUsers(devices), ...further]);
  const singles = devices.map((device) => inFamilies([singleOf(device)]));
  const exact = new Map<string, NamedSet>();
  for (const each of [...groups, ...singles.flat()]) entryOf(exact, setKey(each.set), () => each);

  const owners = ownersOf(devices);
  const ownerRanges = owners.map(({ range }) => range);
  const largestFirst = sortedBySize(groups.filter((each) => exact.get(setKey(each.set)) === each));
  const ofDevices = memberGroups(largestFirst);
  const ofOthers = largestFirst.filter((each) => memberGroups([each]).length === 0);
  const ofDevice = new Map(devices.map((each, index) => [each, memberGroups(singles[index]!)]));
  const routes = routesBehind(devices);
  const routeRanges = routes.map(({ range }) => range);
  const known = new Map<string, readonly NamedSet[]>();

  function nameAddresses(set: AddressSet): readonly NamedSet[] {
    const key = setKey(set);
    return entryOf(known, key, () => {
      const same = exact.get(key);
      return same ? [same] : nameParts(set);
    });
  }

  function nameParts(set: AddressSet): readonly NamedSet[] {
    const { names, hasRanges } = partsOf(set);
    const plain = hasRanges ? set.flatMap(nameRange) : names;
    const best = plain.length < names.length ? plain : names;
    return (best.length > FEW_NAMES && nameByExceptions(set, best.length)) || best;
  }

  /** `every device except tag:k3s`, if that takes fewer than `most` names. */
  function nameByExceptions(set: AddressSet, most: number): readonly NamedSet[] | undefined {
    const wholes = largestFirst.filter((each) => covers(each.set, set)).slice(-MOST_WHOLES);
    for (const whole of wholes.reverse()) {
      const { names } = partsOf(difference(whole.set, set));
      if (1 + names.length >= most) continue;
      return [{ name: `${whole.name} except ${inWords(names.map(({ name }) => name))}`, set }];
    }
    return undefined;
  }

  /** What has names in a set, the largest first, then single devices, then routes and plain ranges. */
  function partsOf(set: AddressSet): { readonly names: readonly NamedSet[]; readonly hasRanges: boolean } {
    const others: NamedSet[] = [];
    let left = set;
    for (const each of ofOthers) {
      if (!covers(set, each.set) || !meets(left, each.set)) continue;
      others.push(each);
      left = difference(left, each.set);
    }
    const held = membersIn(set);
    const chosen = withoutNeedless(chooseGroups(ofDevices, held, membersIn(left)));
    const rest = without(membersIn(left), chosen);
    const owning = new Set(numbersOf(rest).map((index) => owners[index]!.device));
    const candidates = [...owning].flatMap((device) => ofDevice.get(device)!);
    chosen.push(...chooseGroups(candidates, held, rest));
    const unnamed = numbersOf(without(rest, chosen)).map((index) => ownerRanges[index]!);
    const ranges = union(difference(left, everyDevice.set), setOf(unnamed)).flatMap(nameRange);
    const hasRanges = ranges.some(({ name, set: [range] }) => name === formatRange(range!));
    return { names: [...others, ...chosen, ...ranges], hasRanges };
  }

  function membersIn(set: AddressSet): NumberSet {
    return numberSet(owners.length, piecesIn(ownerRanges, set));
  }

  /** The named sets that have nothing but addresses of devices. */
  function memberGroups(named: readonly NamedSet[]): MemberGroup[] {
    return named.flatMap((each) => {
      const indexes = piecesIn(ownerRanges, each.set);
      const isAll = BigInt(indexes.length) === sizeOf(each.set);
      return isAll ? [{ ...each, members: numberSet(owners.length, indexes) }] : [];
    });
  }

  function nameRange(range: AddressRange): NamedSet[] {
    const within = piecesIn(routeRanges, [range]).map((index) => routes[index]!);
    const one = within.find((route) => compareRanges(route.range, range) === 0);
    if (one) return [one];
    const areAll =
      within.length <= MOST_ROUTES && sameSet(setOf(within.map((route) => route.range)), [range]);
    return areAll ? within : [{ name: formatRange(range), set: [range] }];
  }

  return {
    devices,
    nameAddresses,
    nameOf: (set) => exact.get(setKey(set))?.name,
    nameDevices: (some) => {
      const isHidden = some.some(({ addresses }) => addresses.length === 0);
      const names = isHidden || some.length === 1 ? some : nameAddresses(addressesOf(some));
      return inWords(names.map(({ name }) => name));
    },
  };
}

/** A named set, and which of all addresses of devices are in it. */
interface MemberGroup extends NamedSet {
  readonly members: NumberSet;
}

/** In turn each group within `held` that has something of what is still `wanted`. */
function chooseGroups(groups: readonly MemberGroup[], held: NumberSet, wanted: NumberSet): MemberGroup[] {
  const chosen: MemberGroup[] = [];
  const left = Uint32Array.from(wanted);
  for (const group of groups) {
    if (!isSubset(group.members, held) || !haveCommon(group.members, left)) continue;
    chosen.push(group);
    removeFrom(left, group.members);
  }
  return chosen;
}

/** Without groups whose addresses the others have between them. */
function withoutNeedless(groups: readonly MemberGroup[]): MemberGroup[] {
  const counts = new Map<number, number>();
  const count = (number: number) => counts.get(number) ?? 0;
  for (const { members } of groups) {
    for (const number of numbersOf(members)) counts.set(number, count(number) + 1);
  }
  return groups.filter(({ members }) => {
    const numbers = numbersOf(members);
    const isNeedless = numbers.every((number) => count(number) > 1);
    if (isNeedless) for (const number of numbers) counts.set(number, count(number) - 1);
    return !isNeedless;
  });
}

function without(members: NumberSet, groups: readonly MemberGroup[]): NumberSet {
  const left = Uint32Array.from(members);
  for (const group of groups) removeFrom(left, group.members);
  return left;
}

function removeFrom(left: Uint32Array, members: NumberSet): void {
  for (let index = 0; index < left.length; index++) left[index]! &= ~members[index]!;
}

function singleOf(device: Device): NamedSet {
  return { name: device.name, set: ownAddressesOf(device) };
}

const EVERY_DEVICE = 'every device';

/** `a, b and c` */
function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Tags with all devices that have them, and users with all devices of theirs that have no tag. */
function tagsAndUsers(devices: readonly Device[]): NamedSet[] {
  const groups = new Map<string, Device[]>();
  for (const device of devices) {
    const names = device.tags.length > 0 ? new Set(device.tags) : device.owner.slice(0, 1);
    for (const name of names) entryOf(groups, name, () => []).push(device);
  }
  return [...groups].sort(byName).map(([name, group]) => ({ name, set: addressesOf(group) }));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** All as they are, then the addresses of one family in each; sets without an address are left out. */
function inFamilies(named: readonly NamedSet[]): NamedSet[] {
  const parts = ([4, 6] as const).flatMap((family) =>
    named.map(({ name, set }) => ({
      name: `${name} over IPv${family}`,
      set: set.filter((range) => range.family === family),
    })),
  );
  return [...named, ...parts].filter(({ set }) => set.length > 0);
}

interface NamedRoute extends NamedSet {
  readonly range: AddressRange;
}

/** Each prefix that is routed, in order, with all devices that it is behind. */
function routesBehind(devices: readonly Device[]): NamedRoute[] {
  const routes = new Map<string, { readonly range: AddressRange; readonly behind: string[] }>();
  for (const device of devices) {
    for (const prefix of subnetRoutesOf(device)) {
      const route = { range: rangeOf(prefix), behind: [] };
      entryOf(routes, formatPrefix(prefix), () => route).behind.push(device.name);
    }
  }
  return [...routes]
    .map(([prefix, { range, behind }]) => {
      return { name: `${prefix} behind ${inWords(behind.sort())}`, set: [range], range };
    })
    .sort((a, b) => compareRanges(a.range, b.range));
}

/** The addresses of devices in order. */
function ownersOf(devices: readonly Device[]): { readonly range: AddressRange; readonly device: Device }[] {
  return devices
    .flatMap((device) => device.addresses.map((address) => ({ range: hostRange(address), device })))
    .sort((a, b) => compareRanges(a.range, b.range));
}

function addressesOf(devices: readonly Device[]): AddressSet {
  return setOf(devices.flatMap(({ addresses }) => addresses.map(hostRange)));
}

function sortedBySize(named: readonly NamedSet[]): NamedSet[] {
  return named
    .map((each) => ({ each, size: sizeOf(each.set) }))
    .sort((a, b) => (a.size === b.size ? 0 : a.size > b.size ? -1 : 1))
    .map(({ each }) => each);
}

function sizeOf(set: AddressSet): bigint {
  return set.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

function setKey(set: AddressSet): string {
  return set.map(({ family, first, last }) => `${family} ${first}-${last}`).join();
}
