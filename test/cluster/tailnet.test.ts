import { describe, expect, test } from 'vitest';
import { acceptedPolicies } from '../../src/cluster/accepted-policies.ts';
import { buildClusters, type Given } from '../../src/cluster/build.ts';
import { knownDevices, knownRoutes, knowsRoutes } from '../../src/cluster/known-devices.ts';
import type { Tailnet } from '../../src/cluster/model.ts';
import { podNetworkOf } from '../../src/cluster/pod-network.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { readTexts, type Texts } from '../pipeline.ts';
import { listOf } from '../policy/tailnet.ts';

const UP = '#!/bin/sh\ntailscale up';
const LIST = listOf({
  nas: { tags: ['tag:lan'], advertised: ['192.168.50.0/24'], approved: ['192.168.51.0/24'] },
});

function tailnetOf(texts: Texts, given: Given = {}): Tailnet {
  return buildClusters(readTexts(texts), given)[0]!.tailnet;
}

describe('whose tailnet it is', () => {
  const texts = { 'policy.hujson': '{"acls": []}' };
  const headscale = { ...LIST, control: 'headscale' } as const;

  test.each<[string, Given, Tailnet['control']]>([
    ['nothing tells', {}, undefined],
    ['the list', { devices: headscale }, 'headscale'],
    ['the settings', { control: 'headscale' }, 'headscale'],
    ['the settings before the list', { devices: headscale, control: 'tailscale' }, 'tailscale'],
  ])('%s', (_, given, control) => {
    expect(tailnetOf(texts, given).control).toBe(control);
  });
});

test('the devices of the list and those of the files', () => {
  const texts = {
    'hosts/oslo-1/up.sh': `${UP} --advertise-tags=tag:k3s --advertise-routes=10.42.0.0/24`,
    'hosts/kyoto-1/k3s/config.yaml': 'node-ip: 192.168.50.12\n',
  };
  const tailnet = tailnetOf(texts, { devices: LIST });
  expect(knownDevices(tailnet).map(({ name, tags }) => [name, ...tags])).toEqual([
    ['nas', 'tag:lan'],
    ['oslo-1', 'tag:k3s'],
  ]);
  const routes = ['192.168.50.0/24', '192.168.51.0/24', '10.42.0.0/24'];
  expect(knownRoutes(tailnet).map(formatPrefix)).toEqual(routes);
  expect(knownDevices(tailnetOf(texts)).map(({ name }) => name)).toEqual(['oslo-1']);
});

test.each<[string, boolean]>([
  ['--advertise-routes=10.42.0.0/24', true],
  ['--accept-routes', true],
  ['--advertise-routes="$ROUTES"', false],
  ['--advertise-routes=10.42.0.0/24 $MORE', false],
])('the routes of %s are known: %s', (words, known) => {
  expect(knowsRoutes(tailnetOf({ 'hosts/oslo-1/up.sh': `${UP} ${words}` }))).toBe(known);
});

test('a computed route of a listed device is known, and that of a node still to come is not', () => {
  const known = (name: string, words = '') =>
    knowsRoutes(
      tailnetOf(
        { [`hosts/${name}/up.sh`]: `${UP} ${words} --advertise-routes="$ROUTES"` },
        { devices: LIST },
      ),
    );
  expect(known('nas')).toBe(true);
  expect(known('oslo-1')).toBe(false);
});

test('a policy above several clusters is judged with the first alone, and a refused one with none', () => {
  const texts = {
    'policy.hujson': '{"acls": []}',
    'clusters/home/cluster.yaml':
      'apiVersion: podroute/v1\nkind: Cluster\nmetadata: {name: home}\nspec: {nodes: []}\n',
    'clusters/work/cluster.yaml':
      'apiVersion: podroute/v1\nkind: Cluster\nmetadata: {name: work}\nspec: {nodes: []}\n',
  };
  const judged = (all: Texts) => buildClusters(readTexts(all)).map((each) => acceptedPolicies(each).length);
  expect(judged(texts)).toEqual([1, 0]);
  expect(judged({ ...texts, 'policy.hujson': '{"acls": 1}' })).toEqual([0, 0]);
});

describe('pods whose packets the tailnet carries', () => {
  const node = (name: string, cidr: string, more = '') => ({
    [`hosts/${name}/up.sh`]: `${UP} --advertise-tags=tag:k3s --advertise-routes=${cidr} ${more}`,
  });
  const k3s = (more = '') => ({ 'hosts/oslo-1/k3s/config.yaml': `cluster-cidr: 10.42.0.0/16\n${more}` });
  const two = { ...node('oslo-1', '10.42.0.0/24'), ...node('kyoto-1', '10.42.1.0/24') };

  test.each<[string, Texts, number | undefined]>([
    ['two nodes', { ...two, ...k3s() }, 2],
    ['with host-gw', { ...two, ...k3s('flannel-backend: host-gw\n') }, 2],
    ['an overlay', { ...two, ...k3s('flannel-backend: vxlan\n') }, undefined],
    ['one node', { ...node('oslo-1', '10.42.0.0/24'), ...k3s() }, undefined],
    [
      'a router for all',
      { ...node('oslo-1', '10.42.0.0/16'), ...node('nas', '10.42.0.0/16'), ...k3s() },
      undefined,
    ],
    [
      'LANs',
      { ...node('oslo-1', '192.168.50.0/24'), ...node('kyoto-1', '192.168.60.0/24'), ...k3s() },
      undefined,
    ],
    ['no cluster', two, undefined],
  ])('%s', (_, texts, routers) => {
    const [cluster] = buildClusters(readTexts(texts));
    expect(podNetworkOf(cluster!)?.routers.length).toBe(routers);
  });

  test('by a device list', () => {
    const given = (...prefixes: string[]) => {
      const devices = prefixes.map((prefix, index) => [`node-${index}`, { advertised: [prefix] }]);
      return buildClusters(readTexts(k3s()), { devices: listOf(Object.fromEntries(devices)) })[0]!;
    };
    expect(podNetworkOf(given('10.42.0.0/24', '10.42.1.0/24'))?.routers.length).toBe(2);
    expect(podNetworkOf(given('10.42.0.0/16', '10.42.0.0/16'))).toBeUndefined();
    expect(podNetworkOf(given('10.42.0.0/24', '10.43.0.0/24'))).toBeUndefined();
  });
});
