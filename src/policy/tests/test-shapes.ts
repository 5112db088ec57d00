import type { Problem } from '../../diagnostics/finding.ts';
import type { Located, Span } from '../../source/span.ts';
import type { Policy, PolicyTest, Selector } from '../policy.ts';
import { MOST_PROBLEMS } from '../read/fields.ts';
import { hasPorts, readPorts, readProtocol, splitHostAndPorts } from '../read/read-ports.ts';
import { type Named, readTestName, shown } from './test-names.ts';

/** A connection that the service can judge: to one port of one host, or of each device that a name stands for. */
export interface TestTarget {
  readonly selector: Selector;
  readonly port: number;
}

/** TCP or UDP, whichever is let through [Tailscale API v2, policy file tests, 2026-04]. */
const TEST_PROTOCOLS: readonly number[] = [6, 17];

/**
 * The tests that no policy can pass, as the service refuses what they ask: a list or a range of ports, a prefix,
 * a port of ICMP, a name that is not defined [recorded refusals, 2026-04]. Needs no devices.
 */
export function refusedTestShapes(policy: Policy): Problem[] {
  return policy.tests.flatMap((test) => refusalsOf(policy, test));
}

/** What the service refuses of one test whatever the rules say. */
export function refusalsOf(policy: Policy, test: PolicyTest): Problem[] {
  const { source, protocol, accept, deny } = test;
  const opening = openingOf(test.span);
  const refusals: Problem[] = [];
  if (source === undefined) refusals.push(failed('the test has no src', opening));
  if (accept.length + deny.length === 0)
    refusals.push(failed('the test has neither accept nor deny', opening));
  const protocols = readTestProtocol(protocol);
  const read = [
    source && ([source, readTestName(policy, source.value.trim())] as const),
    protocol && ([protocol, protocols] as const),
    ...[...accept, ...deny].map(
      (item) =>
        [item, readTestTarget(policy, item.value, protocols.ok ? protocols.value : undefined)] as const,
    ),
  ];
  for (const each of read) {
    if (each === undefined) continue;
    const [{ value, span }, named] = each;
    if (!named.ok) refusals.push(failed(`${shown(value)}: ${named.fault}`, span));
  }
  return refusals;
}

/**
 * Reads the `host:port` of a test. What has no ports is asked for with port 0, ICMP among it
 * [Tailscale docs, policy file syntax, tests, 2026-04].
 */
export function readTestTarget(
  policy: Policy,
  text: string,
  protocols: readonly number[] = TEST_PROTOCOLS,
): Named<TestTarget> {
  const parts = splitHostAndPorts(text.trim());
  if (parts === undefined) return { ok: false, fault: 'a destination needs a port' };
  if (!protocols.some(hasPorts)) {
    if (parts.ports !== '0') return { ok: false, fault: 'a test of what has no ports takes port 0' };
    return targetAt(policy, parts.host, 0);
  }
  const ports = readPorts(parts.ports);
  if (!ports.ok) return { ok: false, fault: `port range "${shown(parts.ports)}": ${ports.fault}` };
  const [range] = ports.value;
  if (range === undefined || ports.value.length > 1 || range.first !== range.last) {
    return { ok: false, fault: 'a test takes one port' };
  }
  return targetAt(policy, parts.host, range.first);
}

function targetAt(policy: Policy, host: string, port: number): Named<TestTarget> {
  const selector = readTestName(policy, host);
  if (!selector.ok) return selector;
  const fault = hostFault(policy, selector.value);
  return fault === undefined ? { ok: true, value: { selector: selector.value, port } } : { ok: false, fault };
}

/** Which protocols a test asks for: any of them will do. */
export function readTestProtocol(protocol: Located<string> | undefined): Named<readonly number[]> {
  if (protocol === undefined || protocol.value === '') return { ok: true, value: TEST_PROTOCOLS };
  const read = readProtocol(protocol.value);
  return read.ok ? { ok: true, value: [read.value] } : read;
}

/** The failures of tests in their order, of no more of them than give `MOST_PROBLEMS`. */
export function firstFailures<Test>(
  tests: readonly Test[],
  failuresOf: (test: Test) => readonly Problem[],
): Problem[] {
  const failures: Problem[] = [];
  for (const test of tests) {
    failures.push(...failuresOf(test));
    if (failures.length >= MOST_PROBLEMS) break;
  }
  return failures.slice(0, MOST_PROBLEMS);
}

/** A failing test, with the words that the service has for every one. */
export function failed(why: string, at: Span): Problem {
  return { message: `test(s) failed: ${why}`, at };
}

/** The opening brace of an object. */
export function openingOf({ file, start }: Span): Span {
  return { file, start, end: start + 1 };
}

function hostFault(policy: Policy, selector: Selector): string | undefined {
  switch (selector.kind) {
    case 'addresses':
      return selector.written === 'address' ? undefined : `a test takes one host, not a ${selector.written}`;
    case 'host': {
      const range = policy.hosts.get(selector.name)?.range;
      return range === undefined || range.first === range.last
        ? undefined
        : 'the host is a prefix, and a test takes one host';
    }
    case 'autogroup':
      return PLACELESS.has(selector.name) ? `a test takes no ${selector.name}` : undefined;
    default:
      return undefined;
  }
}

/** They stand for no device by themselves [recorded refusals, 2026-04]. */
const PLACELESS = new Set(['autogroup:internet', 'autogroup:self', 'autogroup:danger-all']);
