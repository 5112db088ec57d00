import { callNode } from '../cluster/devices.ts';
import type { Cluster, Node, Prune, Route } from '../cluster/model.ts';
import { comparePrefixes, hasPrefix, type Prefix } from '../net/prefix.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device } from '../policy/device-list.ts';
import { prefixKey } from '../policy/routers.ts';
import type { Span } from '../source/span.ts';
import { places } from './changes.ts';
import type { Found } from './find-device.ts';
import type { Limits } from './limits.ts';
import type { WantedRoute } from './plan.ts';

/** A wanted route as the guards judge it. */
export interface Candidate extends WantedRoute {
  readonly of: Node;
  readonly found: Found;
  /** On purpose on several devices. */
  readonly redundant: boolean;
  /** Where the files want the opposite: the approval left to people, or taken back. */
  readonly against: { readonly span: Span; readonly says: string } | undefined;
}

/** All that the files want, one entry for a device and a prefix; sorted by device, then by prefix. */
export function wantedIn(
  clusters: readonly Cluster[],
  find: (node: Node) => Found,
  limits: Limits,
): readonly Candidate[] {
  const declared = clusters.flatMap(({ routes }) => routes.filter(({ by }) => by === 'routes'));
  const prunes = clusters.flatMap((cluster) => cluster.prunes);
  const keyOf = ({ node, prefix }: Route | Prune) => `${prefixKey(prefix)} ${placeOf(node, find(node))}`;
  const approvals = grouped(
    declared.filter(({ approve }) => approve),
    keyOf,
  );
  const byHand = grouped(
    declared.filter(({ approve }) => approve === false),
    keyOf,
  );
  const removals = grouped(prunes, keyOf);
  const candidates = [
    ...[...approvals].map(([key, routes]) => {
      const left = byHand.get(key)?.[0];
      const pruned = removals.get(key)?.[0];
      const against = left
        ? { span: left.approveAt ?? left.span, says: 'another entry leaves the approval to people' }
        : pruned && { span: pruned.span, says: 'another entry takes the approval back' };
      return candidateOf('approve', routes, find, limits, against);
    }),
    ...[...removals].map(([key, entries]) => {
      const approved = approvals.get(key)?.[0];
      const against = approved && { span: approved.span, says: 'another entry approves it' };
      return candidateOf('remove', entries, find, limits, against);
    }),
  ];
  return candidates.sort(compareWanted);
}

/** By the device's id, nodes without one last; then by prefix. */
function compareWanted(a: WantedRoute, b: WantedRoute): number {
  const [left, right] = [a, b].map(({ device, node }) => (device ? `0 ${device.id}` : `1 ${node}`));
  if (left !== right) return left! < right! ? -1 : 1;
  return comparePrefixes(a.prefix, b.prefix) || (a.action === b.action ? 0 : a.action < b.action ? -1 : 1);
}

/** A key for the device that a route is wanted on, or for the node while it has none. */
export function deviceKey({ device, node }: Pick<WantedRoute, 'device' | 'node'>): string {
  return device ? `device ${device.id}` : `node ${node}`;
}

function placeOf(node: Node, found: Found): string {
  return deviceKey({ device: found.is === 'device' ? found.device : undefined, node: callNode(node) });
}

function grouped<T>(entries: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) entryOf(groups, keyOf(entry), () => []).push(entry);
  return groups;
}

function candidateOf(
  action: Candidate['action'],
  entries: readonly (Route | Prune)[],
  find: (node: Node) => Found,
  limits: Limits,
  against: Candidate['against'],
): Candidate {
  const { node, prefix } = entries[0]!;
  const found = find(node);
  const device = found.is === 'absent' ? undefined : found.device;
  const isThere = found.is === 'device' ? found.device : undefined;
  return {
    node: callNode(node),
    device,
    prefix,
    action,
    state: action === 'approve' ? stateOf(isThere, prefix, limits) : removalState(found, prefix),
    because: places(entries.map(({ span }) => span)),
    of: node,
    found,
    redundant: entries.some((entry) => 'redundant' in entry && entry.redundant),
    against,
  };
}

function stateOf(device: Device | undefined, prefix: Prefix, limits: Limits): WantedRoute['state'] {
  if (device === undefined) return 'pending';
  if (hasPrefix(device.approved, prefix)) return 'done';
  if (!hasPrefix(device.advertised, prefix) && !limits.preApprove) return 'pending';
  return device.isOnline === false && !limits.offline ? 'held' : 'now';
}

/** Of a doubtful device nobody knows whether it is done. */
function removalState(found: Found, prefix: Prefix): WantedRoute['state'] {
  if (found.is === 'doubtful') return 'pending';
  return found.is === 'device' && hasPrefix(found.device.approved, prefix) ? 'now' : 'done';
}
