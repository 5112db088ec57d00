import { listed } from '../diagnostics/wording.ts';
import { type AddressSet, covers, EVERY_ADDRESS, formatRange, setOf } from '../net/address-set.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import type { Prefix } from '../net/prefix.ts';
import type { AddressNames } from '../policy/access/name-addresses.ts';
import type { Device } from '../policy/device-list.ts';
import type { FilterLine } from '../policy/filter.ts';
import type { AccessRule } from '../policy/policy.ts';
import { ownAddressesOf } from '../policy/routers.ts';
import { positionAt } from './lines.ts';
import type { DevicePolicy } from './policy-report.ts';
import { MOST_NAMES, namesInWords, portsInWords, protocolsInWords } from './policy-words.ts';

/** What a policy means for a device, the device first. */
export function deviceLines(
  { device, filter, autoApproved, sees }: DevicePolicy,
  names: AddressNames,
): string[] {
  const who = [...device.tags, ...device.owner.slice(0, 1), ...device.addresses.map(formatAddress)];
  const lines = filter.flatMap((line) => filterLines(line, device, names));
  const peers = sees.map(({ device: { name }, routes }) =>
    routes.length > 0 ? `${name} (${prefixesInWords(routes)})` : name,
  );
  return [
    `${device.name} (${who.join(', ')})`,
    ...(lines.length > 0 ? ['  lets in', ...lines.map((line) => `    ${line}`)] : ['  lets nothing in']),
    ...(autoApproved.length > 0 ? [`  approves by itself ${prefixesInWords(autoApproved)}`] : []),
    `  sees ${listed(peers, MOST_NAMES) || 'nobody'}`,
  ];
}

function prefixesInWords(prefixes: readonly Prefix[]): string {
  return listed(prefixes.map(formatPrefix), MOST_NAMES);
}

/** One line for all that some sources may reach on the same ports, with the lines of the rules that say so. */
function filterLines(
  { sources, protocols, destinations }: FilterLine,
  device: Device,
  names: AddressNames,
): string[] {
  const byRange = groupedBy(destinations, ({ range }) => formatRange(range));
  const byPorts = groupedBy(byRange, (those) => portsInWords(those.map(({ ports }) => ports)));
  const from = namesInWords(sources, names);
  return byPorts.map((groups) => {
    const those = groups.flat();
    const to = listed(destinationNames(setOf(those.map(({ range }) => range)), device, names), MOST_NAMES);
    const ports = portsInWords(groups[0]!.map((each) => each.ports));
    const lines = new Set(those.map(({ because }) => lineOf(because.rule)));
    const where = `line${lines.size > 1 ? 's' : ''} ${listed([...lines].map(String), MOST_NAMES)}`;
    return `${from} → ${to}, ${[ports, ...protocolsInWords(protocols)].join(', ')} (${where})`;
  });
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return [...groups.values()];
}

function lineOf({ span }: AccessRule): number {
  return positionAt(span.file, span.start).line;
}

function destinationNames(set: AddressSet, device: Device, names: AddressNames): readonly string[] {
  if (covers(set, EVERY_ADDRESS)) return ['everything'];
  const own = ownAddressesOf(device);
  if (covers(own, set))
    return covers(set, own) ? ['itself'] : set.map(formatRange).map((text) => `its ${text}`);
  return names.nameAddresses(set).map(({ name }) => name);
}
