import { buildClusters } from '../../src/cluster/build.ts';
import type { Cluster, TailnetPolicy } from '../../src/cluster/model.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { changesOf, type Plan, type Refusal } from '../../src/plan/plan.ts';
import { type PlanInput, planApprovals } from '../../src/plan/plan-approvals.ts';
import type { DeviceList } from '../../src/policy/device-list.ts';
import { readPolicy } from '../../src/policy/read/read-policy.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import type { Span } from '../../src/source/span.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';
import { readTexts } from '../pipeline.ts';
import { type Given, listOf } from '../policy/tailnet.ts';

// Small plans for tests, and what they come to as short texts.

/** What a test says of the files and of the tailnet. */
export interface Setting {
  /** By name; with the addresses that `listOf` gives devices, a pod CIDR and a tag where nothing else is given. */
  readonly nodes?: Readonly<Record<string, object>>;
  /** Each on a line of its own, from line 5 of `routes.yaml`. */
  readonly routes?: readonly object[];
  readonly devices?: Readonly<Record<string, Given>>;
  readonly control?: DeviceList['control'];
  /** The policy of the files; everything may reach everything where none is given. */
  readonly policy?: object;
  readonly inForce?: object;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
}

export type Asked = Partial<Pick<PlanInput, 'limits' | 'errors' | 'now' | 'isReviewed'>>;

/** The device of a node with `tag:k3s`. */
export const TAGGED: Given = { tags: ['tag:k3s'] };

export function textsOf({
  nodes = {},
  routes = [],
  policy,
  files = {},
}: Setting): Readonly<Record<string, string>> {
  const all = Object.entries(nodes).map(([name, given], index) => {
    const own = {
      name,
      tailscaleIp: `100.64.0.${index + 1}`,
      podCidr: `10.42.${index}.0/24`,
      ...{ tailscale: { acceptRoutes: true, tags: ['tag:k3s'] }, ...given },
    };
    return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
  });
  const cluster = {
    apiVersion: 'podroute/v1',
    kind: 'Cluster',
    spec: { flannelBackend: 'host-gw', nodes: all },
  };
  const lines = routes.map((route) => `    - ${JSON.stringify(route)}\n`).join('');
  return {
    'cluster.yaml': `${JSON.stringify(cluster, null, 1)}\n`,
    'routes.yaml': `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n${lines}`,
    ...(policy && { 'policy.hujson': JSON.stringify(policy) }),
    ...files,
  };
}

export function inputOf(setting: Setting, asked: Asked = {}): PlanInput {
  const { devices = {}, control = 'tailscale', inForce } = setting;
  const list = { ...listOf(devices), control };
  return {
    clusters: clustersIn(setting, list),
    list,
    inForce: inForce && policyIn(inForce),
    limits: DEFAULT_LIMITS,
    errors: [],
    now: 0,
    ...asked,
  };
}

export function clustersIn(setting: Setting, list: DeviceList): readonly Cluster[] {
  return buildClusters(readTexts(textsOf(setting)), { devices: list, control: list.control });
}

export function planOf(setting: Setting, asked: Asked = {}): Plan {
  return planApprovals(inputOf(setting, asked));
}

function policyIn(sections: object): TailnetPolicy {
  const file = sourceFile('the policy in force', JSON.stringify(sections));
  const tree = treeOf(file, parseHujson(file).root!);
  if (tree.kind !== 'map') throw new Error('a policy is an object');
  return { tree, ...readPolicy(tree) };
}

export function placeOf({ file, start }: Span): string {
  return `${file.path}:${file.text.slice(0, start).split('\n').length}`;
}

/** `place node prefix: why`, each. */
export function refusalsIn({ refusals }: Plan): string[] {
  return refusals.map(
    ({ node, prefix, why, at }: Refusal) => `${placeOf(at)} ${node} ${formatPrefix(prefix)}: ${why}`,
  );
}

/** `state action node prefix`, each. */
export function wantedIn({ wanted }: Plan): string[] {
  return wanted.map(
    ({ state, action, node, prefix }) => `${state} ${action} ${node} ${formatPrefix(prefix)}`,
  );
}

/** `device: before > after`, each. */
export function changesIn(plan: Plan): string[] {
  return changesOf(plan).map(({ device, before, after }) => {
    const [earlier, later] = [before, after].map((prefixes) => prefixes.map(formatPrefix).join());
    return `${device.id}: ${earlier || 'nothing'} > ${later || 'nothing'}`;
  });
}

/** The tailnet once the plan is applied. */
export function applied(list: DeviceList, plan: Plan): DeviceList {
  const after = new Map(changesOf(plan).map((change) => [change.device.id, change.after]));
  return {
    ...list,
    devices: list.devices.map((device) => ({ ...device, approved: after.get(device.id) ?? device.approved })),
  };
}
