import { beforeEach, describe, expect, test } from 'vitest';
import type { Node } from '../../src/cluster/model.ts';
import { formatAddress, formatPrefix } from '../../src/net/format.ts';
import { parseAddress } from '../../src/net/parse.ts';
import { deviceOf, type Host, hostOf } from '../../src/paths/host.ts';
import { buildNetwork, type Network } from '../../src/paths/network.ts';
import type { Span } from '../../src/source/span.ts';
import type { Given } from '../../src/syntax/given.ts';
import { clustersOf } from '../pipeline.ts';
import { net } from './nets.ts';

const LAN = { site: 'lan', lanIp: '192.168.50.11/24' };
let network: Network;
let A: Host;
let B: Host;

beforeEach(() => {
  network = net({ a: LAN, b: { site: 'far', lanIp: '10.0.0.5/24' } });
  A = network.hosts[0]!;
  B = network.hosts[1]!;
});

/** The host of a node with some facts replaced. */
function host(changes: Partial<Node>): Host {
  return hostOf({ ...A.node, ...changes }, 0, A.device);
}

function word(text: string | undefined): Given {
  return { text, span: A.at };
}

function textOf({ file, start, end }: Span): string {
  return file.text.slice(start, end);
}

/** The first host of a cluster's files. */
function hostIn(files: Readonly<Record<string, string>>): Host {
  return networkOf(files).hosts[0]!;
}

function networkOf(files: Readonly<Record<string, string>>): Network {
  return buildNetwork(clustersOf(files)[0]!);
}

describe('rules of policy routing', () => {
  const rules = (rule: Readonly<Record<string, string | undefined>>, complete = true) => {
    const words = Object.fromEntries(Object.entries(rule).map(([name, text]) => [name, word(text)]));
    return host({ ipRules: [{ at: A.at, complete, ...words }] }).rules;
  };
  const own = (rule: Readonly<Record<string, string | undefined>>, complete?: boolean) =>
    rules(rule, complete).find(({ because }) => because.length > 0)!;

  test("Tailscale's and the kernel's stand among them, by priority", () => {
    const order = (priority: string) => rules({ priority, table: '7' }).map(({ table }) => table);
    expect(order('1')).toEqual(['7', '52', 'main']);
    expect(order('5270')).toEqual(['52', '7', 'main']);
    expect(order('5271')).toEqual(['52', '7', 'main']);
    expect(order('32766')).toEqual(['52', 'main', '7']);
    expect(host({ ipRules: [] }).rules.map(({ priority, because }) => [priority, because])).toEqual([
      [5270, []],
      [32766, []],
    ]);
  });

  test.each([
    ['10.42.0.0/16', '10.42.0.0/16'],
    ['10.42.1.7/24', '10.42.1.0/24'],
    ['10.42.1.7', '10.42.1.7/32'],
    ['fd00::/64', 'fd00::/64'],
    ['all', undefined],
    ['any', undefined],
    ['default', undefined],
    ['nonsense', undefined],
  ])('to %s', (to, expected) => {
    for (const rule of [own({ to, priority: '1' }).to, own({ from: to, priority: '1' }).from]) {
      expect(rule && formatPrefix(rule)).toBe(expected);
    }
  });

  test.each([
    ['main', 'main'],
    ['254', 'main'],
    ['52', '52'],
    [undefined, 'main'],
  ])('table %s', (table, expected) => {
    expect(own({ priority: '1', ...(table && { table }) }).table).toBe(expected);
  });

  test.each([
    ['2500', 2500, undefined],
    ['0x9c4', 2500, undefined],
    ['0X9C4', 2500, undefined],
    ['25x', 5269, expect.stringContaining('the priority of a rule')],
    ['x25', 5269, expect.stringContaining('the priority of a rule')],
    ['-5', 5269, expect.stringContaining('the priority of a rule')],
    [undefined, 5269, expect.stringContaining('the priority of a rule')],
  ])('priority %s', (priority, expected, missing) => {
    expect(own({ priority })).toMatchObject({ priority: expected, missing, because: [A.at] });
  });

  test.each(['to', 'from', 'iif', 'table', 'suppressPrefixlength'])('a computed %s', (name) => {
    expect(own({ priority: '1', [name]: undefined }).missing).toBe(
      'a part of a rule that only run time knows',
    );
    expect(own({ priority: '1', [name]: '0' }).missing).toBeUndefined();
  });

  test('a rule with computed words', () => {
    expect(own({ priority: '1' }, false).missing).toBe('a part of a rule that only run time knows');
    expect(own({ priority: '1' }, true).missing).toBeUndefined();
  });

  test('the interface and the length below which a route counts as none', () => {
    expect(own({ priority: '1', iif: 'cni0', suppressPrefixlength: '0' })).toMatchObject({
      iif: 'cni0',
      suppressPrefixlength: 0,
    });
  });
});

