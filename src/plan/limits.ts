/** What no plan goes beyond, and what it may do only if asked: `approvals` of `.podroute.yaml` on the base branch. */
export interface Limits {
  /** The most devices that one plan changes. */
  readonly devices: number;
  /** The most routes that one plan approves or takes back. */
  readonly routes: number;
  /** The length of the widest prefix that is approved, by family. */
  readonly widest: Readonly<Record<4 | 6, number>>;
  /** Whether a route is approved before its device advertises it. */
  readonly preApprove: boolean;
  /** Whether a route of a device that is offline is approved: it takes packets to where nobody is. */
  readonly offline: boolean;
}

/**
 * Generous, as a first run may approve every node. K3s gives each node a /24 or a /64 of a cluster CIDR that is a /16
 * or a /56 [K3s v1.31 docs, networking].
 */
export const DEFAULT_LIMITS: Limits = {
  devices: 1000,
  routes: 5000,
  widest: { 4: 16, 6: 48 },
  preApprove: false,
  offline: false,
};
