import type { AddressRange, AddressSet } from '../net/address-set.ts';
import type { AccessRule, Destination, PortRange } from './policy.ts';

/**
 * A line of a device's packet filter: who may send what to where. Shaped as the service delivers it: lines with
 * the same sources and protocols are one, destinations stand as the policy has them and are not clipped to the
 * device's addresses and routes.
 */
export interface FilterLine {
  readonly sources: AddressSet;
  readonly protocols: readonly number[];
  readonly destinations: readonly FilterDestination[];
}

export interface FilterDestination {
  readonly range: AddressRange;
  readonly ports: PortRange;
  /** What in the policy allows it. */
  readonly because: { readonly rule: AccessRule; readonly destination: Destination };
}
