import {
  type AddressSet,
  difference,
  EVERY_IPV4,
  EVERY_IPV6,
  rangeOf,
  setOf,
  union,
} from '../../net/address-set.ts';
import type { Device } from '../device-list.ts';
import { exitRoutesOf, ownAddressesOf, subnetRoutesOf } from '../routers.ts';

/** Where packets that arrive at a device may be going; the three parts have no address in common. */
export interface Arrivals {
  readonly own: AddressSet;
  /** Behind its subnet routes that are approved and advertised. */
  readonly behind: AddressSet;
  /** Everything else of a family whose exit route is approved and advertised. */
  readonly through: AddressSet;
}

export function arrivalsOf(device: Device): Arrivals {
  const own = ownAddressesOf(device);
  const behind = difference(setOf(subnetRoutesOf(device).map(rangeOf)), own);
  const exits = exitRoutesOf(device).map(({ family }) => (family === 4 ? EVERY_IPV4 : EVERY_IPV6));
  return { own, behind, through: difference(setOf(exits), union(own, behind)) };
}

export function everyArrival({ own, behind, through }: Arrivals): AddressSet {
  return union(own, behind, through);
}
