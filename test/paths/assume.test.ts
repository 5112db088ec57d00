import { describe, expect, test } from 'vitest';
import { devicesOf } from '../../src/cluster/declared-devices.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { type Assumption, assume, parseAssumption } from '../../src/paths/assume.ts';
import { buildNetwork } from '../../src/paths/network.ts';
import { podPairs, tracePods } from '../../src/paths/pod-paths.ts';
import { clustersOf } from '../pipeline.ts';
import { filesOf, type Observation, type ObservedNode, observations, viaOf } from './observations.ts';

const NODES = ['oslo-1', 'bergen-1', 'Kyoto-1'];

describe('an assumption', () => {
  test.each([
    ['approved=all', 'approved', 'all', 'every node has the advertised routes approved'],
    ['accept=none', 'accept', 'none', 'no node accepts routes'],
    ['approved=none', 'approved', 'none', 'no node has the advertised routes approved'],
    ['accept=all', 'accept', 'all', 'every node accepts routes'],
    ['accept=oslo-1', 'accept', ['oslo-1'], 'the node oslo-1 and no other accepts routes'],
    [
      'approved= kyoto-1 , OSLO-1,oslo-1',
      'approved',
      ['Kyoto-1', 'oslo-1'],
      'the nodes Kyoto-1 and oslo-1 and no other have the advertised routes approved',
    ],
  ])('%s', (text, what, nodes, words) => {
    expect(parseAssumption(text, NODES)).toEqual({ ok: true, value: { what, nodes } });
    const [cluster] = clustersOf(filesOf(SOME));
    const assumption = parsed(text, NODES);
    const { assumptions } = buildNetwork(cluster!, undefined, [assumption]);
    expect(assumptions).toContain(words);
    expect(assumptions.includes('routes are approved as the files declare')).toBe(what === 'accept');
  });

  test.each([
    ['accept=osol-1', 'there is no node "osol-1": did you mean oslo-1?'],
    ['accept=oslo-1,zzz', 'there is no node "zzz"'],
    ['accept=oslo-1,', 'there is no node ""'],
    ['accept=oslo-1,all', 'there is no node "all"'],
    ['accept=', 'accept is given no nodes'],
    ['approved', 'approved is given no nodes'],
    ['accepts=all', 'nothing can be assumed of "accepts", only of approved and accept: did you mean accept?'],
    ['', 'nothing can be assumed of "", only of approved and accept'],
    ['=all', 'nothing can be assumed of "", only of approved and accept'],
  ])('%j is none', (text, fault) => {
    expect(parseAssumption(text, NODES)).toEqual({ ok: false, fault });
  });
});

const SOME: Observation = observations()[0]!;

/** Lines that an assumption puts out of force. */
const DECIDED = ['"acceptRoutes": true', '"approve": true'];

function parsed(text: string, names: readonly string[]): Assumption {
  const read = parseAssumption(text, names);
  if (!read.ok) throw new Error(read.fault);
  return read.value;
}

