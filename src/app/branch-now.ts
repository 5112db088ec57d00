import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headOf } from '../github/branch.ts';
import { downloadTree } from '../github/download-tree.ts';
import { formatPrefix } from '../net/format.ts';
import type { Limits } from '../plan/limits.ts';
import type { WantedRoute } from '../plan/plan.ts';
import { checkFolder } from './check-folder.ts';
import type { OnlineJob } from './online-job.ts';
import { type LiveTailnet, planFolder } from './plan-folder.ts';
import { branchOf } from './reviewed-plans.ts';

/** What the default branch says at this moment, where it has moved on since the run began. */
export interface BranchNow {
  /** On this very device: a node may have got another one. */
  readonly declares: (route: WantedRoute) => boolean;
  readonly limits: Limits;
}

/** Undefined while the branch is at the commit that the run is for. An old run may be started again weeks later. */
export async function branchNow(
  { job, event, github }: OnlineJob,
  tailnet: LiveTailnet,
): Promise<BranchNow | undefined> {
  const head = await headOf(github, branchOf(event.ref));
  if (head === event.sha) return undefined;
  const folder = mkdtempSync(join(job.environment.RUNNER_TEMP ?? tmpdir(), 'podroute-branch-'));
  try {
    await downloadTree(github, head, folder);
    const { paths, config } = job.inputs;
    const checked = checkFolder(paths, { cwd: folder, config });
    const declared = new Set(planFolder(checked, tailnet).report.plan.wanted.map(keyOf));
    return { declares: (route) => declared.has(keyOf(route)), limits: checked.folder.limits };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keyOf({ action, node, device, prefix }: WantedRoute): string {
  return JSON.stringify([action, device ? [device.id] : node, formatPrefix(prefix)]);
}
