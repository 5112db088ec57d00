import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PROTOCOLS, EVERY_PORT } from '../../../src/policy/policy.ts';
import {
  protocolName,
  readPorts,
  readProtocol,
  readTraffic,
  splitHostAndPorts,
} from '../../../src/policy/read/read-ports.ts';

describe('ports', () => {
  test.each([
    ['*', [EVERY_PORT]],
    ['22', [{ first: 22, last: 22 }]],
    [
      '22,80-90,443',
      [
        { first: 22, last: 22 },
        { first: 80, last: 90 },
        { first: 443, last: 443 },
      ],
    ],
    ['0-65535', [EVERY_PORT]],
    ['65535', [{ first: 65535, last: 65535 }]],
  ])('%s', (text, ports) => {
    expect(readPorts(text)).toEqual({ ok: true, value: ports });
  });

  test.each([
    ['', 'invalid first integer'],
    ['ssh', 'invalid first integer'],
    ['-1', 'invalid first integer'],
    ['22,', 'invalid first integer'],
    ['22,*', 'invalid first integer'],
    ['1e3', 'invalid first integer'],
    ['80-', 'invalid last integer'],
    ['80-90-100', 'invalid last integer'],
    ['0', "first port must be >0, or use '*' for wildcard"],
    ['65536', 'port number out of range'],
    ['1-65536', 'port number out of range'],
    ['90-80', 'first port is greater than last port'],
  ])('%s: %s', (text, fault) => {
    expect(readPorts(text)).toEqual({ ok: false, fault });
  });

  test('every list of ranges is read as it is written', () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const range = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1 }), (ranges) => {
        const text = ranges.map(({ first, last }) => `${first}-${last}`).join();
        expect(readPorts(text)).toEqual({ ok: true, value: ranges });
      }),
    );
  });
});

test.each([
  ['tcp', 6],
  ['UDP', 17],
  ['ip-in-ip', 4],
  ['ipv4', 4],
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
  ['1', 1],
  ['255', 255],
])('protocol %s', (text, number) => {
  expect(readProtocol(text)).toEqual({ ok: true, value: number });
});

test.each(['', '*', '0', '06', '256', '-1', 'tpc', '__proto__'])('no protocol %s', (text) => {
  const fault = `proto name "${text}" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)`;
  expect(readProtocol(text)).toEqual({ ok: false, fault });
});

test.each([
  ['*', DEFAULT_PROTOCOLS, EVERY_PORT],
  ['47', DEFAULT_PROTOCOLS, { first: 47, last: 47 }],
  ['tcp:443', [6], { first: 443, last: 443 }],
  ['icmp:*', [1], EVERY_PORT],
  ['132:80-90', [132], { first: 80, last: 90 }],
])('traffic %s', (text, protocols, ports) => {
  expect(readTraffic(text)).toEqual({ ok: true, value: { protocols, ports: [ports] } });
});

test.each([
  ['oslo:22', 'oslo', 4, '22'],
  ['tag:k3s:22,80', 'tag:k3s', 7, '22,80'],
  ['tag:k3s', 'tag', 3, 'k3s'],
  ['[fd7a::1]:22', 'fd7a::1', 9, '22'],
  ['[fd7a::1]/64:*', 'fd7a::1/64', 12, '*'],
  ['[fd7a::/64]:*', 'fd7a::/64', 11, '*'],
  ['fd7a::/64:443', 'fd7a::/64', 9, '443'],
  ['[10.0.0.1]:22', '[10.0.0.1]', 10, '22'],
  ['[oslo]:22', '[oslo]', 6, '22'],
  [':22', '', 0, '22'],
  ['oslo:', 'oslo', 4, ''],
])('%s in two', (text, host, hostEnd, ports) => {
  expect(splitHostAndPorts(text)).toEqual({ host, hostEnd, ports });
});

test.each([
  [6, 'tcp'],
  [4, 'ipv4'],
  [58, 'ipv6-icmp'],
  [200, 'protocol 200'],
])('protocol %i is called %s', (number, name) => {
  expect(protocolName(number)).toBe(name);
});

test('without a colon there is nothing to split', () => {
  expect(splitHostAndPorts('oslo')).toBeUndefined();
});
