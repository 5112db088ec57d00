import { callNode } from '../cluster/devices.ts';
import type { Fix } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { callPairs, type SharedCause } from '../paths/pod-network.ts';
import { placeKey } from '../source/span.ts';
import { causesLeft, placeOf } from './remote-pair-broken.ts';
import type { Rule } from './rule.ts';

export const leakToDefaultRoute: Rule = {
  id: 'leak-to-default-route',
  summary: "pods' packets for another site leave through the default route, towards the Internet",
  severity: 'error',
  *check(cluster) {
    for (const shared of causesLeft(cluster)) {
      const from = leakingHosts(shared);
      if (from.length === 0) continue;
      const { cause, lack, pairs } = shared;
      yield {
        message: `${lack?.says ?? cause.says}, so that pods' packets leave ${listed(from)} by the default route: ${callPairs(pairs)}`,
        at: placeOf(shared),
        absentFrom: (lack ?? cause).host.at,
        ...fixOf(shared),
      };
    }
  },
};

function leakingHosts({ pairs }: SharedCause): readonly string[] {
  const hosts = pairs.flatMap(({ cause }) => (cause?.kind === 'leak' ? [cause.host.node] : []));
  return [...new Set(hosts)].map(callNode);
}

/** Where a `Routes` manifest leaves it to be approved by hand. */
function fixOf(shared: SharedCause): { readonly fix?: Fix } {
  const place = placeKey(placeOf(shared));
  const entries = shared.lack?.host.node.tailscale.flatMap(({ advertise }) => advertise) ?? [];
  const approve = entries.find(({ prefix }) => placeKey(prefix.span) === place)?.approve;
  if (shared.lack?.kind !== 'not-approved' || approve?.on !== false) return {};
  return { fix: { title: 'approve it: write true', at: approve.span, newText: 'true' } };
}
