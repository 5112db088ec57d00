import { overlaps } from '../../net/prefix.ts';
import type { Outlook } from '../effects/outlook.ts';
import type { Change, NodePair, PlanStep } from '../plan.ts';
import { type Need, watch } from './needs.ts';
import { orderByPairs } from './order-by-pairs.ts';
import { orderByStates } from './order-by-states.ts';
import type { Precedence } from './precedence.ts';

/**
 * An order in which no pair of pods that works before and after all changes is cut in between, under any outlook; one
 * that perhaps works gets no worse. Devices of which no order of single ones keeps that go together, and an approval
 * that is taken back goes before one elsewhere that overlaps it. The order of the changes given does not matter.
 */
export function orderSteps(outlooks: readonly Outlook[], changes: readonly Change[]): readonly PlanStep[] {
  if (changes.length === 0) return [];
  const sorted = [...changes].sort(compareChanges);
  const watched = watch(outlooks, sorted);
  const order = watched.some(({ touch }) => touch.all) ? orderByStates : orderByPairs;
  const { groups, interrupted } = order(watched, sorted, removalsFirst(sorted));
  return groups.map((group, index) => ({
    changes: group.map((number) => sorted[number]!),
    interrupted: pairsOf(interrupted[index]!),
  }));
}

/** What takes something back first, then by the nodes' names and the devices. */
function compareChanges(a: Change, b: Change): number {
  const isRemoving = ({ remove }: Change) => (remove.length > 0 ? 0 : 1);
  return (
    isRemoving(a) - isRemoving(b) || compareTexts(a.node, b.node) || compareTexts(a.device.id, b.device.id)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function removalsFirst(changes: readonly Change[]): readonly Precedence[] {
  return changes.flatMap(({ remove }, earlier) =>
    remove.length === 0
      ? []
      : changes.flatMap(({ add }, later) => {
          const isMoved =
            later !== earlier && add.some((prefix) => remove.some((each) => overlaps(each, prefix)));
          return isMoved ? [{ earlier, later }] : [];
        }),
  );
}

/** Each pair once, whatever the outlooks that it is told by. */
function pairsOf(needs: readonly Need[]): readonly NodePair[] {
  const pairs = new Map(needs.map(({ from, to }) => [`${from}\n${to}`, { from, to }]));
  return [...pairs.values()].sort((a, b) => compareTexts(a.from, b.from) || compareTexts(a.to, b.to));
}
