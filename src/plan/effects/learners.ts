import { hasPrefix } from '../../net/prefix.ts';
import { deviceOf } from '../../paths/host.ts';
import { compilePolicy } from '../../policy/compile.ts';
import type { Device } from '../../policy/device-list.ts';
import { prefixKey } from '../../policy/routers.ts';
import { type Peer, visibilityOf } from '../../policy/visibility.ts';
import type { Change, Learner } from '../plan.ts';
import { type Outlook, policyOf } from './outlook.ts';
import { withChanges } from './states.ts';

/** The most pairs of a device outside and any device that are looked at. */
const MOST_WORK = 5_000_000;

/**
 * The devices that are no node of the clusters and learn a route by the changes that nobody told them of before: by
 * the changes, then by the prefixes. In a very large tailnet (`MOST_WORK`) the first devices outside stand for all.
 */
export function learnersOf(outlook: Outlook, changes: readonly Change[]): readonly Learner[] {
  const policy = policyOf(outlook);
  const before = compilePolicy(policy, outlook.list);
  const after = compilePolicy(policy, withChanges(outlook.list, changes));
  const [seenBefore, seenAfter] = [visibilityOf(before), visibilityOf(after)];
  const learners = new Map<string, { learner: Omit<Learner, 'devices'>; devices: Device[] }>();
  for (const { device: router, add } of changes) {
    for (const prefix of add) {
      learners.set(keyOf(router, prefix), { learner: { prefix, router }, devices: [] });
    }
  }
  if (learners.size === 0) return [];

  const { devices } = before.list;
  const nodes = nodesAmong(outlook, devices);
  const most = Math.floor(MOST_WORK / devices.length);
  let asked = 0;
  for (const [index, device] of devices.entries()) {
    if (nodes.has(device)) continue;
    if (++asked > most) break;
    let known: ReadonlySet<string> | undefined;
    for (const { device: router, routes } of seenAfter(after.list.devices[index]!)) {
      for (const prefix of routes) {
        const entry = learners.get(keyOf(router, prefix));
        if (entry === undefined) continue;
        known ??= prefixesIn(seenBefore(device));
        const hasItself = hasPrefix(device.approved, prefix);
        if (!known.has(prefixKey(prefix)) && !hasItself) entry.devices.push(device);
      }
    }
  }
  return [...learners.values()]
    .filter((each) => each.devices.length > 0)
    .map(({ learner, devices: own }) => ({ ...learner, devices: own }));
}

function keyOf({ id }: Device, prefix: Learner['prefix']): string {
  return `${id}\n${prefixKey(prefix)}`;
}

function prefixesIn(peers: readonly Peer[]): ReadonlySet<string> {
  return new Set(peers.flatMap(({ routes }) => routes.map(prefixKey)));
}

function nodesAmong({ clusters }: Outlook, devices: readonly Device[]): ReadonlySet<Device | undefined> {
  return new Set(clusters.flatMap(({ nodes }) => nodes.map((node) => deviceOf(node, devices))));
}
