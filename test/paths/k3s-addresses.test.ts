import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/format.ts';
import { addressIn, apiEndpointOf } from '../../src/paths/api-endpoint.ts';
import { isServer, joinsOf } from '../../src/paths/join-address.ts';
import { buildNetwork, type Network } from '../../src/paths/network.ts';
import type { Span } from '../../src/source/span.ts';
import { clustersOf } from '../pipeline.ts';

/** A server, a second one, and `b`, of which a test may say more; with further files of theirs. */
function network(files: Readonly<Record<string, string>>, more: object = {}): Network {
  const nodes = [
    { name: 'a', role: 'server', site: 'home', lanIp: '192.168.50.11/24', tailscaleIp: '100.64.0.1' },
    { name: 'd', role: 'server', site: 'home', lanIp: '192.168.50.13/24', tailscaleIp: '100.64.0.4' },
    { name: 'b', site: 'home', lanIp: '192.168.50.12/24', ...more },
  ];
  const cluster = { apiVersion: 'podroute/v1', kind: 'Cluster', spec: { nodes } };
  return buildNetwork(clustersOf({ 'cluster.yaml': JSON.stringify(cluster, null, 1), ...files })[0]!);
}

function textOf({ file, start, end }: Span): string {
  return file.text.slice(start, end);
}

describe('where a server advertises the API', () => {
  const endpoint = (files: Readonly<Record<string, string>>) => {
    const given = apiEndpointOf(network(files).hosts[0]!);
    const lines = given.because.map(textOf);
    if (given.address === undefined) return [given.missing, ...lines];
    return [formatAddress(given.address), given.given?.name, ...lines];
  };
  const config = (text: string) => endpoint({ 'hosts/a/k3s/config.yaml': `node-name: a\n${text}` });
  const UNKNOWN = 'the address that a advertises the API at';

  test.each([
    ['', ['192.168.50.11', undefined, '"192.168.50.11/24"']],
    ['node-label: [x=y]\n', ['192.168.50.11', undefined, '"192.168.50.11/24"']],
    ['advertise-address: 10.9.9.9\n', ['10.9.9.9', 'advertise-address', '10.9.9.9']],
    ['advertise-address: " 10.9.9.9 "\n', ['10.9.9.9', 'advertise-address', '" 10.9.9.9 "']],
    ['advertise-address: ""\nnode-ip: 10.9.9.8\n', ['10.9.9.8', 'node-ip', '10.9.9.8']],
    ['node-ip: 10.9.9.8\n', ['10.9.9.8', 'node-ip', '10.9.9.8']],
    ['node-ip: [10.9.9.8, "fd00::8"]\n', ['10.9.9.8', 'node-ip', '10.9.9.8']],
    [
      'node-ip: 10.9.9.8\nnode-external-ip: 198.51.100.4\n',
      ['198.51.100.4', 'node-external-ip', '198.51.100.4'],
    ],
    [
      'node-external-ip: 198.51.100.4\nadvertise-address: 10.9.9.9\n',
      ['10.9.9.9', 'advertise-address', '10.9.9.9'],
    ],
    ['advertise-address: nonsense\n', [UNKNOWN, 'nonsense']],
    ['vpn-auth: name=tailscale,joinKey=x\nnode-ip: 10.9.9.8\n', ['100.64.0.1', undefined, '"100.64.0.1"']],
    ['flannel-iface: eth1\n', [UNKNOWN, '"a"']],
  ])('%j', (text, expected) => {
    expect(config(text)).toEqual(expected);
  });

  test('two files that differ', () => {
    const start = (address: string) =>
      `#!/bin/sh\ncurl -sfL https://get.k3s.io | sh -s - server --node-name a --advertise-address ${address}\n`;
    expect(endpoint({ 'a/one.sh': start('10.9.9.9'), 'a/two.sh': start('10.9.9.9') })).toEqual([
      '10.9.9.9',
      'advertise-address',
      '10.9.9.9',
    ]);
    expect(endpoint({ 'a/two.sh': start('10.9.9.8'), 'a/one.sh': start('10.9.9.9') })).toEqual([
      UNKNOWN,
      '10.9.9.9',
      '10.9.9.8',
    ]);
  });

  test('a variable that the file itself gives', () => {
    const start = (before: string) =>
      `#!/bin/sh\n${before}\ncurl -sfL https://get.k3s.io | sh -s - server --node-name a --advertise-address "$IP"\n`;
    expect(endpoint({ 'a/start.sh': start('IP=10.9.9.9') })[0]).toBe('10.9.9.9');
    expect(endpoint({ 'a/start.sh': start('IP=$(hostname -I)') })).toEqual([UNKNOWN, '"$IP"']);
    expect(endpoint({ 'a/start.sh': start('OTHER=10.9.9.9') })).toEqual([UNKNOWN, '"$IP"']);
  });

  test('of several starts one of which only run time knows', () => {
    const start = (address: string) =>
      `#!/bin/sh\ncurl -sfL https://get.k3s.io | sh -s - server --node-name a --advertise-address ${address}\n`;
    expect(endpoint({ 'a/one.sh': start('10.9.9.9'), 'a/two.sh': start('$(hostname)') })[0]).toBe(UNKNOWN);
  });

  test('what it does as an agent does not count', () => {
    const agent =
      '#!/bin/sh\ncurl -sfL https://get.k3s.io | sh -s - agent --node-name a --node-ip 10.7.7.7\n';
    expect(endpoint({ 'a/agent.sh': agent })[0]).toBe('192.168.50.11');
  });

  test("a manifest's `nodeIp` is no setting of K3s", () => {
    const built = network({}, { role: 'server', nodeIp: '10.9.9.8' });
    const given = apiEndpointOf(built.hosts.find(({ name }) => name === 'b')!);
    expect(given).toMatchObject({ given: undefined, because: [expect.anything()] });
    expect(given.address && formatAddress(given.address)).toBe('10.9.9.8');
  });

  test("K3s' own integration without a known address", () => {
    const built = network({
      'hosts/b/k3s/config.yaml': 'node-name: b\nvpn-auth: name=tailscale,joinKey=x\n',
    });
    const given = apiEndpointOf(built.hosts.find(({ name }) => name === 'b')!);
    expect([given.address, given.because.map(textOf)]).toEqual([undefined, ['"b"']]);
  });
});

