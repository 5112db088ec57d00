import { setTimeout } from 'node:timers/promises';
import type { AppliedChange } from '../plan/applied.ts';
import type { Limits } from '../plan/limits.ts';
import { type Change, changesOf, type NodePair, type Plan, type PlanStep } from '../plan/plan.ts';
import type { Device } from '../policy/device-list.ts';
import type { ControlServer } from './control-server.ts';
import { type Edited, type EditRules, editDevice } from './edit-device.ts';
import { whyAnother, whyNotNow } from './recheck-device.ts';
import { isNothing, reverseOf, without } from './route-edit.ts';
import { type Cuts, type Progress, progressOf, whyNotTried } from './why-not-tried.ts';

export interface ApplyOptions {
  readonly limits: Limits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  /** Called after each device, and once more for one whose change was taken back. */
  readonly told?: (done: AppliedChange) => void;
  /**
   * The pairs that certainly work before the plan, and certainly do not once these changes of it are made and no
   * others. Asked only after a failure: what comes later may rest on what failed.
   */
  readonly cuts?: Cuts;
}

/**
 * Does what a plan says, device by device in its order, and tells what became of each change, in that order. A device
 * costs three requests (read, write, read back), or one where nothing is left to do.
 *
 * Nothing is approved or taken back besides what the changes name; what somebody approved since stays. Of a step that
 * works only as a whole, what this run did is taken back when a part of it fails. It is safe to run again after any
 * failure. Throws nothing but bugs: a `ControlError` becomes an outcome.
 */
export async function applyPlan(
  plan: Plan,
  server: ControlServer,
  options: ApplyOptions,
): Promise<readonly AppliedChange[]> {
  const run: Run = { ...progressOf(changesOf(plan), options.cuts), server, options };
  const applied: AppliedChange[] = [];
  for (const step of plan.steps) {
    const isOne = step.changes.length > 1 && step.interrupted.length > 0;
    applied.push(...(isOne ? await applyTogether(step, run) : await applyEach(step, run)));
  }
  return applied;
}

interface Run extends Progress {
  readonly server: ControlServer;
  readonly options: ApplyOptions;
}

async function applyEach({ changes }: PlanStep, run: Run): Promise<readonly AppliedChange[]> {
  const applied: AppliedChange[] = [];
  for (const change of changes) {
    const why = whyNotTried([change], run);
    applied.push(why === undefined ? await applyAlone(change, run) : notTried(change, why, run));
  }
  return applied;
}

async function applyAlone(change: Change, run: Run): Promise<AppliedChange> {
  const attempt = await applyOne(change, run);
  const applied = appliedOf(attempt, run);
  const { isAnother, own } = attempt.edited;
  if (!isAnother || isNothing(own)) return applied;
  return takeBack(change, attempt.edited, { because: '', interrupted: [] }, run);
}

/** All changes of a step or none: half of it would cut pairs that work. */
async function applyTogether(step: PlanStep, run: Run): Promise<readonly AppliedChange[]> {
  const { changes, interrupted } = step;
  const why = whyNotTried(changes, run);
  if (why !== undefined) return changes.map((change) => notTried(change, why, run));

  const tried: { readonly change: Change; readonly edited: Edited }[] = [];
  const applied: AppliedChange[] = [];
  for (const change of changes) {
    const attempt = await applyOne(change, run);
    tried.push(attempt);
    applied.push(appliedOf(attempt, run));
    if (!isDone(attempt.edited)) break;
  }
  const failed = tried.find(({ edited }) => !isDone(edited));
  if (failed === undefined) return applied;

  const because = `${failed.change.device.name}, which goes together with it, ${failed.edited.outcome === 'refused' ? 'was refused' : 'failed'}`;
  // The newest first: the step goes back the way it came.
  for (const [index, { change, edited }] of [...tried.entries()].reverse()) {
    if (isNothing(edited.own)) continue;
    applied[index] = await takeBack(change, edited, { because, interrupted }, run);
  }
  return [...applied, ...changes.slice(tried.length).map((change) => notTried(change, because, run))];
}