describe('routes given by hand', () => {
  test.each([
    [{ to: '10.42.1.0/24', via: '192.168.50.1' }, '10.42.1.0/24 192.168.50.1 - main'],
    [{ to: 'default', via: '192.168.50.1', dev: 'eth0' }, '0.0.0.0/0 192.168.50.1 eth0 main'],
    [{ to: '10.42.1.7', dev: 'cni0', table: '100' }, '10.42.1.7/32 - cni0 100'],
    [{ to: '10.42.1.0/24', via: 'nonsense', table: '254' }, '10.42.1.0/24 - - main'],
    [{ to: '10.42.1.0/24', via: undefined }, '10.42.1.0/24 - - main'],
    [{ to: 'nonsense' }, undefined],
    [{ to: undefined }, undefined],
    [{}, undefined],
  ])('%j', (route, expected) => {
    const words = Object.fromEntries(Object.entries(route).map(([name, text]) => [name, word(text)]));
    const found = host({ ipRoutes: [{ at: A.at, ...words }] }).routes.map(({ to, via, dev, table, at }) => {
      expect(at).toBe(A.at);
      return `${formatPrefix(to)} ${via ? formatAddress(via) : '-'} ${dev ?? '-'} ${table}`;
    });
    expect(found).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('addresses', () => {
  type Pair = readonly [is: Node['addresses'][number]['is'], text: string];
  const address = (is: Pair[0], text: string): Node['addresses'][number] => {
    const parsed = parseAddress(text);
    if (!parsed.ok) throw Error(text);
    return { is, called: is, address: parsed.value, network: undefined, span: A.at };
  };
  const addresses = (all: readonly Pair[]) => {
    const { lan, tailnet } = host({ addresses: all.map(([is, text]) => address(is, text)) });
    return [
      lan.map((each) => formatAddress(each.address)).join(' '),
      tailnet.map(({ value }) => formatAddress(value)).join(' '),
    ];
  };

  test.each<readonly [readonly Pair[], readonly string[]]>([
    [
      [
        ['lan', '192.168.50.11'],
        ['tailscale', '100.64.0.1'],
      ],
      ['192.168.50.11', '100.64.0.1'],
    ],
    [
      [
        ['node', '10.9.9.9'],
        ['lan', '192.168.50.11'],
      ],
      ['192.168.50.11 10.9.9.9', ''],
    ],
    [
      [
        ['lan', '192.168.50.11'],
        ['node', '192.168.50.11'],
      ],
      ['192.168.50.11', ''],
    ],
    [[['node', '100.64.0.1']], ['', '100.64.0.1']],
    [[['lan', '100.64.0.1']], ['', '']],
    [
      [
        ['node-external', '198.51.100.1'],
        ['advertise', '10.1.1.1'],
      ],
      ['', ''],
    ],
    [
      [
        ['master-lan', '192.168.50.1'],
        ['master-tailscale', '100.64.0.9'],
      ],
      ['', ''],
    ],
  ])('%#', (all, expected) => {
    expect(addresses(all)).toEqual(expected);
  });
});

describe('the device that a node is', () => {
  const named = (name: string | undefined) => ({ ...A.node, name, addresses: [] });

  test('by its Tailscale address, whatever it is called', () => {
    expect(deviceOf({ ...A.node, name: 'b' }, network.devices)).toBe(A.device);
    expect(A.device).not.toBe(B.device);
  });

  test('by its name where no file tells the address', () => {
    expect(deviceOf(named('B'), network.devices)).toBe(B.device);
    expect(deviceOf(named('c'), network.devices)).toBeUndefined();
    expect(deviceOf(named(undefined), network.devices)).toBeUndefined();
    const upper = network.devices.map((device) => ({ ...device, name: device.name.toUpperCase() }));
    expect(deviceOf(named('b'), upper)).toBe(upper[1]);
  });

  test('not by a name that two have, nor against its address', () => {
    expect(deviceOf(named('b'), [...network.devices, { ...B.device!, id: 'other' }])).toBeUndefined();
    expect(deviceOf({ ...A.node, name: 'b' }, [B.device!])).toBeUndefined();
  });
});

describe('how Tailscale runs', () => {
  const mode = (node: object) => {
    const built = net({ a: { ...LAN, ...node }, b: {} }, { routes: [] });
    const { value, because } = built.hosts[0]!.tailscale;
    return [value, because.map(textOf).map((text) => text.slice(0, 12))];
  };

  test('as a manifest says', () => {
    expect(mode({})).toEqual(['kernel', ['"tailscale"']]);
    expect(mode({ tailscale: { mode: 'userspace' } })).toEqual(['userspace', ['"tailscale"']]);
    expect(mode({ tailscale: { mode: 'kernel' } })).toEqual(['kernel', ['"tailscale"']]);
    expect(mode({ tailscale: null, tailscaleIp: null })).toEqual(['none', []]);
  });

  test('two files that differ leave it open', () => {
    const [one] = A.node.tailscale;
    const two = (first: 'kernel' | 'userspace', second: 'kernel' | 'userspace') =>
      host({
        tailscale: [
          { ...one!, mode: first },
          { ...one!, mode: second },
        ],
      }).tailscale;
    expect(two('kernel', 'userspace').value).toBeUndefined();
    expect(two('kernel', 'userspace').because).toHaveLength(2);
    expect(two('userspace', 'userspace').value).toBe('userspace');
  });

  test('a container may be off the network of its host', () => {
    const container = {
      service: { value: 'tailscale', span: A.at },
      official: true,
      environment: [],
      complete: true,
      carriesK3s: false,
      tun: true,
      mounts: [],
    };
    expect(host({ containers: [container], tailscale: [] }).tailscale).toEqual({
      value: undefined,
      because: [],
    });
  });

  test("K3s' own integration accepts routes", () => {
    const files = {
      'hosts/a/k3s/config.yaml': 'node-name: a\nvpn-auth: name=tailscale,joinKey=x\n',
      'hosts/b/k3s/config.yaml': 'node-name: b\n',
    };
    const { tailscale, accepts } = hostIn(files);
    expect([tailscale.value, accepts.value]).toEqual(['kernel', true]);
    expect(accepts.because).toHaveLength(1);
  });

  test('of a node without a manifest nobody knows that it runs none', () => {
    expect(hostIn({ 'hosts/a/k3s/config.yaml': 'node-name: a\n' }).tailscale.value).toBeUndefined();
  });
});

describe('settings of Tailscale', () => {
  const flag = (on: boolean) => ({ on, span: A.at });
  const with_ = (...all: readonly Partial<Node['tailscale'][number]>[]) =>
    host({ tailscale: all.map((each) => ({ ...A.node.tailscale[0]!, by: 'up', ...each })) });

  test('as Tailscale has them where nothing is said', () => {
    const { snat, statefulFiltering, exitNodeAllowsLan, exitNode } = host({ tailscale: [] });
    expect([snat, statefulFiltering, exitNodeAllowsLan]).toEqual([
      { value: true, because: [] },
      { value: false, because: [] },
      { value: false, because: [] },
    ]);
    expect(exitNode).toBeUndefined();
  });

  test('the last that says it counts, a manifest before all', () => {
    const off = { snatSubnetRoutes: flag(false) };
    const on = { snatSubnetRoutes: flag(true) };
    expect(with_(off, on).snat).toEqual({ value: true, because: [A.at] });
    expect(with_(on, off, {}).snat.value).toBe(false);
    expect(with_({ ...off, by: 'manifest' }, on).snat.value).toBe(false);
    expect(with_({ by: 'manifest' }, off).snat.value).toBe(false);
    expect(with_({ exitNode: word('x') }, { exitNode: word('y') }, {}).exitNode?.value).toBe('y');
    expect(with_({ exitNode: word('x') }, { exitNode: word('') }).exitNode?.value).toBe('x');
  });

  test('whether it accepts routes, with the line or where it is missing', () => {
    const span = A.at;
    expect(host({ acceptsRoutes: { from: 'file', value: false, span } }).accepts).toEqual({
      value: false,
      because: [span],
    });
    expect(host({ acceptsRoutes: { from: 'default', value: false, absentFrom: B.at } }).accepts).toEqual({
      value: false,
      because: [B.at],
    });
    expect(host({ acceptsRoutes: undefined }).accepts).toEqual({ value: undefined, because: [] });
  });
});
