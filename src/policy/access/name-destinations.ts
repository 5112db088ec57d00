import {
  type AddressRange,
  type AddressSet,
  covers,
  difference,
  formatRange,
  intersection,
  rangeOf,
  sameSet,
  union,
} from '../../net/address-set.ts';
import type { Device } from '../device-list.ts';
import { THE_INTERNET } from '../resolve.ts';
import { subnetRoutesOf } from '../routers.ts';
import { type Arrivals, arrivalsOf, everyArrival } from './arrivals.ts';
import { entryOf } from './entry-of.ts';
import type { AddressNames } from './name-addresses.ts';

/** Addresses at which packets reach a device: its own, those behind its routes, or what it is an exit node for. */
export interface Arrival {
  readonly device: Device;
  readonly addresses: AddressSet;
}

/** More routes than these are not told one by one if they are all that some devices have. */
const MOST_ROUTES = 3;

/**
 * Names exactly some arrivals, each device once: `*` if they are all there are, else what stands for devices' own
 * addresses, then `10.42.3.0/24 behind kyoto-1`, then `the internet through tag:exit`.
 */
export function destinationNames(names: AddressNames): (arrivals: readonly Arrival[]) => readonly string[] {
  const wholes = new Map(names.devices.map((device) => [device, arrivalsOf(device)]));
  const reachable = [...wholes.values()].filter((whole) => everyArrival(whole).length > 0).length;

  return (arrivals) => {
    const parts = arrivals.map(({ device, addresses }): Part => {
      const whole = wholes.get(device) ?? arrivalsOf(device);
      return { device, addresses, whole };
    });
    const isAll = parts.every(({ addresses, whole }) => sameSet(addresses, everyArrival(whole)));
    if (isAll && parts.length === reachable) return ['*'];
    const own = union(...parts.map(({ addresses, whole }) => intersection(addresses, whole.own)));
    return [
      ...names.nameAddresses(own).map(({ name }) => name),
      ...nameBehind(parts, names),
      ...nameThrough(parts, names),
    ];
  };
}

interface Part extends Arrival {
  /** What else arrives at the device. */
  readonly whole: Arrivals;
}

function nameBehind(parts: readonly Part[], names: AddressNames): string[] {
  const behind = parts
    .map(({ device, addresses, whole }) => ({
      device,
      set: intersection(addresses, whole.behind),
      all: whole.behind,
    }))
    .filter(({ set }) => set.length > 0);
  const complete = behind.filter(({ set, all }) => sameSet(set, all));
  const ofComplete = labelled(complete, names);
  if (ofComplete.length <= MOST_ROUTES) return labelled(behind, names);
  const rest = behind.filter((each) => !complete.includes(each));
  const all = `every route behind ${names.nameDevices(complete.map(({ device }) => device))}`;
  return [all, ...labelled(rest, names)];
}

/** Each label once, with all devices it is behind. */
function labelled(
  behind: readonly { readonly device: Device; readonly set: AddressSet }[],
  names: AddressNames,
): string[] {
  const devices = new Map<string, Device[]>();
  for (const { device, set } of behind) {
    for (const label of set.flatMap((range) => labelsOf(range, device, names))) {
      entryOf(devices, label, () => []).push(device);
    }
  }
  return [...devices].map(([label, some]) => `${label} behind ${names.nameDevices(some)}`);
}

/** A range by its name or by the routes that it is made of. */
function labelsOf(range: AddressRange, device: Device, names: AddressNames): string[] {
  const labelOf = (set: AddressSet) => names.nameOf(set) ?? set.map(formatRange).join();
  const within = subnetRoutesOf(device)
    .map((prefix): AddressSet => [rangeOf(prefix)])
    .filter((route) => covers([range], route));
  const isOne = within.some((route) => sameSet(route, [range]));
  if (isOne || !sameSet(union(...within), [range])) return [labelOf([range])];
  return within.map(labelOf);
}

function nameThrough(parts: readonly Part[], names: AddressNames): string[] {
  const devices = new Map<string, Device[]>();
  for (const { device, addresses, whole } of parts) {
    const set = intersection(addresses, whole.through);
    for (const label of set.length > 0 ? labelsThrough(set, whole.through) : []) {
      entryOf(devices, label, () => []).push(device);
    }
  }
  return [...devices].map(([label, some]) => `${label} through ${names.nameDevices(some)}`);
}

/** `autogroup:internet` is the internet; a rule for `*` lets an exit node forward everything else too. */
function labelsThrough(set: AddressSet, all: AddressSet): readonly string[] {
  if (sameSet(set, all)) return ['every address'];
  if (sameSet(set, intersection(all, THE_INTERNET))) return ['the internet'];
  if (sameSet(set, difference(all, THE_INTERNET))) return ['every private address'];
  return set.map(formatRange);
}
