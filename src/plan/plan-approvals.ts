import type { Cluster, TailnetPolicy } from '../cluster/model.ts';
import type { Diagnostic } from '../diagnostics/finding.ts';
import { comparePrefixes } from '../net/prefix.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { Policy } from '../policy/policy.ts';
import { compareSpans } from '../source/span.ts';
import { changesFor } from './changes.ts';
import { digestOf } from './digest.ts';
import { effectsOf } from './effects/effects.ts';
import { outlooksOf } from './effects/outlook.ts';
import { deviceFinder, toldBy } from './find-device.ts';
import { cuttingRoutes, faultOfErrors, faultOfSize, halfExitNodes } from './guard-changes.ts';
import { type Fault, guardOverlaps, guardRoutes } from './guards.ts';
import type { Limits } from './limits.ts';
import { orderSteps } from './order/order-steps.ts';
import type { Plan, Refusal, WantedRoute } from './plan.ts';
import { policyNotes } from './policy-notes.ts';
import { pruneNotes } from './prune-notes.ts';
import { type Candidate, wantedIn } from './wanted.ts';

/** What a plan is made from. */
export interface PlanInput {
  /** Those of the tailnet, built with `list` as its devices. */
  readonly clusters: readonly Cluster[];
  /** As the control server has them now. */
  readonly list: DeviceList;
  /** The policy in force; undefined if it could not be read. */
  readonly inForce: TailnetPolicy | undefined;
  /** Why not: a phrase. */
  readonly inForceUnread?: string;
  readonly limits: Limits;
  /** What `check` finds in the files alone. */
  readonly errors: readonly Diagnostic[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether somebody has reviewed a route; everything counts as reviewed where it is left out. */
  readonly isReviewed?: (route: WantedRoute) => boolean;
}

/** Why a route is refused that the reviewed plan does not have. */
export const NOT_REVIEWED = 'not in the reviewed plan';

/** What a merge of these files approves, what it leaves alone and why. */
export function planApprovals(input: PlanInput): Plan {
  const { clusters, list, inForce, isReviewed } = input;
  const outlooks = outlooksOf(clusters, list, inForce);
  const safe = withoutUnsafe(input);
  const reviewed = isReviewed === undefined ? safe : withoutUnreviewed(safe, isReviewed, list);
  const bounded = withoutExcess(reviewed, input);
  const cutting = cuttingRoutes(outlooks, due(bounded));
  const { kept, refused } = sift(bounded, (route) => cutting.get(route));
  const changes = changesFor(due({ kept }));
  const wanted = kept.map(wantedRoute);
  return {
    control: list.control,
    digest: digestOf(list.control, wanted),
    wanted,
    steps: orderSteps(outlooks, changes),
    refusals: refusalsOf(refused),
    notes: [
      ...pruneNotes(wanted, list, policiesOf(input)),
      ...policyNotes({ ...input, wanted, outlooks, changes }),
    ],
    effects: effectsOf(outlooks[0]!, changes),
  };
}

/** The wanted routes as they pass from guard to guard. */
interface Sifted {
  readonly kept: readonly Candidate[];
  readonly refused: readonly (readonly [Candidate, Fault])[];
}

function sift({ kept, refused }: Sifted, guard: (route: Candidate) => Fault | undefined): Sifted {
  const judged = kept.map((route) => [route, guard(route)] as const);
  return {
    kept: judged.flatMap(([route, fault]) => (fault === undefined ? [route] : [])),
    refused: [...refused, ...judged.flatMap(([route, fault]) => (fault ? [[route, fault] as const] : []))],
  };
}

/** What the plan does now. */
function due({ kept }: Pick<Sifted, 'kept'>): readonly Candidate[] {
  return kept.filter(({ state }) => state === 'now');
}

/** Each route is judged whatever its state: so an approval made meanwhile does not change what is left. */
function withoutUnsafe(input: PlanInput): Sifted {
  const { clusters, list, limits, errors, now } = input;
  const find = deviceFinder(clusters, list);
  const guarded = { clusters, list, find, limits, now, policies: policiesOf(input) };
  const all: Sifted = { kept: wantedIn(clusters, find, limits), refused: [] };
  const single = sift(all, guardRoutes(guarded));
  const wrong = faultOfErrors(errors);
  return sift(withoutOverlaps(single, list), () => wrong);
}

/** The policy in force, else those of the files. */
function policiesOf({ clusters, inForce }: PlanInput): readonly Policy[] {
  const policies = inForce ? [inForce] : [...new Set(clusters.flatMap((cluster) => cluster.policies))];
  return policies.map(({ policy }) => policy);
}

/** Asked again after every refusal of a removal: a route that overlaps what stays approved has to wait as well. */
function withoutOverlaps(sifted: Sifted, list: DeviceList): Sifted {
  return sift(sifted, guardOverlaps(list, sifted.kept));
}

function withoutUnreviewed(
  safe: Sifted,
  isReviewed: (route: WantedRoute) => boolean,
  list: DeviceList,
): Sifted {
  const reviewed = sift(safe, (route) =>
    route.state === 'now' && !isReviewed(wantedRoute(route)) ? { why: NOT_REVIEWED } : undefined,
  );
  return withoutOverlaps(reviewed, list);
}

function withoutExcess(sifted: Sifted, { list, limits }: PlanInput): Sifted {
  const halves = halfExitNodes(list, due(sifted));
  const whole = sift(sifted, ({ device, state }) =>
    device && state === 'now' ? halves.get(device) : undefined,
  );
  const safe = withoutOverlaps(whole, list);
  const tooMuch = faultOfSize(due(safe), limits);
  return sift(safe, ({ state }) => (state === 'now' ? tooMuch : undefined));
}

function wantedRoute({ node, device, prefix, action, state, because, of }: Candidate): WantedRoute {
  return { node, device, prefix, action, state, because, toldBy: toldBy(of) };
}

/** By their places; what is done already needs no telling. */
function refusalsOf(refused: Sifted['refused']): readonly Refusal[] {
  return refused
    .filter(([{ state }]) => state !== 'done')
    .map(([{ node, device, prefix, because }, { why, related }]) => ({
      ...{ node, device, prefix, why, at: because[0]! },
      ...(related && { related }),
    }))
    .sort((a, b) => compareSpans(a.at, b.at) || comparePrefixes(a.prefix, b.prefix));
}