describe('what is assumed', () => {
  const files = (kyoto: object, routes: object[]) => ({
    'cluster.yaml': JSON.stringify({
      apiVersion: 'podroute/v1',
      kind: 'Cluster',
      spec: {
        flannelBackend: 'host-gw',
        nodes: [
          { name: 'oslo', role: 'server', lanIp: '192.168.50.11', tailscaleIp: '100.64.0.1' },
          { name: 'kyoto', role: 'remote-agent', tailscaleIp: '100.64.0.3', tailscale: kyoto },
          { name: 'bare', role: 'lan-agent', lanIp: '192.168.50.12' },
        ],
      },
    }),
    'routes.yaml': JSON.stringify({ apiVersion: 'podroute/v1', kind: 'Routes', spec: { routes } }),
  });
  const ROUTES = [
    { node: 'oslo', prefix: '10.42.0.0/24', approve: false },
    { node: 'kyoto', prefix: '10.42.3.0/24' },
    { node: 'kyoto', prefix: '0.0.0.0/0', approve: false },
    { node: 'kyoto', prefix: '::/0' },
  ];

  test.each([
    ['approved=all', 'oslo: 10.42.0.0/24 · kyoto: ::/0 10.42.3.0/24'],
    ['approved=none', 'oslo:  · kyoto: ::/0'],
    ['approved=oslo', 'oslo: 10.42.0.0/24 · kyoto: ::/0'],
    ['accept=none', 'oslo:  · kyoto: 10.42.3.0/24 ::/0'],
  ])('%s leaves exit routes as they are', (text, expected) => {
    const [cluster] = clustersOf(files({}, ROUTES));
    const { list } = assume(cluster!, devicesOf(cluster!.tailnet), [parsed(text, ['oslo', 'kyoto', 'bare'])]);
    const shown = list.devices.map(
      ({ name, approved }) => `${name}: ${approved.map(formatPrefix).join(' ')}`,
    );
    expect(shown.join(' · ')).toBe(expected);
  });

  test('leaves a device alone that is no node', () => {
    const [cluster] = clustersOf(files({}, ROUTES));
    const { devices, control } = devicesOf(cluster!.tailnet);
    const router = { ...devices[0]!, id: 'r', name: 'router', addresses: [] };
    const list = { control, devices: [...devices, router] };
    expect(assume(cluster!, list, [parsed('approved=all', [])]).list.devices.at(-1)).toBe(router);
  });

  test('of itself is that an exit node in use is approved', () => {
    const exiting = observations().find(({ nodes }) => nodes.c?.exitNode === 'd')!;
    const [cluster] = clustersOf(filesOf(exiting));
    const said = 'the exit node d is approved';
    expect(buildNetwork(cluster!).assumptions).toContain(said);
    expect(buildNetwork(cluster!, undefined, [parsed('approved=none', [])]).assumptions).toContain(said);
    const [other] = clustersOf(filesOf(SOME));
    expect(buildNetwork(other!).assumptions).not.toContain(said);
  });

  test('of two assumptions about one thing is the last', () => {
    const [cluster] = clustersOf(files({}, ROUTES));
    const network = buildNetwork(cluster!, undefined, [
      { what: 'accept', nodes: 'all' },
      { what: 'accept', nodes: ['kyoto'] },
    ]);
    expect(network.hosts.map(({ accepts }) => accepts)).toEqual(
      network.hosts.map(({ name }) => ({ value: name === 'kyoto', because: [] })),
    );
  });

  test('takes no line for its reason', () => {
    const [cluster] = clustersOf(filesOf(SOME));
    const lines = (assumptions: readonly Assumption[]) => {
      const network = buildNetwork(cluster!, undefined, assumptions);
      return network.hosts.flatMap((from) =>
        network.hosts.flatMap((to) =>
          from === to
            ? []
            : tracePods(network, from, to).steps.flatMap(({ because }) =>
                because.map(({ file, end }) => file.text.slice(0, end).split('\n').at(-1)!.trim()),
              ),
        ),
      );
    };
    const own = lines([]);
    expect(own).toEqual(expect.arrayContaining(DECIDED));
    const assumed = lines([
      { what: 'accept', nodes: 'all' },
      { what: 'approved', nodes: 'all' },
    ]);
    expect(assumed.filter((line) => DECIDED.includes(line))).toEqual([]);
  });
});

/** Observations that differ in approvals and acceptance only, all or none of a node's routes approved. */
function families(): readonly (readonly Observation[])[] {
  const groups = new Map<string, Observation[]>();
  for (const observation of observations()) {
    const { clusterCidr, flannelBackend, policy, nodes } = observation;
    if (!Object.values(nodes).every(isAllOrNone)) continue;
    const settings = Object.entries(nodes).map(([name, node]) => {
      const { site, mode, advertise, snatSubnetRoutes, ipRules, exitNode, advertiseExitNode } = node;
      return [name, site, mode, advertise, snatSubnetRoutes, ipRules, exitNode, advertiseExitNode];
    });
    const key = JSON.stringify([clusterCidr, flannelBackend, policy, settings]);
    groups.set(key, [...(groups.get(key) ?? []), observation]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function isAllOrNone({ advertise, approved }: ObservedNode): boolean {
  return approved.length === 0 || advertise.every((prefix) => approved.includes(prefix));
}

function namesWhere(nodes: Observation['nodes'], is: (node: ObservedNode) => boolean): string {
  const names = Object.keys(nodes).filter((name) => is(nodes[name]!));
  return names.length === 0 ? 'none' : names.length === Object.keys(nodes).length ? 'all' : names.join(',');
}

describe('the settings of other observations assumed of the files', () => {
  const crossings = families().flatMap((family) => family.map((files) => [files.id, files, family] as const));

  test('there are many', () => {
    expect(crossings.length).toBeGreaterThan(20);
  });

  test.each(crossings)('of %s', (_, files, family) => {
    const [cluster] = clustersOf(filesOf(files));
    for (const { id, nodes, pairs } of family) {
      const names = Object.keys(nodes);
      const network = buildNetwork(cluster!, undefined, [
        parsed(`approved=${namesWhere(nodes, ({ approved }) => approved.length > 0)}`, names),
        parsed(`accept=${namesWhere(nodes, ({ acceptRoutes }) => acceptRoutes)}`, names),
      ]);
      const judged = podPairs(network, { protocol: 6, port: 8000 });
      expect(
        judged.map(({ from, to, via, delivered }) => `${from.name} ${to.name} ${via} ${delivered}`).sort(),
        id,
      ).toEqual(pairs.map((pair) => `${pair.from} ${pair.to} ${viaOf(pair)} ${pair.delivered}`).sort());
    }
  });
});
