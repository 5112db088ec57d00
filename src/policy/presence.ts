import { type AddressSet, hostRange, meets, rangeOf, setOf } from '../net/address-set.ts';
import { TAILSCALE_IPV4, TAILSCALE_IPV6 } from '../net/ranges.ts';
import type { Device } from './device-list.ts';
import { domainOf, isIdentityOf, standsForDevices } from './identity.ts';
import type { Policy, Selector } from './policy.ts';
import { resolverOf, selectorKey, THE_INTERNET } from './resolve.ts';
import { isUntold } from './tests/test-names.ts';

/** Whether what a policy names is there. Where only the control server knows, it is. */
export interface Presence {
  /** Nothing, whatever is in the tailnet: a group without members, an ipset without addresses. */
  isEmpty(selector: Selector): boolean;
  /** Whether some device, or an address, is among a rule's sources by this selector. */
  isSource(selector: Selector): boolean;
  /** Whether something is a destination by this selector: a device, or an address that one has or has a route to. */
  isDestination(selector: Selector): boolean;
  /** The same with only those routes that a device with one of these tags has. */
  isBehind(selector: Selector, via: readonly Selector[]): boolean;
  /** The addresses that a selector gives where only routes lead: neither Tailscale's own nor the internet's. */
  networkOf(selector: Selector): AddressSet | undefined;
}

/** Which of a policy's names stand for something among some devices, whether they are let in and approved or not. */
export function presenceIn(policy: Policy, devices: readonly Device[]): Presence {
  // Addresses are the same in every tailnet.
  const { addressesOf } = resolverOf(policy, { control: 'tailscale', devices: [] });
  const everywhere = placesOf(devices);
  const mayBeOutside = outsiders(policy, devices);
  const isEmpty = byKey((selector) => {
    if (selector.kind === 'group') return policy.groups.get(selector.name)?.members.length === 0;
    return selector.kind === 'ipset' && addressesOf(selector, 'destination').length === 0;
  });
  const isSomeone = byKey((selector) => devices.some((device) => isIdentityOf(policy, selector, device)));
  const placesOfTag = byKey((tag) => placesOf(devices.filter((device) => isIdentityOf(policy, tag, device))));

  function isAt(selector: Selector, places: AddressSet): boolean {
    if (isUntold(selector)) return true;
    if (standsForDevices(selector)) return isSomeone(selector);
    const addresses = addressesOf(selector, 'destination');
    // An exit node may be one that no list tells, as Mullvad's are.
    return isPlaceless(selector) || meets(addresses, places) || meets(addresses, THE_INTERNET);
  }
  return {
    isEmpty,
    networkOf(selector) {
      if (!['addresses', 'host', 'ipset'].includes(selector.kind)) return undefined;
      const addresses = addressesOf(selector, 'destination');
      const isElsewhere = meets(addresses, TAILNET) || meets(addresses, THE_INTERNET);
      return isElsewhere || addresses.length === 0 ? undefined : addresses;
    },
    isSource: (selector) =>
      !isEmpty(selector) && (!standsForDevices(selector) || mayBeOutside(selector) || isSomeone(selector)),
    isDestination: byKey((selector) => isAt(selector, everywhere)),
    isBehind: (selector, via) => via.some((tag) => isSomeone(tag) && isAt(selector, placesOfTag(tag))),
  };
}

/**
 * Who may be in no device list because a device is shared with them: the list has what is shared in and not those whom
 * something is shared with [Tailscale docs, sharing]. A user with the domain of the tailnet is one of its own.
 */
function outsiders(policy: Policy, devices: readonly Device[]): (selector: Selector) => boolean {
  const domains = devices.flatMap(({ owner }) => owner.flatMap((name) => domainOf(name.toLowerCase()) ?? []));
  const own = new Set(domains.filter((domain) => !PUBLIC_DOMAINS.includes(domain)));
  const isOutsider = ({ value }: { readonly value: Selector }) => {
    const domain = value.kind === 'user' ? domainOf(value.name.toLowerCase()) : undefined;
    return domain !== undefined && !own.has(domain);
  };
  return (selector) => {
    if (isUntold(selector)) return true;
    switch (selector.kind) {
      case 'user':
        return isOutsider({ value: selector });
      case 'group':
        return policy.groups.get(selector.name)?.members.some(isOutsider) ?? false;
      default:
        return selector.kind === 'autogroup' && selector.name === 'autogroup:shared';
    }
  };
}

/** Domains that users of many tailnets have. */
const PUBLIC_DOMAINS = [
  'github',
  'passkey',
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'icloud.com',
];

/** `*`, and `autogroup:self`, which the sources of its rule tell. */
function isPlaceless({ kind }: Selector): boolean {
  return kind === 'any' || kind === 'autogroup';
}

/** What devices have, or have a route to once it is approved. */
function placesOf(devices: readonly Device[]): AddressSet {
  return setOf(
    devices.flatMap(({ addresses, advertised, approved }) => [
      ...addresses.map(hostRange),
      ...[...advertised, ...approved].filter(({ length }) => length > 0).map(rangeOf),
    ]),
  );
}

const TAILNET = setOf([rangeOf(TAILSCALE_IPV4), rangeOf(TAILSCALE_IPV6)]);

/** Asks once for all selectors that say the same. */
function byKey<T extends object | boolean>(ask: (selector: Selector) => T): (selector: Selector) => T {
  const known = new Map<string, T>();
  return (selector) => {
    const key = selectorKey(selector);
    const answer = known.get(key) ?? ask(selector);
    known.set(key, answer);
    return answer;
  };
}
