import { formatPrefix } from '../net/format.ts';
import { hasPrefix, sameAddress } from '../net/prefix.ts';
import { hasExpired } from '../plan/instant.ts';
import type { Limits } from '../plan/limits.ts';
import type { Device } from '../policy/device-list.ts';
import type { RouteEdit } from './route-edit.ts';

/** Why a device is not the one that was planned for; undefined if it is, under whatever name. */
export function whyAnother(planned: Device, found: Device | undefined): string | undefined {
  if (found === undefined) return `${planned.name} is not in the tailnet any more`;
  if (found.isExternal) return `${planned.name} is shared in from another tailnet`;
  const isSame =
    found.id === planned.id &&
    found.created === planned.created &&
    found.addresses.some((address) => planned.addresses.some((other) => sameAddress(address, other)));
  return isSame ? undefined : `${planned.name} was registered again after the plan was made`;
}

/**
 * Why what is left of an edit is not done to a device as it is now; undefined if nothing is in the way. Taking an
 * approval back is always possible. `now` is in milliseconds since 1970.
 */
export function whyNotNow(
  device: Device,
  { add }: RouteEdit,
  limits: Limits,
  now: number,
): string | undefined {
  if (add.length === 0) return undefined;
  const { name, expires } = device;
  if (!device.isAuthorized) return `${name} is not authorised`;
  if (hasExpired(device, now)) return `the key of ${name} expired on ${expires}`;
  if (device.isOnline === false && !limits.offline) return `${name} is offline`;
  if (limits.preApprove) return undefined;
  const missing = add.filter((prefix) => !hasPrefix(device.advertised, prefix));
  if (missing.length === 0) return undefined;
  return `${name} does not advertise ${missing.map(formatPrefix).join(', ')} any more`;
}
