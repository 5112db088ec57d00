import { beforeEach, describe, expect, test } from 'vitest';
import { devicesOf } from '../../src/cluster/declared-devices.ts';
import { parseAddress } from '../../src/net/parse.ts';
import type { Address } from '../../src/net/prefix.ts';
import type { Decision } from '../../src/paths/decision.ts';
import type { Host } from '../../src/paths/host.ts';
import { type Interface, lookUp } from '../../src/paths/lookup.ts';
import { buildNetwork, type Network } from '../../src/paths/network.ts';
import { outgoingAddress } from '../../src/paths/outgoing-address.ts';
import type { Device, DeviceList } from '../../src/policy/device-list.ts';
import { type More, net } from './nets.ts';
import { stepLine, traceLines } from './traces.ts';

const A = { site: 'lan', lanIp: '192.168.50.11/24' };
const B = { site: 'far', lanIp: '10.0.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };

function at(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw Error(text);
  return parsed.value;
}

/** What `a` makes of a destination: the first hop, the length of the route, and the step. */
function found(network: Network, to: string, iif?: Interface, from = '10.42.0.10'): string {
  const decided = lookUp(network, network.hosts[0]!, { from: at(from), to: at(to), iif });
  return `${decided.via} ${decided.length}: ${stepLine(decided.explain())}`;
}

describe("a host's own addresses come before all rules", () => {
  const network = () =>
    net({
      a: {
        ...A,
        podCidr: ['10.42.0.0/24', 'fd00:42::/64'],
        ipRules: [{ to: '0.0.0.0/0', priority: 1, table: '9' }],
      },
      b: B,
    });

  test.each([
    ['192.168.50.11', 'local 32'],
    ['100.64.0.1', 'local 32'],
    ['10.42.0.1', 'local 32'],
    ['fd00:42::1', 'local 128'],
  ])('%s', (to, expected) => {
    expect(found(network(), to)).toBe(`${expected}: ${to} is a's own address`);
  });

  test.each([
    ['10.42.0.2', 'own 24: 10.42.0.0/24 is on a\'s own bridge ← "10.42.0.0/24"'],
    ['fd00:42::2', 'own 64: fd00:42::/64 is on a\'s own bridge ← "fd00:42::/64"'],
    [
      '192.168.50.12',
      'lan 24: 192.168.50.12 is on the LAN of a, where no node of these files has it ← "192.168.50.11/24"',
    ],
    ['10.0.0.5', 'default 0: nothing but the default route of a leads to 10.0.0.5'],
    ['100.64.0.2', 'tailnet 32: table 52 has 100.64.0.2, the address of b in the tailnet ← "100.64.0.2"'],
    [
      '10.42.1.10',
      'tailnet 24: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
    ],
  ])('%s is none', (to, expected) => {
    expect(found(network(), to)).toBe(expected);
  });
});

describe('rules for what came in by an interface', () => {
  const through = (iif: string) => net({ a: { ...A, ipRules: [{ iif, priority: 1, table: 'main' }] }, b: B });
  test.each<readonly [string, Interface | undefined, boolean]>([
    ['cni0', 'cni0', true],
    ['cni0', 'lan', false],
    ['cni0', 'tailscale0', false],
    ['cni0', undefined, false],
    ['tailscale0', 'tailscale0', true],
    ['tailscale0', 'lan', false],
    ['lo', undefined, true],
    ['lo', 'lan', false],
    ['eth0', 'lan', true],
    ['eth0', 'cni0', false],
    ['eth0', undefined, false],
    ['xlo', 'lan', true],
    ['lo1', 'lan', true],
  ])('a rule for %s and a packet from %s', (rule, iif, applies) => {
    expect(found(through(rule), '10.42.1.10', iif)).toMatch(applies ? /^default/ : /^tailnet/);
  });
});

test.each([
  [undefined, 'default'],
  [0, 'tailnet'],
  [24, 'tailnet'],
])('a rule that passes over routes of length %s', (suppressPrefixlength, via) => {
  const rule = { to: '10.42.0.0/16', priority: 1, table: 'main', suppressPrefixlength };
  expect(found(net({ a: { ...A, ipRules: [rule] }, b: B }), '10.42.1.10')).toMatch(RegExp(`^${via}`));
});

test('a route of the length that a rule passes over, and one that is longer', () => {
  const rule = (suppressPrefixlength: number) => ({
    to: '10.42.0.0/16',
    priority: 1,
    table: 'main',
    suppressPrefixlength,
  });
  const lan = (length: number) =>
    net({ a: { ...A, ipRules: [rule(length)] }, b: { site: 'lan', lanIp: '192.168.50.12/24' } });
  expect(found(lan(24), '10.42.1.10')).toMatch(/^tailnet/);
  expect(found(lan(23), '10.42.1.10')).toMatch(/^lan/);
});

test('of several routes of a table the longest', () => {
  const route = (to: string, via: string) => ({ to, via });
  const routes = [
    route('10.0.0.0/8', '192.168.50.1'),
    route('10.42.1.0/25', '192.168.50.2'),
    route('10.42.0.0/16', '192.168.50.3'),
  ];
  expect(found(net({ a: { ...A, ...QUIET, ipRoutes: routes }, b: B }), '10.42.1.10')).toMatch(
    /^unknown 25: /,
  );
});

test('a backend of which two are set is not known', () => {
  const network = net({ a: { ...A, ...QUIET }, b: { site: 'lan', lanIp: '192.168.50.12/24', ...QUIET } });
  const two = { ...network, backend: { value: undefined, span: undefined } };
  expect(found(two, '10.42.1.10')).toBe(
    'unknown 24: the files do not tell which flannel backend counts ← "10.42.1.0/24"',
  );
});

describe('a host of which nobody knows how Tailscale runs', () => {
  const ask = (to: string) => {
    const network = net({ a: A, b: B });
    const [a] = network.hosts;
    const open = { ...a!, tailscale: { value: undefined, because: [a!.at] } };
    return lookUp(network, open, { from: at('10.42.0.10'), to: at(to) });
  };

  test('may have a route of the tailnet', () => {
    expect(stepLine(ask('10.42.1.10').explain())).toBe(
      'the files do not tell whether a runs Tailscale in kernel mode ← "a"',
    );
  });

  test('has certainly none where the tailnet has none', () => {
    expect(ask('192.168.50.12').via).toBe('lan');
  });
});

describe('a host whose device nobody knows', () => {
  const network = () => net({ a: { ...A, tailscaleIp: null }, b: B });
  test.each([
    ['100.64.0.2', 'unknown'],
    ['10.42.1.10', 'unknown'],
    ['192.168.50.12', 'lan'],
  ])('%s', (to, via) => {
    expect(found(network(), to)).toMatch(RegExp(`^${via} `));
  });
});

describe('devices that are no nodes', () => {
  const STRANGER = {
    id: 'router',
    name: 'Router',
    hostname: 'router',
    addresses: [at('100.64.0.9'), at('fd7a::9')],
  };
  const withRouter = (
    nodes: Readonly<Record<string, object>>,
    device: Partial<Device>,
    more: More = {},
  ): Network => {
    const { cluster } = net(nodes, more);
    const list: DeviceList = devicesOf(cluster.tailnet);
    const [one] = list.devices;
    const router = { ...one!, ...STRANGER, advertised: [], approved: [], serving: undefined, ...device };
    return buildNetwork(cluster, { ...list, devices: [...list.devices, router] });
  };

  test('nobody knows what they do with a packet', () => {
    const pods = net({ a: A, b: B }).hosts[1]!.pods.map(({ value }) => value);
    const network = withRouter(
      { a: A, b: B },
      { advertised: pods, approved: pods },
      { routes: [{ node: 'a', prefix: '10.42.0.0/24' }] },
    );
    expect(traceLines(network, 'a', 'b')).toEqual([
      'tailnet  unknown',
      'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through Router, as a accepts routes ← true',
      'the files do not tell what Router does with it ← true',
    ]);
    expect(found(network, '100.64.0.9')).toBe(
      'tailnet 32: table 52 has 100.64.0.9, the address of Router in the tailnet',
    );
  });

  test.each(['router', 'ROUTER', '100.64.0.9', 'fd7a::9'])('they may be an exit node: %s', (exitNode) => {
    const everything = [{ family: 4, network: 0n, length: 0 } as const];
    const nodes = { a: { ...A, tailscale: { acceptRoutes: false, exitNode } }, b: B };
    expect(found(withRouter(nodes, { advertised: everything, approved: everything }), '10.42.1.10')).toBe(
      `tailnet 0: table 52 leads everything else to the exit node Router ← "${exitNode}"`,
    );
  });

  test('a device that nobody lets a host see has no address in its table', () => {
    const policy = { acls: [{ action: 'accept', src: ['10.42.0.0/24'], dst: ['10.42.1.0/24:443'] }] };
    const network = withRouter({ a: A, b: B }, {}, { policy });
    expect(found(network, '100.64.0.9')).toMatch(/^default/);
  });
});

describe('the address that a host sends from', () => {
  let a: Host;
  let b: Host;
  let toLan: Decision;
  let toTailnet: Decision;

  beforeEach(() => {
    const network = net({
      a: { ...A, nodeIp: ['10.8.0.4', 'fd00::4'] },
      b: { ...B, tailscaleIp: null },
    });
    a = network.hosts[0]!;
    b = network.hosts[1]!;
    toLan = lookUp(network, a, { from: at('0.0.0.0'), to: at('192.168.50.12') });
    toTailnet = { ...toLan, via: 'tailnet' };
  });

  test('is of the network that the destination is in, else the first', () => {
    expect(outgoingAddress(a, toLan, at('192.168.50.12'))).toEqual(at('192.168.50.11'));
    const turned = { ...a, lan: a.lan.toReversed() };
    expect(outgoingAddress(turned, toLan, at('192.168.50.12'))).toEqual(at('192.168.50.11'));
    expect(outgoingAddress(a, toLan, at('10.9.9.9'))).toEqual(at('192.168.50.11'));
  });

  test('is of the family of the destination', () => {
    expect(outgoingAddress(a, toLan, at('fd00::9'))).toEqual(at('fd00::4'));
    expect(outgoingAddress(a, toTailnet, at('fd7a::9'))).toBeUndefined();
    expect(outgoingAddress(a, toTailnet, at('100.64.0.9'))).toEqual(at('100.64.0.1'));
    expect(outgoingAddress(b, toTailnet, at('100.64.0.9'))).toBeUndefined();
  });
});
