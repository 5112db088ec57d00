import { applyPlan } from '../control/apply-plan.ts';
import type { ControlServer } from '../control/control-server.ts';
import { outcomeOf } from '../plan/applied.ts';
import type { Limits } from '../plan/limits.ts';
import { renderApplyText } from '../report/apply-text.ts';
import { renderApplyJson } from '../report/plan-json.ts';
import type { ApplyReport, PlanReport } from '../report/plan-report.ts';
import { renderPlanText } from '../report/plan-text.ts';
import { type Arguments, textOrJson } from './arguments.ts';
import { checkFolder } from './check-folder.ts';
import { serverFor } from './control-server.ts';
import { SettingsError } from './errors.ts';
import type { OnlineSurroundings, Outcome } from './outcome.ts';
import { type Planned, planFolder, readTailnet } from './plan-folder.ts';

/** `podroute apply`: approves what the plan of this digest says, or what somebody at a terminal agrees to. */
export async function approve(asked: Arguments, surroundings: OnlineSurroundings): Promise<Outcome> {
  const format = textOrJson(asked);
  const { cwd, color, progress, environment, ask } = surroundings;
  if (asked.digest === undefined && (ask === undefined || format === 'json')) {
    throw new SettingsError('apply needs --digest where nobody can be asked: podroute plan tells it');
  }
  const options = { color: color && asked.color, quiet: asked.quiet };
  const { server, secrets } = serverFor(asked, environment);
  const checked = checkFolder(asked.operands, { cwd, config: asked.config, progress });
  const planned = planFolder(checked, await readTailnet(server), { secrets });
  const agree = ask && (() => ask(renderPlanText(planned.report, options)));
  const refused = await refusalOf(planned.report, asked.digest, agree);
  const report =
    refused === undefined
      ? await applied(planned, server, checked.folder.limits)
      : { ...planned.report, applied: [], outcome: 'refused' as const, why: refused };
  return {
    output: format === 'json' ? renderApplyJson(report) : renderApplyText(report, options),
    exitCode: report.outcome === 'refused' || report.outcome === 'failed' ? 1 : 0,
  };
}

/** Does what a plan says, and tells how it went. */
export async function applied(
  { report, cuts }: Planned,
  server: ControlServer,
  limits: Limits,
): Promise<ApplyReport> {
  const done = await applyPlan(report.plan, server, { limits, now: Date.now, cuts });
  return { ...report, applied: done, outcome: outcomeOf(report.plan, done) };
}

/** Why nothing is done; undefined if the digest is the plan's, or if somebody says yes. */
async function refusalOf(
  { plan }: PlanReport,
  digest: string | undefined,
  ask: (() => Promise<boolean>) | undefined,
): Promise<string | undefined> {
  if (digest !== undefined) {
    return digest === plan.digest ? undefined : `the plan is ${plan.digest} now, not ${digest}`;
  }
  if (plan.steps.length === 0) return undefined;
  return (await ask?.()) ? undefined : 'nobody agreed to it';
}
