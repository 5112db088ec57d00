import { declaredDevice } from '../cluster/declared-devices.ts';
import type { Cluster, TailnetPolicy } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import { hasPrefix } from '../net/prefix.ts';
import { approverOf } from '../policy/auto-approve.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import type { Policy } from '../policy/policy.ts';
import type { Outlook } from './effects/outlook.ts';
import type { Change, PlanNote, WantedRoute } from './plan.ts';
import { policyDifference } from './policy-difference.ts';

export interface PolicyNotesInput {
  readonly clusters: readonly Cluster[];
  readonly list: DeviceList;
  /** The policy in force, if it could be read. */
  readonly inForce: TailnetPolicy | undefined;
  /** Why it could not: a phrase. */
  readonly inForceUnread?: string | undefined;
  readonly wanted: readonly WantedRoute[];
  readonly outlooks: readonly Outlook[];
  /** What the plan does, so that the policies are compared as things are afterwards; else as they are now. */
  readonly changes?: readonly Change[];
}

/** What a reviewer should know of the policies: what they approve by themselves, and where two of them differ. */
export function policyNotes(input: PolicyNotesInput): readonly PlanNote[] {
  const { clusters, inForce, outlooks, changes = [] } = input;
  const own = clusters.flatMap(({ policies }) => policies.slice(0, 1))[0];
  const [live, files] = outlooks;
  return [
    ...unreadNotes(input, own),
    ...approverNotes(input, inForce?.policy ?? own?.policy, own?.policy),
    ...(inForce && live && files ? policyDifference(live, files, changes, own?.policy.at) : []),
  ];
}

function unreadNotes(
  { inForceUnread }: PolicyNotesInput,
  own: TailnetPolicy | undefined,
): readonly PlanNote[] {
  if (inForceUnread === undefined) return [];
  const instead = own
    ? 'what is predicted rests on the policy of the files'
    : 'what is predicted rests on no policy, under which everything may reach everything';
  const says = `the policy in force could not be read, as ${inForceUnread}: ${instead}`;
  return [own ? { says, at: own.policy.at } : { says }];
}

/**
 * Tailscale's approvers act when a route is first advertised, and never afterwards; Headscale's at every registration,
 * change of routes and reload of the policy [Tailscale docs, autoApprovers, 2026-04; Headscale 0.26 docs, ref/routes].
 * `policy` is the one that acts; `own` that of the files.
 */
function approverNotes(
  { clusters, list, wanted }: PolicyNotesInput,
  policy: Policy | undefined,
  own: Policy | undefined,
): readonly PlanNote[] {
  const open = wanted.filter(({ action, state }) => action === 'approve' && state !== 'done');
  const deviceOf = devicesBehind(clusters);
  const isCovered = (by: Policy | undefined, route: WantedRoute) => {
    const device = deviceOf(route);
    return by !== undefined && device !== undefined && approverOf(by, device, route.prefix) !== undefined;
  };
  const covered = open.filter((route) => isCovered(policy, route));
  const later = open.filter((route) => !covered.includes(route) && isCovered(own, route));
  const laterNote = note(later, (routes, isOne) => {
    const what = isOne ? 'it' : 'them';
    return `autoApprovers of the policy of the files cover ${routes}, and those of the policy in force do not: until the files' is in force nothing but this plan approves ${what}`;
  });
  if (list.control === 'headscale') {
    const says = (routes: string, isOne: boolean) => {
      const when = isOne ? 'its node registers or changes its' : 'their nodes register or change their';
      return `autoApprovers approve ${routes} by themselves when ${when} routes and when the policy is loaded`;
    };
    return [...note(covered, says), ...laterNote];
  }
  const [advertised, awaited] = [covered.filter(isAdvertised), covered.filter((each) => !isAdvertised(each))];
  return [
    ...note(awaited, (routes, isOne) => {
      const when = `as soon as ${isOne ? 'it is' : 'they are'} first advertised`;
      return `autoApprovers will approve ${routes} by themselves ${when}`;
    }),
    ...note(advertised, (routes, isOne) => {
      const [it, are] = isOne ? ['it', 'it is'] : ['them', 'they are'];
      return `autoApprovers cover ${routes} and will never approve ${it} by themselves, as ${are} advertised already and Tailscale asks them when a route is new`;
    }),
    ...laterNote,
  ];
}

/** The device of a wanted route; for a node that is not in the tailnet yet the one that its files declare. */
function devicesBehind(clusters: readonly Cluster[]): (route: WantedRoute) => Device | undefined {
  const nodes = new Map(clusters.flatMap((each) => each.nodes.map((node) => [node.name, node] as const)));
  return ({ device, node }) => {
    const declared = device ? undefined : nodes.get(node);
    return device ?? (declared && declaredDevice(declared));
  };
}

function isAdvertised({ device, prefix }: WantedRoute): boolean {
  return device !== undefined && hasPrefix(device.advertised, prefix);
}

/** One note for all of some routes, at the first; none for none. */
function note(
  routes: readonly WantedRoute[],
  inWords: (routes: string, isOne: boolean) => string,
): readonly PlanNote[] {
  const [first] = routes;
  if (first === undefined) return [];
  const words = routes.map(({ node, prefix }) => `${formatPrefix(prefix)} of ${node}`);
  const says = inWords(listed(words), routes.length === 1);
  return [first.because[0] ? { says, at: first.because[0] } : { says }];
}
