import { findComments } from '../github/comments.ts';
import { mergedPullsOf, recentlyMerged } from '../github/merged-pulls.ts';
import type { MergedPull } from '../github/pulls.ts';
import { readReviewedPlan } from '../github/reviewed-plan.ts';
import { samePrefix } from '../net/prefix.ts';
import type { WantedRoute } from '../plan/plan.ts';
import { isReviewedIn, type ReviewedPlan } from '../plan/reviewed.ts';
import { APPLIED_MARKER, FINISHED_MARKER } from '../report/applied-markdown.ts';
import { PLAN_MARKER } from '../report/plan-comment.ts';
import type { OnlineJob } from './online-job.ts';

/** What reviewers have agreed to, as far as it matters to this run. */
export interface Review {
  readonly isReviewed: (route: WantedRoute) => boolean;
  /** Why a plan that could have counted does not; sentences without a full stop. */
  readonly refused: readonly string[];
  /** The pull requests that this run is for. */
  readonly pulls: readonly number[];
}

/** How far back plans are looked for that no run has applied. */
const MOST_MERGES = 30;

/**
 * The plans of the pull requests that a push merged. A waiting run is dropped when a newer one comes, so what their
 * plans do not cover is looked for in those of the merges before, back to the last one that was applied.
 */
export async function reviewOfPush(
  { event, github }: Pick<OnlineJob, 'event' | 'github'>,
  shas: readonly string[],
  server: string,
  needed: readonly WantedRoute[],
): Promise<Review> {
  const branch = branchOf(event.ref);
  const merged = await mergedPullsOf(github, branch, shas);
  const pulls = merged.map(({ number }) => number);
  const plans: ReviewedPlan[] = [];
  const refused: string[] = [];
  if (merged.length === 0) refused.push('no pull request was merged by this push');
  for (const pull of merged) {
    const reviewed = await reviewedFor(github, pull, server);
    if (typeof reviewed === 'string') refused.push(reviewed);
    else plans.push(reviewed);
  }
  const isCovered = () => needed.every(isAgreedIn(plans));
  if (!isCovered()) {
    for (const pull of await recentlyMerged(github, branch, MOST_MERGES)) {
      if (pulls.includes(pull.number)) continue;
      if (await isFinished(github, pull.number)) break;
      const reviewed = await reviewedFor(github, pull, server);
      if (typeof reviewed !== 'string') plans.push(reviewed);
      if (isCovered()) break;
    }
  }
  return { isReviewed: isAgreedIn(plans), refused, pulls };
}

/** A scheduled run finishes what was shown as pending when it was reviewed, and nothing else. */
export async function reviewOfPending(
  { event, github }: Pick<OnlineJob, 'event' | 'github'>,
  server: string,
  needed: readonly WantedRoute[],
): Promise<Review> {
  const plans: ReviewedPlan[] = [];
  for (const pull of await recentlyMerged(github, branchOf(event.ref), MOST_MERGES)) {
    if (needed.every(isReadyIn(plans))) break;
    const reviewed = await reviewedFor(github, pull, server);
    if (typeof reviewed !== 'string') plans.push(reviewed);
  }
  return { isReviewed: isReadyIn(plans), refused: [], pulls: [] };
}

/** What was to be done at once, and of what was to wait what is ready by now. */
function isAgreedIn(plans: readonly ReviewedPlan[]): Review['isReviewed'] {
  const isAtOnce = isReviewedIn(
    plans.map((plan) => ({ ...plan, routes: plan.routes.filter(({ pending }) => !pending) })),
  );
  const isReady = isReadyIn(plans);
  return (route) => isAtOnce(route) || isReady(route);
}

/** What was to wait and need not any more: for its device, and not for limits that the same merge has lifted. */
function isReadyIn(plans: readonly ReviewedPlan[]): Review['isReviewed'] {
  const isPending = isReviewedIn(plans, true);
  return (route) => {
    const { action, device, prefix } = route;
    const isReady =
      action === 'remove' ||
      (device?.isOnline !== false && device?.advertised.some((each) => samePrefix(each, prefix)));
    return isReady === true && isPending(route);
  };
}

/** Whether a run has applied all of it: what was merged before has been looked at then. */
async function isFinished(github: OnlineJob['github'], pull: number): Promise<boolean> {
  const told = await findComments(github, pull, APPLIED_MARKER);
  return told.some(({ body }) => /^[^\r\n]*\r?\n(.*)/.exec(body)?.[1]?.trim() === FINISHED_MARKER);
}

export function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

/** The plan, or why it does not count. */
async function reviewedFor(
  github: OnlineJob['github'],
  { number, isFork }: MergedPull,
  server: string,
): Promise<ReviewedPlan | string> {
  if (isFork) return `#${number} comes from a fork, where no plan is made before the merge`;
  const reviewed = await readReviewedPlan(github, number, PLAN_MARKER);
  if ('refused' in reviewed) return reviewed.refused;
  if (reviewed.plan.server === server) return reviewed.plan;
  return `the plan of #${number} was made for ${reviewed.plan.server}, not for ${server}`;
}
