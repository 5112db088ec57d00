import { comparePrefixes, contains, type Prefix, samePrefix } from './prefix.ts';

/** A prefix and whatever it is looked up for: who advertises it, where it is written. */
export interface Entry<T> {
  readonly prefix: Prefix;
  readonly value: T;
}

/** Everything that has one and the same prefix. */
export interface Holders<T> {
  readonly prefix: Prefix;
  /** At least one, in the order they were given. */
  readonly values: readonly T[];
}

/** Two prefixes that overlap: `outer` contains `inner`. Values of one and the same prefix have one object on both sides. */
export interface Overlap<T> {
  readonly outer: Holders<T>;
  readonly inner: Holders<T>;
}

/**
 * Every pair of prefixes that overlap, once, equal ones taken together: 100,000 entries of one prefix are one
 * pair, not 5 billion. Pairs of values are made of `outer.values` and `inner.values` by whoever wants them.
 *
 * Ordered by `inner` as `comparePrefixes` does; for each inner first itself, if it has several values, then the
 * prefixes around it, the nearest first. Takes O(n log n + pairs), and there are at most 129 pairs an entry,
 * since no chain of different prefixes is longer. A caller may stop at any pair.
 */
export function* overlappingPairs<T>(entries: Iterable<Entry<T>>): Generator<Overlap<T>, void, undefined> {
  // Prefixes nest or are disjoint, and wider ones are sorted first: what contains a prefix is among those around
  // the one before it. The nearest is last.
  const around: Holders<T>[] = [];
  for (const inner of holdersOf(entries)) {
    while (around.length > 0 && !contains(around.at(-1)!.prefix, inner.prefix)) around.pop();
    if (inner.values.length > 1) yield { outer: inner, inner };
    for (let index = around.length - 1; index >= 0; index--) yield { outer: around[index]!, inner };
    around.push(inner);
  }
}

/** The different prefixes in the order of `comparePrefixes`. */
function holdersOf<T>(entries: Iterable<Entry<T>>): Holders<T>[] {
  const all: Holders<T>[] = [];
  let last: { prefix: Prefix; values: T[] } | undefined;
  for (const { prefix, value } of [...entries].sort((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    if (last !== undefined && samePrefix(last.prefix, prefix)) {
      last.values.push(value);
    } else {
      last = { prefix, values: [value] };
      all.push(last);
    }
  }
  return all;
}
