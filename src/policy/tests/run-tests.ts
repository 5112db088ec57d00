import type { Problem } from '../../diagnostics/finding.ts';
import { type AddressSet, difference, NO_ADDRESS, union } from '../../net/address-set.ts';
import type { Located } from '../../source/span.ts';
import { type Access, type AccessTo, accessOf } from '../access/access.ts';
import { commonPorts } from '../access/flows.ts';
import { nearestRules, rulesLettingThrough } from '../access/nearest-rules.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { PolicyTest } from '../policy.ts';
import { isUntold, mostGenerous, namesUntold, readTestName, shown } from './test-names.ts';
import { failed, firstFailures, readTestProtocol, readTestTarget, refusalsOf } from './test-shapes.ts';

/**
 * The assertions of `tests` that fail, each with what the service says of all of them, `test(s) failed`; among them
 * those of `refusedTestShapes`.
 *
 * A connection is allowed if every address of the source may reach an address of the destination by one of the
 * protocols; else it is denied. Grants with `via` do not count. [recorded answers, 2026-04; Headscale v0.29,
 * hscontrol/policy/v2/test.go] An assertion whose outcome hangs on what only the control server knows, as who is an
 * administrator, is taken to hold.
 */
export function failedTests(compiled: CompiledPolicy): Problem[] {
  const { policy, list } = compiled;
  if (policy.tests.length === 0) return [];
  const accessTo = accessOf(compiled);
  const mostTo = namesUntold(policy) ? accessOf(compilePolicy(mostGenerous(policy), list)) : accessTo;
  return firstFailures(policy.tests, (test) => [
    ...refusalsOf(policy, test),
    ...failuresOf(test, compiled, accessTo, mostTo),
  ]);
}

/** What fails of a test, apart from what the service refuses of it. */
function failuresOf(
  test: PolicyTest,
  compiled: CompiledPolicy,
  accessTo: AccessTo,
  mostTo: AccessTo,
): readonly Problem[] {
  const { policy, resolver } = compiled;
  const source = test.source && readTestName(policy, test.source.value.trim());
  const protocols = readTestProtocol(test.protocol);
  if (!test.source || !source?.ok || !protocols.ok || isUntold(source.value)) return [];
  const sources = resolver.addressesOf(source.value, 'source');
  const subject = shown(test.source.value);
  if (sources.length === 0) return [failed(`${subject} stands for no address`, test.source.span)];
  const by = test.protocol?.value ? ` by ${shown(test.protocol.value)}` : '';

  function failureOf(item: Located<string>, wanted: 'allowed' | 'denied'): readonly Problem[] {
    const target = readTestTarget(policy, item.value, protocols.ok ? protocols.value : undefined);
    if (!target.ok || !protocols.ok || isUntold(target.value.selector)) return [];
    const ports = { first: target.value.port, last: target.value.port };
    const destinations = resolver.addressesOf(target.value.selector, 'destination');
    if (destinations.length === 0) return [failed(`${shown(item.value)} stands for no address`, item.span)];
    const toPort = (access: AccessTo) =>
      access(destinations, protocols.value).filter(
        (each) => each.rule.via.length === 0 && commonPorts(each.ports, ports),
      );
    const letThrough = toPort(accessTo);
    const denied = missingSources(sources, letThrough);
    const found = denied.length === 0 ? 'allowed' : 'denied';
    if (found === wanted) return [];
    if (found === 'denied' && missingSources(sources, toPort(mostTo)).length === 0) return [];
    const related =
      found === 'allowed'
        ? rulesLettingThrough(letThrough, { sources, destinations, ports })
        : nearestRules(compiled, { sources: denied, destinations, ports }, protocols.value);
    const why = `${subject} -> ${shown(item.value)}${by} is ${found}, and the test wants it ${wanted}`;
    return [{ ...failed(why, item.span), ...(related.length > 0 && { related }) }];
  }

  return [
    ...test.accept.flatMap((item) => failureOf(item, 'allowed')),
    ...test.deny.flatMap((item) => failureOf(item, 'denied')),
  ];
}

/** The sources that nothing lets through to any of the destinations. */
function missingSources(sources: AddressSet, accesses: readonly Access[]): AddressSet {
  const letThrough = new Set(accesses.map((access) => access.sources));
  return letThrough.has(sources) ? NO_ADDRESS : difference(sources, union(...letThrough));
}
