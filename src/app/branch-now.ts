import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headOf } from '../github/branch.ts';
import { downloadTree } from '../github/download-tree.ts';
import { formatPrefix } from '../net/format.ts';
import type { Limits } from '../plan/limits.ts';
import type { WantedRoute } from '../plan/plan.ts';
import { declaredRoutes } from './declared-routes.ts';
import type { OnlineJob } from './online-job.ts';
import { readFolder } from './read-folder.ts';
import { branchOf } from './reviewed-plans.ts';

/** What the default branch says at this moment, where it has moved on since the run began. */
export interface BranchNow {
  readonly declares: (route: WantedRoute) => boolean;
  readonly limits: Limits;
}

/** Undefined while the branch is at the commit that the run is for. An old run may be started again weeks later. */
export async function branchNow({ job, event, github }: OnlineJob): Promise<BranchNow | undefined> {
  const head = await headOf(github, branchOf(event.ref));
  if (head === event.sha) return undefined;
  const folder = mkdtempSync(join(job.environment.RUNNER_TEMP ?? tmpdir(), 'podroute-branch-'));
  try {
    await downloadTree(github, head, folder);
    const { paths, config } = job.inputs;
    const read = readFolder(paths, { cwd: folder, config });
    const declared = new Set(declaredRoutes(read).map(keyOf));
    return { declares: (route) => declared.has(keyOf(route)), limits: read.limits };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keyOf({ action, node, prefix }: Pick<WantedRoute, 'action' | 'node' | 'prefix'>): string {
  return `${action} ${node.toLowerCase()} ${formatPrefix(prefix)}`;
}
