import type { Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import { givenAt, itemsOf, type MapTree, memberOf, type Tree, valueAt } from '../syntax/tree.ts';
import type { GivenFlag } from './facts.ts';
import { substituted } from './substitution.ts';

/** The words under a path of keys: one, or a list of them (dual stack). */
export function givensAt(tree: Tree | undefined, ...keys: string[]): readonly Given[] {
  return itemsOf(valueAt(tree, ...keys)).flatMap((item) => {
    const word = givenAt(item);
    return word ? [substituted(word)] : [];
  });
}

/** Likewise, where an empty value says that something is absent: then one word with an empty text. */
export function givensOrEmptyAt(tree: Tree | undefined, key: string): readonly Given[] {
  const value = memberOf(tree, key)?.value;
  return value?.kind === 'scalar' && value.value === null
    ? [{ text: '', span: value.span }]
    : givensAt(value);
}

/** A yes or no; nothing for any other value, which the schema has reported where there is one. */
export function flagAt(tree: Tree | undefined, ...keys: string[]): GivenFlag | undefined {
  const value = valueAt(tree, ...keys);
  if (value?.kind !== 'scalar' || typeof value.value !== 'boolean') return undefined;
  return { on: value.value, span: value.span };
}

/** The maps of a list. */
export function mapsAt(tree: Tree | undefined, ...keys: string[]): readonly MapTree[] {
  const value = valueAt(tree, ...keys);
  return value?.kind === 'list' ? value.items.filter((item) => item.kind === 'map') : [];
}

/** The smallest thing that stands for a map: its first key. */
export function firstKeyOf(map: MapTree): Span {
  return map.members[0]?.key.span ?? map.span;
}
