import type { Device } from '../policy/device-list.ts';
import type { Span } from '../source/span.ts';
import type { Host } from './host.ts';
import type { Step, Via } from './path.ts';

/** What a kernel makes of a destination. */
export interface Decision {
  /** `local`: the address is the host's own. */
  readonly via: Via | 'local';
  /** How long the prefix of the route is. */
  readonly length: number;
  /** The neighbour that gets the packet, where it is one of the network's nodes. */
  readonly next: Host | undefined;
  /** In the tailnet: the device that gets it. */
  readonly device: Device | undefined;
  /** The administrator's rule that chose the table, if it was one. */
  readonly chosenBy: readonly Span[] | undefined;
  /** In words, with the lines that make it so; put together only for those who ask. */
  readonly explain: () => Step;
}

export function decision(
  via: Decision['via'],
  length: number,
  explain: () => Step,
  to: { readonly next?: Host | undefined; readonly device?: Device | undefined } = {},
): Decision {
  return { via, length, next: to.next, device: to.device, chosenBy: undefined, explain };
}

/** For want of what the files do not tell. */
export function unknown(missing: string, because: readonly Span[] = []): Decision {
  return decision('unknown', 0, () => ({ says: `the files do not tell ${missing}`, because }));
}
