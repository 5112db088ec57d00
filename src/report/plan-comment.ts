import { changesOf } from '../plan/plan.ts';
import { bytesOf } from './markdown.ts';
import { fitted, fittedWhole } from './plan-detail.ts';
import { planPages } from './plan-markdown.ts';
import { type PlanReport, pendingIn } from './plan-report.ts';

/** The first line of the one comment that a pull request has. */
export const PLAN_MARKER = '<!-- podroute:plan -->';

/**
 * The pull request's comment. Its second line holds the plan that is reviewed, in base64, which the merge reads again:
 * only where there is room for it and for every route in words, as nobody reviews what is not shown. `room` is in bytes
 * of UTF-8; GitHub takes 65,536 characters.
 */
export function renderPlanComment(report: PlanReport, reviewed: string, room = 60_000): string {
  const head = `${PLAN_MARKER}\n<!-- podroute:reviewed ${reviewed} -->\n`;
  if (/^[\w+/=]+$/.test(reviewed)) {
    const left = room - bytesOf(head);
    const page = fittedWhole(left, planPages(report, left, whatHappens(report)));
    if (page !== undefined) return head + page;
  }
  const left = room - bytesOf(PLAN_MARKER) - 1;
  return `${PLAN_MARKER}\n${fitted(left, planPages(report, left, [TOO_LARGE]))}`;
}

const TOO_LARGE =
  '**This plan is too large for a comment: at the merge nothing is applied until somebody runs the workflow with its digest.**';

function whatHappens({ plan }: PlanReport): readonly string[] {
  const isEmpty = changesOf(plan).length === 0;
  const waits = pendingIn(plan).length > 0;
  return [
    [
      isEmpty
        ? 'At the merge nothing is to be done.'
        : 'At the merge exactly this is done, and whatever the plan has beyond it by then is refused.',
      ...(waits ? ['What is pending or held is finished by a later run, once its device is ready.'] : []),
      ...(plan.refusals.length > 0 ? ['What is refused is left alone.'] : []),
    ].join(' '),
  ];
}
