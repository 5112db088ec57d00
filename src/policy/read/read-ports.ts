import type { Parsed } from '../../net/parse.ts';
import { DEFAULT_PROTOCOLS, EVERY_PORT, type PortRange, type Traffic } from '../policy.ts';
import { readAddresses } from './read-selector.ts';

/** What a text says, or why the service refuses it, in its words. */
type Read<T> = Parsed<T, string>;

/** Reads `*`, `22`, `80,443` or `8000-8100`, and any list of numbers and ranges. */
export function readPorts(text: string): Read<readonly PortRange[]> {
  if (text === '*') return { ok: true, value: [EVERY_PORT] };
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const range = readRange(part);
    if (!range.ok) return range;
    ranges.push(range.value);
  }
  return { ok: true, value: ranges };
}

function readRange(text: string): Read<PortRange> {
  const dash = text.indexOf('-');
  const first = readNumber(dash < 0 ? text : text.slice(0, dash));
  if (first === undefined) return { ok: false, fault: 'invalid first integer' };
  const last = dash < 0 ? first : readNumber(text.slice(dash + 1));
  if (last === undefined) return { ok: false, fault: 'invalid last integer' };
  if (dash < 0 && first === 0) {
    return { ok: false, fault: "first port must be >0, or use '*' for wildcard" };
  }
  if (first > 65_535 || last > 65_535) return { ok: false, fault: 'port number out of range' };
  if (first > last) return { ok: false, fault: 'first port is greater than last port' };
  return { ok: true, value: { first, last } };
}

function readNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** With the IANA numbers. ICMPv6 has to be named by itself. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['ipv4', 4],
  ['ip-in-ip', 4],
  ['tcp', 6],
  ['egp', 8],
  ['igp', 9],
  ['udp', 17],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['sctp', 132],
  ['fc', 133],
]);

/** Reads a name, in any case, or a number from 1 to 255. */
export function readProtocol(text: string): Read<number> {
  const number = PROTOCOLS.get(text.toLowerCase()) ?? (/^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0);
  if (number > 0 && number < 256) return { ok: true, value: number };
  const fault = 'not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)';
  return { ok: false, fault: `proto name ${JSON.stringify(text)} ${fault}` };
}

/** A protocol's name as a policy has it, `protocol 200` where there is none. */
export function protocolName(number: number): string {
  for (const [name, each] of PROTOCOLS) if (each === number) return name;
  return `protocol ${number}`;
}

/** Whether a protocol has ports: TCP, UDP and SCTP [Tailscale docs, policy file syntax, 2026-04]. */
export function hasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132;
}

/** Reads an item of a grant's `ip`: `*`, ports, or `protocol:ports`. */
export function readTraffic(text: string): Read<Traffic> {
  const [first = '', second, ...more] = text.split(':');
  if (more.length > 0) {
    return { ok: false, fault: 'expected only one colon in Internet protocol and port type' };
  }
  const protocol = second === undefined ? undefined : readProtocol(first);
  if (protocol && !protocol.ok) return protocol;
  const portText = second ?? first;
  const ports = readPorts(portText);
  if (!ports.ok) return { ok: false, fault: `port range ${JSON.stringify(portText)}: ${ports.fault}` };
  const protocols = protocol ? [protocol.value] : DEFAULT_PROTOCOLS;
  return { ok: true, value: { protocols, ports: ports.value } };
}

export interface HostAndPorts {
  /** Without the brackets of IPv6. */
  readonly host: string;
  /** Where the host ends in the text, its brackets included. */
  readonly hostEnd: number;
  readonly ports: string;
}

/**
 * Splits `host:ports` at the last colon; undefined where there is none. IPv6 may be in brackets: `[fd7a::1]:22`,
 * `[fd7a::1]/128:22`, `[fd7a::/64]:22`.
 */
export function splitHostAndPorts(text: string): HostAndPorts | undefined {
  const hostEnd = text.lastIndexOf(':');
  if (hostEnd < 0) return undefined;
  const host = text.slice(0, hostEnd);
  return { host: withoutBrackets(host), hostEnd, ports: text.slice(hostEnd + 1) };
}

/** Only IPv6 may be in brackets. */
function withoutBrackets(host: string): string {
  const [, inner, length = ''] = /^\[([^[\]]*)\](\/\d+)?$/.exec(host) ?? [];
  if (inner === undefined) return host;
  const bare = inner + length;
  return readAddresses(bare)?.range.family === 6 ? bare : host;
}
