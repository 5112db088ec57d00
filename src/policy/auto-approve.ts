import { contains, type Prefix } from '../net/prefix.ts';
import { isDefaultRoute } from '../net/ranges.ts';
import type { Device } from './device-list.ts';
import { isIdentityOf, standsForDevices } from './identity.ts';
import type { Approver, Policy, SelectorUse } from './policy.ts';

/**
 * Which of a device's advertised routes a policy approves by itself. Tailscale asks it when a route is first
 * advertised, Headscale at every registration, change of routes and reload of the policy.
 */
export function autoApproved(policy: Policy, device: Device): readonly Prefix[] {
  return device.advertised.filter((prefix) =>
    isDefaultRoute(prefix)
      ? names(policy, policy.exitNodeApprovers, device)
      : approverOf(policy, device, prefix) !== undefined,
  );
}

/**
 * The first approver that lets a device have a route: its prefix is equal or wider, and it names one of the device's
 * tags or its owner. `0.0.0.0/0` covers every IPv4 route, but exit routes need `exitNode`
 * [recorded approvals, 2026-04].
 */
export function approverOf(policy: Policy, device: Device, prefix: Prefix): Approver | undefined {
  if (isDefaultRoute(prefix)) return undefined;
  return policy.approvers.find(
    (approver) => contains(approver.prefix.value, prefix) && names(policy, approver.who, device),
  );
}

/**
 * Whether an approver lets a device have a route, or may do so: who has a role (`autogroup:admin`) is in no file
 * and no device list.
 */
export function mayApprove(policy: Policy, device: Device, prefix: Prefix): boolean {
  return (
    approverOf(policy, device, prefix) !== undefined ||
    policy.approvers.some(
      (approver) =>
        contains(approver.prefix.value, prefix) &&
        approver.who.some(({ value }) => value.kind === 'autogroup' && !standsForDevices(value)),
    )
  );
}

function names(policy: Policy, who: readonly SelectorUse[], device: Device): boolean {
  return who.some(({ value }) => isIdentityOf(policy, value, device));
}
