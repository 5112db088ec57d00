import { buildNetwork } from '../../paths/network.ts';
import type { DeviceList } from '../../policy/device-list.ts';
import type { Change } from '../plan.ts';
import { type Fates, fatesOf } from './fates.ts';
import type { Outlook } from './outlook.ts';

/** The clusters of an outlook that have nodes, as they are once some changes are made. */
export type State = readonly Fates[];

/**
 * What becomes of an outlook's pods once changes are made, none of them, or all. What was asked last is kept, as what
 * a plan cuts, in which order it is safe and what it mends are told from the same two states.
 */
export function stateOf(outlook: Outlook, changes: readonly Change[]): State {
  const key = changes.map(({ device, after }) => `${device.id}\n${after.map(keyOf).join()}`).join('\n\n');
  const known = kept.get(outlook) ?? new Map<string, State>();
  kept.set(outlook, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  for (const old of known.keys()) if (old !== '') known.delete(old);
  const state = passingState(outlook, changes);
  known.set(key, state);
  return state;
}

const kept = new WeakMap<Outlook, Map<string, State>>();

/** The same for a state that nobody asks for twice. */
export function passingState({ clusters, list }: Outlook, changes: readonly Change[]): State {
  const devices = withChanges(list, changes);
  const named = new Map<string, number>();
  return clusters
    .map((cluster) => {
      // As the report of two sets of files calls them.
      const name = cluster.name ?? '';
      const number = (named.get(name) ?? 0) + 1;
      named.set(name, number);
      const key = number === 1 ? name : `${name}#${number}`;
      const label = clusters.length === 1 || key === '' ? '' : `${key}/`;
      return fatesOf(buildNetwork(cluster, devices), label);
    })
    .filter(({ network }) => network.hosts.length > 0);
}

/** The devices with what some changes leave approved. */
export function withChanges(list: DeviceList, changes: readonly Change[]): DeviceList {
  if (changes.length === 0) return list;
  const after = new Map(changes.map((change) => [change.device.id, change.after]));
  const devices = list.devices.map((device) => {
    const approved = after.get(device.id);
    return approved ? { ...device, approved } : device;
  });
  return { ...list, devices };
}

function keyOf({ family, network, length }: Change['after'][number]): string {
  return `${family} ${network}/${length}`;
}
