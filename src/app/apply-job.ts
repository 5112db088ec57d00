import { type Put, putComment } from '../github/comments.ts';
import type { GitHubEvent } from '../github/event.ts';
import { GitHubError } from '../github/github-error.ts';
import { outcomeOf } from '../plan/applied.ts';
import type { WantedRoute } from '../plan/plan.ts';
import { APPLIED_MARKER, renderAppliedComment, renderAppliedSummary } from '../report/applied-markdown.ts';
import { renderApplyText } from '../report/apply-text.ts';
import { renderGithub } from '../report/github.ts';
import type { ApplyReport, PlanReport } from '../report/plan-report.ts';
import { visible } from '../report/terminal.ts';
import { command, inert } from '../report/workflow-command.ts';
import { applied } from './apply-command.ts';
import { type BranchNow, branchNow } from './branch-now.ts';
import { checkFolder } from './check-folder.ts';
import { writeFindings } from './check-job.ts';
import { SettingsError } from './errors.ts';
import type { OnlineJob } from './online-job.ts';
import { planFolder, readTailnet } from './plan-folder.ts';
import { withRefusals } from './plan-job.ts';
import { type Review, reviewOfPending, reviewOfPush } from './reviewed-plans.ts';

/** `mode: apply`: does what was reviewed, and only on the default branch. */
export async function applyJob(online: OnlineJob): Promise<0 | 1> {
  const { job, event, server, secrets } = online;
  const misplaced = whyNotHere(event);
  if (misplaced !== undefined) throw new SettingsError(misplaced);
  if (server === undefined) {
    throw new SettingsError(
      'mode: apply needs api-key, oauth-client-id or headscale-url: the job was given none of them',
    );
  }
  const { paths, config } = job.inputs;
  const checked = checkFolder(paths, { cwd: job.cwd, config });
  writeFindings(job, checked);
  const tailnet = await readTailnet(server);
  const now = await branchNow(online, tailnet);
  const limits = now?.limits ?? checked.folder.limits;
  const whole = planFolder(checked, tailnet, { limits, secrets });
  const all = whole.report;

  const review = await reviewFor(online, all);
  const isReviewed: Review['isReviewed'] = (route) =>
    review.isReviewed(route) && (now?.declares(route) ?? true);
  const isWhole = all.plan.wanted.every((route) => !isDoable(route) || isReviewed(route));
  const planned = isWhole ? whole : planFolder(checked, tailnet, { limits, secrets, isReviewed });
  const done = await applied(planned, server, limits);
  // What waits for its digest, or is refused for good, was told at its merge: not every night again.
  const outcome = event.kind === 'schedule' ? outcomeOf({ refusals: [] }, done.applied) : done.outcome;
  const report = withReasons({ ...done, outcome }, { all, review, now });
  // First of all, as whatever tells it at more length may fail.
  job.output('plan-digest', all.plan.digest);
  job.output(
    'approved',
    report.applied.reduce((count, { added }) => count + added.length, 0),
  );
  job.output('outcome', report.outcome);
  await tell(online, report, review);
  return report.outcome === 'refused' || report.outcome === 'failed' ? 1 : 0;
}

/** Why nothing may be approved for this event, whoever started it. */
function whyNotHere(event: GitHubEvent): string | undefined {
  switch (event.kind) {
    case 'push':
    case 'dispatch':
      return event.isDefaultBranch
        ? undefined
        : `mode: apply works on the default branch only, not on ${event.ref}`;
    case 'schedule':
      return undefined;
    case 'pull-request':
      return 'mode: apply approves after a merge only, not on a pull request: use mode: plan there';
    default:
      return `mode: apply works on push, workflow_dispatch and schedule, not on ${event.kind === 'other' ? event.name : event.kind}`;
  }
}

const EVERYTHING: Review = { isReviewed: () => true, refused: [], pulls: [] };

/** What of a plan may be done: what a pull request showed, or all of what somebody names by its digest. */
async function reviewFor(online: OnlineJob, { plan, server }: PlanReport): Promise<Review> {
  const { event, job } = online;
  const needed = plan.wanted.filter(({ state }) => state === 'now');
  // A merge of which something is refused is told so, though nothing of it is to be done.
  if (needed.length === 0 && !(event.kind === 'push' && plan.refusals.length > 0)) return EVERYTHING;
  switch (event.kind) {
    case 'push': {
      const shas = event.pushed.includes(event.sha) ? event.pushed : [event.sha];
      return reviewOfPush(online, shas, server, needed);
    }
    case 'schedule':
      return reviewOfPending(online, server, needed);
    default: {
      const { digest } = job.inputs;
      if (digest === plan.digest) return EVERYTHING;
      const refused = digest === '' ? 'no digest was given' : `the plan is ${plan.digest} now, not ${digest}`;
      return { isReviewed: () => false, refused: [refused], pulls: [] };
    }
  }
}

/** Says why what the files want was not done, where the whole run has a reason for it. */
function withReasons(
  report: ApplyReport,
  {
    all,
    review,
    now,
  }: { readonly all: PlanReport; readonly review: Review; readonly now: BranchNow | undefined },
): ApplyReport {
  const left = all.plan.wanted
    .filter(({ state }) => state === 'now')
    .filter((route) => !review.isReviewed(route));
  const gone = now ? all.plan.wanted.filter((route) => isDoable(route) && !now.declares(route)) : [];
  const reasons = [
    ...(left.length > 0 ? review.refused : []),
    ...(gone.length > 0 ? ['the default branch has moved on and declares some of it no longer'] : []),
  ];
  return reasons.length > 0 ? { ...report, why: reasons.join('; ') } : report;
}

function isDoable({ state }: WantedRoute): boolean {
  return state === 'now';
}

async function tell(
  { job, event, github }: OnlineJob,
  report: ApplyReport,
  { pulls }: Review,
): Promise<void> {
  job.print(renderGithub(withRefusals(report)));
  const text = renderApplyText(report, { color: false, quiet: false });
  job.print(
    text
      .split('\n')
      .map((line) => inert(visible(line)))
      .join('\n'),
  );
  await job.summarise(renderAppliedSummary(report));
  if (job.inputs.comment === 'never') return;
  const { repository, serverUrl } = event;
  const run = job.environment.GITHUB_RUN_ID;
  const url = run && `${serverUrl}/${repository}/actions/runs/${run}`;
  for (const pull of pulls) {
    const why = await whyNotTold(putComment(github, pull, APPLIED_MARKER, renderAppliedComment(report, url)));
    if (why !== undefined)
      job.print(`${command('warning', { title: 'podroute' }, `no comment was written: ${why}`)}\n`);
  }
}

/** What was done stays done, whether it can be told or not. */
async function whyNotTold(put: Promise<Put>): Promise<string | undefined> {
  try {
    const done = await put;
    return done.written ? undefined : done.why;
  } catch (error) {
    if (error instanceof GitHubError) return error.message;
    throw error;
  }
}
