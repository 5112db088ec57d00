import {
  type AddressRange,
  type AddressSet,
  covers,
  intersection,
  rangeOf,
  union,
} from '../net/address-set.ts';
import { type RangeIndex, rangeIndex } from '../net/range-index.ts';
import type { Device, DeviceList } from './device-list.ts';
import type { FilterDestination, FilterLine } from './filter.ts';
import { isIdentityOf } from './identity.ts';
import {
  type AccessRule,
  DEFAULT_PROTOCOLS,
  type Destination,
  EVERY_PORT,
  type Policy,
  type Traffic,
} from './policy.ts';
import { type Resolver, resolverOf, selectorKey, THE_INTERNET } from './resolve.ts';
import { exitRoutesOf, ownAddressesOf, subnetRoutesOf } from './routers.ts';

/** A policy with its selectors resolved in one tailnet. Ask it with `matchesAt` and `filterOf`. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly list: DeviceList;
  readonly resolver: Resolver;
  /** Every destination of every rule, in order. */
  readonly targets: readonly Target[];
  readonly index: TargetIndex;
}

/** One destination of one rule, and who may reach it. */
export interface Target {
  readonly rule: AccessRule;
  readonly destination: Destination;
  /** The same object for rules with the same sources. */
  readonly sources: AddressSet;
}

/** Which targets concern a device, by their numbers. */
interface TargetIndex {
  /** Those that name it by its tags or owner, and so mean its addresses. */
  readonly byDevice: ReadonlyMap<Device, readonly number[]>;
  /** Those that name addresses, as the policy has them. */
  readonly byRange: RangeIndex<TargetRange>;
  readonly self: readonly number[];
  /** `*`, which is delivered whole, whatever addresses a device has. */
  readonly everything: readonly TargetRange[];
  /** `autogroup:internet`, and addresses that are nowhere but there. */
  readonly internet: readonly TargetRange[];
}

interface TargetRange {
  readonly target: number;
  /** From 0, among those of its target. */
  readonly index: number;
  readonly range: AddressRange;
}

/** What one target means for one device. */
export interface Match extends Target {
  /** As the policy has them, not clipped to the device. */
  readonly ranges: readonly AddressRange[];
}

/** Resolves a policy once for a whole tailnet. A device that nobody has let in yet is not in it. */
export function compilePolicy(policy: Policy, { control, devices: all }: DeviceList): CompiledPolicy {
  const list = { control, devices: all.filter(({ isAuthorized }) => isAuthorized) };
  const resolver = resolverOf(policy, list);
  const known = new Map<string, AddressSet>();
  const targets = rulesOf(policy).flatMap((rule) => {
    const key = rule.sources.map(({ value }) => selectorKey(value)).join('\n');
    const sources =
      known.get(key) ?? union(...rule.sources.map(({ value }) => resolver.addressesOf(value, 'source')));
    known.set(key, sources);
    return rule.destinations.map((destination): Target => ({ rule, destination, sources }));
  });
  return { policy, list, resolver, targets, index: indexOf(targets, resolver) };
}

function indexOf(targets: readonly Target[], resolver: Resolver): TargetIndex {
  const byDevice = new Map<Device, number[]>();
  const byRange: TargetRange[] = [];
  const self: number[] = [];
  const everything: TargetRange[] = [];
  const internet: TargetRange[] = [];
  for (const [target, { rule, destination, sources }] of targets.entries()) {
    if (sources.length === 0) continue;
    const selector = destination.selector.value;
    if (selector.kind === 'autogroup' && selector.name === 'autogroup:self') self.push(target);
    const devices = resolver.devicesOf(selector);
    // What is behind a router with a tag is not what the tag stands for.
    for (const device of devices && rule.via.length === 0 ? devices : []) {
      const before = byDevice.get(device);
      if (before) before.push(target);
      else byDevice.set(device, [target]);
    }
    const isInternet = selector.kind === 'autogroup';
    const ranges = devices ? [] : resolver.rangesOf(selector, 'destination');
    for (const [index, range] of ranges.entries()) {
      const entry = { target, index, range };
      if (selector.kind === 'any') everything.push(entry);
      else if (!isInternet) byRange.push(entry);
      if (isInternet || covers(THE_INTERNET, [range])) internet.push(entry);
    }
  }
  return {
    byDevice,
    byRange: rangeIndex(byRange.map((value) => ({ range: value.range, value }))),
    self,
    everything,
    internet,
  };
}

