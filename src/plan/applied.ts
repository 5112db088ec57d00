import type { Prefix } from '../net/prefix.ts';
import type { Change, Plan } from './plan.ts';

/** What became of one change of a plan: only what the control server showed afterwards. */
export interface AppliedChange {
  readonly change: Change;
  /**
   * - `applied`: this run wrote it, and a read-back shows it.
   * - `already so`: nothing was to do when the device was read again, or somebody else did it meanwhile.
   * - `refused`: the device is not as it was planned for; nothing was written.
   * - `failed`: it is not done, or nobody can tell, or it was not tried.
   * - `undone`: this run did it and took it back, because what goes together with it failed.
   */
  readonly outcome: Outcome;
  /** A phrase; given unless it is `applied` or `already so`. */
  readonly why?: string;
  /** What this run approved on the device and left there, as far as it was read back. */
  readonly added: readonly Prefix[];
  /** What this run took from the device. */
  readonly removed: readonly Prefix[];
  /** Phrases that tell what somebody else did to the device at the same time. */
  readonly warnings: readonly string[];
}

export type Outcome = 'applied' | 'already so' | 'refused' | 'failed' | 'undone';

/** How a run ends as a whole; what went wrong counts more than what went well. */
export type RunOutcome = 'applied' | 'nothing-to-do' | 'refused' | 'failed';

export function outcomeOf(
  { refusals }: Pick<Plan, 'refusals'>,
  applied: readonly AppliedChange[],
): RunOutcome {
  const has = (...outcomes: readonly Outcome[]) => applied.some(({ outcome }) => outcomes.includes(outcome));
  if (has('failed', 'undone')) return 'failed';
  if (has('refused') || refusals.length > 0) return 'refused';
  return has('applied') ? 'applied' : 'nothing-to-do';
}
