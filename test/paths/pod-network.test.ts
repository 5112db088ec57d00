import { describe, expect, it } from 'vitest';
import { causesOnLan } from '../../src/paths/lan-causes.ts';
import type { PodNetwork } from '../../src/paths/pod-network.ts';
import { callPairs, causesOf, podNetwork } from '../../src/paths/pod-network.ts';
import { clustersOf, type Texts } from '../pipeline.ts';

const OSLO_1 =
  '{name: oslo-1, site: oslo, tailscaleIp: 100.64.0.1, podCidr: 10.42.0.0/24, tailscale: {acceptRoutes: true}}';
const OSLO_2 =
  '{name: oslo-2, site: oslo, tailscaleIp: 100.64.0.2, podCidr: 10.42.1.0/24, tailscale: {acceptRoutes: true}}';
const KYOTO_1 =
  '{name: kyoto-1, site: kyoto, tailscaleIp: 100.64.0.3, podCidr: 10.42.2.0/24, tailscale: {acceptRoutes: true}}';

function clusterOf(nodes: readonly string[], backend = 'flannelBackend: host-gw'): string {
  const lines = nodes.map((node) => `    - ${node}\n`).join('');
  return `apiVersion: podroute/v1\nkind: Cluster\nspec:\n  ${backend}\n  nodes:\n${lines}`;
}

function routesOf(...routes: readonly string[]): string {
  return `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes: [${routes.join(', ')}]\n`;
}

const NODES = clusterOf([OSLO_1, OSLO_2, KYOTO_1]);
const ROUTES = routesOf(
  '{node: oslo-1, prefix: 10.42.0.0/24}',
  '{node: oslo-2, prefix: 10.42.1.0/24}',
  '{node: kyoto-1, prefix: 10.42.2.0/24}',
);
const TAGS = '{"tagOwners": {"tag:k3s": []}, "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]}';

function networkOf(texts: Texts): PodNetwork | undefined {
  return podNetwork(clustersOf(texts)[0]!);
}

function told(texts: Texts): readonly string[] {
  return networkOf(texts)?.pairs.map(({ from, to }) => `${from.name} ${to.name}`) ?? [];
}

describe('podNetwork', () => {
  it('is one for a cluster, whoever asks', () => {
    const [cluster] = clustersOf({ 'cluster.yaml': NODES, 'routes.yaml': ROUTES });
    expect(podNetwork(cluster!)).toBe(podNetwork(cluster!));
    expect(podNetwork(cluster!)!.pairs).toBe(podNetwork(cluster!)!.pairs);
    expect(podNetwork(cluster!)!.allPairs).toHaveLength(6);
  });

  it.each<[string, Texts]>([
    ['one node', { 'cluster.yaml': clusterOf([OSLO_1]) }],
    ['pod CIDRs of one node', { 'cluster.yaml': clusterOf([OSLO_1, '{name: b, tailscaleIp: 100.64.0.2}']) }],
    [
      'no tailnet',
      { 'cluster.yaml': clusterOf(['{name: a, podCidr: 10.42.0.0/24}', '{name: b, podCidr: 10.42.1.0/24}']) },
    ],
    ['a policy alone', { 'policy.hujson': TAGS }],
    ['two policies', { 'cluster.yaml': NODES, 'policy.hujson': TAGS, 'old/policy.hujson': TAGS }],
    [
      'a refused policy',
      {
        'cluster.yaml': NODES,
        'policy.hujson': '{"acls": [{"action": "deny", "src": ["*"], "dst": ["*:*"]}]}',
      },
    ],
  ])('is nothing with %s', (_, texts) => {
    expect(networkOf(texts)).toBeUndefined();
  });

  it('takes no backend for granted', () => {
    expect(
      networkOf({ 'cluster.yaml': clusterOf([OSLO_1, KYOTO_1], '') })!.network.backend.value,
    ).toBeUndefined();
    expect(networkOf({ 'cluster.yaml': NODES })!.network.backend.value).toBe('host-gw');
  });

  it('looks at no pairs of very many nodes', () => {
    const nodes = (count: number) =>
      clusterOf(
        Array.from(
          { length: count },
          (_, n) =>
            `{name: n${n}, site: s${n}, tailscaleIp: 100.64.${n >> 8}.${n & 255}, podCidr: 10.${n >> 8}.${n & 255}.0/24}`,
        ),
      );
    expect(networkOf({ 'cluster.yaml': nodes(301) })!.allPairs).toEqual([]);
    expect(networkOf({ 'cluster.yaml': nodes(20) })!.allPairs).toHaveLength(380);
  });
});

