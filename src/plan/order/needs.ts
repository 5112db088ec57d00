import type { Rank } from '../effects/fates.ts';
import type { Outlook } from '../effects/outlook.ts';
import { type State, stateOf } from '../effects/states.ts';
import { eachTouched, type Touch, touchOf } from '../effects/touched-pairs.ts';
import type { Change, NodePair } from '../plan.ts';

/** What must not get worse while changes are made: under one outlook, in one cluster. */
export interface Watched {
  readonly outlook: Outlook;
  /** The index of the cluster in the outlook's states. */
  readonly index: number;
  readonly touch: Touch;
  readonly needs: readonly Need[];
}

/** A pair that works, or perhaps does, both before and after all changes: at least the worse of both must hold between. */
export interface Need extends NodePair {
  /** Numbers of hosts. */
  readonly sender: number;
  readonly receiver: number;
  /** The changes of the two, as far as there are any. */
  readonly ends: readonly Change[];
  readonly rank: Rank;
}

/**
 * The clusters that changes touch, with the pairs to watch. Where a change touches the pairs of its own node alone,
 * a pair with one changed node fares as before or as after, so it is left out.
 */
export function watch(outlooks: readonly Outlook[], changes: readonly Change[]): readonly Watched[] {
  return outlooks.flatMap((outlook) => {
    const [before, after] = [stateOf(outlook, []), stateOf(outlook, changes)];
    return before.flatMap((earlier, index): readonly Watched[] => {
      const { network, label } = earlier;
      const { hosts } = network;
      const later = after[index]!;
      const touch = touchOf(network, changes);
      const needs: Need[] = [];
      eachTouched(touch, hosts.length, (sender, receiver) => {
        const ends = [sender, receiver].flatMap((host) => touch.ends.get(host) ?? []);
        if (!touch.all && ends.length < 2) return;
        const rank = earlier.rankOf(sender, receiver);
        if (rank === 0) return;
        const least = Math.min(rank, later.rankOf(sender, receiver)) as Rank;
        if (least === 0) return;
        const [from, to] = [label + hosts[sender]!.name, label + hosts[receiver]!.name];
        needs.push({ from, to, sender, receiver, ends, rank: least });
      });
      return needs.length > 0 ? [{ outlook, index, touch, needs }] : [];
    });
  });
}

/** The needs of a watched cluster that a state does not meet. */
export function unmet({ index, needs }: Pick<Watched, 'index' | 'needs'>, state: State): readonly Need[] {
  return needs.filter(({ sender, receiver, rank }) => state[index]!.rankOf(sender, receiver) < rank);
}
