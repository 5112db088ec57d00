import { formatRange, setOf } from '../../src/net/address-set.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import type { Address, Prefix } from '../../src/net/prefix.ts';
import { type CompiledPolicy, compilePolicy, filterOf } from '../../src/policy/compile.ts';
import type { Device, DeviceList } from '../../src/policy/device-list.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { readPolicy } from '../../src/policy/read/read-policy.ts';
import { visibilityOf } from '../../src/policy/visibility.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';

// Small tailnets for tests, and what a policy comes to in them as short texts.

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`${text} is no prefix`);
  return parsed.value;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(`${text} is no address`);
  return parsed.value;
}

/** What a test says of a device; it has one IPv4 address where none is given, by its place in the list. */
export interface Given extends Partial<Omit<Device, 'addresses' | 'advertised' | 'approved' | 'serving'>> {
  readonly addresses?: readonly string[];
  readonly advertised?: readonly string[];
  /** All that it advertises, where nothing is given. */
  readonly approved?: readonly string[];
  readonly serving?: readonly string[];
}

/** Devices by their names, at 100.64.0.1 and up. */
export function listOf(given: Readonly<Record<string, Given>>): DeviceList {
  const devices = Object.entries(given).map(([name, each], index): Device => {
    const advertised = (each.advertised ?? []).map(prefix);
    return {
      id: name,
      name,
      hostname: name,
      owner: [],
      tags: [],
      isExternal: false,
      isAuthorized: true,
      isOnline: true,
      approvedAsWritten: [],
      expires: '',
      created: '',
      ...each,
      addresses: (each.addresses ?? [`100.64.0.${index + 1}`]).map(address),
      advertised,
      approved: each.approved?.map(prefix) ?? advertised,
      serving: each.serving?.map(prefix),
    };
  });
  return { control: 'tailscale', devices };
}

/** The policy of a value as JSON has it; it must be right. */
export function policyOf(sections: object): Policy {
  const file = sourceFile('policy.hujson', JSON.stringify(sections, null, 2));
  const { root } = parseHujson(file);
  const { policy, problems } = readPolicy(treeOf(file, root!));
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return policy;
}

export function compiled(sections: object, given: Readonly<Record<string, Given>>): CompiledPolicy {
  return compilePolicy(policyOf(sections), listOf(given));
}

export function deviceNamed({ list }: { readonly list: DeviceList }, name: string): Device {
  const device = list.devices.find((each) => each.name === name);
  if (device === undefined) throw new Error(`there is no device ${name}`);
  return device;
}

/** The packet filter of a device, a line each: `sources > destination:ports,… [protocols]`. */
export function filterText(policy: CompiledPolicy, name: string): string[] {
  return filterOf(policy, deviceNamed(policy, name)).map(({ sources, protocols, destinations }) => {
    const to = destinations.map(({ range, ports: { first, last } }) => {
      const ports = first === 0 && last === 65_535 ? '*' : first === last ? first : `${first}-${last}`;
      return `${formatRange(range)}:${ports}`;
    });
    const isUsual = protocols.join() === '6,17,1,58';
    return `${setOf(sources).map(formatRange)} > ${to}${isUsual ? '' : ` [${protocols}]`}`;
  });
}

/** What a device sees: the names of its peers, each with the routes that come with it. */
export function peersText(policy: CompiledPolicy, name: string): string[] {
  return visibilityOf(policy)(deviceNamed(policy, name)).map(({ device, routes }) =>
    [device.name, ...routes.map(formatPrefix)].join(' '),
  );
}
