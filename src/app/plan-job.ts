import { relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics/finding.ts';
import { fileAt } from '../github/branch.ts';
import { putComment, whereAllowed } from '../github/comments.ts';
import { hasNoSecrets } from '../github/event.ts';
import { GitHubError } from '../github/github-error.ts';
import { isMerged } from '../github/pulls.ts';
import { shownPlan } from '../github/reviewed-plan.ts';
import { DEFAULT_LIMITS, type Limits } from '../plan/limits.ts';
import { encodeReviewed, MOST_HEADS, reviewedOf } from '../plan/reviewed.ts';
import { renderDeclaredSummary } from '../report/declared-markdown.ts';
import { renderGithub } from '../report/github.ts';
import { PLAN_MARKER, renderPlanComment } from '../report/plan-comment.ts';
import { renderPlanSummary } from '../report/plan-markdown.ts';
import type { PlanReport } from '../report/plan-report.ts';
import type { Report } from '../report/report.ts';
import { renderSummary } from '../report/summary.ts';
import { command } from '../report/workflow-command.ts';
import { sourceFile } from '../source/source-file.ts';
import { type CheckedFolder, checkFolder } from './check-folder.ts';
import { writeFindings } from './check-job.ts';
import { declaredRoutes } from './declared-routes.ts';
import { SettingsError } from './errors.ts';
import { fails } from './fail-on.ts';
import type { OnlineJob } from './online-job.ts';
import { planFolder, readTailnet, savedTailnet } from './plan-folder.ts';
import { SETTINGS_FILE, settingsIn } from './settings.ts';

/** `mode: plan`: what a merge would approve, on the pull request and in the summary. Nothing is written to a tailnet. */
export async function planJob(online: OnlineJob): Promise<0 | 1> {
  const { job, event, secrets } = online;
  const { mode, paths, config, devices } = job.inputs;
  const checked = checkFolder(paths, { cwd: job.cwd, config, ...(mode === 'check' && { devices }) });
  writeFindings(job, checked);
  const asked = await askedWorld(online, checked);
  if (asked === undefined) return showDeclared(job, checked);

  const { tailnet, limits } = asked;
  const { report } = planFolder(checked, tailnet, { secrets, ...(limits && { limits }) });
  job.print(renderGithub(withRefusals(report)));
  await job.summarise(renderPlanSummary(report));
  job.output('plan-digest', report.plan.digest);
  if (event.kind === 'pull-request' && job.inputs.comment === 'auto') await comment(online, event, report);
  return end(online, fails(withRefusals(report).diagnostics, job.inputs.failOn));
}

/** What the network is asked for; where it fails, the findings are told before that is. */
async function askedWorld(online: OnlineJob, checked: CheckedFolder) {
  try {
    const tailnet = await tailnetOf(online, checked);
    return tailnet && { tailnet, limits: await limitsOfBase(online) };
  } catch (error) {
    online.job.print(renderGithub(checked.report));
    await online.job.summarise(renderSummary(checked.report));
    throw error;
  }
}

async function tailnetOf({ job, event, server }: OnlineJob, { folder }: CheckedFolder) {
  const { mode, devices } = job.inputs;
  if (mode !== 'check' && devices !== undefined) {
    return savedTailnet(devices, job.cwd, folder.given.control);
  }
  if (server !== undefined) return readTailnet(server);
  if (mode === 'check' || hasNoSecrets(event)) return undefined;
  throw new SettingsError(
    `mode: ${mode} needs api-key, oauth-client-id or headscale-url: the job was given none of them`,
  );
}

/** A pull request from a fork has no secrets: it is told what is declared, and what becomes of that. */
async function showDeclared(job: OnlineJob['job'], checked: CheckedFolder): Promise<0 | 1> {
  const { report } = checked;
  job.print(renderGithub(report));
  const routes = declaredRoutes(checked.folder);
  await job.summarise(renderDeclaredSummary({ routes, check: report, secrets: report.secrets }));
  return end({ job }, fails(report.diagnostics, job.inputs.failOn));
}

function end({ job }: Pick<OnlineJob, 'job'>, failed: boolean): 0 | 1 {
  job.output('outcome', failed ? 'failed' : 'passed');
  return failed ? 1 : 0;
}

/** What a pull request says of the limits counts only once it is merged. Undefined where the files are the base's. */
async function limitsOfBase({ job, event, github }: OnlineJob): Promise<Limits | undefined> {
  if (event.kind !== 'pull-request' && event.kind !== 'merge-group') return undefined;
  const { base } = event;
  // Another branch may be anybody's, and a pull request can be turned towards the default branch after its plan.
  const isElsewhere = event.kind === 'pull-request' && event.defaultBranch !== base.ref;
  const main = isElsewhere ? event.defaultBranch : undefined;
  const path = pathInWorkspace(job.inputs.config ?? SETTINGS_FILE, job.cwd);
  if (path === undefined) return undefined;
  try {
    const text = await fileAt(github, path, main ?? base.sha);
    return settingsIn(sourceFile(`${path} of ${main ?? base.ref}`, text ?? '')).limits;
  } catch (error) {
    if (!(error instanceof GitHubError && error.status === 404)) throw error;
    // Whether there is no such file or it may not be seen: nothing that the pull request says of limits counts.
    job.print(`${command('warning', { title: 'podroute' }, `the default limits count: ${error.message}`)}\n`);
    return DEFAULT_LIMITS;
  }
}

/** As Git writes it, however it was written; undefined for what is elsewhere, where no pull request changes it. */
function pathInWorkspace(path: string, workspace: string): string | undefined {
  const inside = relative(workspace, resolve(workspace, path)).split(sep).join('/');
  return inside.startsWith('../') ? undefined : inside;
}

/** The report with every refusal at its line, so that it is marked like a finding. */
export function withRefusals({ plan, check }: Pick<PlanReport, 'plan' | 'check'>): Report {
  const ofErrors = check.diagnostics.some(({ severity }) => severity === 'error');
  // Then every route is refused because of them, and they are marked already.
  if (ofErrors) return check;
  const refusals = plan.refusals.map(
    ({ why, at, related }): Diagnostic => ({
      rule: 'refused-route',
      severity: 'error',
      message: why,
      at,
      ...(related && { related }),
    }),
  );
  return { ...check, diagnostics: [...check.diagnostics, ...refusals] };
}

type PullRequest = Extract<OnlineJob['event'], { kind: 'pull-request' }>;

async function comment(
  { job, event, github }: OnlineJob,
  pull: PullRequest,
  report: PlanReport,
): Promise<void> {
  const { plan, server } = report;
  const { number, head } = pull;
  const put = await whereAllowed(async () => {
    // An old run that is started again: nobody reviews a plan after the merge.
    if (await isMerged(github, number)) return { written: false, why: `#${number} is merged already` };
    const shown = await shownPlan(github, number, PLAN_MARKER);
    // As long as the plan stays the same, who approved an earlier commit has approved this one's.
    const earlier = shown?.digest === plan.digest && shown.server === server ? shown.heads : [];
    const heads = [...earlier.filter((each) => each !== head), head].slice(-MOST_HEADS);
    const reviewed = reviewedOf(plan, { repository: event.repository, pull: number, heads, server });
    return putComment(github, number, PLAN_MARKER, renderPlanComment(report, encodeReviewed(reviewed)));
  });
  if (!put.written)
    job.print(`${command('notice', { title: 'podroute' }, `no comment was written: ${put.why}`)}\n`);
}
