import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/format.ts';
import type { Network } from '../../src/paths/network.ts';
import {
  apiPaths,
  dnsPaths,
  hostPaths,
  type ServicePath,
  traceDns,
  traceService,
} from '../../src/paths/service-paths.ts';
import { net } from './nets.ts';

const SERVER = { role: 'server', lanIp: '192.168.50.11/24' };
const AGENT = { role: 'lan-agent', lanIp: '192.168.50.12/24', masterLanIp: '192.168.50.11' };
const REMOTE = { role: 'remote-agent', lanIp: '10.0.0.5/24', masterTailscaleIp: '100.64.0.1' };
const KEEP_LAN = { ipRules: [{ to: '192.168.50.0/24', priority: 2500, table: 'main' }] };
const LAN_IN_TAILNET = [{ node: 'c', prefix: '192.168.50.0/24' }];

/** `a b ADDRESS via yes|no|? SEEN`, of one question, between two nodes where they are named. */
function told(paths: readonly ServicePath[], asks: ServicePath['asks'], pair = /./): string[] {
  return paths
    .filter((path) => path.asks === asks && pair.test(`${path.from.name}${path.to.name}`))
    .map(({ from, to, address, via, delivered, seen }) => {
      const words = [from.name, to.name, address ? formatAddress(address) : '-', via];
      const end = delivered === undefined ? '?' : delivered ? 'yes' : 'no';
      return [...words, end, ...(seen && delivered ? [formatAddress(seen)] : [])].join(' ');
    });
}

describe('pods to the Kubernetes API', () => {
  test.each([
    ['K3s takes the network card by default', {}, ['c a 192.168.50.11 default no']],
    ['node-ip counts', { nodeIp: '100.64.0.1' }, ['c a 100.64.0.1 tailnet yes 100.64.0.3']],
    [
      'the external address before node-ip',
      { nodeIp: '192.168.50.11', nodeExternalIp: '100.64.0.1' },
      ['c a 100.64.0.1 tailnet yes 100.64.0.3'],
    ],
    [
      'advertise-address before both',
      { nodeExternalIp: '100.64.0.1', advertiseAddress: '192.168.50.11' },
      ['c a 192.168.50.11 default no'],
    ],
    ['a public address may be reached', { advertiseAddress: '198.51.100.9' }, ['c a 198.51.100.9 default ?']],
    ['flannel-iface moves it', { flannelIface: 'eth1' }, ['c a - unknown ?']],
  ])('%s', (_, server, expected) => {
    const network = net({ a: { ...SERVER, ...server }, b: AGENT, c: REMOTE });
    expect(told(apiPaths(network), 'api', /ca/)).toEqual(expected);
  });

  test('the packet has the address of the interface that it leaves by', () => {
    const network = net({ a: SERVER, b: AGENT, c: REMOTE });
    expect(told(apiPaths(network), 'api', /[ab]a/)).toEqual([
      'a a 192.168.50.11 own yes 10.42.0.10',
      'b a 192.168.50.11 lan yes 192.168.50.12',
    ]);
  });

  test('every server is one entry, and a node may reach one of them', () => {
    const other = { role: 'server', lanIp: '192.168.50.13/24', advertiseAddress: '100.64.0.3' };
    const network = net({ a: SERVER, c: REMOTE, d: other });
    expect(told(apiPaths(network), 'api', /c./)).toEqual([
      'c a 192.168.50.11 default no',
      'c d 100.64.0.3 tailnet yes 100.64.0.2',
    ]);
  });

  test('a router on the LAN that advertises it translates once more, and the reply finds back', () => {
    const routes = [
      ...[0, 1, 2].map((n) => ({ node: 'abc'[n], prefix: `10.42.${n}.0/24` })),
      { node: 'b', prefix: '192.168.50.0/24' },
    ];
    const network = net({ a: { ...SERVER, ...KEEP_LAN }, b: AGENT, c: REMOTE }, { routes });
    expect(told(apiPaths(network), 'api', /ca/)).toEqual(['c a 192.168.50.11 tailnet yes 192.168.50.12']);
  });

  test('the policy is asked about the node and not about the pod', () => {
    const acl = (src: string, dst: string) => ({ acls: [{ action: 'accept', src: [src], dst: [dst] }] });
    const nodes = { a: { ...SERVER, advertiseAddress: '100.64.0.1' }, c: REMOTE };
    const asked = (policy: object) => told(apiPaths(net(nodes, { policy })), 'api', /ca/);
    expect(asked(acl('tag:k3s', 'tag:k3s:6443'))).toEqual(['c a 100.64.0.1 tailnet yes 100.64.0.2']);
    expect(asked(acl('tag:k3s', 'tag:k3s:22'))).toEqual(['c a 100.64.0.1 tailnet no']);
    expect(asked(acl('10.42.0.0/16', 'tag:k3s:6443'))).toEqual(['c a 100.64.0.1 tailnet no']);
  });

  test('stateful filtering drops what pods send, and not what the node does', () => {
    const network = net({
      a: { ...SERVER, advertiseAddress: '100.64.0.1' },
      c: { ...REMOTE, tailscale: { statefulFiltering: true } },
    });
    expect(told(apiPaths(network), 'api', /ca/)).toEqual(['c a 100.64.0.1 tailnet no']);
    expect(told(hostPaths(network), 'join')).toEqual(['c a 100.64.0.1 tailnet yes 100.64.0.2']);
  });
});

