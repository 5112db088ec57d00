import type { Problem } from '../../diagnostics/finding.ts';
import { type AddressSet, covers, difference, NO_ADDRESS, union } from '../../net/address-set.ts';
import type { Located } from '../../source/span.ts';
import { type Access, type AccessTo, accessOf } from '../access/access.ts';
import { commonPorts } from '../access/flows.ts';
import { type CompiledPolicy, compilePolicy, rulesOf } from '../compile.ts';
import type { DeviceList } from '../device-list.ts';
import { standsForDevices } from '../identity.ts';
import type { IpSet, Policy, PolicyTest, Selector, SelectorUse } from '../policy.ts';
import { type Resolver, resolverOf, type Side, selectorKey } from '../resolve.ts';
import { ownAddressesOf } from '../routers.ts';
import { type ReachTest, readReachProtocol, readReachSource, readReachTarget } from './read-reach-tests.ts';
import { failedReachTests } from './run-reach-tests.ts';
import { failedTests } from './run-tests.ts';
import { isUntold, readTestName, undefinedName } from './test-names.ts';
import { readTestProtocol, readTestTarget } from './test-shapes.ts';

/**
 * The assertions of `tests` that fail whatever else is in the tailnet: `known` are some of its devices, with all their
 * tags or their owner. Of other devices nothing is known, nor of approved routes besides those of `known`.
 */
export function surelyFailedTests(policy: Policy, known: DeviceList): readonly Problem[] {
  if (policy.tests.length === 0) return [];
  const compiled = compilePolicy(policy, known);
  const [least, most] = [boundOf(compiled), boundOf(compilePolicy(mostPermissive(policy, known), known))];
  const tests = policy.tests
    .map((test) => surelyFailing(policy, test, least, most))
    .filter(({ accept, deny }) => accept.length + deny.length > 0);
  return failedTests({ ...compiled, policy: { ...policy, tests } });
}

/** The assertions of a cluster's own tests that fail whatever else is in the tailnet. */
export function surelyFailedReachTests(
  tests: readonly ReachTest[],
  policy: Policy,
  known: DeviceList,
): readonly Problem[] {
  if (tests.length === 0) return [];
  const compiled = compilePolicy(policy, known);
  const isKnown = (selector: Selector, side: Side) =>
    !standsForDevices(selector) ||
    undefinedName(policy, selector) !== undefined ||
    compiled.resolver.addressesOf(selector, side).length > 0;
  const judged = tests.flatMap((test) => {
    const [source, protocols] = [readReachSource(test.source.value), readReachProtocol(test.protocol?.value)];
    if (!source.ok || !protocols.ok || !isKnown(source.value, 'source')) return [];
    const isKnownTarget = ({ value }: Located<string>) => {
      const target = readReachTarget(value, protocols.value);
      return target.ok && isKnown(target.value.selector, 'destination');
    };
    return [{ ...test, accept: test.accept.filter(isKnownTarget), deny: test.deny.filter(isKnownTarget) }];
  });
  return failedReachTests(judged, compiled, compilePolicy(mostPermissive(policy, known), known));
}

/** What a tailnet may be, at the least or at the most. */
interface Bound {
  readonly resolver: Resolver;
  readonly accessTo: AccessTo;
}

function boundOf(compiled: CompiledPolicy): Bound {
  return { resolver: compiled.resolver, accessTo: accessOf(compiled) };
}

/**
 * A policy that lets through all that `policy` may let through where only some devices are known: a name for devices
 * stands there for every address that an unknown one may have too.
 */
