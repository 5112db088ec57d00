import { callNode, spansSites } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import type { Fix, Related } from '../diagnostics/finding.ts';
import { formatPrefix } from '../net/format.ts';
import { contains } from '../net/prefix.ts';
import { causesOnLan, type LanCause } from '../paths/lan-causes.ts';
import { callPairs } from '../paths/pod-network.ts';
import { placeKey } from '../source/span.ts';
import type { Rule } from './rule.ts';

export const halfApprovedLan: Rule = {
  id: 'half-approved-lan',
  summary: 'nodes on one LAN lose each other, as the pod CIDR of one is approved and that of another is not',
  severity: 'error',
  *check(cluster) {
    for (const cause of causesOnLan(cluster, kindsIn(cluster))) {
      const { lack, at, pairs } = cause;
      const others = pairs.map(({ from, to }) => (from === lack.host ? to : from).node);
      const what = `${callPods(lack)} is not ${lack.kind === 'not-approved' ? 'approved' : 'advertised'}`;
      yield {
        message: `${what}, the pod CIDR of ${callNode(others[0]!)} on its LAN is, and pods lose each other: ${callPairs(pairs)}`,
        at,
        absentFrom: lack.host.at,
        related: others.slice(0, 1).flatMap((other) => routeOf(other, cluster)),
        ...fixOf(cause),
      };
    }
  },
};

/** Across sites a pod CIDR that nobody advertises is for `pod-cidr-not-advertised`. */
function kindsIn(cluster: Cluster): readonly LanCause['lack']['kind'][] {
  return spansSites(cluster) ? ['not-approved'] : ['not-approved', 'not-advertised'];
}

function callPods({ host, prefix }: LanCause['lack']): string {
  const pods = prefix ?? host.pods[0]?.value;
  return `${pods ? formatPrefix(pods) : 'the pod CIDR'} of ${callNode(host.node)}`;
}

function routeOf(node: Node, { routes }: Cluster): readonly Related[] {
  const route = routes.find(
    (each) => each.node === node && node.podCidrs.some(({ value }) => contains(each.prefix, value)),
  );
  return route ? [{ at: route.span, label: `the route of ${callNode(node)}` }] : [];
}

/** Where a `Routes` manifest leaves it to be approved by hand. */
function fixOf({ lack, at }: LanCause): { readonly fix?: Fix } {
  const entries = lack.host.node.tailscale.flatMap(({ advertise }) => advertise);
  const approve = entries.find(({ prefix }) => placeKey(prefix.span) === placeKey(at))?.approve;
  if (approve?.on !== false) return {};
  return { fix: { title: 'approve it: write true', at: approve.span, newText: 'true' } };
}
