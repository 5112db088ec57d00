import { createHash } from 'node:crypto';
import { formatPrefix } from '../net/format.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { WantedRoute } from './plan.ts';

/**
 * Names what a plan wants: `sha256:` and 64 hexadecimal digits over the control server's kind and every action with
 * its device and prefix, a line of JSON each, in order. Neither the state of a route nor the order of files and
 * devices counts, so an approval that is made meanwhile changes nothing.
 */
export function digestOf(control: DeviceList['control'], wanted: readonly WantedRoute[]): string {
  // As JSON no name can end its line and begin another one.
  const lines = wanted.map(({ action, device, node, prefix }) =>
    JSON.stringify([action, device ? device.id : `node:${node}`, formatPrefix(prefix)]),
  );
  const text = [control, ...lines.sort()].join('\n');
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