export function mostPermissive(policy: Policy, { control, devices }: DeviceList): Policy {
  const everyone = resolverOf(policy, { control, devices: [] }).addressesOf({ kind: 'any' }, 'source');
  const unknown = difference(everyone, union(...devices.map(ownAddressesOf)));
  const name = { value: UNKNOWN, span: policy.at };
  const operations = unknown.map((range) => {
    const value = { kind: 'addresses', range, written: 'range' } as const;
    return { removes: false, operand: { value, span: policy.at, text: '' } };
  });
  const rules = rulesOf(policy).map((rule) => ({
    ...rule,
    via: [],
    sources: rule.sources.flatMap(withAllItMayBe),
    destinations: rule.destinations.flatMap((each) =>
      withAllItMayBe(each.selector).map((selector) => ({ ...each, selector })),
    ),
  }));
  const ipset: IpSet = { name, operations };
  const sections = { acls: { key: policy.at, isEmpty: rules.length === 0 }, grants: undefined };
  return { ...policy, sections, rules, ipsets: new Map([...policy.ipsets, [UNKNOWN, ipset]]) };
}

/** No policy can name it so: a name in a policy begins with `ipset:`. */
const UNKNOWN = 'the addresses of unknown devices';

/** What a selector may stand for besides what is known. */
function mayBe(selector: Selector): readonly Selector[] {
  if (standsForDevices(selector)) return [{ kind: 'ipset', name: UNKNOWN }];
  const isAddresses = ['addresses', 'host', 'ipset'].includes(selector.kind);
  return isAddresses ? [] : [{ kind: 'autogroup', name: 'autogroup:danger-all' }];
}

function withAllItMayBe(use: SelectorUse): readonly SelectorUse[] {
  return [use, ...mayBe(use.value).map((value) => ({ ...use, value }))];
}

/** A test with those of its assertions alone that no unknown device can make hold. */
function surelyFailing(policy: Policy, test: PolicyTest, least: Bound, most: Bound): PolicyTest {
  const nothing = { ...test, accept: [], deny: [] };
  const source = test.source && readTestName(policy, test.source.value.trim());
  const protocols = readTestProtocol(test.protocol);
  if (!source?.ok || !protocols.ok || isUntold(source.value)) return nothing;
  const boundsOf = (selector: Selector, side: Side) => ({
    least: least.resolver.addressesOf(selector, side),
    most: union(...[selector, ...mayBe(selector)].map((each) => most.resolver.addressesOf(each, side))),
  });
  const sources = boundsOf(source.value, 'source');
  if (sources.least.length === 0) return nothing;

  const isSure = ({ value }: Located<string>, wanted: 'allowed' | 'denied') => {
    const target = readTestTarget(policy, value, protocols.ok ? protocols.value : undefined);
    if (!target.ok || isUntold(target.value.selector)) return false;
    const destinations = boundsOf(target.value.selector, 'destination');
    if (destinations.least.length === 0) return false;
    const port = { first: target.value.port, last: target.value.port };
    const letThrough = ({ accessTo }: Bound, to: AddressSet) =>
      accessTo(to, protocols.value).filter(({ ports }) => commonPorts(ports, port));
    if (wanted === 'allowed') {
      return !covers(sourcesOf(letThrough(most, destinations.most)), sources.least);
    }
    const certain = letThrough(least, destinations.least).filter(isCertain);
    return certain.some(isFor(source.value)) || covers(sourcesOf(certain), sources.most);
  };
  return {
    ...test,
    accept: test.accept.filter((item) => isSure(item, 'allowed')),
    deny: test.deny.filter((item) => isSure(item, 'denied')),
  };
}

/** Neither through one router or another, of which only some are known, nor for devices in a certain state. */
function isCertain({ rule, destination: { selector } }: Access): boolean {
  return rule.via.length + rule.postures.length === 0 && selector.value.kind !== 'autogroup';
}

/** Whether a rule names the same source: then it is for all of it, whatever that is. */
function isFor(source: Selector): (access: Access) => boolean {
  const key = selectorKey(source);
  return ({ rule }) => rule.sources.some(({ value }) => selectorKey(value) === key);
}

function sourcesOf(accesses: readonly Access[]): AddressSet {
  return accesses.length === 0 ? NO_ADDRESS : union(...accesses.map(({ sources }) => sources));
}
