import { type AddressRange, hostRange, rangeOf } from '../../net/address-set.ts';
import { parseAddress, parsePrefix } from '../../net/parse.ts';
import type { Prefix } from '../../net/prefix.ts';
import { partSpan, type ScalarTree } from '../../syntax/tree.ts';
import type { Selector, SelectorUse } from '../policy.ts';

/** Kinds that a prefix tells, which is a part of the name. */
const PREFIXES = {
  'group:': 'group',
  'tag:': 'tag',
  'autogroup:': 'autogroup',
  'ipset:': 'ipset',
  'svc:': 'service',
} as const satisfies Record<string, Selector['kind']>;

/**
 * Reads a selector without white space around it; undefined where it is of no form that the service knows. That
 * it is defined and stands where it may is for others to see.
 */
export function readSelector(text: string): Selector | undefined {
  if (text === '*') return { kind: 'any' };
  const addresses = readAddresses(text);
  if (addresses) return { kind: 'addresses', ...addresses };
  const colon = text.indexOf(':');
  const prefix = text.slice(0, colon + 1);
  if (isPrefix(prefix)) return text === prefix ? undefined : { kind: PREFIXES[prefix], name: text };
  if (text.startsWith('user:*@') && text.length > 'user:*@'.length)
    return { kind: 'domain', domain: text.slice('user:*@'.length) };
  if (colon >= 0 || text === '') return undefined;
  return { kind: text.includes('@') ? 'user' : 'host', name: text };
}

/** Host bits count for nothing: `10.1.2.3/8` is `10.0.0.0/8`. */
export function readAddresses(
  text: string,
): { readonly range: AddressRange; readonly written: 'address' | 'prefix' | 'range' } | undefined {
  const address = parseAddress(text);
  if (address.ok) return { range: hostRange(address.value), written: 'address' };
  const prefix = readPrefix(text);
  if (prefix) return { range: rangeOf(prefix), written: 'prefix' };
  const dash = text.indexOf('-');
  if (dash < 0) return undefined;
  const [first, last] = [parseAddress(text.slice(0, dash)), parseAddress(text.slice(dash + 1))];
  if (!first.ok || !last.ok || first.value.family !== last.value.family) return undefined;
  if (first.value.bits > last.value.bits) return undefined;
  const range = { family: first.value.family, first: first.value.bits, last: last.value.bits };
  return { range, written: 'range' };
}

/** A prefix, its host bits cleared. */
export function readPrefix(text: string): Prefix | undefined {
  const parsed = parsePrefix(text);
  if (parsed.ok) return parsed.value;
  return parsed.fault.kind === 'host-bits' ? parsed.fault.meant : undefined;
}

/** The selector that a scalar, or `text.slice(start, end)` of it, uses: white space around it does not count. */
export function selectorUse(
  scalar: ScalarTree,
  start = 0,
  end = scalar.text.length,
): SelectorUse | undefined {
  const { value: text, span } = trimmed(scalar, start, end);
  const value = readSelector(text);
  return value && { value, text, span };
}

/** A scalar's text, or `text.slice(start, end)`, without white space around it, with its place. */
export function trimmed(scalar: ScalarTree, start = 0, end = scalar.text.length) {
  const part = scalar.text.slice(start, end);
  const value = part.trim();
  if (value === scalar.text) return { value, span: scalar.span };
  const from = start + part.length - part.trimStart().length;
  return { value, span: partSpan(scalar, from, from + value.length) };
}

function isPrefix(text: string): text is keyof typeof PREFIXES {
  return Object.hasOwn(PREFIXES, text);
}
