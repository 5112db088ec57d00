import type { ScalarTree } from '../../syntax/tree.ts';
import { DEFAULT_PROTOCOLS, type Destination, type PortRange, type SelectorUse } from '../policy.ts';
import { type Part, type Report, stringOf } from './fields.ts';
import { hasPorts, readPorts, readProtocol, splitHostAndPorts } from './read-ports.ts';
import { selectorUse, trimmed } from './read-selector.ts';
import { checkSelector, invalidAddress, quote, type Reading } from './selector-checks.ts';

/** The `proto` of a rule, as a number and as it is written. */
export interface Protocol {
  readonly number: number;
  readonly text: string;
}

/** Undefined where a rule names none. */
export function readProto(part: Part | undefined, report: Report): Protocol | undefined {
  const scalar = stringOf(part, report);
  if (scalar === undefined || scalar.text === '') return undefined;
  const { value: text, span } = trimmed(scalar);
  const protocol = readProtocol(text);
  if (protocol.ok) return { number: protocol.value, text };
  report(protocol.fault, span);
  return undefined;
}

/** Reads the `host:ports` of an acl; what cannot be read is none. */
export function readDestination(
  scalar: ScalarTree,
  protocol: Protocol | undefined,
  reading: Reading,
): Destination | undefined {
  const { value: text, span } = trimmed(scalar);
  const split = splitHostAndPorts(text);
  if (split === undefined) {
    reading.report(`dst=${quote(text)}: hostport must contain a colon (":")`, span);
    return undefined;
  }
  const start = scalar.text.length - scalar.text.trimStart().length;
  const portsAt = trimmed(scalar, start + split.hostEnd + 1, start + text.length);
  const fault = (message: string) =>
    reading.report(`dst=${quote(text)}: ${message}`, portsAt.value === '' ? span : portsAt.span);

  const ports = readPorts(split.ports);
  if (!ports.ok) fault(`port range ${quote(split.ports)}: ${ports.fault}`);
  else if (protocol && !hasPorts(protocol.number) && !ports.value.every(isEveryPort)) {
    fault(`protocol does not support specific ports: ${quote(protocol.text)}, only "*" is allowed`);
  }
  // Of a selector without ports, as `tag:k3s`, the name is taken for them.
  const isWhole = !ports.ok && text.indexOf(':') === split.hostEnd;
  const whole = isWhole ? selectorUse(scalar) : undefined;
  const selector = whole ?? hostUse(scalar, start, start + split.hostEnd, split.host);
  if (selector) checkSelector(selector, 'dst', reading);
  else reading.report(invalidAddress(split.host.trim(), 'dst'), span);
  if (!selector || !ports.ok) return undefined;
  const protocols = protocol ? [protocol.number] : DEFAULT_PROTOCOLS;
  return { selector, at: span, traffic: [{ protocols, ports: ports.value }] };
}

function isEveryPort({ first, last }: PortRange): boolean {
  return first === 0 && last === 65_535;
}

/** The host from `start` to `end`, which is `host` but for the brackets of IPv6. */
function hostUse(scalar: ScalarTree, start: number, end: number, host: string): SelectorUse | undefined {
  if (scalar.text.slice(start, end) === host) return selectorUse(scalar, start, end);
  const use = selectorUse({ ...scalar, text: host });
  return use && { ...use, span: trimmed(scalar, start, end).span };
}
