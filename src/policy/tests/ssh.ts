import { type AddressSet, hasAddress, union } from '../../net/address-set.ts';
import { entryOf } from '../access/entry-of.ts';
import type { CompiledPolicy } from '../compile.ts';
import type { Device } from '../device-list.ts';
import { domainOf } from '../identity.ts';
import type { SelectorUse, SshRule } from '../policy.ts';
import { ownAddressesOf } from '../routers.ts';

/** A rule of `ssh` that lets somebody in, and from where: all addresses of the devices that it lets in. */
export interface SshAccess {
  readonly rule: SshRule;
  readonly sources: AddressSet;
}

/** Which rules let somebody into a device under a login name. */
export type SshAccessTo = (device: Device, login: string) => readonly SshAccess[];

/**
 * What `ssh` lets in, whatever `acls` and `grants` say of port 22. A rule lets in devices, not addresses: all of a
 * device's addresses if it names one of them.
 */
export function sshAccessOf(compiled: CompiledPolicy): SshAccessTo {
  const rules = compiled.policy.ssh.map((rule) => ({
    rule,
    sources: sourcesOf(compiled, rule),
    byLogin: new Map<string, Admitted>(),
  }));
  return (device, login) =>
    rules.flatMap(({ rule, sources, byLogin }) => {
      const admitted = entryOf(byLogin, login, () => admit(rule, sources, login));
      const reach = reachOf(compiled, rule, device);
      if (reach === 'none') return [];
      const addresses =
        reach === 'all'
          ? admitted.addresses
          : addressesOf(admitted.devices.filter((source) => isSamePerson(source, device)));
      return addresses.length > 0 ? [{ rule, sources: addresses }] : [];
    });
}

/** The sources of a rule that may use a login name. */
interface Admitted {
  readonly devices: readonly Device[];
  readonly addresses: AddressSet;
}

function admit({ users }: SshRule, sources: readonly Device[], login: string): Admitted {
  const devices = sources.filter((source) => users.some(({ value }) => allowsLogin(value, login, source)));
  return { devices, addresses: addressesOf(devices) };
}

function sourcesOf({ resolver, list }: CompiledPolicy, { sources }: SshRule): readonly Device[] {
  const named = union(...sources.map(({ value }) => resolver.addressesOf(value, 'source')));
  return list.devices.filter((device) => isIn(device, named));
}

/** Whether a rule lets all its sources into a device, or those of the device's own person alone. */
function reachOf({ resolver }: CompiledPolicy, { destinations }: SshRule, device: Device) {
  if (destinations.some(({ value }) => isIn(device, resolver.addressesOf(value, 'destination'))))
    return 'all';
  return destinations.some(isSelf) ? 'own' : 'none';
}

function isSelf({ value }: SelectorUse): boolean {
  return value.kind === 'autogroup' && value.name === 'autogroup:self';
}

/** Whether a device has one of some addresses. */
export function isIn(device: Device, addresses: AddressSet): boolean {
  return device.addresses.some((address) => hasAddress(addresses, address));
}

/** Whether two devices are one person's; a tagged device is nobody's. */
export function isSamePerson(a: Device, b: Device): boolean {
  return a.tags.length === 0 && b.tags.length === 0 && a.owner.some((name) => b.owner.includes(name));
}

const LOCALPART = 'localpart:*@';

/**
 * Whether an item of a rule's `users` allows a login name. `localpart:*@example.com` allows people of that domain
 * what stands before the `@` of their own e-mail address. [Tailscale docs, policy file syntax, 2026-04]
 */
function allowsLogin(user: string, login: string, source: Device): boolean {
  if (user === 'autogroup:nonroot') return login !== 'root';
  if (!user.startsWith(LOCALPART)) return user === login;
  const domain = user.slice(LOCALPART.length).toLowerCase();
  return (
    source.tags.length === 0 &&
    source.owner.some(
      (name) => domainOf(name)?.toLowerCase() === domain && name.slice(0, name.lastIndexOf('@')) === login,
    )
  );
}

function addressesOf(devices: readonly Device[]): AddressSet {
  return union(...devices.map(ownAddressesOf));
}