/** The rules of a policy; without `acls` and `grants` everything may reach everything [recorded packet filters, 2026-04]. */
export function rulesOf(policy: Policy): readonly AccessRule[] {
  const { acls, grants } = policy.sections;
  if (acls !== undefined || grants !== undefined) return policy.rules;
  const anything = { value: { kind: 'any' }, span: policy.at, text: '*' } as const;
  const traffic: Traffic = { protocols: DEFAULT_PROTOCOLS, ports: [EVERY_PORT] };
  return [
    {
      section: 'acls',
      index: 0,
      span: policy.at,
      sources: [anything],
      destinations: [{ selector: anything, at: policy.at, traffic: [traffic] }],
      via: [],
      capabilities: [],
      postures: [],
    },
  ];
}

/**
 * What of the policy is delivered to a device: each destination that holds one of its addresses or overlaps a route
 * that it serves, and for an exit node the internet [recorded packet filters, 2026-04]. A rule with `via` is
 * delivered to routers with that tag alone, for what is behind them.
 */
export function matchesAt(
  { policy, list, targets, index }: CompiledPolicy,
  device: Device,
): readonly Match[] {
  if (!device.isAuthorized) return [];
  const [subnetRoutes, exitRoutes] = [subnetRoutesOf(device), exitRoutesOf(device)];
  const isRouter = subnetRoutes.length + exitRoutes.length > 0;
  const isDelivered = (target: number) => {
    const { via } = targets[target]!.rule;
    return via.length === 0 || (isRouter && via.some(({ value }) => isIdentityOf(policy, value, device)));
  };
  const found: TargetRange[] = [...index.everything];
  for (const range of ownAddressesOf(device)) {
    for (const target of index.byDevice.get(device) ?? []) found.push({ target, index: found.length, range });
    found.push(
      ...index.byRange.meeting(range).filter(({ target }) => targets[target]!.rule.via.length === 0),
    );
  }
  for (const prefix of subnetRoutes) found.push(...index.byRange.meeting(rangeOf(prefix)));
  if (exitRoutes.length > 0) found.push(...index.internet);

  const matches = [...grouped(found)].flatMap(([target, ranges]): [number, Match][] =>
    isDelivered(target) ? [[target, { ...targets[target]!, ranges }]] : [],
  );
  return [...matches, ...selfMatches(targets, index.self, list, device)]
    .sort(([a], [b]) => a - b)
    .map(([, match]) => match);
}

/** The ranges of each target in its order, each once: one may be met by an address and by a route. */
function grouped(found: readonly TargetRange[]): ReadonlyMap<number, readonly AddressRange[]> {
  const groups = new Map<number, AddressRange[]>();
  const sorted = [...new Set(found)].sort((a, b) => a.target - b.target || a.index - b.index);
  for (const { target, range } of sorted) {
    const before = groups.get(target);
    if (before) before.push(range);
    else groups.set(target, [range]);
  }
  return groups;
}

/** `autogroup:self`: from a person's devices to each of them. */
function selfMatches(
  targets: readonly Target[],
  self: readonly number[],
  { devices }: DeviceList,
  device: Device,
): readonly [number, Match][] {
  if (self.length === 0 || device.tags.length > 0) return [];
  const siblings = devices.filter(
    ({ tags, owner }) => tags.length === 0 && owner.some((name) => device.owner.includes(name)),
  );
  const siblingAddresses = union(...siblings.map(ownAddressesOf));
  return self.flatMap((target): readonly [number, Match][] => {
    const match = targets[target]!;
    const sources = intersection(match.sources, siblingAddresses);
    const isEmpty = sources.length === 0 || match.rule.via.length > 0;
    return isEmpty ? [] : [[target, { ...match, sources, ranges: ownAddressesOf(device) }]];
  });
}

/** The packet filter of a device, as the service delivers it. */
export function filterOf(compiled: CompiledPolicy, device: Device): readonly FilterLine[] {
  const lines = new Map<AddressSet, Map<string, Line>>();
  for (const { rule, destination, sources, ranges } of matchesAt(compiled, device)) {
    const because = { rule, destination };
    for (const { protocols, ports } of destination.traffic) {
      const line = lineOf(lines, sources, protocols);
      for (const range of ranges)
        for (const each of ports) line.destinations.push({ range, ports: each, because });
    }
  }
  return [...lines.values()].flatMap((byProtocols) => [...byProtocols.values()]);
}

interface Line extends FilterLine {
  readonly destinations: FilterDestination[];
}

/** Lines with the same sources and the same protocols are one. */
function lineOf(
  lines: Map<AddressSet, Map<string, Line>>,
  sources: AddressSet,
  protocols: readonly number[],
): Line {
  const byProtocols = lines.get(sources) ?? new Map<string, Line>();
  lines.set(sources, byProtocols);
  const key = protocols.join();
  const line = byProtocols.get(key) ?? { sources, protocols, destinations: [] };
  byProtocols.set(key, line);
  return line;
}