describe('an address that is a variable', () => {
  const addressOf = (variable: string | undefined, values: readonly (readonly [string, string])[]) => {
    const { node } = network({}).hosts[0]!;
    const given = (text: string | undefined) => ({ text, span: node.at });
    const [first] = node.facts;
    const facts = values.map(([name, text]) => ({
      ...first!,
      parameters: [],
      variables: [{ name, at: node.at, value: given(text) }],
    }));
    const word = { ...given(undefined), ...(variable !== undefined && { variable }) };
    const found = addressIn(word, { ...node, facts });
    return found && formatAddress(found.value);
  };

  test.each<readonly [string | undefined, readonly (readonly [string, string])[], string | undefined]>([
    ['IP', [['IP', '10.1.1.1']], '10.1.1.1'],
    [
      'IP',
      [
        ['IP', '10.1.1.1'],
        ['IP', '10.1.1.2'],
        ['OTHER', '10.1.1.3'],
      ],
      '10.1.1.2',
    ],
    ['IP', [['OTHER', '10.1.1.1']], undefined],
    ['IP', [['IP', 'nonsense']], undefined],
    [undefined, [['IP', '10.1.1.1']], undefined],
  ])('%s of %j', (variable, values, expected) => {
    expect(addressOf(variable, values)).toBe(expected);
  });
});

