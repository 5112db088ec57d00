import {
  type AddressSet,
  covers,
  EVERY_IPV4,
  EVERY_IPV6,
  meets,
  rangeOf,
  setOf,
  union,
} from '../net/address-set.ts';
import type { Prefix } from '../net/prefix.ts';
import { type CompiledPolicy, type Match, matchesAt } from './compile.ts';
import type { Device } from './device-list.ts';
import type { AccessRule } from './policy.ts';
import { THE_INTERNET } from './resolve.ts';
import { addressesAt, exitRoutesOf, type Routers, routersOf } from './routers.ts';

/** What a device learns of another: that it is there, and which routes lead to it. */
export interface Peer {
  readonly device: Device;
  /** What the peer's AllowedIPs carry besides its own addresses, exit routes included. */
  readonly routes: readonly Prefix[];
}

/**
 * Who sees whom in a tailnet, and which routes [recorded network maps, 2026-04]:
 *
 * - Two devices see each other if a rule lets either reach the other or what is behind it; what is behind a device
 *   counts as a source, too.
 * - A route comes with the peer that serves it, if the viewer may reach some of it or some of it may reach the
 *   viewer. A router learns who serves a prefix that it has itself.
 * - `via` picks the router, unless a rule without it lets the viewer reach the prefix as well.
 * - Exit routes come with every exit node through which the viewer may reach the internet.
 */
export function visibilityOf(compiled: CompiledPolicy): (viewer: Device) => readonly Peer[] {
  const { devices } = compiled.list;
  const sourcesOf = sourceSets();
  const admitted = admittance(devices);
  const views = new Map(devices.map((device) => [device, viewOf(compiled, device, sourcesOf)]));
  const choices = [...routersOf(compiled.list).values()].map((routers) =>
    choiceOf(routers, views, sourcesOf),
  );

  return (viewer) => {
    const own = views.get(viewer);
    if (own === undefined) return [];
    const routes = new Map<Device, Prefix[]>();
    for (const choice of choices) {
      const { prefix, range } = choice;
      const reaches = admitted(choice.admits).has(viewer) || meets(own.admits, range);
      for (const router of routersFor(viewer, choice, reaches, admitted)) {
        routes.set(router, [...(routes.get(router) ?? []), prefix]);
      }
    }
    return devices.flatMap((device): readonly Peer[] => {
      const peer = views.get(device);
      if (device === viewer || peer === undefined) return [];
      if (!admitted(peer.admits).has(viewer) && !admitted(own.admits).has(device)) return [];
      const exits = admitted(peer.admitsToTheInternet).has(viewer) ? exitRoutesOf(device) : [];
      return [{ device, routes: [...(routes.get(device) ?? []), ...exits] }];
    });
  };
}

/** A device as those around it meet it. */
interface View {
  readonly matches: readonly Match[];
  /** Who may reach it or what is behind it. */
  readonly admits: AddressSet;
  /** Who may reach the internet through it. */
  readonly admitsToTheInternet: AddressSet;
}

function viewOf(compiled: CompiledPolicy, device: Device, sourcesOf: SourcesOf): View {
  const matches = matchesAt(compiled, device);
  const isExitNode = exitRoutesOf(device).length > 0;
  return {
    matches,
    admits: sourcesOf(matches),
    admitsToTheInternet: sourcesOf(
      isExitNode ? matches.filter(({ ranges }) => isTheInternet(setOf(ranges))) : [],
    ),
  };
}

function isTheInternet(addresses: AddressSet): boolean {
  return [[EVERY_IPV4], [EVERY_IPV6], THE_INTERNET].some((each) => covers(addresses, each));
}

/** Which of its routers a prefix is reached through, and by whom. */
interface Choice extends Routers {
  readonly range: AddressSet;
  /** Who may reach some of it by a rule without `via`. */
  readonly admits: AddressSet;
  /** For each rule with `via` the one of its routers that serves. */
  readonly via: readonly { readonly sources: AddressSet; readonly router: Device }[];
}

function choiceOf(routers: Routers, views: ReadonlyMap<Device, View>, sourcesOf: SourcesOf): Choice {
  const range = [rangeOf(routers.prefix)];
  const regular: Match[] = [];
  const via = new Map<AccessRule, { sources: AddressSet; router: Device }>();
  for (const router of routers.devices) {
    for (const match of views.get(router)?.matches ?? []) {
      if (!match.ranges.some((each) => meets([each], range))) continue;
      if (match.rule.via.length === 0) regular.push(match);
      else if (!via.has(match.rule)) via.set(match.rule, { sources: match.sources, router });
    }
  }
  return { ...routers, range, admits: sourcesOf(regular), via: [...via.values()] };
}

function routersFor(
  viewer: Device,
  { devices, via }: Choice,
  reaches: boolean,
  admitted: Admittance,
): Iterable<Device> {
  const [serving] = devices;
  if (serving !== undefined && (reaches || devices.includes(viewer))) return [serving];
  return new Set(via.filter(({ sources }) => admitted(sources).has(viewer)).map(({ router }) => router));
}

/** All sources of some matches: the same object for the same ones. */
type SourcesOf = (matches: readonly Match[]) => AddressSet;

function sourceSets(): SourcesOf {
  const numbers = new Map<AddressSet, number>();
  const known = new Map<string, AddressSet>();
  return (matches) => {
    const sets = new Set(matches.map(({ sources }) => sources));
    for (const each of sets) if (!numbers.has(each)) numbers.set(each, numbers.size);
    const key = [...sets]
      .map((each) => numbers.get(each))
      .sort()
      .join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const all = union(...sets);
    known.set(key, all);
    return all;
  };
}

/** The devices that are in a set themselves or by something behind them; worked out once for each set. */
type Admittance = (set: AddressSet) => ReadonlySet<Device>;

function admittance(devices: readonly Device[]): Admittance {
  const places = devices.map((device) => ({ device, addresses: addressesAt(device) }));
  const known = new Map<AddressSet, ReadonlySet<Device>>();
  return (set) => {
    const before = known.get(set);
    if (before !== undefined) return before;
    const found = new Set(
      places.filter(({ addresses }) => meets(set, addresses)).map(({ device }) => device),
    );
    known.set(set, found);
    return found;
  };
}
