import { callNode } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import { formatPrefix } from '../net/format.ts';
import { contains, overlaps, type Prefix, samePrefix } from '../net/prefix.ts';
import { isDefaultRoute, TAILSCALE_4VIA6, TAILSCALE_IPV4, TAILSCALE_IPV6 } from '../net/ranges.ts';
import { approverOf, autoApproved, mayApprove } from '../policy/auto-approve.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import type { Policy } from '../policy/policy.ts';
import { prefixKey } from '../policy/routers.ts';
import type { Span } from '../source/span.ts';
import type { Found } from './find-device.ts';
import { hasExpired } from './instant.ts';
import { lanClaims } from './lan-claims.ts';
import type { Limits } from './limits.ts';
import { overlapIndex } from './overlap-index.ts';
import type { Refusal } from './plan.ts';
import { type Candidate, deviceKey } from './wanted.ts';

/** Why a route is not approved, or its approval not taken back. */
export type Fault = Pick<Refusal, 'why' | 'related'>;

/** What the guards need to know of the tailnet. */
export interface Guarded {
  readonly clusters: readonly Cluster[];
  readonly list: DeviceList;
  readonly find: (node: Node) => Found;
  readonly limits: Limits;
  /** The policy in force, else those of the files. */
  readonly policies: readonly Policy[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Guard = (route: Candidate) => Fault | undefined;

/**
 * What holds for a route by itself, whatever else is wanted and whatever is approved already; so an approval that is
 * made meanwhile changes nothing here.
 */
export function guardRoutes(guarded: Guarded): Guard {
  const { list, limits, policies, now } = guarded;
  const toApprove: readonly Guard[] = [
    guardDevice,
    guardContradiction,
    ({ prefix }) => guardPrefix(prefix, limits),
    ({ device }) => device && guardState(device, now),
    guardPods(guarded),
    guardLans(guarded),
  ];
  const toRemove: readonly Guard[] = [
    guardDevice,
    guardContradiction,
    ({ device, prefix }) =>
      list.control === 'headscale' ? device && guardAutoApproval(policies, device, prefix) : undefined,
  ];
  return (route) => {
    for (const guard of route.action === 'approve' ? toApprove : toRemove) {
      const fault = guard(route);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

function guardDevice({ found, device }: Candidate): Fault | undefined {
  if (found.is === 'doubtful') return found;
  if (device?.isExternal) return { why: `the device ${device.name} is shared in from another tailnet` };
  return undefined;
}

function guardContradiction({ against }: Candidate): Fault | undefined {
  return against && { why: against.says, related: [{ at: against.span, label: 'the other entry' }] };
}

function guardPrefix(prefix: Prefix, { widest }: Limits): Fault | undefined {
  const text = formatPrefix(prefix);
  if (isDefaultRoute(prefix)) return { why: `${text} is an exit route` };
  const own = [TAILSCALE_IPV4, TAILSCALE_IPV6].find((range) => overlaps(range, prefix));
  if (own && !contains(TAILSCALE_4VIA6, prefix)) {
    return { why: `${text} overlaps the range of Tailscale's own addresses, ${formatPrefix(own)}` };
  }
  const length = widest[prefix.family];
  if (prefix.length < length) {
    return {
      why: `${text} is wider than /${length}, the widest IPv${prefix.family} prefix that is approved`,
    };
  }
  return undefined;
}

function guardState(device: Device, now: number): Fault | undefined {
  const { name, isAuthorized, expires } = device;
  if (!isAuthorized) return { why: `the device ${name} is not authorised` };
  if (hasExpired(device, now)) {
    return { why: `the key of the device ${name} expired on ${expires.slice(0, 10)}` };
  }
  return undefined;
}

/** Two names in the files are two nodes, and so are two devices. */
function guardPods({ clusters, find }: Guarded): Guard {
  const owners = clusters.flatMap(({ nodes }) => nodes.filter(({ standsForMany }) => !standsForMany));
  const overlapping = overlapIndex(
    owners.flatMap((node) =>
      node.podCidrs.map(({ value, span }) => ({ prefix: value, value: { node, span } })),
    ),
  );
  return ({ of, found, prefix }) => {
    const isSame = (owner: Node) =>
      owner === of ||
      owner.facts.some((each) => of.facts.includes(each)) ||
      isDevice(find(owner), found.is === 'device' ? found.device : undefined);
    for (const pods of overlapping(prefix)) {
      const other = pods.values.find(({ node }) => !isSame(node));
      if (other === undefined) continue;
      return {
        why: `${formatPrefix(prefix)} overlaps ${formatPrefix(pods.prefix)}, the pod CIDR of ${callNode(other.node)}`,
        related: [{ at: other.span, label: `the pod CIDR of ${callNode(other.node)}` }],
      };
    }
    return undefined;
  };
}

function guardLans({ clusters, find }: Guarded): Guard {
  const overlapping = overlapIndex(lanClaims(clusters));
  return ({ of, found, prefix }) => {
    const device = found.is === 'device' ? found.device : undefined;
    for (const { values } of overlapping(prefix)) {
      const claim = values.find(({ node }) => node !== of && !isDevice(find(node), device));
      if (claim === undefined) continue;
      return {
        why: `${claim.says}, which ${formatPrefix(prefix)} would take into the tunnel`,
        related: [{ at: claim.span, label: 'the address on its LAN' }],
      };
    }
    return undefined;
  };
}

function isDevice(found: Found, device: Device | undefined): boolean {
  return found.is === 'device' && found.device === device;
}

/** Headscale asks its approvers again and again [Headscale 0.26 to 0.30, autoApproveRoutes]. */
function guardAutoApproval(policies: readonly Policy[], device: Device, prefix: Prefix): Fault | undefined {
  const policy = policies.find((each) => isAutoApproved(each, device, prefix));
  if (policy === undefined) return undefined;
  const approver = approverOf(policy, device, prefix);
  const covers = approver ? `${formatPrefix(approver.prefix.value)} in autoApprovers` : 'autoApprovers';
  return { why: `${covers} would have Headscale approve ${formatPrefix(prefix)} again` };
}

/** Whether a policy approves a route by itself, or may do so. */
export function isAutoApproved(policy: Policy, device: Device, prefix: Prefix): boolean {
  return (
    mayApprove(policy, device, prefix) || autoApproved(policy, { ...device, advertised: [prefix] }).length > 0
  );
}

/** What two devices must not have at once, unless it is on purpose or one of them loses it by the same plan. */
export function guardOverlaps(list: DeviceList, wanted: readonly Candidate[]): Guard {
  const approvals = wanted.filter(({ action }) => action === 'approve');
  const gone = new Set(wanted.filter(({ action }) => action === 'remove').map(routeKey));
  const redundant = new Map(approvals.filter((each) => each.redundant).map((each) => [routeKey(each), each]));
  const places = new Map(approvals.map((each) => [routeKey(each), each.because[0]]));
  const enabled = overlapIndex(
    list.devices.flatMap((device) =>
      device.approved
        .filter((prefix) => !isDefaultRoute(prefix))
        .map((prefix) => ({ prefix, value: { device, key: `device ${device.id}` } })),
    ),
  );
  const others = overlapIndex(approvals.map((value) => ({ prefix: value.prefix, value })));

  return (route) => {
    if (route.action === 'remove') return undefined;
    const own = deviceKey(route);
    const isShared = (prefix: Prefix, key: string) =>
      route.redundant && samePrefix(prefix, route.prefix) && redundant.has(`${key} ${prefixKey(prefix)}`);
    for (const { prefix, values } of enabled(route.prefix)) {
      const other = values.find(
        ({ key }) => key !== own && !gone.has(`${key} ${prefixKey(prefix)}`) && !isShared(prefix, key),
      );
      if (other === undefined) continue;
      const at = places.get(`${other.key} ${prefixKey(prefix)}`);
      return overlapFault(route.prefix, prefix, `which is approved on ${other.device.name}`, at);
    }
    for (const { prefix, values } of others(route.prefix)) {
      const other = values.find((each) => deviceKey(each) !== own && !isShared(prefix, deviceKey(each)));
      if (other === undefined) continue;
      return overlapFault(route.prefix, prefix, `which is wanted on ${other.node}`, other.because[0]);
    }
    return undefined;
  };
}

function overlapFault(own: Prefix, other: Prefix, says: string, at: Span | undefined): Fault {
  return {
    why: `${formatPrefix(own)} overlaps ${formatPrefix(other)}, ${says}`,
    ...(at && { related: [{ at, label: 'the other route' }] }),
  };
}

function routeKey(route: Candidate): string {
  return `${deviceKey(route)} ${prefixKey(route.prefix)}`;
}
