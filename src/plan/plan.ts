import type { Prefix } from '../net/prefix.ts';
import type { PathsDifference } from '../paths/compare-paths.ts';
import type { Network } from '../paths/network.ts';
import type { AccessChange } from '../policy/access/compare-access.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import type { Span } from '../source/span.ts';

/** What a merge approves, what it leaves alone and why, and what that does to the network. */
export interface Plan {
  readonly control: DeviceList['control'];
  /** `sha256:` and 64 hexadecimal digits, over `wanted` whatever its state: see `digestOf`. */
  readonly digest: string;
  /** All that the files want and no guard refuses, done already or not; sorted by device, then by prefix. */
  readonly wanted: readonly WantedRoute[];
  /** In the order in which they are applied. */
  readonly steps: readonly PlanStep[];
  readonly refusals: readonly Refusal[];
  /** What a reviewer should know besides, each a sentence without a full stop. */
  readonly notes: readonly PlanNote[];
  readonly effects: Effects;
}

/** A route that the files want on a device, or no longer (`prune: true`). */
export interface WantedRoute {
  /** The node that the files declare it for. */
  readonly node: string;
  /** Undefined while the node is not in the tailnet. */
  readonly device: Device | undefined;
  readonly prefix: Prefix;
  readonly action: 'approve' | 'remove';
  /**
   * `done`: approved already, or gone. `now`: this plan does it. `pending`: the device does not advertise it, or is not
   * there. `held`: the device is offline.
   */
  readonly state: 'done' | 'now' | 'pending' | 'held';
  /** Where the files want it. */
  readonly because: readonly Span[];
  /** What the files tell its device by: while there is none, that is what a reviewer agrees to. */
  readonly toldBy?: string;
}

/** What is done to one device. The API replaces the whole list, so both lists are whole. */
export interface Change {
  readonly device: Device;
  readonly node: string;
  /** Approved when the plan was made; sorted, as `after`. */
  readonly before: readonly Prefix[];
  readonly after: readonly Prefix[];
  readonly add: readonly Prefix[];
  readonly remove: readonly Prefix[];
  readonly because: readonly Span[];
}

/** One change, or several that are applied together because half of them cuts pairs that work. */
export interface PlanStep {
  readonly changes: readonly Change[];
  /** Pairs of nodes whose pods reach each other before and after, or perhaps do, and fare worse while it is half done. */
  readonly interrupted: readonly NodePair[];
}

export interface NodePair {
  readonly from: string;
  readonly to: string;
}

/** What the files want and podroute does not do. */
export interface Refusal {
  readonly node: string;
  /** Undefined where no device, or more than one, could be the node. */
  readonly device: Device | undefined;
  readonly prefix: Prefix;
  /** A phrase that tells the reason, with the values in it and without a full stop. */
  readonly why: string;
  readonly at: Span;
  readonly related?: readonly { readonly at: Span; readonly label: string }[];
}

export interface PlanNote {
  readonly says: string;
  readonly at?: Span;
}

/** What the plan does to the network, predicted with the policy in force where it could be read. */
export interface Effects {
  /** Which pairs of pods fare otherwise. */
  readonly paths: PathsDifference;
  /** The clusters as they are afterwards, for the matrix. */
  readonly networks: readonly Network[];
  /** What the approvals let in that was not let in before; undefined if that was too much to work out. */
  readonly access: readonly AccessChange[] | undefined;
  /** The devices outside of the clusters that will learn a route. */
  readonly learners: readonly Learner[];
}

export interface Learner {
  readonly prefix: Prefix;
  readonly router: Device;
  readonly devices: readonly Device[];
}

/** Every change of the steps, in their order. */
export function changesOf({ steps }: Pick<Plan, 'steps'>): readonly Change[] {
  return steps.flatMap(({ changes }) => changes);
}
