import type { Span } from '../source/span.ts';
import type { Cause } from './cause.ts';

/**
 * The first hop that a sender's kernel picks: `lan`, a route in `main` to a neighbour; `overlay`, flannel's vxlan or
 * wireguard-native; `tailnet`, Tailscale's interface; `default`, out through the default route of `main`; `own`, its
 * own bridge; `none`, nowhere.
 */
export type Via = 'lan' | 'overlay' | 'tailnet' | 'default' | 'own' | 'none' | 'unknown';

/** One thing that happens to a packet on its way, and the lines that make it so. */
export interface Step {
  /** A sentence without a full stop. */
  readonly says: string;
  readonly because: readonly Span[];
}

/** What becomes of one connection: its request and the replies. */
export interface Path {
  readonly via: Via;
  /** Undefined where the files do not tell; `steps` end with what is missing. */
  readonly delivered: boolean | undefined;
  /** The address that the other end sees, where it gets there. */
  readonly seen: string | undefined;
  /** Why not, where it is not delivered. */
  readonly cause: Cause | undefined;
  readonly steps: readonly Step[];
}
