import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import { knownDevices, knownRoutes, knowsRoutes } from '../cluster/known-devices.ts';
import type { Tailnet } from '../cluster/model.ts';
import type { Fix } from '../diagnostics/finding.ts';
import { rangeOf, setOf, sizeOf } from '../net/address-set.ts';
import { formatPrefix } from '../net/format.ts';
import { commonPrefix, contains, overlaps, type Prefix, samePrefix } from '../net/prefix.ts';
import { DEFAULT_CLUSTER_CIDR, DEFAULT_SERVICE_CIDR, isDefaultRoute } from '../net/ranges.ts';
import { isIdentityOf } from '../policy/identity.ts';
import type { Approver, Policy } from '../policy/policy.ts';
import { textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** As many times the addresses, or more, is far wider: a /16 is not for the one /24 in it. */
const FAR = { times: 256n, bits: 8 };

/** An approver of a cluster's own prefix may have so many bits less than that. */
const ROUND_A_CLUSTER = 4;

/** A /48 is one site [RFC 4193, RFC 6177], whatever part of it is in use. */
const IPV6_SITE = 48;

/** Without a device list only where all whom it names are declared: a router that is not may need the rest. */
export const wideApprover: Rule = {
  id: 'wide-approver',
  summary: 'an approver in a policy far wider than the routes that need it',
  severity: 'note',
  *check(cluster) {
    const { tailnet } = cluster;
    const severity = tailnet.devices && ('warning' as const);
    if (!knowsRoutes(tailnet)) return;
    const routes = knownRoutes(tailnet).filter((route) => !isDefaultRoute(route));
    for (const { policy } of acceptedPolicies(cluster)) {
      if (hasAppConnectors(policy)) continue;
      for (const approver of policy.approvers) {
        const needed = narrower(approver.prefix.value, routes, tailnet);
        if (needed === undefined || !(severity || namesDeclared(policy, approver, tailnet))) continue;
        const [wide, narrow] = [formatPrefix(approver.prefix.value), formatPrefix(needed)];
        yield {
          message: `every route in ${wide} is approved, and those of the devices are all in ${narrow}`,
          at: approver.prefix.span,
          ...(severity && { severity }),
          ...fixOf(approver, needed, policy),
        };
      }
    }
  },
};

/** The prefix around all routes in a far wider one: that of the cluster if they are in it. */
function narrower(wide: Prefix, all: readonly Prefix[], { clusters }: Tailnet): Prefix | undefined {
  const given = clusters.flatMap(({ clusterCidrs, serviceCidrs }) => [...clusterCidrs, ...serviceCidrs]);
  // The files may be of the tailnet alone.
  const own = [...given.map(({ value }) => value), DEFAULT_CLUSTER_CIDR, DEFAULT_SERVICE_CIDR];
  const isForCluster = own.some(
    (prefix) => overlaps(wide, prefix) && wide.length >= prefix.length - ROUND_A_CLUSTER,
  );
  if (isForCluster || (wide.family === 6 && wide.length >= IPV6_SITE)) return undefined;
  const routes = all.filter((route) => contains(wide, route));
  const [first, ...others] = routes;
  if (first === undefined) return undefined;
  const common = commonPrefix(first, others);
  const size = sizeOf([rangeOf(wide)]);
  const isFar =
    size > FAR.times * sizeOf(setOf(routes.map(rangeOf))) && common.length - wide.length >= FAR.bits;
  if (!isFar) return undefined;
  return own.find((prefix) => contains(wide, prefix) && contains(prefix, common)) ?? common;
}

/** What they advertise is found out at run time; Tailscale's instructions approve every address for them. */
function hasAppConnectors({ nodeAttrs }: Policy): boolean {
  return nodeAttrs.some(({ attributes }) => attributes.length === 0);
}

function namesDeclared(policy: Policy, { who }: Approver, tailnet: Tailnet): boolean {
  const told = knownDevices(tailnet).filter(({ tags, owner }) => tags.length + owner.length > 0);
  return who.every(({ value }) => told.some((device) => isIdentityOf(policy, value, device)));
}

/** Not where the narrower one has its approvers already. */
function fixOf({ prefix }: Approver, needed: Prefix, { approvers }: Policy): { fix?: Fix } {
  if (approvers.some((other) => samePrefix(other.prefix.value, needed))) return {};
  const text = formatPrefix(needed);
  const newText = textOf(prefix.span).startsWith('"') ? `"${text}"` : text;
  return { fix: { title: `write ${text}`, at: prefix.span, newText } };
}