describe('pairs are of nodes of which the files tell', () => {
  const among = (...names: string[]) =>
    names.flatMap((from) => names.flatMap((to) => (from === to ? [] : [`${from} ${to}`])));
  const oslo = (text: string) => clusterOf([OSLO_1, OSLO_2.replace('acceptRoutes: true', text), KYOTO_1]);

  it.each<[string, Texts, readonly string[]]>([
    ['all that is approved', { 'routes.yaml': ROUTES }, ['oslo-1', 'oslo-2', 'kyoto-1']],
    [
      'what a manifest leaves to be approved',
      { 'routes.yaml': ROUTES.replace('1.0/24', '1.0/24, approve: false') },
      ['oslo-1', 'oslo-2', 'kyoto-1'],
    ],
    [
      'what a manifest does not list',
      { 'routes.yaml': routesOf('{node: oslo-1, prefix: 10.42.0.0/24}') },
      ['oslo-1', 'oslo-2', 'kyoto-1'],
    ],
    ['no routes at all', {}, []],
    [
      'who a device is to the policy',
      {
        'routes.yaml': ROUTES,
        'policy.hujson': TAGS,
        'cluster.yaml': oslo('acceptRoutes: true, tags: [tag:k3s]'),
      },
      ['oslo-2'],
    ],
    [
      'which device it is',
      { 'routes.yaml': ROUTES, 'cluster.yaml': NODES.replace(' tailscaleIp: 100.64.0.2,', '') },
      ['oslo-1', 'kyoto-1'],
    ],
    [
      'a computed route',
      {
        'routes.yaml': ROUTES,
        'hosts/oslo-2/up.sh': '#!/bin/sh\ntailscale up --advertise-routes="$(cat cidr)"\n',
      },
      ['oslo-1', 'kyoto-1'],
    ],
    [
      'routes that nobody approves in a file',
      { 'hosts/oslo-1/up.sh': '#!/bin/sh\ntailscale up --accept-routes --advertise-routes=10.42.0.0/24\n' },
      [],
    ],
  ])('%s', (_, texts, names) => {
    expect(told({ 'cluster.yaml': NODES, ...texts })).toEqual(among(...names));
  });

  it('and an approver that may be a role decides nothing', () => {
    const up = (name: string, n: number) => ({
      [`hosts/${name}/up.sh`]: `#!/bin/sh\ntailscale up --accept-routes --advertise-routes=10.42.${n}.0/24\n`,
    });
    const texts = (who: string) => ({
      'cluster.yaml': clusterOf([OSLO_1, KYOTO_1]).replaceAll('acceptRoutes: true', 'user: ada@example.com'),
      ...up('oslo-1', 0),
      ...up('kyoto-1', 2),
      'policy.hujson': TAGS.replace('{', `{"autoApprovers": {"routes": {"10.42.0.0/16": ["${who}"]}},`),
    });
    expect(told(texts('ada@example.com'))).toHaveLength(2);
    expect(told(texts('eve@example.com'))).toHaveLength(2);
    expect(told(texts('autogroup:admin'))).toEqual([]);
  });
});

describe('causesOf', () => {
  const halfApproved = {
    'cluster.yaml': NODES,
    'routes.yaml': ROUTES.replace('1.0/24', '1.0/24, approve: false'),
  };

  it('joins the pairs of one lack', () => {
    const { network, pairs } = networkOf(halfApproved)!;
    const [cause, ...others] = causesOf(network, pairs);
    expect(others).toEqual([]);
    expect(cause!.lack).toMatchObject({ kind: 'not-approved', host: { name: 'oslo-2' } });
    expect(callPairs(cause!.pairs)).toBe('oslo-1 → oslo-2, oslo-2 → oslo-1 and 2 more');
  });

  it('tells of a leak what the tailnet lacks', () => {
    const leaks = networkOf({
      'cluster.yaml': clusterOf([OSLO_1, KYOTO_1]),
      'routes.yaml': routesOf('{node: oslo-1, prefix: 10.42.0.0/24}'),
    })!;
    const causes = causesOf(leaks.network, leaks.pairs);
    expect(causes.map(({ lack, pairs: those }) => [lack?.kind, callPairs(those)])).toEqual([
      ['not-advertised', 'oslo-1 → kyoto-1 and kyoto-1 → oslo-1'],
    ]);
  });

  it('has nothing to say of pairs that work', () => {
    const { network, pairs } = networkOf({ 'cluster.yaml': NODES, 'routes.yaml': ROUTES })!;
    expect(pairs.every(({ delivered }) => delivered)).toBe(true);
    expect(causesOf(network, pairs)).toEqual([]);
  });
});

describe('causesOnLan', () => {
  const kinds = ['not-accepted', 'not-approved', 'not-advertised'] as const;
  const lines = (texts: Texts) =>
    causesOnLan(clustersOf(texts)[0]!, kinds).map(({ lack, at, pairs }) => [
      lack.kind,
      at.file.path,
      pairs.length,
    ]);

  it('is about dead pairs of one LAN', () => {
    const texts = { 'cluster.yaml': NODES, 'routes.yaml': ROUTES };
    expect(lines(texts)).toEqual([]);
    expect(lines({ ...texts, 'routes.yaml': ROUTES.replace('1.0/24', '1.0/24, approve: false') })).toEqual([
      ['not-approved', 'routes.yaml', 2],
    ]);
    const declines = NODES.replace(
      '1.0/24, tailscale: {acceptRoutes: true}',
      '1.0/24, tailscale: {acceptRoutes: false}',
    );
    expect(lines({ ...texts, 'cluster.yaml': declines })).toEqual([['not-accepted', 'cluster.yaml', 2]]);
  });

  it('joins what several nodes have from one line', () => {
    const shared = clusterOf([
      OSLO_1,
      OSLO_2.replace('{acceptRoutes: true}', '&shared {acceptRoutes: false}'),
      OSLO_2.replace('oslo-2', 'oslo-3')
        .replace('0.2', '0.4')
        .replace('1.0/24', '3.0/24')
        .replace('{acceptRoutes: true}', '*shared'),
    ]);
    const routes = ROUTES.replace(
      '{node: kyoto-1, prefix: 10.42.2.0/24}',
      '{node: oslo-3, prefix: 10.42.3.0/24}',
    );
    expect(lines({ 'cluster.yaml': shared, 'routes.yaml': routes })).toEqual([
      ['not-accepted', 'cluster.yaml', 4],
    ]);
  });

  it('and about lacks that are asked for', () => {
    const texts = {
      'cluster.yaml': NODES,
      'routes.yaml': ROUTES.replace('1.0/24', '1.0/24, approve: false'),
    };
    expect(causesOnLan(clustersOf(texts)[0]!, ['not-accepted'])).toEqual([]);
    expect(causesOnLan(clustersOf({ 'policy.hujson': TAGS })[0]!, kinds)).toEqual([]);
  });
});
