import { describe, expect, test } from 'vitest';
import { buildClusters } from '../../src/cluster/build.ts';
import {
  assumedExitNodes,
  declaredDevices,
  devicesOf,
  toldDevices,
} from '../../src/cluster/declared-devices.ts';
import { formatAddress, formatPrefix } from '../../src/net/format.ts';
import type { DeviceList } from '../../src/policy/device-list.ts';
import { clustersOf, readTexts, type Texts } from '../pipeline.ts';
import { listOf } from '../policy/tailnet.ts';

const CLUSTER = `apiVersion: podroute/v1
kind: Cluster
metadata: {name: home}
spec:
  nodes:
    - name: oslo-1
      role: server
      tailscaleIp: [100.64.0.1, "fd7a:115c:a1e0::1"]
      tailscale: {tags: [tag:k3s, tag:exit], advertiseExitNode: true}
    - name: kyoto-1
      role: remote-agent
      tailscaleIp: 100.64.0.3
      tailscale: {user: ada@example.com}
    - {name: bergen-1, role: lan-agent, lanIp: 192.168.50.12}
    - {name: lima-1, role: remote-agent, tailscaleIp: 100.64.0.4}
    - {name: quito-1, role: remote-agent, tailscaleIp: not an address, tailscale: {tags: [tag:k3s]}}
---
apiVersion: podroute/v1
kind: Routes
spec:
  routes:
    - {node: oslo-1, prefix: 10.42.0.0/24}
    - {node: kyoto-1, prefix: 10.42.3.0/24, approve: false}
    - {node: kyoto-1, prefix: 192.168.60.0/24, approve: false}
`;

const POLICY = `{
  "tagOwners": {"tag:k3s": [], "tag:exit": []},
  "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
  "autoApprovers": {"routes": {"192.168.60.0/24": ["ada@example.com"]}, "exitNode": ["tag:exit"]},
}
`;

function inWords({ devices }: DeviceList): string[] {
  return devices.map(
    ({ name, addresses, tags, owner, advertised, approved }) =>
      `${name} ${addresses.map(formatAddress)} [${[...tags, ...owner]}] ${advertised.map(formatPrefix)} > ${approved.map(formatPrefix)}`,
  );
}

function tailnetOf(texts: Texts) {
  return clustersOf(texts)[0]!.tailnet;
}

describe('the devices that files declare', () => {
  test('are the nodes with a Tailscale address, approved by a manifest or by the policy', () => {
    const tailnet = tailnetOf({ 'cluster.yaml': CLUSTER, 'policy.hujson': POLICY });
    expect(inWords(declaredDevices(tailnet))).toEqual([
      'oslo-1 100.64.0.1,fd7a:115c:a1e0::1 [tag:k3s,tag:exit] 10.42.0.0/24,0.0.0.0/0,::/0 > 10.42.0.0/24,0.0.0.0/0,::/0',
      'kyoto-1 100.64.0.3 [ada@example.com] 10.42.3.0/24,192.168.60.0/24 > 192.168.60.0/24',
      'lima-1 100.64.0.4 []  > ',
    ]);
    expect(toldDevices(tailnet).devices.map(({ name }) => name)).toEqual(['oslo-1', 'kyoto-1']);
    expect(devicesOf(tailnet)).toEqual(declaredDevices(tailnet));
  });

  test.each([
    ['ada@example.com', 'tailscale'],
    ['ada@', 'headscale'],
  ])('with %s are of %s', (user, control) => {
    const tailnet = tailnetOf({ 'cluster.yaml': CLUSTER.replace('ada@example.com', user) });
    expect(declaredDevices(tailnet).control).toBe(control);
  });
});

describe('an exit node that no file approves', () => {
  const using = (exitNode: string, cluster = CLUSTER) =>
    cluster.replace(
      '{user: ada@example.com}',
      `{user: ada@example.com, exitNode: ${JSON.stringify(exitNode)}}`,
    );
  const BARE = POLICY.replace(/, "exitNode": \["tag:exit"\]/, '');

  test.each([
    ['named by a node', using('oslo-1'), BARE, true],
    ['named in capitals', using('OSLO-1'), BARE, true],
    ['named by its address', using('100.64.0.1'), BARE, true],
    ['named by its other address', using('fd7a:115c:a1e0::1'), BARE, true],
    ['not named', CLUSTER, BARE, false],
    ['in place of which another is named', using('lima-1'), BARE, false],
    ['that is none', using('oslo-1').replace('advertiseExitNode: true', ''), BARE, false],
    ['approved by the policy', using('oslo-1'), POLICY, false],
    [
      'refused by a manifest',
      `${using('oslo-1')}    - {node: oslo-1, prefix: 0.0.0.0/0, approve: false}\n`,
      BARE,
      false,
    ],
    ['approved by a manifest', `${using('oslo-1')}    - {node: oslo-1, prefix: 0.0.0.0/0}\n`, BARE, false],
  ])('%s', (_, cluster, policy, isAssumed) => {
    const tailnet = tailnetOf({ 'cluster.yaml': cluster, 'policy.hujson': policy });
    expect(assumedExitNodes(tailnet).map(({ name }) => name)).toEqual(isAssumed ? ['oslo-1'] : []);
    const [oslo] = declaredDevices(tailnet).devices;
    if (isAssumed) expect(oslo!.approved.map(formatPrefix)).toEqual(['10.42.0.0/24', '0.0.0.0/0', '::/0']);
  });
});

describe('a device list that is given', () => {
  const HOME = { 'home/cluster.yaml': CLUSTER };
  const WORK = { 'work/cluster.yaml': CLUSTER.replaceAll('100.64.0.', '100.64.7.').replace('home', 'work') };

  test.each([
    ['counts for the only tailnet', HOME, '100.64.9.9', [true]],
    ['counts for the tailnet of which it knows a device', { ...HOME, ...WORK }, '100.64.7.3', [false, true]],
    ['of neither tailnet counts for none', { ...HOME, ...WORK }, '100.64.9.9', [false, false]],
  ])('%s', (_, texts, address, expected) => {
    const devices = listOf({ one: { addresses: [address] } });
    const clusters = buildClusters(readTexts(texts), { devices });
    expect(clusters.map(({ tailnet }) => devicesOf(tailnet) === devices)).toEqual(expected);
  });
});