async function applyOne(change: Change, run: Run): Promise<{ change: Change; edited: Edited }> {
  const { limits, now } = run.options;
  const { device } = change;
  const edited = await editDevice(run.server, device.id, change, {
    ...rulesFor(device, run),
    whyNot: (found, left) => whyNotNow(found, left, limits, now()),
  });
  if (edited.isHopeless) run.halted = `${run.server.called} failed at ${device.name}`;
  return { change, edited };
}

function rulesFor(device: Device, { options }: Run): Omit<EditRules, 'whyNot'> {
  const { pause = (milliseconds: number) => setTimeout(milliseconds) } = options;
  return {
    whyAnother: (found) => whyAnother(device, found),
    pause: async (milliseconds) => {
      await pause(milliseconds);
    },
  };
}

function isDone({ outcome }: Pick<Edited, 'outcome'>): boolean {
  return outcome === 'applied' || outcome === 'already so';
}

function appliedOf({ change, edited }: { change: Change; edited: Edited }, run: Run): AppliedChange {
  const { outcome, why, own, device, warnings } = edited;
  if (isDone(edited)) run.done = [...run.done, change];
  else run.notDone.push(change);
  const [added, removed] = device ? [own.add, own.remove] : [[], []];
  return tell({ change, outcome, ...(why === undefined ? {} : { why }), added, removed, warnings }, run);
}

function notTried(change: Change, why: string, run: Run): AppliedChange {
  run.notDone.push(change);
  return tell(
    { change, outcome: 'failed', why: `not tried: ${why}`, added: [], removed: [], warnings: [] },
    run,
  );
}

/** Takes back what this run did to a device, as far as it is still there, and nothing else. */
async function takeBack(
  change: Change,
  edited: Edited,
  { because, interrupted }: { readonly because: string; readonly interrupted: readonly NodePair[] },
  run: Run,
): Promise<AppliedChange> {
  const undone = await editDevice(run.server, change.device.id, reverseOf(edited.own), {
    ...rulesFor(edited.device ?? change.device, run),
    whyNot: () => undefined,
  });
  const warnings = [...edited.warnings, ...undone.warnings];
  const wasDone = isDone(edited);
  if (wasDone) {
    run.done = run.done.filter((other) => other !== change);
    run.notDone.push(change);
  }
  if (undone.outcome !== 'failed') {
    // A device that left, or was registered again, took the approvals with it.
    const end = undone.outcome === 'refused' ? `${undone.why}` : 'what was written is taken back';
    const failure = edited.why?.includes(end) ? edited.why : `${edited.why}; ${end}`;
    const why = wasDone ? because : failure;
    const outcome = wasDone ? 'undone' : edited.outcome;
    return tell({ change, outcome, why, added: [], removed: [], warnings }, run);
  }
  run.halted ??= `what was done to ${change.device.name} could not be taken back`;
  const reason = `${wasDone ? because : edited.why}; it could not be taken back: ${undone.why}`;
  const added = edited.device ? without(edited.own.add, undone.own.remove) : [];
  const removed = edited.device ? without(edited.own.remove, undone.own.add) : [];
  const why = [reason, ...suffering(interrupted)].join('; ');
  return tell({ change, outcome: 'failed', why, added, removed, warnings }, run);
}

/** How many pairs a reason names. */
const MOST_NAMED = 3;

function suffering(pairs: readonly NodePair[]): readonly string[] {
  if (pairs.length === 0) return [];
  const shown = pairs.slice(0, MOST_NAMED).map(({ from, to }) => `${from} to ${to}`);
  const more = pairs.length - shown.length;
  return [`pods may not get from ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function tell(applied: AppliedChange, { options }: Run): AppliedChange {
  options.told?.(applied);
  return applied;
}
