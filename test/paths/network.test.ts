import { beforeEach, describe, expect, test } from 'vitest';
import { devicesOf } from '../../src/cluster/declared-devices.ts';
import { formatAddress } from '../../src/net/format.ts';
import { parseAddress } from '../../src/net/parse.ts';
import type { Address } from '../../src/net/prefix.ts';
import type { Host } from '../../src/paths/host.ts';
import { advertisementsOf, buildNetwork, callDevice, type Network } from '../../src/paths/network.ts';
import { tracePods } from '../../src/paths/pod-paths.ts';
import { apiPath, hostPath } from '../../src/paths/service-paths.ts';
import { clustersOf } from '../pipeline.ts';
import { matrix, net } from './nets.ts';
import { traceLines } from './traces.ts';

const A = { site: 'lan', lanIp: '192.168.50.11/24' };
const B = { site: 'far', lanIp: '10.0.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };

function at(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw Error(text);
  return parsed.value;
}

describe('what is taken for granted', () => {
  const DECLARED = 'routes are approved as the files declare';
  const PODS = 'the nodes have the pod CIDRs that the files give them';

  test('of files alone', () => {
    expect(net({ a: A, b: B }).assumptions).toEqual([DECLARED, PODS]);
    expect(net({ a: A, b: B }).declaresApprovals).toBe(true);
  });

  test('without a policy', () => {
    expect(net({ a: A, b: B }, { policy: null }).assumptions).toEqual([
      DECLARED,
      PODS,
      'no policy is among the files: the tailnet lets everything through',
    ]);
  });

  test('where somebody assumes other things', () => {
    const { cluster } = net({ a: A, b: B });
    const assumed = buildNetwork(cluster, undefined, [{ what: 'approved', nodes: ['a'] }]);
    expect(assumed.declaresApprovals).toBe(false);
    expect(assumed.assumptions).not.toContain(DECLARED);
    expect(assumed.assumptions).toHaveLength(2);
    const accepting = buildNetwork(cluster, undefined, [{ what: 'accept', nodes: ['a'] }]);
    expect(accepting.declaresApprovals).toBe(true);
    expect(accepting.assumptions).toContain(DECLARED);
  });

  test('where the control server tells', () => {
    const { cluster } = net({ a: A, b: B });
    const list = devicesOf(cluster.tailnet);
    const told = { ...cluster, tailnet: { ...cluster.tailnet, devices: list } };
    const network = buildNetwork(told, list);
    expect([network.declaresApprovals, network.assumptions]).toEqual([false, [PODS]]);
  });
});

describe('a network', () => {
  let network: Network;
  let a: Host;
  let b: Host;

  beforeEach(() => {
    network = net({ a: { ...A, podCidr: ['10.42.0.0/24', 'fd00:42::/64'] }, b: B });
    a = network.hosts[0]!;
    b = network.hosts[1]!;
  });

  test('knows its hosts by their addresses', () => {
    expect(network.hostAt(at('192.168.50.11'))).toBe(a);
    expect(network.hostAt(at('100.64.0.2'))).toBe(b);
    expect(network.hostAt(at('192.168.50.12'))).toBeUndefined();
    expect(network.hostAt(at('::c0a8:320b'))).toBeUndefined();
    expect(network.podHosts(at('10.42.0.200'))).toEqual([a]);
    expect(network.podHosts(at('10.42.9.1'))).toEqual([]);
    expect(network.hosts.map(({ name, number }) => [name, number])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  test('the first of two hosts with one address counts', () => {
    const twice = net({ a: A, b: { ...B, lanIp: '192.168.50.11/24' } });
    expect(twice.hostAt(at('192.168.50.11'))?.name).toBe('a');
  });

  test('has the longest routes first', () => {
    const routes = ['10.42.0.0/16', '10.42.1.0/24', '10.0.0.0/8', '0.0.0.0/0'].map((prefix) => ({
      node: 'b',
      prefix,
    }));
    const lengths = net({ a: A, b: B }, { routes })
      .covering(at('10.42.1.10'))
      .map(({ prefix }) => prefix.length);
    expect(lengths).toEqual([24, 16, 8]);
  });

  test('tells what devices have learned, and nothing of others', () => {
    const learned = network.learned(a.device!);
    expect([learned.sees(b.device!), learned.offersExit(b.device!)]).toEqual([true, false]);
    const other = { ...b.device!, id: 'other' };
    expect([learned.sees(other), learned.offersExit(other)]).toEqual([false, false]);
    expect(network.learned(a.device!)).toBe(learned);
  });

  test('calls a device as its node, another one by its name', () => {
    expect(callDevice(network, b.device!)).toBe('b');
    expect(callDevice(network, { ...b.device!, name: 'printer' })).toBe('printer');
  });

  test('knows the lines of advertisements', () => {
    const texts = advertisementsOf(network, b, at('10.42.1.7')).map(({ span: { file, start, end } }) =>
      file.text.slice(start, end),
    );
    expect(texts).toEqual(['"10.42.1.0/24"']);
    expect(advertisementsOf(network, b, at('10.42.0.7'))).toEqual([]);
    expect(advertisementsOf(network, undefined, at('10.42.1.7'))).toEqual([]);
    expect(advertisementsOf(network, b, b.pods[0]!.value)).toHaveLength(1);
  });

  test('leaves out what is no node of K3s', () => {
    const [cluster] = clustersOf({
      'a/k3s.sh': '#!/bin/sh\ncurl -sfL https://get.k3s.io | sh -s - server --node-name a\n',
      'printer/up.sh': '#!/bin/sh\ntailscale up --hostname=printer --accept-routes\n',
    });
    expect(buildNetwork(cluster!).hosts.map(({ name }) => name)).toEqual(['a']);
  });

  test('has the backend that its files name, K3s’ default, or none where they differ', () => {
    expect(net({ a: A }).backend.value).toBe('host-gw');
    expect(net({ a: A }, { backend: null }).backend).toEqual({ value: 'vxlan', span: undefined });
    const { cluster } = net({ a: A });
    const [first] = cluster.backends;
    const backends = (...values: readonly string[]) =>
      buildNetwork({ ...cluster, backends: values.map((value) => ({ ...first!, value })) }).backend;
    expect(backends('vxlan', 'vxlan').value).toBe('vxlan');
    expect(backends('vxlan', 'host-gw')).toEqual({ value: undefined, span: undefined });
  });
});

describe('the pod that stands for a node', () => {
  const pods = (podCidr: string | readonly string[], other: string | readonly string[] = '10.42.1.0/24') => {
    const network = net({ a: { ...A, podCidr }, b: { ...B, podCidr: other } });
    const { source, destination } = tracePods(network, network.hosts[0]!, network.hosts[1]!);
    return [source, destination].map((address) => address && formatAddress(address));
  };

  test.each([
    ['10.42.0.0/24', '10.42.0.10'],
    ['10.42.0.16/28', '10.42.0.26'],
    ['10.42.0.8/29', undefined],
    [['10.42.0.8/29', '10.42.8.0/24'], '10.42.8.10'],
    [['10.42.8.0/24', '10.42.9.0/24'], '10.42.8.10'],
    ['fd00::/64', undefined],
  ])('of %s', (podCidr, expected) => {
    expect(pods(podCidr)).toEqual([expected, expected && '10.42.1.10']);
  });

  test('of IPv6 where one has no other', () => {
    expect(pods(['10.42.0.0/24', 'fd00::/64'], 'fd01::/64')).toEqual(['fd00::a', 'fd01::a']);
  });

  test('is not known where its pod CIDR is not', () => {
    expect(traceLines(net({ a: A, b: { ...B, podCidr: null } }), 'a', 'b')).toEqual([
      'unknown  unknown',
      'the files do not tell the pod CIDR of b ← "b"',
    ]);
  });
});

describe("flannel's tunnels over the tailnet", () => {
  const over = (a: object, b: object) =>
    matrix(net({ a: { ...A, ...QUIET, ...a }, b: { ...B, ...QUIET, ...b } }, { backend: 'vxlan' }))[0];
  const IFACE = { flannelIface: 'tailscale0' };

  test.each([
    ['by the interface of both', IFACE, IFACE, 'a b overlay yes'],
    ['by another interface', { flannelIface: 'eth1' }, { flannelIface: 'eth1' }, 'a b overlay no'],
    ['by the interface of one', {}, IFACE, 'a b overlay no'],
    ['where the other has no address in it', IFACE, { ...IFACE, tailscaleIp: null }, 'a b overlay no'],
    ['where the sender has no address in it', { ...IFACE, tailscaleIp: null }, IFACE, 'a b unknown ?'],
  ])('%s', (_, a, b, expected) => {
    expect(over(a, b)).toBe(expected);
  });
});

describe('one address that is asked for', () => {
  let network: Network;
  let a: Host;
  let b: Host;

  beforeEach(() => {
    network = net({ a: { ...A, role: 'server' }, b: B });
    a = network.hosts[0]!;
    b = network.hosts[1]!;
  });

  test('of the API', () => {
    const { asks, port, via, delivered } = apiPath(network, b, a, at('100.64.0.1'));
    expect([asks, port, via, delivered]).toEqual(['api', 6443, 'tailnet', true]);
    expect(apiPath(network, b, a, at('192.168.50.11')).delivered).toBe(false);
  });

  test('of a host', () => {
    const { asks, port, via, delivered, address } = hostPath(network, b, a, at('100.64.0.1'));
    expect([asks, port, via, delivered, address]).toEqual(['ssh', 22, 'tailnet', true, at('100.64.0.1')]);
    expect(hostPath(network, b, a, at('192.168.50.11')).delivered).toBe(false);
  });

  test('a public one may be reached, also past a rule', () => {
    const bypassed = net({
      a: { ...A, role: 'server' },
      b: { ...B, ipRules: [{ to: '198.51.100.0/24', priority: 1, table: 'main' }] },
    });
    for (const each of [network, bypassed]) {
      const { via, delivered, cause } = apiPath(each, each.hosts[1]!, each.hosts[0]!, at('198.51.100.9'));
      expect([via, delivered, cause?.says, cause?.because]).toEqual([
        'default',
        undefined,
        'the files do not tell whether b reaches 198.51.100.9 through the Internet',
        [],
      ]);
    }
  });
});
