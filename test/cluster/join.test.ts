import { describe, expect, it } from 'vitest';
import { clustersOf, type Texts } from '../pipeline.ts';

/** Each node by its name, with the files that speak of it. */
function nodesOf(texts: Texts): Record<string, string[]> {
  const clusters = clustersOf(texts);
  const nodes = clusters.flatMap((cluster) => cluster.nodes).filter((node) => !node.standsForMany);
  return Object.fromEntries(
    nodes.map((node, index) => [
      node.name ?? `#${index}`,
      [...new Set(node.facts.map((facts) => facts.at.file.path))].sort(),
    ]),
  );
}

const env = (role: string, ip: string, more = '') => `NODE_ROLE=${role}\nTAILSCALE_IP=${ip}\n${more}`;
const compose = (hostname?: string) =>
  `services:\n  ts:\n    image: tailscale/tailscale\n    environment:\n      TS_ROUTES: 10.42.0.0/24\n${hostname ? `      TS_HOSTNAME: ${hostname}\n` : ''}`;
const manifest = (...nodes: [name: string, ip: string][]) =>
  `apiVersion: podroute/v1\nkind: Cluster\nmetadata: {name: home}\nspec:\n  nodes:\n${nodes
    .map(([name, ip]) => `    - {name: ${name}, role: server, tailscaleIp: ${ip}}\n`)
    .join('')}`;

describe('facts of one node join', () => {
  it.each<[string, Texts, Record<string, string[]>]>([
    [
      'by folder, past generic folders',
      {
        'hosts/oslo-1/node.env': env('server', '100.64.0.1'),
        'hosts/oslo-1/docker/docker-compose.yml': compose(),
      },
      { 'oslo-1': ['hosts/oslo-1/docker/docker-compose.yml', 'hosts/oslo-1/node.env'] },
    ],
    [
      'by the stem of a file in a folder of many nodes',
      { 'nodes/oslo-1.env': env('server', '100.64.0.1'), 'hosts/oslo-1/docker-compose.yml': compose() },
      { 'oslo-1': ['hosts/oslo-1/docker-compose.yml', 'nodes/oslo-1.env'] },
    ],
    [
      'by a manifest name and a hostname, whatever the case',
      { 'cluster.yaml': manifest(['oslo-1', '100.64.0.1']), 'docker-compose.yml': compose('Oslo-1') },
      { 'oslo-1': ['cluster.yaml', 'docker-compose.yml'] },
    ],
    [
      'by Tailscale address where nothing names them',
      { 'cluster.yaml': manifest(['oslo-1', '100.64.0.1']), '.env': env('server', '100.64.0.1') },
      { 'oslo-1': ['.env', 'cluster.yaml'] },
    ],
    [
      'never by address with different explicit names',
      {
        'cluster.yaml': manifest(['oslo-1', '100.64.0.1']),
        '.env': env('server', '100.64.0.1', 'K3S_NODE_NAME=oslo-2\n'),
      },
      { 'oslo-1': ['cluster.yaml'], 'oslo-2': ['.env'] },
    ],
    [
      'not where two folders name two nodes',
      {
        'hosts/oslo-1/node.env': env('server', '100.64.0.1'),
        'hosts/oslo-2/node.env': env('server', '100.64.0.1'),
      },
      { 'oslo-1': ['hosts/oslo-1/node.env'], 'oslo-2': ['hosts/oslo-2/node.env'] },
    ],
    [
      'not two containers of two folders, whose hostname was copied',
      {
        'hosts/oslo-1/compose.yaml': compose('oslo-2'),
        'hosts/oslo-1/node.env': env('server', '100.64.0.1'),
        'hosts/oslo-2/compose.yaml': compose('oslo-2'),
        'hosts/oslo-2/node.env': env('lan-agent', '100.64.0.2'),
      },
      {
        'oslo-1': ['hosts/oslo-1/compose.yaml', 'hosts/oslo-1/node.env'],
        'oslo-2': ['hosts/oslo-2/compose.yaml', 'hosts/oslo-2/node.env'],
      },
    ],
    [
      'not where one folder holds the role files of two',
      { 'oslo/server.env': env('server', '100.64.0.1'), 'oslo/agent.env': env('lan-agent', '100.64.0.2') },
      { '#0': ['oslo/agent.env'], '#1': ['oslo/server.env'] },
    ],
  ])('%s', (_, texts, expected) => {
    expect(nodesOf(texts)).toEqual(expected);
  });
});

describe('clusters', () => {
  const routes = (prefix: string) =>
    `apiVersion: podroute/v1\nkind: Routes\nmetadata: {name: r}\nspec:\n  routes:\n    - {node: nas, prefix: ${prefix}}\n`;

  it.each<[string, Texts, number[]]>([
    [
      'are one without a manifest',
      { 'a/routes.yaml': routes('10.0.0.0/24'), 'b/routes.yaml': routes('10.0.1.0/24') },
      [2],
    ],
    [
      'are one with one manifest',
      { 'a/cluster.yaml': manifest(['x', '100.64.0.1']), 'b/routes.yaml': routes('10.0.1.0/24') },
      [2],
    ],
    [
      'are as many as manifests, each with its subtree',
      {
        'a/cluster.yaml': manifest(['x', '100.64.0.1']),
        'a/deep/routes.yaml': routes('10.0.0.0/24'),
        'b/cluster.yaml': manifest(['y', '100.64.0.2']),
      },
      [2, 1],
    ],
    [
      'are apart where each has a policy',
      {
        'a/policy.hujson': '{"acls": [], "tagOwners": {}}',
        'a/routes.yaml': routes('10.0.0.0/24'),
        'b/policy.hujson': '{"acls": [], "tagOwners": {}}',
      },
      [2, 1],
    ],
    [
      'are apart below a folder of clusters',
      { 'clusters/a/routes.yaml': routes('10.0.0.0/24'), 'clusters/b/routes.yaml': routes('10.0.0.0/24') },
      [1, 1],
    ],
  ])('%s', (_, texts, expected) => {
    const clusters = clustersOf(texts);
    expect(clusters.map((cluster) => cluster.files.length)).toEqual(expected);
  });

  it('share a tailnet by a policy above them or by its name', () => {
    const two = {
      'a/cluster.yaml': manifest(['x', '100.64.0.1']),
      'b/cluster.yaml': manifest(['y', '100.64.0.2']),
    };
    const tailnets = (texts: Texts) => new Set(clustersOf(texts).map((cluster) => cluster.tailnet)).size;
    expect(tailnets(two)).toBe(2);
    expect(tailnets({ ...two, 'policy.hujson': '{"acls": [], "tagOwners": {}}' })).toBe(1);
    const named = Object.fromEntries(
      Object.entries(two).map(([path, text]) => [
        path,
        text.replace('spec:', 'spec:\n  tailnet: home.example'),
      ]),
    );
    expect(tailnets(named)).toBe(1);

    const inOneFile = Object.values(two).join('---\n');
    expect(tailnets({ 'clusters.yaml': inOneFile })).toBe(2);
    expect(tailnets({ 'clusters.yaml': Object.values(named).join('---\n') })).toBe(1);
    expect(tailnets({ 'c.yaml': inOneFile, 'policy.hujson': '{"acls": [], "tagOwners": {}}' })).toBe(1);
  });
});
