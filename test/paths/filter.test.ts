import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/net/parse.ts';
import type { Address } from '../../src/net/prefix.ts';
import { filtersOf, openings } from '../../src/paths/filter.ts';
import { net } from './nets.ts';

const NODES = { a: { site: 'lan', lanIp: '192.168.50.11/24' }, b: { site: 'far', lanIp: '10.0.0.5/24' } };
const [TCP, UDP, ICMP, ICMP_V6, SCTP, GRE] = [6, 17, 1, 58, 132, 47];

function at(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw Error(text);
  return parsed.value;
}

/** Whether `b` lets a pod of `a` in, by a grant of its pods. */
function admits(ip: readonly string[], protocol: number, port: number, to = '10.42.1.10'): boolean {
  const policy = { grants: [{ src: ['10.42.0.0/24'], dst: ['10.42.1.0/24'], ip }] };
  const network = net(NODES, { policy });
  const arrival = { source: at('10.42.0.10'), to: at(to), protocol, port };
  const device = network.hosts[1]!.device!;
  const isOpen = filtersOf(network)(device, arrival);
  expect(openings(network, device, arrival).length > 0).toBe(isOpen);
  return isOpen;
}

describe('what a packet filter lets in', () => {
  test.each([
    ['a port', ['443'], TCP, 443, true],
    ['the port before', ['443-445'], TCP, 442, false],
    ['the first port', ['443-445'], TCP, 443, true],
    ['the last port', ['443-445'], TCP, 445, true],
    ['the port after', ['443-445'], TCP, 446, false],
    ['ports of another protocol', ['udp:53'], TCP, 53, false],
    ['ports of the protocol', ['udp:53'], UDP, 53, true],
    ['SCTP, which a rule without protocols does not mean', ['443'], SCTP, 443, false],
    ['a port of SCTP', ['sctp:443'], SCTP, 443, true],
    ['another port of SCTP', ['sctp:443'], SCTP, 444, false],
    ['ICMP wherever a rule connects the addresses', ['tcp:443'], ICMP, 0, true],
    ['ICMPv6 as well', ['tcp:443'], ICMP_V6, 0, true],
    ['a protocol without ports', ['gre:*'], GRE, 0, true],
    ['another one without ports', ['tcp:*'], GRE, 0, false],
  ])('%s', (_, ip, protocol, port, expected) => {
    expect(admits(ip, protocol, port)).toBe(expected);
  });

  test.each([
    ['10.42.0.255', false],
    ['10.42.1.0', true],
    ['10.42.1.255', true],
    ['10.42.2.0', false],
    ['::a2a:10a', false],
  ])('the destination %s', (to, expected) => {
    expect(admits(['*'], TCP, 443, to)).toBe(expected);
    expect(admits(['*'], ICMP, 0, to)).toBe(expected);
  });
});

test('one filter answers many questions, each for itself', () => {
  const policy = { acls: [{ action: 'accept', src: ['10.42.0.0/24'], dst: ['10.42.1.0/24:443'] }] };
  const network = net(NODES, { policy });
  const [a, b] = network.hosts.map(({ device }) => device!);
  const filter = filtersOf(network);
  const to = at('10.42.1.10');
  const pod = { source: at('10.42.0.10'), to, protocol: TCP, port: 443 };
  for (let round = 0; round < 2; round++) {
    expect(filter(b!, pod)).toBe(true);
    expect(filter(b!, { ...pod, port: 80 })).toBe(false);
    expect(filter(b!, { ...pod, protocol: SCTP })).toBe(false);
    expect(filter(b!, { ...pod, source: at('10.42.3.10') })).toBe(false);
    expect(filter(a!, pod)).toBe(false);
  }
});

test('several lines for one destination are one set of sources', () => {
  const line = (src: string) => ({ action: 'accept', src: [src], dst: ['10.42.1.0/24:443'] });
  const network = net(NODES, { policy: { acls: [line('10.42.0.0/24'), line('10.42.3.0/24')] } });
  const ask = (source: string) =>
    filtersOf(network)(network.hosts[1]!.device!, {
      source: at(source),
      to: at('10.42.1.10'),
      protocol: TCP,
      port: 443,
    });
  expect(['10.42.0.10', '10.42.3.10', '10.42.4.10'].map(ask)).toEqual([true, true, false]);
});
