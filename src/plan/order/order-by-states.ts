import { entryOf } from '../../policy/access/entry-of.ts';
import type { Outlook } from '../effects/outlook.ts';
import { passingState, type State } from '../effects/states.ts';
import type { Change } from '../plan.ts';
import { type Need, unmet, type Watched } from './needs.ts';
import type { Order } from './order-by-pairs.ts';
import type { Precedence } from './precedence.ts';

/** Up to as many changes every order is looked at. */
const MOST_EXACT = 8;
/** How many pairs are asked in all how they fare in between, each network counting `PER_DEVICE`: about a second. */
const MOST_ASKED = 400_000;
/** Building a network takes as long as asking so many pairs for each device. */
const PER_DEVICE = 30;

/**
 * Where a change may touch any pair: follows the states that some changes done and the others not make, from none done
 * to all. Exact for up to `MOST_EXACT` changes: of all ways on which every state meets the needs the one with the
 * smallest groups. For more it takes what comes next in order, as a group with what must be done to meet the needs
 * again. Once `MOST_ASKED` is used up, all that is left is one group: at once in a cluster of a thousand nodes where
 * most pairs work already, after some 13 networks where few do.
 */
export function orderByStates(
  watched: readonly Watched[],
  changes: readonly Change[],
  precedences: readonly Precedence[],
): Order {
  const ask = asker(watched, changes);
  const isExact = changes.length <= MOST_EXACT && ask.affords(2 ** changes.length);
  const mayFollow = (done: ReadonlySet<number>) =>
    precedences.every(({ earlier, later }) => !done.has(later) || done.has(earlier));
  const groups = isExact
    ? shortestWay(changes.length, (done) => mayFollow(done) && ask.unmetAt(done)?.length === 0)
    : nextByNext(changes, ask.unmetAt, mayFollow);
  return { groups, interrupted: interruptionsOf(groups, watched, ask.unmetAt) };
}

/** What of the needs some changes alone do not meet; undefined if that is too much to ask. */
type UnmetAt = (done: ReadonlySet<number>) => readonly Need[] | undefined;

function asker(watched: readonly Watched[], changes: readonly Change[]) {
  const perState = watched.reduce(
    (sum, { needs, outlook }) => sum + needs.length + PER_DEVICE * outlook.list.devices.length,
    0,
  );
  const known = new Map<string, readonly Need[]>();
  let left = MOST_ASKED;
  const unmetAt: UnmetAt = (done) => {
    if (done.size === 0 || done.size === changes.length) return [];
    const key = [...done].sort((a, b) => a - b).join();
    const before = known.get(key);
    if (before !== undefined) return before;
    left -= perState;
    if (left < 0) return undefined;
    const some = changes.filter((_, number) => done.has(number));
    const states = new Map<Outlook, State>();
    const found = watched.flatMap((each) => {
      return unmet(
        each,
        entryOf(states, each.outlook, () => passingState(each.outlook, some)),
      );
    });
    known.set(key, found);
    return found;
  };
  return { unmetAt, affords: (states: number) => states * perState <= left };
}

/** A way through the states, and what it costs: the sum of the squares of its groups' sizes. */
interface Way {
  readonly groups: readonly (readonly number[])[];
  readonly done: ReadonlySet<number>;
  readonly cost: number;
}

/** The cheapest way first, by what it costs at least to its end; among equal ones the one that is furthest. */
function shortestWay(count: number, isFine: (done: ReadonlySet<number>) => boolean): Order['groups'] {
  const open: Way[] = [{ groups: [], done: new Set(), cost: 0 }];
  const seen = new Set<string>();
  const isBefore = (a: Way, b: Way) => {
    const [atLeastA, atLeastB] = [a, b].map(({ cost, done }) => cost + count - done.size);
    return atLeastA === atLeastB ? a.done.size > b.done.size : atLeastA! < atLeastB!;
  };
  for (;;) {
    const way = open.reduce((best, each) => (isBefore(each, best) ? each : best));
    if (way.done.size === count) return way.groups;
    open.splice(open.indexOf(way), 1);
    const key = [...way.done].sort((a, b) => a - b).join();
    if (seen.has(key) || (way.done.size > 0 && !isFine(way.done))) continue;
    seen.add(key);
    const rest = numbersTo(count).filter((number) => !way.done.has(number));
    for (const group of subsetsOf(rest)) {
      const cost = way.cost + group.length ** 2;
      open.push({ groups: [...way.groups, group], done: new Set([...way.done, ...group]), cost });
    }
  }
}

/** Every subset but the empty one; the ones with the first numbers first. */
function subsetsOf(numbers: readonly number[]): readonly (readonly number[])[] {
  return numbersTo(2 ** numbers.length)
    .slice(1)
    .map((mask) => numbers.filter((_, index) => (mask >> index) & 1));
}

/** Takes the smallest group that leads on, the first of equal ones. */
function nextByNext(
  changes: readonly Change[],
  unmetAt: UnmetAt,
  mayFollow: (done: ReadonlySet<number>) => boolean,
): Order['groups'] {
  const count = changes.length;
  const groups: (readonly number[])[] = [];
  let done: ReadonlySet<number> = new Set();
  while (done.size < count) {
    const rest = numbersTo(count).filter((number) => !done.has(number));
    const found = smallestNext(rest, done);
    groups.push(found);
    done = new Set([...done, ...found]);
  }
  return groups;

  function smallestNext(rest: readonly number[], from: ReadonlySet<number>): readonly number[] {
    let best = rest;
    for (const first of rest) {
      const group = grown(first, rest, from, best.length);
      if (group === undefined) return best;
      if (group.length < best.length) best = group;
      if (best.length === 1) break;
    }
    return best;
  }

  /** The group with a change and what it needs beside it; `rest` if that is no smaller; undefined if it is too much. */
  function grown(
    first: number,
    rest: readonly number[],
    from: ReadonlySet<number>,
    most: number,
  ): readonly number[] | undefined {
    const group = new Set([first]);
    while (group.size < most) {
      const then = new Set([...from, ...group]);
      if (!mayFollow(then)) return rest;
      const needs = unmetAt(then);
      if (needs === undefined) return undefined;
      if (needs.length === 0) return [...group].sort((a, b) => a - b);
      const ends = new Set(needs.flatMap((need) => need.ends));
      const wanted = rest.filter((number) => !group.has(number) && ends.has(changes[number]!));
      if (wanted.length === 0) return rest;
      for (const number of wanted) group.add(number);
    }
    return rest;
  }
}

/** The needs that a state within a group does not meet, in the order in which its changes stand. */
function interruptionsOf(
  groups: Order['groups'],
  watched: readonly Watched[],
  unmetAt: UnmetAt,
): Order['interrupted'] {
  const all = watched.flatMap(({ needs }) => needs);
  const done = new Set<number>();
  return groups.map((group) => {
    const found = new Set<Need>();
    for (const [index, number] of group.entries()) {
      done.add(number);
      if (index === group.length - 1) break;
      const needs = found.size === all.length ? [] : (unmetAt(done) ?? all);
      for (const need of needs) found.add(need);
    }
    return [...found];
  });
}

function numbersTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}
