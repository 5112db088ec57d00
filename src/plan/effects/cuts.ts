import type { Change, NodePair } from '../plan.ts';
import type { Outlook } from './outlook.ts';
import { stateOf } from './states.ts';
import { eachTouched, touchOf } from './touched-pairs.ts';

/** A pair of nodes whose pods reach each other now and certainly not any more. */
export interface Cut extends NodePair {
  /** Why not: a sentence without a full stop. */
  readonly cause: string | undefined;
}

/** The pairs that certainly work now and certainly do not once all of the changes are made; of clusters with nodes. */
export function cutBy(outlook: Outlook, changes: readonly Change[]): readonly Cut[] {
  const [before, after] = [stateOf(outlook, []), stateOf(outlook, changes)];
  return before.flatMap((earlier, index) => {
    const later = after[index]!;
    const { hosts } = earlier.network;
    const cuts: Cut[] = [];
    eachTouched(touchOf(earlier.network, changes), hosts.length, (from, to) => {
      if (earlier.rankOf(from, to) < 2 || later.rankOf(from, to) > 0) return;
      const cause = later.outcomeOf(from, to).cause?.says;
      cuts.push({ from: earlier.label + hosts[from]!.name, to: earlier.label + hosts[to]!.name, cause });
    });
    return cuts;
  });
}
