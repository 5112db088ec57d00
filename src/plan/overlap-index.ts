import { rangeOf } from '../net/address-set.ts';
import type { Entry, Holders } from '../net/overlaps.ts';
import type { Prefix } from '../net/prefix.ts';
import { rangeIndex } from '../net/range-index.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import { prefixKey } from '../policy/routers.ts';

/** To be asked which of many prefixes overlap another one: those around it, in it and equal to it. */
export type OverlapIndex<T> = (prefix: Prefix) => readonly Holders<T>[];

/** Equal prefixes are taken together. O(n log n), and O(log n + found) for each question. */
export function overlapIndex<T>(entries: Iterable<Entry<T>>): OverlapIndex<T> {
  const holders = new Map<string, { readonly prefix: Prefix; readonly values: T[] }>();
  for (const { prefix, value } of entries) {
    entryOf(holders, prefixKey(prefix), () => ({ prefix, values: [] })).values.push(value);
  }
  const index = rangeIndex([...holders.values()].map((value) => ({ range: rangeOf(value.prefix), value })));
  return (prefix) => index.meeting(rangeOf(prefix));
}
