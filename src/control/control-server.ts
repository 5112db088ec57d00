import type { Device, DeviceList } from '../policy/device-list.ts';

/**
 * A control server, as far as podroute needs one. Every function throws a `ControlError` for what the server refuses
 * and for a network that fails; reads are tried again before they do, a write never is.
 */
export interface ControlServer {
  /** What messages call it: `Tailscale` or `Headscale`, with its host where that is not Tailscale's own. */
  readonly called: string;
  /** What it warns of before the first request, as plain http. */
  readonly warnings: readonly string[];
  readonly listDevices: () => Promise<DeviceList>;
  /** Undefined if there is no such device any more. */
  readonly readDevice: (id: string) => Promise<Device | undefined>;
  /** Replaces all of a device's approved routes; each as text, in CIDR notation. One request, never repeated. */
  readonly setRoutes: (id: string, routes: readonly string[]) => Promise<void>;
  /** The policy in force as HuJSON; undefined with the reason where this sign-in may not read it or there is none. */
  readonly readPolicy: () => Promise<PolicyInForce>;
}

export type PolicyInForce =
  | { readonly text: string }
  /** `why`: a phrase, as in `the sign-in lacks the scope policy_file:read`. */
  | { readonly text: undefined; readonly why: string };

/** The control server refuses, fails or cannot be reached. The message says what to change and holds no secret. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /** Of a write: whether the server may have done it all the same. */
  readonly mayBeDone: boolean;
  /** Whether the same request may succeed later: 429, 5xx, a broken connection, a time-out. */
  readonly mayPass: boolean;
  /** Whether all other requests are in vain too: 401 and 403. */
  readonly isGeneral: boolean;
  /** How long the server asks to wait (`Retry-After`), in milliseconds; undefined if it does not. */
  readonly retryAfter: number | undefined;

  constructor(message: string, mayBeDone = false, cause: ControlErrorCause = {}) {
    super(message);
    this.mayBeDone = mayBeDone;
    this.mayPass = cause.mayPass ?? mayBeDone;
    this.isGeneral = cause.isGeneral ?? false;
    this.retryAfter = cause.retryAfter;
  }
}

/** What `connect` knows of an error and `applyPlan` goes by; what is left out is false. */
export interface ControlErrorCause {
  readonly mayPass?: boolean;
  readonly isGeneral?: boolean;
  readonly retryAfter?: number | undefined;
}
