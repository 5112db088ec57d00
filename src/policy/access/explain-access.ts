import { type AddressSet, difference, EVERY_IPV4, EVERY_IPV6, meets, union } from '../../net/address-set.ts';
import type { CompiledPolicy } from '../compile.ts';
import type { AccessRule, Destination, Policy, PortRange } from '../policy.ts';
import { addressesAt, exitRoutesOf } from '../routers.ts';
import { type Access, accessOf, portsLetThrough } from './access.ts';
import { commonFlows, commonPorts, type Flows, flowsBetween, withoutFlows } from './flows.ts';

/** May these connections be opened? */
export interface AccessQuestion {
  readonly sources: AddressSet;
  readonly destinations: AddressSet;
  /** An IANA number. */
  readonly protocol: number;
  /** All of them for a protocol without ports. */
  readonly ports: readonly PortRange[];
}

export interface AccessAnswer {
  readonly allowed: boolean | 'partly';
  /** What lets some of it through, in the order of the policy. */
  readonly because: readonly Grounds[];
  /** The connections that nothing lets through. */
  readonly missing: readonly Flows[];
  /** Destinations that no device has or has a route to, whatever the policy allows. */
  readonly nowhere: AddressSet;
  /** The rules that come nearest to letting through what is missing, the nearest first. */
  readonly nearest: readonly NearRule[];
}

/** A rule with the one of its destinations that is meant. */
export interface Grounds {
  readonly rule: AccessRule;
  readonly destination: Destination;
  /** Only devices of one of these may be sources; whether one is, a device list does not tell. */
  readonly postures: readonly string[];
}

export interface NearRule extends Grounds {
  /** Why it does not match. */
  readonly differs: readonly Difference[];
}

/** `via`: no router with one of the grant's tags serves the destination. */
export type Difference = 'source' | 'destination' | 'protocol' | 'port' | 'via';

const MOST_NEAR_RULES = 5;

/** Parts of what is missing that rules are compared with. */
const MOST_PARTS = 50;

/** Undefined where the answer lies in too many pieces to be worked out. */
export function explainAccess(compiled: CompiledPolicy, question: AccessQuestion): AccessAnswer | undefined {
  const asked = flowsBetween(question.sources, question.destinations, question.ports);
  const access = accessOf(compiled)(question.destinations, [question.protocol]).filter((each) =>
    asked.some((part) => commonFlows(part, each)),
  );
  const missing: Flows[] = [];
  for (const part of asked) {
    const left = withoutFlows(part, access);
    if (left === undefined) return undefined;
    missing.push(...left);
  }
  return {
    allowed: missing.length === 0 ? true : access.length === 0 ? false : 'partly',
    because: groundsOf(access, compiled.policy),
    missing,
    nowhere: difference(question.destinations, everyDestination(compiled)),
    nearest: nearestTo(missing.slice(0, MOST_PARTS), question.protocol, compiled),
  };
}

function groundsOf(access: readonly Access[], policy: Policy): readonly Grounds[] {
  const byDestination = new Map(access.map((each) => [each.destination, each]));
  return [...byDestination.values()]
    .map(({ rule, destination }) => ({ rule, destination, postures: posturesOf(rule, policy) }))
    .sort((a, b) => a.destination.at.start - b.destination.at.start);
}

function posturesOf({ postures }: AccessRule, { defaultPostures }: Policy): readonly string[] {
  return (postures.length > 0 ? postures : defaultPostures).map(({ value }) => value);
}

function everyDestination({ list }: CompiledPolicy): AddressSet {
  const exits = list.devices.flatMap(exitRoutesOf).map(({ family }) => family);
  const behindExits: AddressSet = [4, 6].flatMap((family) =>
    exits.some((each) => each === family) ? (family === 4 ? EVERY_IPV4 : EVERY_IPV6) : [],
  );
  return union(behindExits, ...list.devices.map(addressesAt));
}

/** How far a difference takes a rule away: what is wrong with the port alone is nearly right. */
const DISTANCE: Record<Difference, number> = { port: 1, protocol: 2, via: 3, source: 4, destination: 5 };

/** A rule with other sources and other destinations is not near. */
const FARTHEST = DISTANCE.destination + DISTANCE.protocol;

function nearestTo(
  missing: readonly Flows[],
  protocol: number,
  { policy, targets, resolver }: CompiledPolicy,
): readonly NearRule[] {
  const nearest = new Map<AccessRule, NearRule>();
  for (const { rule, destination, sources } of missing.length > 0 ? targets : []) {
    const addresses = resolver.addressesOf(destination.selector.value, 'destination');
    const ports = portsLetThrough(destination.traffic, [protocol]);
    for (const flows of missing) {
      const differs: Difference[] = [];
      if (!meets(sources, flows.sources)) differs.push('source');
      if (!meets(addresses, flows.destinations)) differs.push('destination');
      if (ports.length === 0) differs.push('protocol');
      else if (!ports.some((each) => commonPorts(each, flows.ports))) differs.push('port');
      if (differs.length === 0 && rule.via.length > 0) differs.push('via');
      const near = { rule, destination, postures: posturesOf(rule, policy), differs };
      const before = nearest.get(rule);
      const isNear = differs.length > 0 && distanceOf(near) <= FARTHEST;
      if (isNear && (!before || distanceOf(near) < distanceOf(before))) nearest.set(rule, near);
    }
  }
  return [...nearest.values()].sort((a, b) => distanceOf(a) - distanceOf(b)).slice(0, MOST_NEAR_RULES);
}

function distanceOf({ differs }: NearRule): number {
  return differs.reduce((sum, difference) => sum + DISTANCE[difference], 0);
}
