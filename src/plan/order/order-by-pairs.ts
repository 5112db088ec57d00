import { entryOf } from '../../policy/access/entry-of.ts';
import { passingState } from '../effects/states.ts';
import type { Change } from '../plan.ts';
import type { Need, Watched } from './needs.ts';
import { unmet } from './needs.ts';
import { groupsInOrder, type Precedence } from './precedence.ts';

/** Of more pairs of changed nodes than this none is asked how it fares in between. */
const MOST_PAIRS = 60_000;

/** Some changes in groups, by their numbers; and what perhaps does not work while a group is half done. */
export interface Order {
  readonly groups: readonly (readonly number[])[];
  /** For each group. */
  readonly interrupted: readonly (readonly Need[])[];
}

/**
 * Where a change touches the pairs of its own node alone: exact, with the smallest groups. A pair of two changed nodes
 * fares ill while only the one is done, or only the other, or never, whatever else is done; which of it is the case
 * says which of the two goes first, and that they go together where both is.
 *
 * Builds no more than 2·⌈log₂ n⌉ networks a cluster, as in one network many pairs have one node done and the other not:
 * n is at most one more than the most others that a changed node shares a pair to watch with. Of more than
 * `MOST_PAIRS` pairs all nodes that hang together by them are one group.
 */
export function orderByPairs(
  watched: readonly Watched[],
  changes: readonly Change[],
  precedences: readonly Precedence[],
): Order {
  const numbers = new Map(changes.map((change, number) => [change, number]));
  const pairs = watched.flatMap((each) =>
    each.needs.map((need): Pair => {
      const [from, to] = need.ends.map((change) => numbers.get(change)!);
      return { watched: each, need, from: from!, to: to! };
    }),
  );
  const broken = pairs.length > MOST_PAIRS ? pairs.flatMap(bothWays) : brokenBetween(pairs, changes);
  const groups = groupsInOrder(changes.length, [
    ...precedences,
    // What breaks with `done` before `undone` wants `undone` first.
    ...broken.map(({ done, undone }) => ({ earlier: undone, later: done })),
  ]);
  const place = new Map(groups.flatMap((group, index) => group.map((number, at) => [number, { index, at }])));
  const interrupted = groups.map((): Set<Need> => new Set());
  for (const { done, undone, need } of broken) {
    const [a, b] = [place.get(done)!, place.get(undone)!];
    if (a.index === b.index && a.at < b.at) interrupted[a.index]!.add(need);
  }
  return { groups, interrupted: interrupted.map((needs) => [...needs]) };
}

/** A pair to watch, with the numbers of the changes at its two ends. */
interface Pair {
  readonly watched: Watched;
  readonly need: Need;
  readonly from: number;
  readonly to: number;
}

/** A pair that is worse off while the one change is done and the other is not. */
interface Broken {
  readonly done: number;
  readonly undone: number;
  readonly need: Need;
}

function bothWays({ from, to, need }: Pair): readonly Broken[] {
  return [
    { done: from, undone: to, need },
    { done: to, undone: from, need },
  ];
}

function brokenBetween(pairs: readonly Pair[], changes: readonly Change[]): readonly Broken[] {
  const colours = coloursOf(pairs, changes.length);
  const byBit = new Map<number, Pair[]>();
  for (const pair of pairs) {
    const bit = lowestBit(colours[pair.from]! ^ colours[pair.to]!);
    entryOf(byBit, bit, () => []).push(pair);
  }
  return [...byBit].flatMap(([bit, some]) =>
    [0, 1].flatMap((value) => {
      const isDone = (number: number) => ((colours[number]! >> bit) & 1) === value;
      const done = changes.filter((_, number) => isDone(number));
      const states = new Map<Watched['outlook'], ReturnType<typeof passingState>>();
      return some.flatMap(({ watched, need, from, to }): readonly Broken[] => {
        const { outlook, index } = watched;
        const state = entryOf(states, outlook, () => passingState(outlook, done));
        if (unmet({ index, needs: [need] }, state).length === 0) return [];
        return [isDone(from) ? { done: from, undone: to, need } : { done: to, undone: from, need }];
      });
    }),
  );
}

/** From 0; of 0 there is none. */
function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}

/** Gives every change a number, and the two of a pair different ones: small ones, taken in turn. */
function coloursOf(pairs: readonly Pair[], count: number): Int32Array {
  const others = Array.from({ length: count }, () => new Set<number>());
  for (const { from, to } of pairs) {
    others[from]!.add(to);
    others[to]!.add(from);
  }
  const colours = new Int32Array(count).fill(-1);
  for (let number = 0; number < count; number++) {
    const taken = new Set([...others[number]!].map((other) => colours[other]!));
    let colour = 0;
    while (taken.has(colour)) colour++;
    colours[number] = colour;
  }
  return colours;
}
