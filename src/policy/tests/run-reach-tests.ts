import type { Problem } from '../../diagnostics/finding.ts';
import { listed } from '../../diagnostics/wording.ts';
import { formatRange } from '../../net/address-set.ts';
import type { Located } from '../../source/span.ts';
import { type AccessTo, accessOf } from '../access/access.ts';
import { commonFlows, type Flows, flowsBetween, withoutFlows } from '../access/flows.ts';
import { nearestRules, rulesLettingThrough } from '../access/nearest-rules.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import { EVERY_PORT, type PortRange } from '../policy.ts';
import { type ReachTest, readReachProtocol, readReachSource, readReachTarget } from './read-reach-tests.ts';
import { mostGenerous, namesUntold, shown, undefinedName } from './test-names.ts';
import { firstFailures } from './test-shapes.ts';

/**
 * The assertions of a cluster's own tests that fail: `accept` wants every address of the source to reach every
 * address of the destination of its family on every port asked, `deny` wants none of that. Both are exact on sets,
 * and neither holds of nothing. What is let through is what `accessOf` says; `most` tells what may be let through by
 * those whom only the control server knows.
 */
export function failedReachTests(
  tests: readonly ReachTest[],
  compiled: CompiledPolicy,
  most: CompiledPolicy = withUntold(compiled),
): Problem[] {
  if (tests.length === 0) return [];
  const accessTo = accessOf(compiled);
  const mostTo = most === compiled ? accessTo : accessOf(most);
  return firstFailures(tests, (test) => failuresOf(test, compiled, accessTo, mostTo));
}

function withUntold(compiled: CompiledPolicy): CompiledPolicy {
  const { policy, list } = compiled;
  return namesUntold(policy) ? compilePolicy(mostGenerous(policy), list) : compiled;
}

function failuresOf(
  test: ReachTest,
  compiled: CompiledPolicy,
  accessTo: AccessTo,
  mostTo: AccessTo,
): readonly Problem[] {
  const { policy, resolver } = compiled;
  const source = readReachSource(test.source.value);
  const protocolsRead = readReachProtocol(test.protocol?.value);
  // Those were reported when the test was read.
  if (!source.ok || !protocolsRead.ok) return [];
  const protocols = protocolsRead.value;
  const undefinedSource = undefinedName(policy, source.value);
  if (undefinedSource !== undefined) return [{ message: undefinedSource, at: test.source.span }];
  const sources = resolver.addressesOf(source.value, 'source');
  const subject = shown(test.source.value);
  if (sources.length === 0) return [{ message: `${subject} stands for no address`, at: test.source.span }];
  const by = test.protocol === undefined ? '' : ` by ${test.protocol.value}`;

  function failureOf(item: Located<string>, wanted: 'allowed' | 'denied'): readonly Problem[] {
    const at = item.span;
    const target = readReachTarget(item.value, protocols);
    if (!target.ok) return [];
    const { selector, ports } = target.value;
    const undefinedHost = undefinedName(policy, selector);
    if (undefinedHost !== undefined) return [{ message: undefinedHost, at }];
    const destinations = resolver.addressesOf(selector, 'destination');
    const goal = shown(item.value);
    if (destinations.length === 0) return [{ message: `${goal} stands for no address`, at }];
    const asked = flowsBetween(sources, destinations, ports);
    if (asked.length === 0) return [{ message: `${subject} and ${goal} have no address of one family`, at }];
    const to = (access: AccessTo) => access(destinations, protocols);
    const letThrough = to(accessTo);
    const wants = `and the test wants ${subject} -> ${goal}${by} ${wanted}`;

    if (wanted === 'denied') {
      const through = firstCommon(asked, letThrough);
      if (through === undefined) return [];
      const related = rulesLettingThrough(letThrough, through);
      return [{ message: `${inWords(through)} is allowed, ${wants}`, at, related }];
    }
    const missing = withoutAll(asked, letThrough);
    const surelyMissing = missing && (mostTo === accessTo ? missing : withoutAll(missing, to(mostTo)));
    if (surelyMissing === undefined) return [{ message: `${subject} -> ${goal} is too much to judge`, at }];
    const [part] = surelyMissing;
    if (part === undefined) return [];
    const related = nearestRules(compiled, part, protocols);
    return [{ message: `${inWords(part)} is denied, ${wants}`, at, ...(related.length > 0 && { related }) }];
  }

  return [
    ...test.accept.flatMap((item) => failureOf(item, 'allowed')),
    ...test.deny.flatMap((item) => failureOf(item, 'denied')),
  ];
}

/** What of all that is asked none of some accesses holds; undefined where that is too much to work out. */
function withoutAll(asked: readonly Flows[], accesses: readonly Flows[]): readonly Flows[] | undefined {
  const left: Flows[] = [];
  for (const flows of asked) {
    const rest = withoutFlows(flows, accesses);
    if (rest === undefined) return undefined;
    left.push(...rest);
  }
  return left;
}

function firstCommon(asked: readonly Flows[], accesses: readonly Flows[]): Flows | undefined {
  for (const flows of asked) {
    for (const access of accesses) {
      const common = commonFlows(flows, access);
      if (common !== undefined) return common;
    }
  }
  return undefined;
}

/** `10.42.0.0/24 -> 10.42.3.0/24 on port 8000` */
function inWords({ sources, destinations, ports }: Flows): string {
  const [from, to] = [sources, destinations].map((set) => listed(set.map(formatRange), 3));
  return `${from} -> ${to} on ${portsInWords(ports)}`;
}

function portsInWords({ first, last }: PortRange): string {
  if (first === last) return `port ${first}`;
  return first === EVERY_PORT.first && last === EVERY_PORT.last ? 'every port' : `ports ${first}-${last}`;
}
