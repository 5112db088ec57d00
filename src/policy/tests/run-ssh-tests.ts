import type { Problem, Related } from '../../diagnostics/finding.ts';
import { listed } from '../../diagnostics/wording.ts';
import { type AddressSet, covers, meets, union } from '../../net/address-set.ts';
import type { Located } from '../../source/span.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { Device } from '../device-list.ts';
import type { Policy, Selector, SelectorUse, SshTest } from '../policy.ts';
import { isIn, isSamePerson, type SshAccess, type SshAccessTo, sshAccessOf } from './ssh.ts';
import { isUntold, mostGenerous, namesUntold, readTestName, shown } from './test-names.ts';
import { failed, firstFailures, openingOf } from './test-shapes.ts';

/**
 * The assertions of `sshTests` that fail. Of every device that the test names, `accept` wants a login let in from
 * every address of the source, at once or after a check; `check`, after a check; `deny`, from none of them.
 * [recorded answers, 2026-04; Headscale v0.29, hscontrol/policy/v2/sshtest.go]
 */
export function failedSshTests(compiled: CompiledPolicy): Problem[] {
  const { policy, list } = compiled;
  if (policy.sshTests.length === 0) return [];
  const accessTo = sshAccessOf(compiled);
  const mostTo = namesUntold(policy) ? sshAccessOf(compilePolicy(mostGenerous(policy), list)) : accessTo;
  return firstFailures(policy.sshTests, (test) => failuresOf(test, compiled, accessTo, mostTo));
}

/** What the service refuses of `sshTests` whatever the rules say. Needs no devices. */
export function refusedSshTestShapes(policy: Policy): readonly Problem[] {
  return policy.sshTests.flatMap((test) => refusalsOf(policy, test));
}

type Wanted = 'accept' | 'check' | 'deny';

function failuresOf(
  test: SshTest,
  compiled: CompiledPolicy,
  accessTo: SshAccessTo,
  mostTo: SshAccessTo,
): readonly Problem[] {
  const { policy, resolver } = compiled;
  const refusals = refusalsOf(policy, test);
  if (!test.source || refusals.length > 0) return refusals;
  const source = readTestName(policy, test.source.value);
  if (!source.ok || isUntold(source.value)) return [];
  const subject = shown(test.source.value);
  const sources = resolver.addressesOf(source.value, 'source');
  if (sources.length === 0) return [failed(`${subject} stands for no address`, test.source.span)];
  const reached = test.destinations.map((use) => ({ use, devices: devicesOf(compiled, sources, use) }));
  const nowhere = reached.filter(({ use, devices }) => devices.length === 0 && !isUntold(use.value));
  const devices = [...new Set(reached.flatMap((each) => each.devices))];

  function failureOf(login: Located<string>, wanted: Wanted): readonly Problem[] {
    const wrong = devices.filter(
      (device) =>
        !holds(wanted, sources, accessTo(device, login.value)) &&
        (wanted === 'deny' || !holds(wanted, sources, mostTo(device, login.value))),
    );
    if (wrong.length === 0) return [];
    const accesses = wrong.flatMap((device) => accessTo(device, login.value));
    const related = rulesOf(accesses.filter((access) => meets(access.sources, sources)));
    const at = listed(wrong.map(({ name }) => name));
    const why = `${subject} as ${shown(login.value)} -> ${at} ${WRONG[wanted]}`;
    return [{ ...failed(why, login.span), ...(related.length > 0 && { related }) }];
  }

  return [
    ...nowhere.map(({ use }) => failed(`${shown(use.text)} stands for no device`, use.span)),
    ...test.accept.flatMap((login) => failureOf(login, 'accept')),
    ...test.check.flatMap((login) => failureOf(login, 'check')),
    ...test.deny.flatMap((login) => failureOf(login, 'deny')),
  ];
}

const WRONG: Readonly<Record<Wanted, string>> = {
  accept: 'is denied, and the test wants it allowed',
  check: 'is not let in by a check, and the test wants it checked',
  deny: 'is allowed, and the test wants it denied',
};

/** What the service refuses whatever the rules say, besides the destinations that `readPolicy` reports. */
function refusalsOf(policy: Policy, test: SshTest): readonly Problem[] {
  const { source, destinations, accept, check, deny } = test;
  const opening = openingOf(test.span);
  const logins = [...accept, ...check, ...deny];
  const refusals: Problem[] = [];
  if (source === undefined) refusals.push(failed('the test has no src', opening));
  if (destinations.length === 0) refusals.push(failed('the test has no dst', opening));
  if (logins.length === 0) refusals.push(failed('the test has neither accept nor check nor deny', opening));
  const named = source && readTestName(policy, source.value);
  if (named && !named.ok) refusals.push(failed(`${shown(source.value)}: ${named.fault}`, source.span));
  for (const { text, value, span } of destinations) {
    const fault = destinationFault(policy, text, value);
    if (fault !== undefined) refusals.push(failed(`${shown(text)}: ${fault}`, span));
  }
  for (const { value, span } of logins)
    if (value === '') refusals.push(failed('a login name is empty', span));
  return refusals;
}

function destinationFault(policy: Policy, text: string, selector: Selector): string | undefined {
  // [Headscale v0.29, sshtester_compat_test.go, of the service]
  if (selector.kind === 'addresses' && selector.range.family === 6)
    return 'an SSH test takes no IPv6 address';
  const named = readTestName(policy, text);
  if (!named.ok) return named.fault;
  const isInternet = selector.kind === 'autogroup' && selector.name === 'autogroup:internet';
  return isInternet ? `an SSH test takes no ${text}` : undefined;
}

function holds(wanted: Wanted, sources: AddressSet, accesses: readonly SshAccess[]): boolean {
  const counted = wanted === 'check' ? accesses.filter(({ rule }) => rule.action === 'check') : accesses;
  const letIn = union(...counted.map((access) => access.sources));
  return wanted === 'deny' ? !meets(letIn, sources) : covers(letIn, sources);
}

/** The devices that a destination of a test names; of `autogroup:self` those of the source's people. */
function devicesOf(
  { resolver, list }: CompiledPolicy,
  sources: AddressSet,
  { value }: SelectorUse,
): readonly Device[] {
  if (value.kind === 'autogroup' && value.name === 'autogroup:self') {
    const people = list.devices.filter((device) => isIn(device, sources));
    return list.devices.filter((device) => people.some((each) => isSamePerson(each, device)));
  }
  const named = resolver.addressesOf(value, 'destination');
  return list.devices.filter((device) => isIn(device, named));
}

function rulesOf(accesses: readonly SshAccess[]): readonly Related[] {
  return [...new Set(accesses.map(({ rule }) => rule))].slice(0, 3).map(({ span, action }) => ({
    at: openingOf(span),
    label: action === 'check' ? 'lets it in after a check' : 'lets it in',
  }));
}
