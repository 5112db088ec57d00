import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/paths/network.ts';
import { apiPaths, hostPaths, type Question, traceService } from '../../src/paths/service-paths.ts';
import { type More, net } from './nets.ts';
import { stepLine } from './traces.ts';

const SERVER = { role: 'server', site: 'home', lanIp: '192.168.50.11/24' };
const AGENT = { role: 'lan-agent', site: 'home', lanIp: '192.168.50.12/24', masterLanIp: '192.168.50.11' };
const REMOTE = { role: 'remote-agent', lanIp: '10.0.0.5/24', masterTailscaleIp: '100.64.0.1' };
const FROM_PODS = { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['*:*'] }] };

/** What `a` or `b` is told of its first question of a kind: first hop, delivery, kind of what fails, and all steps. */
function told(network: Network, asks: Question, from = 'b'): string[] {
  const paths = [...apiPaths(network), ...hostPaths(network)];
  const path = paths.find((each) => each.asks === asks && each.from.name === from)!;
  const { via, delivered, cause, steps } = traceService(network, path);
  return [[via, delivered, cause?.kind].join(' '), ...steps.map(stepLine)];
}

type Case = readonly [
  name: string,
  nodes: Readonly<Record<string, object>>,
  asks: readonly [Question, from: string],
  more: More,
  lines: readonly string[],
];

