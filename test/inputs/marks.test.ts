import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { markFinder } from '../../src/inputs/marks.ts';
import { parameterNames } from '../../src/inputs/parameter-names.ts';
import { recognise } from '../../src/inputs/recognise.ts';

const NAMES = parameterNames(new Map([['LAN_IP', 'ADDRESS.$1']]));
const hasMark = markFinder(NAMES);

/** The least of each kind: what `recognise` goes by and nothing else. */
const LEAST: readonly (readonly [kind: string, path: string, text: string])[] = [
  ['manifest', 'a.yaml', 'apiVersion: podroute/v1\n'],
  ['manifest', 'a.yml', 'version: "podroute/v2"\n'],
  ['manifest', 'a.json', '{"kind": "Node", "spec": {"podCIDR": "10.42.0.0/24"}}'],
  ['manifest', 'a.yaml', 'apiVersion: tailscale.com/v1alpha1\nkind: ProxyClass\n'],
  ['compose', 'a.yaml', 'services:\n  a: {image: tailscale/tailscale}\n'],
  ['compose', 'a.yaml', 'services:\n  a: {image: rancher/k3s}\n'],
  ['compose', 'a.yaml', 'services:\n  a: {environment: {TS_ROUTES: x}}\n'],
  ['k3s-config', 'k3s/a.yaml', 'tls-san: x\n'],
  ['k3s-config', 'rancher/a.yml', 'kubelet-arg: x\n'],
  ['k3s-config', 'etc/config.yaml', 'node-ip: 1.2.3.4\n'],
  ['k3s-config', 'config.yaml.d/a.yaml', 'disable-kube-proxy: true\n'],
  ['k3s-config', 'k3s/config.yaml', 'server: https://x\n'],
  ['policy', 'a.json', '{"tagOwners": {}}'],
  ['policy', 'a.hujson', '{"AutoApprovers": {}}'],
  ['policy', 'a.hujson', '{"ACLs": [{"src": [], "dst": []}]}'],
  ['policy', 'a.hujson', '{"grants": [{"src": [], "dst": []}]}'],
  ['script', 'a.sh', 'curl get.k3s.io\n'],
  ['script', 'a', '#!/bin/sh\nINSTALL_K3S_EXEC=x\n'],
  ['script', 'a.sh', 'k3s agent\n'],
  ['script', 'a.sh', 'tailscale set\n'],
  ['script', 'a.sh', 'ip  -4\t-d rule add x\n'],
  ['script', 'a.sh', 'ip ro a x\n'],
  ['script', 'a.sh', 'ip r a x\n'],
  ['script', 'a.sh', '"k3s" server\n'],
  ['script', 'a.sh', 'NODE_ROLE=x LAN_IP=x\n'],
  ['env', '.env', 'TAILSCALE_IP=x\n'],
  ['env', '.env', 'MASTER_LAN_IP=x\n'],
  ['env', '.env', 'K3S_TOKEN=x\n'],
  ['env', '.env', 'NODE_ROLE=lan-agent\n'],
];

test.each(LEAST)('%s %s %j', (kind, path, text) => {
  expect(recognise(path, text, NAMES)).toBe(kind);
  expect(hasMark(path, text)).toBe(true);
});

test('no mark stands in what other programs write', () => {
  const other =
    'apiVersion: apps/v1\nkind: Deployment\nspec:\n  template: {metadata: {labels: {app: grants}}}\n';
  expect(hasMark('deployment.yaml', other)).toBe(false);
  expect(hasMark('a.sh', 'set -e\nzip -r x y\ngzip rules\n')).toBe(false);
  // The settings' names are texts, not expressions.
  expect(hasMark('.env', 'ADDRESS_1=x')).toBe(false);
  expect(hasMark('.env', 'ADDRESS.$1=x')).toBe(true);
});

describe('no file of the fixtures and the example is lost', () => {
  test.each(['fixtures', 'examples'])('%s', (folder) => {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const lost = entries
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .filter((path) => {
        const raw = readFileSync(path, 'latin1');
        return recognise(path, raw, NAMES) !== undefined && !hasMark(path, raw);
      });
    expect(lost).toEqual([]);
  });
});
