import { formatPrefix } from '../net/format.ts';
import { hasPrefix, type Prefix } from '../net/prefix.ts';
import type { AppliedChange } from '../plan/applied.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device } from '../policy/device-list.ts';
import type { ApplyReport } from './plan-report.ts';

/**
 * Commands that approve on Headscale what was refused. Each has all that its device has approved as well, as it
 * replaces the whole list [Headscale 0.26, nodes approve-routes]. None for exit routes, which no pod network needs.
 */
export function headscaleCommands({ plan, applied }: ApplyReport): readonly string[] {
  const refused = new Map<string, { device: Device; prefixes: Prefix[] }>();
  for (const { device, prefix } of plan.refusals) {
    if (device === undefined || prefix.length === 0 || !/^\d+$/.test(device.id)) continue;
    // Then it was refused to take it back.
    if (hasPrefix(device.approved, prefix)) continue;
    entryOf(refused, device.id, () => ({ device, prefixes: [] })).prefixes.push(prefix);
  }
  return [...refused.values()].map(({ device, prefixes }) => {
    const done = applied.find(({ change }) => change.device.id === device.id);
    const routes = [...approvedAfter(device, done), ...prefixes.map(formatPrefix)];
    return `headscale nodes approve-routes --identifier ${device.id} --routes ${[...new Set(routes)].join()}`;
  });
}

/** What a device has approved after the run: what nobody can tell counts as done, as it was to be. */
function approvedAfter(device: Device, done: AppliedChange | undefined): readonly string[] {
  const isUndone = done === undefined || done.outcome === 'refused' || done.outcome === 'undone';
  const approved = isUndone ? device.approved : done.change.after;
  const known = new Set(device.approved.map(formatPrefix));
  const others = device.approvedAsWritten.filter((text) => !known.has(text) && /^[\da-f.:/]+$/i.test(text));
  return [...others, ...approved.map(formatPrefix)];
}
