import type { Diagnostic } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import { EXIT_ROUTES, isDefaultRoute } from '../net/ranges.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import { compareSpans } from '../source/span.ts';
import { changesFor } from './changes.ts';
import { type Cut, cutBy } from './effects/cuts.ts';
import type { Outlook } from './effects/outlook.ts';
import type { Fault } from './guards.ts';
import type { Limits } from './limits.ts';
import type { Candidate } from './wanted.ts';

/** Nothing is done while the files are wrong. */
export function faultOfErrors(errors: readonly Diagnostic[]): Fault | undefined {
  const [first] = [...errors].sort((a, b) => compareSpans(a.at, b.at));
  if (first === undefined) return undefined;
  const more = errors.length - 1;
  const others = more === 0 ? '' : ` and ${more} more ${more === 1 ? 'error' : 'errors'}`;
  return {
    why: `podroute check finds ${first.rule}${others}`,
    related: [{ at: first.at, label: first.message }],
  };
}

/** A plan that does too much at once does nothing. `due`: all that it would do. */
export function faultOfSize(due: readonly Candidate[], limits: Limits): Fault | undefined {
  const devices = new Set(due.map(({ device }) => device)).size;
  if (devices > limits.devices) {
    return { why: `the plan would change ${devices} devices, more than the limit of ${limits.devices}` };
  }
  if (due.length > limits.routes) {
    return { why: `the plan would change ${due.length} routes, more than the limit of ${limits.routes}` };
  }
  return undefined;
}

/**
 * Headscale approves both exit routes as soon as one is in the list that it is given, and a change gives it the whole
 * list [Headscale 0.26 to 0.30, approve_routes].
 */
export function halfExitNodes(
  { control, devices }: DeviceList,
  due: readonly Candidate[],
): ReadonlyMap<Device, Fault> {
  if (control !== 'headscale') return new Map();
  const halves = devices.filter(({ approved }) => approved.some(isDefaultRoute));
  return new Map(
    changesFor(due.filter(({ device }) => device && halves.includes(device))).flatMap(({ device, after }) => {
      const [one, both] = after.filter(isDefaultRoute);
      const other = EXIT_ROUTES.find(({ family }) => family !== one?.family);
      if (one === undefined || both !== undefined || other === undefined) return [];
      const why = `${device.name} has ${formatPrefix(one)} approved, and Headscale would approve ${formatPrefix(other)} with it`;
      return [[device, { why }] as const];
    }),
  );
}

/** Each foretells the whole network: after so many everything is refused. */
const MOST_ROUNDS = 10;

/**
 * The approvals that certainly cut a pair of pods under one of the policies: those of the nodes of the pair, else all.
 * Without them others may cut one, as the half of a LAN does, until none is cut. What is taken back was asked for in
 * so many words, and may cut.
 */
export function cuttingRoutes(
  outlooks: readonly Outlook[],
  due: readonly Candidate[],
): ReadonlyMap<Candidate, Fault> {
  const refused = new Map<Candidate, Fault>();
  for (let round = 1; ; round++) {
    const left = due.filter((route) => !refused.has(route));
    const found = cuttingNow(outlooks, left, round === MOST_ROUNDS);
    if (found.size === 0) return refused;
    for (const [route, fault] of found) refused.set(route, fault);
  }
}

function cuttingNow(
  outlooks: readonly Outlook[],
  due: readonly Candidate[],
  blamesAll: boolean,
): ReadonlyMap<Candidate, Fault> {
  const approvals = due.filter(({ action }) => action === 'approve');
  const removals = due.filter(({ action }) => action === 'remove');
  if (approvals.length === 0) return new Map();
  for (const outlook of outlooks) {
    const all = cutBy(outlook, changesFor(due));
    if (all.length === 0) continue;
    const meant = new Set(removals.length > 0 ? cutBy(outlook, changesFor(removals)).map(callCut) : []);
    const cuts = all.filter((cut) => !meant.has(callCut(cut)));
    if (cuts.length === 0) continue;
    const byNode = cutsByNode(cuts);
    const own = approvals.flatMap((route) => {
      const ends = byNode.get(route.node);
      return ends ? [[route, { why: callCuts(ends, outlook) }] as const] : [];
    });
    const why = callCuts(cuts, outlook);
    return new Map(own.length > 0 && !blamesAll ? own : approvals.map((route) => [route, { why }]));
  }
  return new Map();
}

/** The cuts at each node; names of nodes may have their cluster's before them. */
function cutsByNode(cuts: readonly Cut[]): ReadonlyMap<string, readonly Cut[]> {
  const byNode = new Map<string, Cut[]>();
  for (const cut of cuts) {
    for (const end of [cut.from, cut.to]) {
      const name = end.slice(end.lastIndexOf('/') + 1);
      entryOf(byNode, name, () => []).push(cut);
    }
  }
  return byNode;
}

/** There may be a million. */
function callCuts(cuts: readonly Cut[], { called }: Outlook): string {
  const [first, second] = cuts.slice(0, 2).map(callCut);
  const pairs =
    cuts.length > 3 ? `${first}, ${second} and ${cuts.length - 2} more pairs` : listed(cuts.map(callCut));
  return `it cuts ${pairs}, which ${cuts.length === 1 ? 'works' : 'work'} now, under ${called}`;
}

function callCut({ from, to }: Cut): string {
  return `${from} → ${to}`;
}
