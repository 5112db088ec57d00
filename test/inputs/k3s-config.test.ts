import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readK3sConfig } from '../../src/inputs/k3s-config.ts';
import { looksLikeK3sConfig } from '../../src/inputs/k3s-config-marks.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';

const PATH = 'hosts/oslo-1/etc/rancher/k3s/config.yaml';
const read = (text: string, path = PATH) => readK3sConfig(sourceFile(path, text));
const node = (text: string) => read(text).nodes[0]!;
/** Each setting as its name, its text and its source. */
const settings = (text: string) =>
  node(text).k3s[0]!.settings.map(({ name, value, append }) => [
    append ? `${name}+` : name,
    value.text,
    textOf(value.span),
  ]);

const SERVER = `# the first server
token: "K10abc::server:def"
node-name: oslo-1
node-ip: 192.168.50.11,fd00::11
tls-san:
  - 100.64.0.1
  - 'oslo.example'
flannel-backend: host-gw
cluster-init: true
disable: [traefik, "servicelb"]
`;

describe('readK3sConfig', () => {
  test.each(['\n', '\r\n'])('reads one node, lines end at %j', (newline) => {
    const text = SERVER.replaceAll('\n', newline);
    const facts = read(text);
    expect(facts).toMatchObject({ kind: 'k3s-config', problems: [] });
    const [oslo] = facts.nodes;
    expect(oslo).toMatchObject({
      origin: 'k3s-config',
      folderName: 'oslo-1',
      nodeName: { text: 'oslo-1' },
      mentionsTailscale: true,
      k3s: [{ by: 'config-file' }],
      tailscale: [],
    });
    expect(textOf(oslo!.at)).toBe('token');
    expect(oslo!.k3s[0]!.command).toBeUndefined();
    expect(settings(text)).toEqual([
      ['token', 'K10abc::server:def', '"K10abc::server:def"'],
      ['node-name', 'oslo-1', 'oslo-1'],
      ['node-ip', '192.168.50.11', '192.168.50.11'],
      ['node-ip', 'fd00::11', 'fd00::11'],
      ['tls-san', '100.64.0.1', '100.64.0.1'],
      ['tls-san', 'oslo.example', 'oslo.example'],
      ['flannel-backend', 'host-gw', 'host-gw'],
      ['cluster-init', 'true', 'true'],
      ['disable', 'traefik', 'traefik'],
      ['disable', 'servicelb', 'servicelb'],
    ]);
    expect(oslo!.addresses.map(({ is, called, value }) => [is, called, value.text])).toEqual([
      ['node', 'node-ip', '192.168.50.11'],
      ['node', 'node-ip', 'fd00::11'],
    ]);
    expect(facts.secrets).toMatchObject([{ what: 'a K3s join token', value: 'K10abc::server:def' }]);
  });

  test.each([
    ['t: abc', [['token', 'abc', 'abc']]],
    ['i: 10.0.0.1', [['node-ip', '10.0.0.1', '10.0.0.1']]],
    ['tls-san+: b', [['tls-san+', 'b', 'b']]],
    [
      '"tls-san+": [b, c]',
      [
        ['tls-san+', 'b', 'b'],
        ['tls-san+', 'c', 'c'],
      ],
    ],
    [
      'node-ip: "10.0.0.1, 10.0.0.2"',
      [
        ['node-ip', '10.0.0.1', '10.0.0.1'],
        ['node-ip', ' 10.0.0.2', ' 10.0.0.2'],
      ],
    ],
    ['node-label: "a=b,c=d"', [['node-label', 'a=b,c=d', '"a=b,c=d"']]],
    ['flannel-iface:', [['flannel-iface', '', '']]],
    ['write-kubeconfig-mode: 0644', [['write-kubeconfig-mode', '0644', '0644']]],
    ['no-such-key: 1', [['no-such-key', '1', '1']]],
    ['kubelet-arg:\n  - x\n  - {a: b}', [['kubelet-arg', 'x', 'x']]],
  ])('%j', (text, expected) => {
    expect(settings(text)).toEqual(expected);
  });

  test('of a key that is given twice the later counts, and both tokens are secrets', () => {
    const facts = read('token: one1\ncluster-init: true\ntoken: two2');
    expect(facts.nodes[0]!.k3s[0]!.settings.map(({ value }) => value.text)).toEqual(['true', 'two2']);
    expect(facts.secrets.map(({ value }) => value)).toEqual(['one1', 'two2']);
    expect(facts.problems).toHaveLength(1);
  });

  test.each([
    ['hosts/oslo-1/etc/rancher/k3s/config.yaml.d/flannel.yaml', 'oslo-1'],
    ['etc/rancher/k3s/config.yaml.d/flannel.yaml', undefined],
    ['nodes/oslo-1.yaml', 'oslo-1'],
  ])('%s is of the node %s', (path, name) => {
    expect(read('node-ip: 10.0.0.1', path).nodes[0]!.folderName).toBe(name);
  });

  test('a key is where a setting is written', () => {
    const [setting] = node('"flannel-backend" : none').k3s[0]!.settings;
    expect(textOf(setting!.key)).toBe('"flannel-backend"');
  });

  test.each([
    ['node-external-ip: 203.0.113.7', 'node-external'],
    ['advertise-address: 192.168.50.11', 'advertise'],
  ])('%s', (text, is) => {
    expect(node(text).addresses).toMatchObject([{ is }]);
  });

  test.each([
    ['vpn-auth-file: /run/vpn', true],
    ['flannel-iface: tailscale0', true],
    ['node-ip: 100.64.0.1', true],
    ['node-ip: 100.127.255.1', true],
    ['tls-san: [oslo.tail1234.ts.net]', true],
    ['server: https://100.64.0.1:6443', true],
    ['advertise-address: "fd7a:115c:a1e0::1"', true],
    ['flannel-iface: eth0', false],
    ['node-ip: 100.128.0.1', false],
    ['node-ip: 10.100.64.1', false],
    ['node-label: at=100.64.0.1', false],
  ])('%s mentions Tailscale: %s', (text, expected) => {
    expect(node(text).mentionsTailscale).toBe(expected);
  });

  test('vpn-auth is Tailscale, and its key a secret', () => {
    const facts = read('vpn-auth: "name=tailscale,joinKey=tskey-auth-k1-abc"');
    expect(facts.nodes[0]).toMatchObject({ tailscale: [{ by: 'vpn-auth' }], mentionsTailscale: true });
    expect(facts.secrets.map(({ value }) => value)).toEqual(['tskey-auth-k1-abc']);
  });

  test('what vpn-auth-file says is not known', () => {
    const { tailscale } = node('vpn-auth-file: /run/vpn');
    expect(tailscale).toMatchObject([{ by: 'vpn-auth', complete: false, acceptRoutes: { on: true } }]);
  });

  test.each(['', '# only a comment\n', '- a\n', 'text', '[]', '{}'])('%j says nothing of a node', (text) => {
    expect(read(text).nodes).toEqual([]);
  });

  test('syntax errors are problems', () => {
    expect(read('node-ip: "10.0.0.1\n').problems.length).toBeGreaterThan(0);
  });

  test('never throws, cut anywhere', () => {
    for (let end = 0; end <= SERVER.length; end++) read(SERVER.slice(0, end));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void read(text)));
  });
});