describe('from host to host', () => {
  test('every address of a node is asked for', () => {
    const network = net({ a: SERVER, b: AGENT });
    expect(told(hostPaths(network), 'ssh', /ba/)).toEqual([
      'b a 192.168.50.11 lan yes 192.168.50.12',
      'b a 100.64.0.1 tailnet yes 100.64.0.2',
    ]);
    expect(told(hostPaths(network), 'kubelet')).toEqual(['a b 192.168.50.12 lan yes 192.168.50.11']);
  });

  test('each agent joins by the address of its role', () => {
    const given = { ...AGENT, masterTailscaleIp: '100.64.0.1' };
    const network = net({ a: SERVER, b: given, c: REMOTE });
    expect(told(hostPaths(network), 'join')).toEqual([
      'b a 192.168.50.11 lan yes 192.168.50.12',
      'c a 100.64.0.1 tailnet yes 100.64.0.3',
    ]);
  });

  test('an accepted LAN takes nodes off theirs while pods go on', () => {
    const nodes = { a: SERVER, b: AGENT, c: REMOTE };
    const off = net(nodes, { routes: LAN_IN_TAILNET });
    expect(told(hostPaths(off), 'join', /b/)).toEqual(['b a 192.168.50.11 tailnet no']);
    const kept = net(
      { ...nodes, a: { ...SERVER, ...KEEP_LAN }, b: { ...AGENT, ...KEEP_LAN } },
      { routes: LAN_IN_TAILNET },
    );
    expect(told(hostPaths(kept), 'join', /b/)).toEqual(['b a 192.168.50.11 lan yes 192.168.50.12']);
  });

  test('a userspace tailscaled takes in, and nothing goes out', () => {
    const userspace = { tailscale: { mode: 'userspace' } };
    const inward = net({ a: { ...SERVER, ...userspace }, c: REMOTE });
    expect(told(hostPaths(inward), 'join')).toEqual(['c a 100.64.0.1 tailnet yes 127.0.0.1']);
    const outward = net({ a: SERVER, c: { ...REMOTE, ...userspace } });
    expect(told(hostPaths(outward), 'join')).toEqual(['c a 100.64.0.1 default no']);
  });

  test('without an address of its own nobody can tell', () => {
    const network = net({ a: { role: 'server', lanIp: '192.168.50.11' }, b: { ...AGENT, lanIp: null } });
    expect(told(hostPaths(network), 'join')).toEqual(['b a 192.168.50.11 unknown ?']);
  });
});

test('a trace ends as the answer does', () => {
  const network = net({ a: { ...SERVER, advertiseAddress: '100.64.0.1' }, b: AGENT, c: REMOTE });
  for (const path of [...apiPaths(network), ...hostPaths(network)]) {
    const { via, delivered, seen } = traceService(network, path);
    expect([via, delivered]).toEqual([path.via, path.delivered]);
    expect(seen).toBe(path.seen && formatAddress(path.seen));
  }
  const says = stepsOf(network, 'c');
  expect(says).toContain("c gives it 100.64.0.3 as its source, as it leaves the pods' network");
});

function stepsOf(network: Network, from: string): readonly string[] {
  const path = apiPaths(network).find((each) => each.from.name === from)!;
  return traceService(network, path).steps.map(({ says }) => says);
}

test('DNS is UDP to a pod, which the policy may treat in another way', () => {
  const policy = {
    grants: [{ src: ['tag:k3s', '10.42.0.0/16'], dst: ['10.42.0.0/16'], ip: ['tcp:*'] }],
  };
  const network = net({ a: SERVER, c: REMOTE }, { policy });
  expect(dnsPaths(network).map(({ delivered, cause }) => [delivered, cause?.kind])).toEqual([
    [false, 'filtered'],
    [false, 'filtered'],
  ]);
  const [a, c] = network.hosts;
  expect(traceDns(network, a!, c!).steps.at(-1)?.says).toMatch(/take no UDP 53/);
});
