import type { Cluster } from '../cluster/model.ts';
import type { Prefix } from '../net/prefix.ts';
import type { DeviceList } from '../policy/device-list.ts';
import { buildNetwork } from './network.ts';
import { type Asked, HTTPS, type PodPair, podPairs } from './pod-paths.ts';

/** What is approved, by the id of the device; the others keep what the list says of them. */
export type Approvals = ReadonlyMap<string, readonly Prefix[]>;

/** The pairs of pods that are connected under the approvals `before` and certainly or perhaps not under `after`. */
export function pairsCutBy(
  cluster: Cluster,
  list: DeviceList,
  before: Approvals,
  after: Approvals,
  asked: Asked = HTTPS,
): readonly PodPair[] {
  const [earlier, later] = [before, after].map((approvals) =>
    podPairs(buildNetwork(cluster, withApprovals(list, approvals)), asked),
  );
  // Both are of the same nodes, and so in the same order.
  return later!.filter(({ delivered }, index) => earlier![index]!.delivered && !delivered);
}

function withApprovals(list: DeviceList, approvals: Approvals): DeviceList {
  const devices = list.devices.map((device) => ({
    ...device,
    approved: approvals.get(device.id) ?? device.approved,
  }));
  return { ...list, devices };
}