describe('looksLikeK3sConfig', () => {
  test.each([
    [PATH, SERVER],
    ['config.yaml', 'node-ip: 10.0.0.1'],
    ['config.yml', 'x: 1\r\nflannel-backend: none'],
    ['oslo-1/config.yaml.d/10-tls.yaml', 'tls-san+: [a]'],
    ['k3s/oslo-1.yaml', 'vpn-auth-file: /run/vpn'],
    ['files/k3s-server.yaml', '"cluster-init": true'],
    ['etc/rancher/k3s/config.yaml', 'server: https://192.168.50.11:6443\ntoken: abc'],
    ['rancher/config.yaml', 'disable:\n  - traefik'],
    ['k3s/config.yaml.j2', 'node-ip: {{ ip }}'],
  ])('%s', (path, text) => {
    expect(looksLikeK3sConfig(path, text)).toBe(true);
  });

  test.each([
    ['hosts/oslo-1.yaml', 'node-ip: 10.0.0.1'],
    ['k3s/config.txt', 'node-ip: 10.0.0.1'],
    ['config.yaml', 'server: https://192.168.50.11\ntoken: abc'],
    ['k3s/values.yaml', 'server: https://192.168.50.11\ntoken: abc'],
    ['k3s/config.yaml', 'apiVersion: v1\nkind: ConfigMap\nnode-ip: 1\n'],
    ['k3s/config.yaml', 'k3os:\n  token: abc\nnode-label: a\n'],
    ['k3s/config.yaml', 'server:\n  replicas: 2\n'],
    ['k3s/kubeconfig.yaml', 'clusters:\n- cluster:\n    server: https://127.0.0.1:6443\n'],
    ['etc/rancher/rke2/config.yaml', 'node-ip: 10.0.0.1\ncni: cilium'],
    ['config.yaml', 'cni: cilium\nnode-ip: 10.0.0.1'],
    ['k3s/config.yaml', '  node-ip: 10.0.0.1'],
    ['k3s/config.yaml', '# node-ip: 10.0.0.1'],
  ])('%s with %j is none', (path, text) => {
    expect(looksLikeK3sConfig(path, text)).toBe(false);
  });
});
