import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import type { AppliedChange } from '../plan/applied.ts';
import {
  changesOf,
  type Learner,
  type NodePair,
  type Plan,
  type PlanStep,
  type Refusal,
  type WantedRoute,
} from '../plan/plan.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device } from '../policy/device-list.ts';
import { pairsInWords } from './paths-difference-text.ts';
import { type ApplyReport, outcomesOf, pendingIn } from './plan-report.ts';
import { counted } from './totals.ts';

/** Names in a row. */
const MOST_NAMES = 6;

/** `kyoto-1`, or `kyoto-1-2 of node kyoto-1` where the control server calls it otherwise. */
export function deviceInWords(node: string, device: Device | undefined): string {
  return device === undefined || device.name === node ? node : `${device.name} of node ${node}`;
}

/** `2 routes to approve on 2 devices, 1 to take back, 1 pending, 1 held, 3 refused`, or that there is nothing to do. */
export function planInWords(plan: Plan): string {
  const changes = changesOf(plan);
  const added = changes.reduce((sum, { add }) => sum + add.length, 0);
  const removed = changes.reduce((sum, { remove }) => sum + remove.length, 0);
  const devices = counted(changes.length, 'device');
  const waiting = pendingIn(plan);
  const held = waiting.filter(({ state }) => state === 'held').length;
  return [
    ...(added > 0 ? [`${counted(added, 'route')} to approve`] : []),
    ...(removed > 0 ? [`${counted(removed, 'route')} to take back`] : []),
    ...(changes.length > 0 ? [`on ${devices}`] : ['nothing to do']),
    ...(waiting.length > held ? [`${waiting.length - held} pending`] : []),
    ...(held > 0 ? [`${held} held`] : []),
    ...(plan.refusals.length > 0 ? [`${plan.refusals.length} refused`] : []),
  ]
    .join(', ')
    .replace(', on ', ' on ');
}

/** What a wanted route that is pending or held waits for, as in `its device is offline`. */
export function waitInWords({ state, device }: Pick<WantedRoute, 'state' | 'device'>): string {
  if (state === 'held') return 'its device is offline';
  return device === undefined ? 'its node is not in the tailnet' : 'its device does not advertise it';
}

/** Refusals for one reason, in a row where there are many. */
export interface RefusalGroup {
  readonly first: Refusal;
  /** `10.42.3.0/24 of kyoto-1`, or several. */
  readonly routes: string;
  readonly count: number;
}

/** Routes that are named where many are refused for one reason. */
const MOST_ROUTES = 4;

/** Each by itself, unless many are refused for the same reason. */
export function refusalGroups(refusals: readonly Refusal[]): readonly RefusalGroup[] {
  const byReason = new Map<string, Refusal[]>();
  for (const refusal of refusals) entryOf(byReason, refusal.why, () => []).push(refusal);
  return [...byReason.values()].flatMap((group) => {
    const routes = group.map(routeInWords);
    if (group.length > MOST_ROUTES)
      return [{ first: group[0]!, routes: listed(routes, MOST_ROUTES), count: group.length }];
    return group.map((first, index) => ({ first, routes: routes[index]!, count: 1 }));
  });
}

function routeInWords({ prefix, node, device }: Refusal): string {
  return `${formatPrefix(prefix)} of ${deviceInWords(node, device)}`;
}

/** The devices of a step that are changed together, and why; nothing of a step of one device. */
export function togetherInWords({ changes }: PlanStep): string | undefined {
  if (changes.length < 2) return undefined;
  const names = changes.map(({ node, device }) => deviceInWords(node, device));
  return `together: ${listed(names, MOST_NAMES)}, as pairs that work are cut while only some are done`;
}

/** Which pairs of a step may be cut and for how long; nothing where none is. */
export function interruptionInWords({ changes, interrupted }: PlanStep): string | undefined {
  if (interrupted.length === 0) return undefined;
  const writes = `${counted(changes.length, 'write')} ${changes.length === 1 ? 'is' : 'are'} under way`;
  return `interrupted: ${pairCount(interrupted)} while ${writes}, a few seconds at most: ${pairsInWords(interrupted)}`;
}

function pairCount(pairs: readonly NodePair[]): string {
  return counted(pairs.length, 'pair');
}

/** `laptop and phone learn 10.42.3.0/24 of kyoto-1`: one line for all that the same devices learn. */
export function learnerLines(learners: readonly Learner[]): readonly string[] {
  const groups = new Map<string, Learner[]>();
  for (const learner of learners) {
    if (learner.devices.length === 0) continue;
    entryOf(groups, JSON.stringify(learner.devices.map(({ id }) => id)), () => []).push(learner);
  }
  return [...groups.values()].map((group) => {
    const { devices } = group[0]!;
    const who = listed(devices, MOST_NAMES, ({ name }) => name);
    const what = group.map(({ prefix, router }) => `${formatPrefix(prefix)} of ${router.name}`);
    return `${who} ${devices.length === 1 ? 'learns' : 'learn'} ${listed(what, MOST_NAMES)}`;
  });
}

/** What somebody at a terminal does next. */
export function applyCommand({ digest }: Pick<Plan, 'digest'>): string {
  return `podroute apply --digest ${digest}`;
}

/** `3 devices changed, 1 refused, 1 failed: …`; nothing is said of what did not happen. */
export function outcomeInWords(report: ApplyReport): string {
  const { outcome, why } = report;
  const because = why === undefined ? '' : `: ${why}`;
  if (outcome === 'nothing-to-do') return `nothing to do${because}`;
  const all = outcomesOf(report);
  const counts = OUTCOMES.flatMap(([each, words]) => {
    const count = all.filter((done) => done.outcome === each).length;
    return count === 0 ? [] : [`${counted(count, 'device')} ${words}`];
  });
  const refused = report.plan.refusals.length;
  const guarded = refused === 0 ? [] : [`${counted(refused, 'route')} refused`];
  return `${outcome}${because}${because === '' ? ': ' : '; '}${[...counts, ...guarded].join(', ')}`.replace(
    /[:;] $/,
    '',
  );
}

const OUTCOMES: readonly (readonly [AppliedChange['outcome'], string])[] = [
  ['applied', 'changed'],
  ['already so', 'already so'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['undone', 'taken back'],
];
