import type { Address } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import type { Host } from './host.ts';
import type { Lack } from './lack.ts';

/** Why a connection fails, or why nobody can tell: what of whom makes it so. */
export interface Cause {
  readonly kind: CauseKind;
  /** Where the packet ends: the host whose kernel, tailscaled or packet filter it is. */
  readonly host: Host;
  /** The address that the host has no way to, or takes no packet from. */
  readonly address?: Address;
  /** Why it has none, where the tailnet should have given it one. */
  readonly lack?: Lack | undefined;
  /** A sentence without a full stop. */
  readonly says: string;
  readonly because: readonly Span[];
}

export type CauseKind =
  /** Out through the default route, as the host has no better one. */
  | 'leak'
  /** Out through the default route, as a rule given by hand asks `main` before Tailscale's table. */
  | 'bypassed'
  /** The receiver's WireGuard takes no such source from the sender. */
  | 'source-refused'
  /** The policy does not let the connection in. */
  | 'filtered'
  /** The route leads to an address of the LAN that no node of these files has there. */
  | 'stranger'
  | 'strict-rp-filter'
  | 'stateful-filtering'
  /** A reply reaches a tailscaled in userspace mode, which knows only connections that it dialled itself. */
  | 'unknown-connection'
  /** The other end of flannel's own tunnel cannot be reached. */
  | 'endpoint-unreachable'
  /** The packet arrives at a bridge where nobody has its address. */
  | 'nobody-there'
  | 'loop'
  | 'unknown';
