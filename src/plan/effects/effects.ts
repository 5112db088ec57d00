import type { Change, Effects } from '../plan.ts';
import { compareFates } from './compare-fates.ts';
import { learnersOf } from './learners.ts';
import { openedAccess } from './opened-access.ts';
import type { Outlook } from './outlook.ts';
import { stateOf } from './states.ts';

/** What changes do to a tailnet as an outlook has it, once all of them are made. */
export function effectsOf(outlook: Outlook, changes: readonly Change[]): Effects {
  const after = stateOf(outlook, changes);
  return {
    paths: compareFates(stateOf(outlook, []), after, changes),
    networks: after.map(({ network }) => network),
    access: openedAccess(outlook, changes),
    learners: learnersOf(outlook, changes),
  };
}