describe('pods to the API', () => {
  test.each<Case>([
    [
      'on the LAN',
      { a: SERVER, b: AGENT },
      ['api', 'b'],
      {},
      [
        'lan true ',
        `b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.11 is on the LAN of b ← "192.168.50.12/24"`,
        "b gives it 192.168.50.12 as its source, as it leaves the pods' network",
        "a looks up 192.168.50.11: 192.168.50.11 is a's own address",
        'the request reaches 192.168.50.11 from 192.168.50.12',
        `a looks up the way back to 192.168.50.12 in main, to which Tailscale's table 52 leaves it: 192.168.50.12 is on the LAN of a ← "192.168.50.11/24"`,
        "b looks up the way back to 192.168.50.12: 192.168.50.12 is b's own address",
        `b looks up the way back to 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'of their own node',
      { a: SERVER, b: AGENT },
      ['api', 'a'],
      {},
      [
        'own true ',
        "a looks up 192.168.50.11: 192.168.50.11 is a's own address",
        'the request reaches 192.168.50.11 from 10.42.0.10',
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'in the tailnet',
      { a: { ...SERVER, advertiseAddress: '100.64.0.1' }, b: REMOTE },
      ['api', 'b'],
      {},
      [
        'tailnet true ',
        'b looks up 100.64.0.1: table 52 has 100.64.0.1, the address of a in the tailnet ← "100.64.0.1"',
        "b gives it 100.64.0.2 as its source, as it leaves the pods' network",
        'a takes it from the tunnel and lets it in ← "100.64.0.2" ← "*:*"',
        "a looks up 100.64.0.1: 100.64.0.1 is a's own address",
        'the request reaches 100.64.0.1 from 100.64.0.2',
        'a looks up the way back to 100.64.0.2: table 52 has 100.64.0.2, the address of b in the tailnet ← "100.64.0.2"',
        'b takes it from the tunnel ← "100.64.0.1"',
        "b looks up the way back to 100.64.0.2: 100.64.0.2 is b's own address",
        `b looks up the way back to 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'in the tailnet, where the policy lets pods alone in',
      { a: { ...SERVER, advertiseAddress: '100.64.0.1' }, b: REMOTE },
      ['api', 'b'],
      { policy: FROM_PODS },
      [
        'tailnet false filtered',
        'b looks up 100.64.0.1: table 52 has 100.64.0.1, the address of a in the tailnet ← "100.64.0.1"',
        "b gives it 100.64.0.2 as its source, as it leaves the pods' network",
        'the policy lets a take no TCP 6443 from 100.64.0.2 to 100.64.0.1',
      ],
    ],
    [
      'by an interface that nobody knows the address of',
      { a: { ...SERVER, flannelIface: 'eth1' }, b: REMOTE },
      ['api', 'b'],
      {},
      ['unknown  unknown', 'the files do not tell the address that a advertises the API at ← "a"'],
    ],
    [
      'of a server without a LAN address',
      { a: { ...SERVER, lanIp: null }, b: REMOTE },
      ['api', 'b'],
      {},
      ['unknown  unknown', 'the files do not tell the address that a advertises the API at ← "a"'],
    ],
    [
      'from pods whose CIDR nobody tells',
      { a: SERVER, b: { ...AGENT, podCidr: null } },
      ['api', 'b'],
      {},
      ['unknown  unknown', 'the files do not tell the pod CIDR of b ← "b"'],
    ],
    [
      'from a node that nobody tells the LAN address of',
      {
        a: { ...SERVER, advertiseAddress: '192.168.50.11' },
        b: { ...AGENT, lanIp: null, ipRoutes: [{ to: '192.168.50.0/24', via: '100.64.0.1' }] },
      },
      ['api', 'b'],
      {},
      [
        'lan  unknown',
        `b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.0/24 is routed by hand through 100.64.0.1 ← "to"`,
        'the files do not tell the address of b on its LAN ← "b"',
      ],
    ],
  ])('%s', (_, nodes, [asks, from], more, lines) => {
    expect(told(net(nodes, more), asks, from)).toEqual(lines);
  });
});

describe('hosts', () => {
  test.each<Case>([
    [
      'on the LAN',
      { a: SERVER, b: AGENT },
      ['join', 'b'],
      {},
      [
        'lan true ',
        `b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.11 is on the LAN of b ← "192.168.50.12/24"`,
        "a looks up 192.168.50.11: 192.168.50.11 is a's own address",
        'the request reaches 192.168.50.11 from 192.168.50.12',
        `a looks up the way back to 192.168.50.12 in main, to which Tailscale's table 52 leaves it: 192.168.50.12 is on the LAN of a ← "192.168.50.11/24"`,
        "b looks up the way back to 192.168.50.12: 192.168.50.12 is b's own address",
        'the reply comes back',
      ],
    ],
    [
      'on a LAN whose length nobody tells',
      { a: { ...SERVER, lanIp: '192.168.50.11' }, b: { ...AGENT, lanIp: '192.168.50.12' } },
      ['join', 'b'],
      {},
      [
        'lan true ',
        `b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.11 is on the LAN of b ← "192.168.50.12"`,
        "a looks up 192.168.50.11: 192.168.50.11 is a's own address",
        'the request reaches 192.168.50.11 from 192.168.50.12',
        `a looks up the way back to 192.168.50.12 in main, to which Tailscale's table 52 leaves it: 192.168.50.12 is on the LAN of a ← "192.168.50.11"`,
        "b looks up the way back to 192.168.50.12: 192.168.50.12 is b's own address",
        'the reply comes back',
      ],
    ],
    [
      'to the kubelet',
      { a: SERVER, b: AGENT },
      ['kubelet', 'a'],
      {},
      [
        'lan true ',
        `a looks up 192.168.50.12 in main, to which Tailscale's table 52 leaves it: 192.168.50.12 is on the LAN of a ← "192.168.50.11/24"`,
        "b looks up 192.168.50.12: 192.168.50.12 is b's own address",
        'the request reaches 192.168.50.12 from 192.168.50.11',
        `b looks up the way back to 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.11 is on the LAN of b ← "192.168.50.12/24"`,
        "a looks up the way back to 192.168.50.11: 192.168.50.11 is a's own address",
        'the reply comes back',
      ],
    ],
    [
      'in the tailnet',
      { a: SERVER, b: REMOTE },
      ['join', 'b'],
      {},
      [
        'tailnet true ',
        'b looks up 100.64.0.1: table 52 has 100.64.0.1, the address of a in the tailnet ← "100.64.0.1"',
        'a takes it from the tunnel and lets it in ← "100.64.0.2" ← "*:*"',
        "a looks up 100.64.0.1: 100.64.0.1 is a's own address",
        'the request reaches 100.64.0.1 from 100.64.0.2',
        'a looks up the way back to 100.64.0.2: table 52 has 100.64.0.2, the address of b in the tailnet ← "100.64.0.2"',
        'b takes it from the tunnel ← "100.64.0.1"',
        "b looks up the way back to 100.64.0.2: 100.64.0.2 is b's own address",
        'the reply comes back',
      ],
    ],
    [
      'of two sites with one network',
      { a: SERVER, b: { ...REMOTE, site: 'far', lanIp: '192.168.50.77/24' } },
      ['ssh', 'b'],
      {},
      [
        'lan false stranger',
        `b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: 192.168.50.11 is on the LAN of b, where no node of these files has it ← "192.168.50.77/24"`,
        'no node of these files has that address on the LAN of b ← "192.168.50.77/24"',
      ],
    ],
    [
      'of two sites',
      { a: SERVER, b: { ...REMOTE, site: 'far' } },
      ['ssh', 'b'],
      {},
      [
        'default false leak',
        "b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: nothing but the default route of b leads to 192.168.50.11",
        "it leaves b for its site's router, which knows no 192.168.50.11",
      ],
    ],
    [
      'of two sites whose lengths nobody tells',
      { a: { ...SERVER, lanIp: '192.168.50.11' }, b: { ...REMOTE, site: 'far', lanIp: '192.168.50.12' } },
      ['ssh', 'b'],
      {},
      [
        'default false leak',
        "b looks up 192.168.50.11 in main, to which Tailscale's table 52 leaves it: nothing but the default route of b leads to 192.168.50.11",
        "it leaves b for its site's router, which knows no 192.168.50.11",
      ],
    ],
    [
      'without a LAN address',
      { a: { ...SERVER, lanIp: '192.168.50.11', site: null }, b: { ...AGENT, lanIp: null, site: null } },
      ['join', 'b'],
      {},
      ['unknown  unknown', 'the files do not tell the address of b on its LAN ← "b"'],
    ],
    [
      'with an exit node that nobody knows',
      { a: SERVER, b: { ...REMOTE, tailscale: { exitNode: 'nobody' } } },
      ['ssh', 'b'],
      {},
      ['unknown  unknown', 'the files do not tell which device the exit node of b is ← "nobody"'],
    ],
  ])('%s', (_, nodes, [asks, from], more, lines) => {
    expect(told(net(nodes, more), asks, from)).toEqual(lines);
  });
});
