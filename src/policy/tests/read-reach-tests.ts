import type { Problem } from '../../diagnostics/finding.ts';
import type { Parsed } from '../../net/parse.ts';
import type { Located, Span } from '../../source/span.ts';
import { itemsOf, memberOf, type Tree } from '../../syntax/tree.ts';
import { EVERY_PORT, type PortRange, type Selector } from '../policy.ts';
import { hasPorts, readPorts, readProtocol, splitHostAndPorts } from '../read/read-ports.ts';
import { readSelector } from '../read/read-selector.ts';
import { isUntold, shown } from './test-names.ts';

/**
 * A test of a cluster's own, from `.podroute.yaml`: as an item of a policy's `tests`, but `source` and the hosts may
 * be whole prefixes, ranges and ipsets, and ports lists, ranges or `*`.
 */
export interface ReachTest {
  readonly source: Located<string>;
  readonly protocol?: Located<string>;
  /** `host:ports`, and so in `deny`. */
  readonly accept: readonly Located<string>[];
  readonly deny: readonly Located<string>[];
}

/** Where a test wants to go. */
export interface ReachTarget {
  readonly selector: Selector;
  readonly ports: readonly PortRange[];
}

/** As many assertions are judged in seconds; YAML aliases can make millions of a short text. */
const MOST_ASSERTIONS = 10_000;

/** Reads the list under `tests`; of a list that does not fit the settings' schema what can be made out. */
export function readReachTests(tree: Tree | undefined): {
  readonly tests: readonly ReachTest[];
  readonly problems: readonly Problem[];
} {
  const tests: ReachTest[] = [];
  const problems: Problem[] = [];
  let assertions = 0;
  for (const item of itemsOf(tree)) {
    const [source] = wordsAt(item, 'src');
    const [protocol] = wordsAt(item, 'proto');
    const [accept, deny] = [wordsAt(item, 'accept'), wordsAt(item, 'deny')];
    if (source === undefined) continue;
    assertions += accept.length + deny.length;
    if (assertions > MOST_ASSERTIONS) {
      problems.push({ message: `more than ${MOST_ASSERTIONS} assertions`, at: source.span });
      break;
    }
    const test = { source, ...(protocol && { protocol }), accept, deny };
    problems.push(...faultsOf(test));
    tests.push(test);
  }
  return { tests, problems };
}

/** Reads a `src`. */
export function readReachSource(text: string): Parsed<Selector, string> {
  const selector = readSelector(text);
  if (selector === undefined) return { ok: false, fault: `"${shown(text)}" is no source` };
  return isJudgeable(selector, ['autogroup:self', 'autogroup:internet']);
}

/** Which protocols a test asks about: TCP and UDP if it names none. One that is let through is enough. */
export function readReachProtocol(text: string | undefined): Parsed<readonly number[], string> {
  if (text === undefined) return { ok: true, value: [6, 17] };
  const protocol = readProtocol(text);
  return protocol.ok ? { ok: true, value: [protocol.value] } : protocol;
}

/** Reads a `host:ports`. Only `*` fits protocols without ports. */
export function readReachTarget(text: string, protocols: readonly number[]): Parsed<ReachTarget, string> {
  const parts = splitHostAndPorts(text);
  if (parts === undefined) return { ok: false, fault: `"${shown(text)}" has no port` };
  const selector = readSelector(parts.host);
  if (selector === undefined) return { ok: false, fault: `"${shown(parts.host)}" is no destination` };
  const ports = readPorts(parts.ports);
  if (!ports.ok) return { ok: false, fault: `port range "${shown(parts.ports)}": ${ports.fault}` };
  if (!protocols.some(hasPorts) && ports.value.some(({ first, last }) => last - first < EVERY_PORT.last)) {
    return { ok: false, fault: `"${shown(text)}" has ports, and its protocol has none` };
  }
  const judgeable = isJudgeable(selector, ['autogroup:self']);
  return judgeable.ok ? { ok: true, value: { selector, ports: ports.value } } : judgeable;
}

function isJudgeable(selector: Selector, placeless: readonly string[]): Parsed<Selector, string> {
  if (selector.kind === 'autogroup' && placeless.includes(selector.name)) {
    return { ok: false, fault: `${selector.name} stands for nothing here` };
  }
  if (isUntold(selector)) return { ok: false, fault: 'only the control server knows what it stands for' };
  return { ok: true, value: selector };
}

function faultsOf({ source, protocol, accept, deny }: ReachTest): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (parsed: Parsed<unknown, string>, at: Span) => {
    if (!parsed.ok) problems.push({ message: parsed.fault, at });
  };
  report(readReachSource(source.value), source.span);
  const protocols = readReachProtocol(protocol?.value);
  report(protocols, protocol?.span ?? source.span);
  if (accept.length + deny.length === 0) {
    problems.push({ message: 'a test has neither "accept" nor "deny"', at: source.span });
  }
  for (const { value, span } of [...accept, ...deny]) {
    report(readReachTarget(value, protocols.ok ? protocols.value : [6]), span);
  }
  return problems;
}

/** The scalars under a key, one or a list. */
function wordsAt(tree: Tree, key: string): readonly Located<string>[] {
  return itemsOf(memberOf(tree, key)?.value).flatMap((item) =>
    item.kind === 'scalar' ? [{ value: item.text.trim(), span: item.span }] : [],
  );
}
