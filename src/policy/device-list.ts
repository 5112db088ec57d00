import type { Address, Prefix } from '../net/prefix.ts';

/** The devices that a control server knows, as its reply or the files of a cluster tell them. */
export interface DeviceList {
  readonly control: 'tailscale' | 'headscale';
  readonly devices: readonly Device[];
}

export interface Device {
  /** The control server's own id. */
  readonly id: string;
  /** The first label of its MagicDNS name, on Headscale its given name: unique in the tailnet. */
  readonly name: string;
  /** What the machine calls itself: not unique. */
  readonly hostname: string;
  /** Its Tailscale addresses. */
  readonly addresses: readonly Address[];
  /** What a policy may call its owner; empty for a tagged device. Tailscale: the login; Headscale: e-mail, `name@`. */
  readonly owner: readonly string[];
  /** With `tag:`. */
  readonly tags: readonly string[];
  readonly advertised: readonly Prefix[];
  /** Approved, advertised or not. */
  readonly approved: readonly Prefix[];
  /** The same as the control server writes it, with what approves nothing: host bits, on Headscale. */
  readonly approvedAsWritten: readonly string[];
  /** What it serves at the moment, where the control server says so (Headscale's `subnetRoutes`). */
  readonly serving: readonly Prefix[] | undefined;
  /** Shared in from another tailnet. */
  readonly isExternal: boolean;
  /** False until an administrator has let it in. */
  readonly isAuthorized: boolean;
  readonly isOnline: boolean | undefined;
  /** An RFC 3339 date, or empty: the eldest of several routers with one prefix serves it. */
  readonly created: string;
  /** An RFC 3339 date from which its key is no longer good; empty for never. */
  readonly expires: string;
}
