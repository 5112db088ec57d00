import type { Cluster, TailnetPolicy } from '../../cluster/model.ts';
import { changedPlaces } from '../../policy/access/access-places.ts';
import { type CompiledPolicy, compilePolicy, filterOf } from '../../policy/compile.ts';
import type { DeviceList } from '../../policy/device-list.ts';
import { noPolicy } from '../../policy/no-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/** What messages call the policy of the control server, in place of a path too. */
export const IN_FORCE = 'the policy in force';

/** The clusters of a tailnet under one policy, and the devices as the control server has them now. */
export interface Outlook {
  /** How messages name the policy: `the policy in force`, `the policy of the files`, `no policy`. */
  readonly called: string;
  readonly clusters: readonly Cluster[];
  readonly list: DeviceList;
}

/**
 * The policy in force first, as far as it could be read; then the files', unless it lets through the same. What holds
 * under every outlook holds whichever of the two policies counts when a plan is applied.
 */
export function outlooksOf(
  clusters: readonly Cluster[],
  list: DeviceList,
  inForce: TailnetPolicy | undefined,
): readonly Outlook[] {
  const own = new Set(clusters.flatMap(({ policies }) => policies.slice(0, 1)));
  const files: Outlook = { called: own.size > 0 ? 'the policy of the files' : 'no policy', clusters, list };
  if (inForce === undefined) return [files];
  const live: Outlook = {
    called: IN_FORCE,
    clusters: clusters.map((cluster) => ({ ...cluster, policies: [inForce] })),
    list,
  };
  const isSame = [...own].every(({ policy }) => letThroughTheSame(policy, inForce.policy, list));
  return isSame ? [live] : [live, files];
}

/** The policy that an outlook's clusters are under; without any, everything may reach everything. */
export function policyOf({ clusters }: Outlook): Policy {
  return clusters.find(({ policies }) => policies.length > 0)?.policies[0]?.policy ?? noPolicy();
}

/**
 * Whether two policies let the same through to every device, whatever is approved: asked with all approved that is
 * advertised, as a rule for what is behind a router reaches the router only then.
 */
function letThroughTheSame(a: Policy, b: Policy, list: DeviceList): boolean {
  if (a.at.file.text === b.at.file.text) return true;
  const devices = list.devices.map((device) => ({ ...device, approved: device.advertised }));
  const [before, after] = [a, b].map((policy) => filtersIn(compilePolicy(policy, { ...list, devices })));
  return changedPlaces(before!, after!).places.length === 0;
}

function filtersIn(compiled: CompiledPolicy) {
  return new Map(compiled.list.devices.map((device) => [device, filterOf(compiled, device)]));
}
