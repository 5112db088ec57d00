import type { PairChange, PathsDifference, Way } from '../../paths/compare-paths.ts';
import type { Change } from '../plan.ts';
import type { Fates } from './fates.ts';
import type { State } from './states.ts';
import { eachTouched, touchOf } from './touched-pairs.ts';

/** Of so many pairs of a kind the cause is told; nobody reads more, and of each it is worked out again. */
const MOST_EXPLAINED = 10_000;

type OpenDifference = { readonly [Kind in keyof PathsDifference]: PathsDifference[Kind][number][] };

/**
 * As `comparePaths` of the networks before and after, where nothing but approvals changes: no line of a file, and no
 * node. Looks only at pairs that the changes can touch.
 */
export function compareFates(before: State, after: State, changes: readonly Change[]): PathsDifference {
  const difference: OpenDifference = { broken: [], mended: [], moved: [], added: [], removed: [] };
  for (const [index, earlier] of before.entries()) {
    compare(earlier, after[index]!, changes, difference);
  }
  return difference;
}

function compare(earlier: Fates, later: Fates, changes: readonly Change[], difference: OpenDifference): void {
  const { network, label } = earlier;
  const names = network.hosts.map(({ name }) => label + name);
  const wayOf = sharedWays();
  eachTouched(touchOf(network, changes), names.length, (from, to) => {
    const kind = kindOf(earlier, later, from, to);
    if (kind === undefined) return;
    const found: PairChange[] = difference[kind];
    const told = kind === 'broken' ? later : earlier;
    const isExplained = found.length < MOST_EXPLAINED;
    found.push({
      from: names[from]!,
      to: names[to]!,
      before: wayOf(earlier, from, to),
      after: wayOf(later, from, to),
      cause: isExplained ? told.outcomeOf(from, to).cause?.says : undefined,
      changed: [],
    });
  });
}

function kindOf(
  earlier: Fates,
  later: Fates,
  from: number,
  to: number,
): 'broken' | 'mended' | 'moved' | undefined {
  const gain = later.rankOf(from, to) - earlier.rankOf(from, to);
  if (gain !== 0) return gain < 0 ? 'broken' : 'mended';
  return earlier.viaOf(from, to) === later.viaOf(from, to) ? undefined : 'moved';
}

/** One object for pairs with the same way, as there may be a million of them. */
function sharedWays(): (fates: Fates, from: number, to: number) => Way {
  const known = new Map<string, Way>();
  return (fates, from, to) => {
    const [via, rank] = [fates.viaOf(from, to), fates.rankOf(from, to)];
    const key = `${via} ${rank}`;
    const way = known.get(key) ?? { via, delivered: rank === 1 ? undefined : rank === 2 };
    known.set(key, way);
    return way;
  };
}
