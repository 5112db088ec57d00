import { type Prefix, samePrefix } from '../net/prefix.ts';
import type { AppliedChange, RunOutcome } from '../plan/applied.ts';
import type { Drift } from '../plan/drift.ts';
import { type Change, changesOf, type Plan, type WantedRoute } from '../plan/plan.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { Located, Span } from '../source/span.ts';
import type { Report } from './report.ts';

/** What a merge approves. */
export interface PlanReport {
  readonly plan: Plan;
  /** What `check` says of the same files. */
  readonly check: Report;
  /** What messages call the control server. */
  readonly server: string;
  /** Of the run, as of plain http; each a sentence without a full stop. */
  readonly warnings: readonly string[];
  /** Every literal secret of the files: shown nowhere. */
  readonly secrets: readonly Located<string>[];
}

/** What has been done of a plan. */
export interface ApplyReport extends PlanReport {
  readonly applied: readonly AppliedChange[];
  readonly outcome: RunOutcome;
  /** Of a run that is refused or fails as a whole: a phrase without a full stop. */
  readonly why?: string;
}

/** What the control server has and the files do not, and the other way round. */
export interface DriftReport {
  readonly drift: readonly Drift[];
  readonly control?: DeviceList['control'];
  readonly server: string;
  readonly warnings: readonly string[];
  readonly secrets: readonly Located<string>[];
}

/** What the files want approved, without a control server to ask what is. */
export interface DeclaredReport {
  readonly routes: readonly DeclaredRoute[];
  readonly check: Report;
  readonly secrets: readonly Located<string>[];
}

export interface DeclaredRoute extends Pick<WantedRoute, 'node' | 'prefix' | 'action'> {
  readonly at: Span;
}

/** The wanted routes that wait for their device to come, to advertise them or to be online. */
export function pendingIn({ wanted }: Pick<Plan, 'wanted'>): readonly WantedRoute[] {
  return wanted.filter(({ state }) => state === 'pending' || state === 'held');
}

/** What became of each change of the plan, in its order; what was not tried has the outcome of the whole run. */
export function outcomesOf({ plan, applied, outcome, why }: ApplyReport): readonly AppliedChange[] {
  const tried = new Set(applied.map(({ change }) => change.device.id));
  const untried = changesOf(plan).filter(({ device }) => !tried.has(device.id));
  return [
    ...applied,
    ...untried.map(
      (change): AppliedChange => ({
        change,
        outcome: outcome === 'failed' ? 'failed' : 'refused',
        why: why ?? 'not tried',
        added: [],
        removed: [],
        warnings: [],
      }),
    ),
  ];
}

/** A route that a step approves or takes back, and where the files want it. */
export interface ChangedRoute {
  readonly action: WantedRoute['action'];
  readonly prefix: Prefix;
  readonly because: readonly Span[];
}

/** What a change does, route by route; `wanted` are those of the plan. */
export function changedRoutes(change: Change, wanted: readonly WantedRoute[]): readonly ChangedRoute[] {
  const own = wanted.filter(({ device }) => device?.id === change.device.id);
  const route = (action: WantedRoute['action'], prefix: Prefix) => {
    const because = own.find((each) => each.action === action && samePrefix(each.prefix, prefix))?.because;
    return { action, prefix, because: because ?? change.because };
  };
  return [
    ...change.add.map((prefix) => route('approve', prefix)),
    ...change.remove.map((prefix) => route('remove', prefix)),
  ];
}
