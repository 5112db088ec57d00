import { formatPrefix } from '../net/format.ts';
import type { Prefix } from '../net/prefix.ts';
import type { AppliedChange } from '../plan/applied.ts';
import { type Change, changesOf, type Plan, type WantedRoute } from '../plan/plan.ts';
import type { Device } from '../policy/device-list.ts';
import type { Span } from '../source/span.ts';
import { jsonText } from './json.ts';
import { differenceIn, placeIn } from './paths-json.ts';
import { type ApplyReport, type DriftReport, outcomesOf, type PlanReport } from './plan-report.ts';
import { waitInWords } from './plan-words.ts';
import { changeEntry } from './policy-difference-json.ts';
import { type Redaction, redactionOf } from './redact.ts';
import { totalsOf } from './totals.ts';

/**
 * Version 1 of the format: it may gain members, and loses or renames none. `device` is the control server's id, empty
 * where no device, or more than one, could be the node.
 */
export function renderPlanJson(report: PlanReport): string {
  const { plan } = report;
  const redaction = redactionOf(report.secrets);
  return jsonText({
    version: 1,
    control: plan.control,
    digest: plan.digest,
    changes: changesOf(plan).map((change) => changeIn(change, redaction)),
    ...restIn(report, redaction),
  });
}

/** The same with what became of each change and of the whole. */
export function renderApplyJson(report: ApplyReport): string {
  const { plan, outcome, why } = report;
  const redaction = redactionOf(report.secrets);
  return jsonText({
    version: 1,
    control: plan.control,
    digest: plan.digest,
    outcome,
    why: why && redaction.text(why),
    changes: outcomesOf(report).map((done) => appliedIn(done, redaction)),
    ...restIn(report, redaction),
  });
}

export function renderDriftJson({ drift, control, server, warnings, secrets }: DriftReport): string {
  const redaction = redactionOf(secrets);
  return jsonText({
    version: 1,
    control,
    server: redaction.text(server),
    drift: drift.map(({ kind, device, node, prefix, says, at }) => ({
      kind,
      ...deviceIn(device, redaction),
      node: node && redaction.text(node),
      prefix: formatPrefix(prefix),
      says: redaction.text(says),
      ...(at && placeIn(at, redaction)),
    })),
    warnings: warnings.map(redaction.text),
  });
}

function restIn({ plan, check, server, warnings }: PlanReport, redaction: Redaction) {
  const { refusals, wanted, steps, notes } = plan;
  return {
    refusals: refusals.map(({ node, device, prefix, why, at, related = [] }) => ({
      device: redaction.text(device?.id ?? ''),
      name: redaction.text(device?.name ?? node),
      node: redaction.text(node),
      prefix: formatPrefix(prefix),
      why: redaction.text(why),
      ...placeIn(at, redaction),
      related: related.map((other) => ({
        ...placeIn(other.at, redaction),
        label: redaction.text(other.label),
      })),
    })),
    nothingToDo: changesOf(plan).length === 0,
    wanted: wanted.map((route) => wantedIn(route, redaction)),
    pending: countOf(plan, 'pending'),
    held: countOf(plan, 'held'),
    steps: steps.map(({ changes, interrupted }) => ({
      devices: changes.map(({ device }) => redaction.text(device.id)),
      interrupted: interrupted.map(({ from, to }) => ({
        from: redaction.text(from),
        to: redaction.text(to),
      })),
    })),
    notes: notes.map(({ says, at }) => ({ says: redaction.text(says), ...(at && placeIn(at, redaction)) })),
    ...effectsIn(plan, redaction),
    check: totalsOf(check),
    server: redaction.text(server),
    warnings: warnings.map(redaction.text),
  };
}

/** `access` is null where it was too much to work out. */
function effectsIn({ effects: { paths, access, learners } }: Plan, redaction: Redaction) {
  return {
    difference: differenceIn(paths, redaction),
    access: access?.map((change) => changeEntry(change, redaction)) ?? null,
    learners: learners.map(({ prefix, router, devices }) => ({
      prefix: formatPrefix(prefix),
      router: deviceIn(router, redaction),
      devices: devices.map((device) => deviceIn(device, redaction)),
    })),
  };
}

function changeIn({ device, node, before, after, add, remove, because }: Change, redaction: Redaction) {
  return {
    ...deviceIn(device, redaction),
    node: redaction.text(node),
    before: textsOf(before),
    after: textsOf(after),
    add: textsOf(add),
    remove: textsOf(remove),
    places: placesIn(because, redaction),
  };
}

function appliedIn({ change, outcome, why, added, removed, warnings }: AppliedChange, redaction: Redaction) {
  return {
    ...changeIn(change, redaction),
    outcome,
    why: why && redaction.text(why),
    added: textsOf(added),
    removed: textsOf(removed),
    warnings: warnings.map(redaction.text),
  };
}

function wantedIn(route: WantedRoute, redaction: Redaction) {
  const { node, device, prefix, action, state, because } = route;
  const isWaiting = state === 'pending' || state === 'held';
  return {
    device: redaction.text(device?.id ?? ''),
    name: redaction.text(device?.name ?? node),
    node: redaction.text(node),
    prefix: formatPrefix(prefix),
    action,
    state,
    why: isWaiting ? waitInWords(route) : undefined,
    places: placesIn(because, redaction),
  };
}

function deviceIn(device: Device | undefined, redaction: Redaction) {
  return { device: redaction.text(device?.id ?? ''), name: redaction.text(device?.name ?? '') };
}

function placesIn(because: readonly Span[], redaction: Redaction) {
  return because.map((span) => placeIn(span, redaction));
}

function textsOf(prefixes: readonly Prefix[]): readonly string[] {
  return prefixes.map(formatPrefix);
}

function countOf({ wanted }: Plan, state: WantedRoute['state']): number {
  return wanted.filter((route) => route.state === state).length;
}
