import { buildClusters } from '../cluster/build.ts';
import type { Cluster, TailnetPolicy } from '../cluster/model.ts';
import type { ControlServer } from '../control/control-server.ts';
import { listed } from '../diagnostics/wording.ts';
import { type Cut, cutBy } from '../plan/effects/cuts.ts';
import { IN_FORCE, outlooksOf } from '../plan/effects/outlook.ts';
import type { Limits } from '../plan/limits.ts';
import type { Change, WantedRoute } from '../plan/plan.ts';
import { planApprovals } from '../plan/plan-approvals.ts';
import type { DeviceList } from '../policy/device-list.ts';
import { readPolicy } from '../policy/read/read-policy.ts';
import type { PlanReport } from '../report/plan-report.ts';
import { sourceFile } from '../source/source-file.ts';
import { type Located, placeKey } from '../source/span.ts';
import { parseHujson } from '../syntax/hujson.ts';
import { treeOf } from '../syntax/hujson-value.ts';
import type { CheckedFolder } from './check-folder.ts';
import { declaredRoutes } from './declared-routes.ts';
import { readDeviceFile } from './device-file.ts';
import { SettingsError } from './errors.ts';
import type { ReadFolder } from './read-folder.ts';

/** A tailnet as it is at one moment, and the policy that is in force there. */
export interface LiveTailnet {
  readonly list: DeviceList;
  readonly policy: { readonly text: string } | { readonly text: undefined; readonly why: string };
  /** What messages call where this comes from. */
  readonly called: string;
  readonly warnings: readonly string[];
}

/** One request for the devices, one for the policy. */
export async function readTailnet(server: ControlServer): Promise<LiveTailnet> {
  const list = await server.listDevices();
  const policy = await server.readPolicy();
  return { list, policy, called: server.called, warnings: server.warnings };
}

/** A saved device list in place of the control server; `control` is what it is of, where the settings tell. */
export function savedTailnet(path: string, cwd: string, control?: DeviceList['control']): LiveTailnet {
  const list = readDeviceFile(path, cwd, control);
  return {
    list,
    policy: { text: undefined, why: 'a saved device list has none' },
    called: path,
    warnings: [],
  };
}

export interface PlanOptions {
  /** Those of the base branch, where the files are those of a pull request. */
  readonly limits?: Limits;
  /** What may be done; everything if it is left out. */
  readonly isReviewed?: (route: WantedRoute) => boolean;
  /** The credentials of the run. */
  readonly secrets?: readonly string[];
}

/** A plan that may be applied. */
export interface Planned {
  readonly report: PlanReport;
  /** What is cut if these changes of the plan are made and no others. */
  readonly cuts: (changes: readonly Change[]) => readonly Cut[];
}

/** What a merge of these files would approve in a tailnet. */
export function planFolder(
  { folder, report }: CheckedFolder,
  tailnet: LiveTailnet,
  { limits = folder.limits, isReviewed, secrets = [] }: PlanOptions = {},
): Planned {
  const { list, policy } = tailnet;
  const clusters = clustersIn(folder, list);
  const found = policy.text === undefined ? policy.why : policyInForce(policy.text);
  const [inForce, inForceUnread] = typeof found === 'string' ? [undefined, found] : [found, undefined];
  const plan = planApprovals({
    clusters,
    list,
    inForce,
    ...(inForceUnread !== undefined && { inForceUnread }),
    limits,
    errors: report.diagnostics.filter(({ severity }) => severity === 'error'),
    now: Date.now(),
    ...(isReviewed && { isReviewed }),
  });
  return {
    report: {
      plan,
      check: report,
      server: tailnet.called,
      warnings: [...tailnet.warnings, ...leftOut(folder, clusters)],
      secrets: [...report.secrets, ...secrets.map(ofNoFile)],
    },
    cuts: (changes) => outlooksOf(clusters, list, inForce).flatMap((outlook) => cutBy(outlook, changes)),
  };
}

/** The clusters that are in this tailnet, as far as the files and the devices tell. */
export function clustersIn(
  { read, given }: Pick<ReadFolder, 'read' | 'given'>,
  list: DeviceList,
): readonly Cluster[] {
  const clusters = buildClusters(read, { ...given, control: list.control, devices: list });
  const inIt = clusters.filter(({ tailnet }) => tailnet.devices === list);
  // Clusters that name no tailnet and have devices in this one are in it.
  const named = inIt.flatMap(({ files }) => files.flatMap(({ facts }) => facts.clusters));
  const names = new Set(named.flatMap(({ tailnet }) => tailnet?.value ?? []));
  if (new Set(inIt.map(({ tailnet }) => tailnet)).size > 1 && names.size > 1) {
    throw new SettingsError(
      'the files are of several tailnets that have devices in this one: give the paths of one',
    );
  }
  return inIt;
}

/** What has no device here may be of another tailnet, or all of it is still to come: it is not passed over in silence. */
function leftOut(
  { read, given }: Pick<ReadFolder, 'read' | 'given'>,
  inIt: readonly Cluster[],
): readonly string[] {
  const declared = new Set(
    inIt.flatMap(({ routes, prunes }) => [...routes, ...prunes].map(({ span }) => placeKey(span))),
  );
  const others = declaredRoutes({ read, given }).filter(({ at }) => !declared.has(placeKey(at)));
  const nodes = [...new Set(others.map(({ node }) => node))];
  if (nodes.length === 0) return [];
  return [`left out, as no node of their cluster has a device in this tailnet: ${listed(nodes)}`];
}

/** The policy, or why it cannot be used. */
function policyInForce(text: string): TailnetPolicy | string {
  const file = sourceFile(IN_FORCE, text);
  const { root, problems } = parseHujson(file);
  const tree = root && problems.length === 0 ? treeOf(file, root) : undefined;
  if (tree?.kind !== 'map') return 'it does not parse';
  return { tree, ...readPolicy(tree) };
}

/** A secret that is in no file. */
function ofNoFile(value: string): Located<string> {
  return { value, span: { file: NO_FILE, start: 0, end: 0 } };
}

const NO_FILE = sourceFile('', '');
