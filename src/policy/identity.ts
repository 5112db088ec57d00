import type { Device } from './device-list.ts';
import type { Policy, Selector } from './policy.ts';

/** Whether a selector stands for devices by who they are, so that a device list tells which. */
export function standsForDevices(selector: Selector): boolean {
  switch (selector.kind) {
    case 'tag':
    case 'user':
    case 'domain':
    case 'group':
      return true;
    case 'autogroup':
      return TOLD_AUTOGROUPS.has(selector.name);
    default:
      return false;
  }
}

/** Not the roles of people (`autogroup:admin`): no device list tells them. `members` is the old spelling. */
const TOLD_AUTOGROUPS = new Set(['member', 'members', 'tagged', 'shared'].map((name) => `autogroup:${name}`));

/**
 * Whether a selector stands for a device by its tags or its owner. A tagged device has no owner, so users, groups
 * and `autogroup:member` never stand for it [Tailscale docs, tags; recorded packet filters, 2026-04].
 */
export function isIdentityOf(policy: Policy, selector: Selector, device: Device): boolean {
  const isTagged = device.tags.length > 0;
  switch (selector.kind) {
    case 'tag':
      return device.tags.includes(selector.name);
    case 'user':
      return !isTagged && isOwner(selector.name, device);
    case 'domain':
      return !isTagged && device.owner.some((name) => domainOf(name) === selector.domain);
    case 'group': {
      const members = policy.groups.get(selector.name)?.members ?? [];
      // Groups do not nest: they have users alone.
      return members.some(({ value }) => value.kind === 'user' && isIdentityOf(policy, value, device));
    }
    case 'autogroup':
      if (selector.name === 'autogroup:tagged') return isTagged;
      if (selector.name === 'autogroup:shared') return device.isExternal;
      return TOLD_AUTOGROUPS.has(selector.name) && !isTagged && !device.isExternal;
    default:
      return false;
  }
}

/** The part of an e-mail address after its `@`, if there is one. */
export function domainOf(user: string): string | undefined {
  const at = user.lastIndexOf('@');
  return at < 0 || at === user.length - 1 ? undefined : user.slice(at + 1);
}

function isOwner(name: string, { owner }: Device): boolean {
  return owner.some((each) => each.toLowerCase() === name.toLowerCase());
}
