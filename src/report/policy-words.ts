import { listed } from '../diagnostics/wording.ts';
import type { AddressSet } from '../net/address-set.ts';
import type { AddressNames } from '../policy/access/name-addresses.ts';
import { DEFAULT_PROTOCOLS, EVERY_PORT, type PortRange } from '../policy/policy.ts';
import { protocolName } from '../policy/read/read-ports.ts';

/** Names, ports or lines in one line; the others are counted. */
export const MOST_NAMES = 12;

/** Who a set of addresses is. */
export function namesInWords(set: AddressSet, names: AddressNames): string {
  return listed(
    names.nameAddresses(set).map(({ name }) => name),
    MOST_NAMES,
  );
}

/** Nothing for the default. */
export function protocolsInWords(protocols: readonly number[]): readonly string[] {
  if (protocols === DEFAULT_PROTOCOLS) return [];
  return [listed(protocols.map(protocolName), MOST_NAMES)];
}

/** `port 22`, `ports 80 and 8000-8100`, `every port`. */
export function portsInWords(ranges: readonly PortRange[]): string {
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  if (texts.includes(`${EVERY_PORT.first}-${EVERY_PORT.last}`)) return 'every port';
  const distinct = [...new Set(texts)];
  const one = distinct.length === 1 && ranges[0]!.first === ranges[0]!.last;
  return `${one ? 'port' : 'ports'} ${listed(distinct, MOST_NAMES)}`;
}
