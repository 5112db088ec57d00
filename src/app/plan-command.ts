import { driftOf } from '../plan/drift.ts';
import { renderDriftText } from '../report/drift-text.ts';
import { renderDriftJson, renderPlanJson } from '../report/plan-json.ts';
import { renderPlanSummary } from '../report/plan-markdown.ts';
import type { DriftReport, PlanReport } from '../report/plan-report.ts';
import { renderPlanText } from '../report/plan-text.ts';
import { type Arguments, formatAmong, textOrJson } from './arguments.ts';
import { checkFolder } from './check-folder.ts';
import { serverFor } from './control-server.ts';
import type { OnlineSurroundings, Outcome } from './outcome.ts';
import { clustersIn, type LiveTailnet, planFolder, readTailnet, savedTailnet } from './plan-folder.ts';

/** `podroute plan`: what a merge would approve, or what the control server has and the files do not. */
export async function showPlan(asked: Arguments, surroundings: OnlineSurroundings): Promise<Outcome> {
  const format = asked.drift ? textOrJson(asked) : formatAmong(asked, ['text', 'json', 'markdown']);
  const { cwd, color, progress } = surroundings;
  const checked = checkFolder(asked.operands, { cwd, config: asked.config, progress });
  const { tailnet, secrets } = await tailnetFor(asked, surroundings, checked.folder.given.control);
  const options = { color: color && asked.color, quiet: asked.quiet };
  const { report } = planFolder(checked, tailnet, { secrets });
  if (asked.drift) {
    const drift = driftOf(clustersIn(checked.folder, tailnet.list), tailnet.list);
    const { server, warnings } = report;
    const told: DriftReport = { drift, server, warnings, secrets: report.secrets };
    return {
      output: format === 'json' ? renderDriftJson(told) : renderDriftText(told, options),
      exitCode: drift.length > 0 && asked.failOn !== 'never' ? 1 : 0,
    };
  }
  return {
    output: render(report, format, options),
    exitCode: refuses(report) && asked.failOn !== 'never' ? 1 : 0,
  };
}

/** Whether the plan leaves something undone that the files want. */
export function refuses({ plan }: PlanReport): boolean {
  return plan.refusals.length > 0;
}

async function tailnetFor(
  asked: Arguments,
  { cwd, environment }: OnlineSurroundings,
  control: LiveTailnet['list']['control'] | undefined,
): Promise<{ readonly tailnet: LiveTailnet; readonly secrets: readonly string[] }> {
  if (asked.devices !== undefined) return { tailnet: savedTailnet(asked.devices, cwd, control), secrets: [] };
  const { server, secrets } = serverFor(asked, environment);
  return { tailnet: await readTailnet(server), secrets };
}

function render(
  report: PlanReport,
  format: 'text' | 'json' | 'markdown',
  options: { readonly color: boolean; readonly quiet: boolean },
): string {
  switch (format) {
    case 'text':
      return renderPlanText(report, options);
    case 'json':
      return renderPlanJson(report);
    case 'markdown':
      return renderPlanSummary(report);
  }
}
