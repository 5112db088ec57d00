import { nearest } from '../../diagnostics/nearest.ts';
import { type AddressSet, union } from '../../net/address-set.ts';
import type { Parsed } from '../../net/parse.ts';
import type { CompiledPolicy } from '../compile.ts';
import { EVERY_PORT } from '../policy.ts';
import { hasPorts, readPorts, readProtocol, splitHostAndPorts } from '../read/read-ports.ts';
import { readSelector } from '../read/read-selector.ts';
import type { Side } from '../resolve.ts';
import { ownAddressesOf } from '../routers.ts';
import type { AccessQuestion } from './explain-access.ts';

/** A question as somebody types it: `from` and the host of `to` are a device's name or any selector. */
export interface QuestionInWords {
  readonly from: string;
  /** `host:ports`; for a protocol without ports the host will do. */
  readonly to: string;
  /** A name or a number; TCP where it is not said. */
  readonly proto?: string;
}

/** Which part of a question is not understood, and why. */
export interface QuestionFault {
  readonly part: keyof QuestionInWords;
  readonly message: string;
}

/** Reads a question about one tailnet. */
export function readQuestion(
  { from, to, proto }: QuestionInWords,
  compiled: CompiledPolicy,
): Parsed<AccessQuestion, QuestionFault> {
  const protocol = readProtocol(proto ?? 'tcp');
  if (!protocol.ok) return fault('proto', `${quoted(proto ?? '')} is no protocol`);
  const source = readEnd(from, 'source', compiled);
  if (!source.ok) return fault('from', source.fault);
  const target = readTarget(to, protocol.value, compiled);
  if (!target.ok) return fault('to', target.fault);
  return asked({ sources: source.value, protocol: protocol.value, ...target.value });
}

/** What a protocol has no ports for may be named alone; a port that is named all the same means nothing. */
function readTarget(
  text: string,
  protocol: number,
  compiled: CompiledPolicy,
): Parsed<Pick<AccessQuestion, 'destinations' | 'ports'>, string> {
  const isPortless = !hasPorts(protocol);
  const split = splitHostAndPorts(text);
  const whole = isPortless ? readEnd(text, 'destination', compiled) : undefined;
  if (whole?.ok) return { ok: true, value: { destinations: whole.value, ports: [EVERY_PORT] } };
  if (split === undefined) return whole ?? { ok: false, fault: `${quoted(text)} has no port after a colon` };
  const host = readEnd(split.host, 'destination', compiled);
  if (!host.ok) return host;
  if (isPortless) return { ok: true, value: { destinations: host.value, ports: [EVERY_PORT] } };
  const ports = readPorts(split.ports);
  if (!ports.ok) return { ok: false, fault: `${quoted(split.ports)} is no port: ${ports.fault}` };
  return { ok: true, value: { destinations: host.value, ports: ports.value } };
}

function asked(question: AccessQuestion): Parsed<AccessQuestion, QuestionFault> {
  const has = (set: AddressSet, family: 4 | 6) => set.some((range) => range.family === family);
  const { sources, destinations } = question;
  const meet = ([4, 6] as const).some((family) => has(sources, family) && has(destinations, family));
  if (!meet) return fault('to', 'one end has IPv4 addresses only, the other one IPv6');
  return { ok: true, value: question };
}

/** A device's name goes before a host of the policy that is called the same. */
function readEnd(text: string, side: Side, compiled: CompiledPolicy): Parsed<AddressSet, string> {
  const { list, resolver } = compiled;
  const named = list.devices.filter(({ name }) => name.toLowerCase() === text.toLowerCase());
  const selector = readSelector(text);
  const addresses =
    named.length > 0 ? union(...named.map(ownAddressesOf)) : selector && resolver.addressesOf(selector, side);
  if (addresses !== undefined && addresses.length > 0) return { ok: true, value: addresses };
  const near = nearest(text.slice(0, 80), namesIn(compiled));
  const hint = near === undefined || near === text ? '' : `: did you mean ${near}?`;
  return { ok: false, fault: `${quoted(text)} stands for no address in this tailnet${hint}` };
}

function namesIn({ policy, list }: CompiledPolicy): Set<string> {
  return new Set([
    ...list.devices.flatMap(({ name, tags, owner }) => [name, ...tags, ...owner]),
    ...policy.groups.keys(),
    ...policy.hosts.keys(),
    ...policy.ipsets.keys(),
  ]);
}

function fault(
  part: QuestionFault['part'],
  message: string,
): { readonly ok: false; readonly fault: QuestionFault } {
  return { ok: false, fault: { part, message } };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