describe('where a node joins', () => {
  const joins = (built: Network) => {
    const host = built.hosts.find(({ name }) => name === 'b')!;
    return joinsOf(built, host).map(({ server, address, at }) =>
      [server.name, formatAddress(address), textOf(at)].join(' '),
    );
  };
  const config = (url: string) => ({ 'hosts/b/k3s/config.yaml': `node-name: b\ntoken-file: /t\n${url}` });

  test.each([
    ['server: https://192.168.50.11:6443', ['a 192.168.50.11 https://192.168.50.11:6443']],
    ['server: https://192.168.50.13/', ['d 192.168.50.13 https://192.168.50.13/']],
    ['server: HTTPS://100.64.0.1:6443/', ['a 100.64.0.1 HTTPS://100.64.0.1:6443/']],
    ['server: " https://100.64.0.1:6443 "', ['a 100.64.0.1 " https://100.64.0.1:6443 "']],
    ['server: http://100.64.0.1:6443', []],
    ['server: https://100.64.0.1:6443/path', []],
    ['server: see https://100.64.0.1:6443', []],
    ['server: https://192.168.50.99:6443', []],
    ['server: https://[fd00::1]:6443', []],
    ['server: https://999.1.1.1:6443', []],
    ['server: https://server.example:6443', []],
    ['node-label: [server=https://192.168.50.11]', []],
    ['', []],
  ])('by %j', (url, expected) => {
    expect(joins(network(config(url)))).toEqual(expected);
  });

  test('by an IPv6 address', () => {
    const built = network({
      ...config('server: https://[fd00::11]:6443'),
      'hosts/a/k3s/config.yaml': 'node-name: a\nnode-ip: 192.168.50.11,fd00::11\n',
    });
    expect(joins(built)).toEqual(['a fd00::11 https://[fd00::11]:6443']);
  });

  test.each([
    ['lan-agent', ['a 192.168.50.11 "192.168.50.11"']],
    ['remote-agent', ['d 100.64.0.4 "100.64.0.4"']],
    ['server', ['a 192.168.50.11 "192.168.50.11"', 'd 100.64.0.4 "100.64.0.4"']],
    [undefined, ['a 192.168.50.11 "192.168.50.11"', 'd 100.64.0.4 "100.64.0.4"']],
  ])('by the parameter of its role: %s', (role, expected) => {
    const both = { masterLanIp: '192.168.50.11', masterTailscaleIp: '100.64.0.4' };
    expect(joins(network({}, { role, ...both }))).toEqual(expected);
  });

  test('each address once, however often it is given', () => {
    const built = network(config('server: https://192.168.50.11:6443'), {
      role: 'lan-agent',
      masterLanIp: '192.168.50.11',
    });
    expect(joins(built)).toEqual(['a 192.168.50.11 "192.168.50.11"']);
  });

  test('not itself, and no agent', () => {
    expect(joins(network({}, { role: 'server', masterLanIp: '192.168.50.12' }))).toEqual([]);
    const c = network({}, { role: 'lan-agent', masterLanIp: '192.168.50.12' });
    expect(joins(c)).toEqual([]);
  });

  test('a server of another LAN with the same addresses is not meant', () => {
    const built = network({}, { site: 'far', lanIp: '192.168.50.77/24', masterLanIp: '192.168.50.11' });
    expect(joins(built)).toEqual([]);
    const apart = network({}, { site: 'far', lanIp: '10.0.0.5/24', masterLanIp: '192.168.50.11' });
    expect(joins(apart)).toEqual(['a 192.168.50.11 "192.168.50.11"']);
  });
});

describe('who is a server', () => {
  const start = (command: string) =>
    `#!/bin/sh\ncurl -sfL https://get.k3s.io | sh -s - ${command} --node-name b\n`;
  test.each([
    ['by its role', {}, { role: 'server' }, true],
    ['by its role, whatever it runs', { 'b/start.sh': start('server') }, { role: 'lan-agent' }, false],
    ['by what it runs', { 'b/start.sh': start('server') }, {}, true],
    ['an agent by what it runs', { 'b/start.sh': start('agent') }, {}, false],
    ['nobody tells', {}, {}, false],
  ])('%s', (_, files, more, expected) => {
    const built = network(files, more);
    expect(isServer(built.hosts.find(({ name }) => name === 'b')!)).toBe(expected);
  });
});
