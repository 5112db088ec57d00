import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { Policy } from '../policy/policy.ts';
import { isAutoApproved } from './guards.ts';
import type { PlanNote, WantedRoute } from './plan.ts';

/**
 * Tailscale's approvers do not undo what is taken back, but they are asked when the device registers again
 * [Tailscale docs, autoApprovers, 2026-04]. On Headscale such a route is refused.
 */
export function pruneNotes(
  wanted: readonly WantedRoute[],
  { control }: DeviceList,
  policies: readonly Policy[],
): readonly PlanNote[] {
  if (control === 'headscale') return [];
  const covered = wanted.filter(
    ({ action, state, device, prefix }) =>
      action === 'remove' &&
      state === 'now' &&
      device !== undefined &&
      policies.some((policy) => isAutoApproved(policy, device, prefix)),
  );
  const [at] = covered.flatMap(({ because }) => because);
  if (at === undefined) return [];
  const routes = covered.map(({ node, prefix }) => `${formatPrefix(prefix)} of ${node}`);
  return [
    { says: `autoApprovers cover ${listed(routes)}, and approve it once its device registers again`, at },
  ];
}
