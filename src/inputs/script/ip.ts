import type { Span } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import type { IpRoute, IpRule } from '../facts.ts';

/** What one `ip` command adds. */
export type IpAddition =
  | { readonly kind: 'rule'; readonly rule: IpRule }
  | { readonly kind: 'route'; readonly route: IpRoute };

/**
 * Reads the words after `ip`. Objects, commands and keywords may be cut short, as `ip ru a` [iproute2 6.8,
 * ip/{ip,iprule,iproute}.c]. Anything but `rule add` and `route add|append|replace` is nothing.
 *
 * @param at the place of `ip`
 */
export function readIpCommand(args: readonly Given[], at: Span): IpAddition | undefined {
  let index = 0;
  while (args[index]?.text?.startsWith('-')) {
    index += /^--?(f|fa|family|n|netns|b|batch|rc|rcvbuf|l|loops)$/.test(args[index]!.text!) ? 2 : 1;
  }
  const [object, verb, ...words] = args.slice(index);
  if (object?.text === undefined || verb?.text === undefined) return undefined;
  const place = cover(at, verb.span);
  if (isShortFor(object.text, 'rule', 2) && isShortFor(verb.text, 'add', 1))
    return { kind: 'rule', rule: readRule(words, place) };
  const adds =
    isShortFor(verb.text, 'add', 1) ||
    isShortFor(verb.text, 'append', 2) ||
    isShortFor(verb.text, 'replace', 3);
  const route = isShortFor(object.text, 'route', 1) && adds ? readRoute(words, place) : undefined;
  return route && { kind: 'route', route };
}

function isShortFor(word: string, whole: string, least: number): boolean {
  return word.length >= least && whole.startsWith(word);
}

/** From the first word to the last, where they stand in this order. */
function cover(first: Span, last: Span): Span {
  return first.file === last.file && first.start <= last.start ? { ...first, end: last.end } : first;
}

/** Keywords of a rule whose value follows, each with the field it fills, if any. */
const RULE_KEYWORDS: readonly (readonly [keyword: string, least: number, field?: keyof IpRule])[] = [
  ['to', 2, 'to'],
  ['from', 2, 'from'],
  ['priority', 2, 'priority'],
  ['preference', 2, 'priority'],
  ['order', 1, 'priority'],
  ['table', 2, 'table'],
  ['lookup', 1, 'table'],
  ['suppress_prefixlength', 9, 'suppressPrefixlength'],
  ['sup_pl', 6, 'suppressPrefixlength'],
  ['suppress_ifgroup', 10],
  ['fwmark', 2],
  ['iif', 1, 'iif'],
  ['oif', 2],
  ['dev', 1, 'iif'],
  ['tos', 3],
  ['dsfield', 2],
  ['uidrange', 1],
  ['ipproto', 2],
  ['sport', 2],
  ['dport', 2],
  ['protocol', 2],
  ['realms', 1],
  ['goto', 1],
  ['tun_id', 3],
];

function readRule(words: readonly Given[], at: Span): IpRule {
  const fields: Partial<Record<keyof IpRule, Given>> = {};
  let complete = true;
  for (let index = 0; index < words.length; index++) {
    const { text } = words[index]!;
    if (text === undefined) {
      complete = false;
      continue;
    }
    const keyword = RULE_KEYWORDS.find(([whole, least]) => isShortFor(text, whole, least));
    if (!keyword) continue;
    const value = words[++index];
    const [, , field] = keyword;
    if (field && value) fields[field] = value;
  }
  const { to, from, iif, priority, table, suppressPrefixlength } = fields;
  return {
    at,
    ...(to && { to }),
    ...(from && { from }),
    ...(iif && { iif }),
    ...(priority && { priority }),
    ...(table && { table }),
    ...(suppressPrefixlength && { suppressPrefixlength }),
    complete,
  };
}

/** Kinds of routes that lead to no neighbour. */
const OTHER_ROUTES = new Set([
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'nat',
  'anycast',
]);
/** Keywords of a route without a value. */
const ROUTE_SWITCHES = new Set(['onlink', 'pervasive', 'nexthop', 'unicast']);
const FAMILIES = new Set(['inet', 'inet6']);

function readRoute(words: readonly Given[], at: Span): IpRoute | undefined {
  const fields: Partial<Record<'to' | 'via' | 'dev' | 'table', Given>> = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const text = word.text;
    if (text !== undefined && OTHER_ROUTES.has(text)) return undefined;
    if (text !== undefined && ROUTE_SWITCHES.has(text)) continue;
    if (fields.to === undefined && text !== 'to') {
      fields.to = word;
      continue;
    }
    if (FAMILIES.has(words[index + 1]?.text ?? '')) index++;
    const value = words[++index];
    if (value && (text === 'to' || text === 'via' || text === 'dev' || text === 'table'))
      fields[text] = value;
  }
  const { to, via, dev, table } = fields;
  return { at, ...(to && { to }), ...(via && { via }), ...(dev && { dev }), ...(table && { table }) };
}
