import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeFacts, TailscaleFacts } from '../../src/inputs/facts.ts';
import { readManifests } from '../../src/inputs/manifest.ts';
import { looksLikeManifest } from '../../src/inputs/manifest-marks.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import type { Given } from '../../src/syntax/given.ts';

function read(text: string) {
  return readManifests(sourceFile('cluster.yaml', text));
}

function saidOf(text: string): string[] {
  return read(text).problems.map(({ message, at }) => `${message} «${textOf(at)}»`);
}

/** Facts with each word as its text and each span as what it covers, without what is empty. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  if ('file' in value && 'start' in value && 'end' in value && 'path' in Object(value.file)) {
    return `«${Object(value.file).text.slice(value.start, value.end)}»`;
  }
  if ('span' in value && ('text' in value || 'value' in value || 'on' in value)) {
    const said = 'text' in value ? value.text : 'value' in value ? value.value : String(Object(value).on);
    return textOf(Object(value).span) === String(said) ? said : [said, shown(value.span)];
  }
  const entries = Object.entries(value).map(([key, part]) => [key, shown(part)] as const);
  return Object.fromEntries(
    entries.filter(([, part]) => part !== false && !(Array.isArray(part) && part.length === 0)),
  );
}

const DESIGN = `# a comment
apiVersion: podroute/v1
kind: Cluster
metadata: {name: home}
spec:
  clusterCidr: 10.42.0.0/16
  serviceCidr: [10.43.0.0/16, "fd00:43::/112"]
  flannelBackend: host-gw
  tailnet: home.example
  nodes:
    - name: oslo-1
      role: server
      site: oslo
      lanIp: 192.168.50.11/24
      tailscaleIp: [100.64.0.1, 'fd7a:115c:a1e0::1']
      podCidr: 10.42.0.0/24
      nodeIp: 192.168.50.11
      tlsSan: [k3s.example, 100.64.0.1]
      flannelExternalIp: true
      tailscale:
        hostname: oslo
        mode: kernel
        acceptRoutes: true
        tags: tag:k3s
        user: somebody@example.com
        snatSubnetRoutes: false
        exitNode: ""
      ipRules:
        - {to: 10.42.0.0/16, priority: 2500, table: main, suppressPrefixlength: 0}
      ipRoutes:
        - {to: 10.42.9.0/24, via: 192.168.50.20, dev: eth0, table: 52}
      rpFilter: loose
    - name: kyoto-1
      role: remote-agent
      masterTailscaleIp: 100.64.0.1
      tokenFrom: env:K3S_TOKEN
      tailscaleIp:
      podCidr: 10.42.3.0/24
---
apiVersion: podroute/v1
kind: Routes
metadata: {name: home}
spec:
  routes:
    - {node: oslo-1, prefix: 10.42.0.0/24}
    - {node: kyoto-1, prefix: [10.42.3.0/24, fd00::/64], approve: false, redundant: true}
`;

describe('Cluster and Routes', () => {
  const facts = read(DESIGN);

  test('a cluster', () => {
    expect(facts.problems).toEqual([]);
    expect(facts.secrets).toEqual([]);
    expect(facts.clusters.map(shown)).toEqual([
      {
        at: `«${DESIGN.slice(DESIGN.indexOf('apiVersion'), DESIGN.indexOf('---'))}»`,
        name: 'home',
        tailnet: 'home.example',
        clusterCidrs: ['10.42.0.0/16'],
        serviceCidrs: ['10.43.0.0/16', ['fd00:43::/112', '«"fd00:43::/112"»']],
        flannelBackend: 'host-gw',
      },
    ]);
  });

  test('its nodes', () => {
    expect(facts.nodes.slice(0, 2).map(shown)).toEqual([
      {
        origin: 'manifest',
        at: '«oslo-1»',
        nodeName: 'oslo-1',
        hostname: 'oslo',
        role: 'server',
        rpFilter: 'loose',
        site: 'oslo',
        addresses: [
          { is: 'lan', called: 'lanIp', value: '192.168.50.11/24' },
          { is: 'tailscale', called: 'tailscaleIp', value: '100.64.0.1' },
          { is: 'tailscale', called: 'tailscaleIp', value: ['fd7a:115c:a1e0::1', "«'fd7a:115c:a1e0::1'»"] },
          { is: 'node', called: 'nodeIp', value: '192.168.50.11' },
        ],
        podCidrs: ['10.42.0.0/24'],
        k3s: [
          {
            by: 'config-file',
            at: '«nodeIp»',
            settings: [
              { name: 'node-ip', key: '«nodeIp»', value: '192.168.50.11' },
              { name: 'tls-san', key: '«tlsSan»', value: 'k3s.example' },
              { name: 'tls-san', key: '«tlsSan»', value: '100.64.0.1' },
              { name: 'flannel-external-ip', key: '«flannelExternalIp»', value: 'true' },
            ],
          },
        ],
        tailscale: [
          {
            by: 'manifest',
            at: '«tailscale»',
            complete: true,
            mode: 'kernel',
            acceptRoutes: 'true',
            snatSubnetRoutes: 'false',
            tags: ['tag:k3s'],
            user: 'somebody@example.com',
          },
        ],
        ipRules: [
          {
            at: '«to»',
            to: '10.42.0.0/16',
            priority: '2500',
            table: 'main',
            suppressPrefixlength: '0',
            complete: true,
          },
        ],
        ipRoutes: [{ at: '«to»', to: '10.42.9.0/24', via: '192.168.50.20', dev: 'eth0', table: '52' }],
        mentionsTailscale: true,
      },
      {
        origin: 'manifest',
        at: '«kyoto-1»',
        nodeName: 'kyoto-1',
        role: 'remote-agent',
        addresses: [
          { is: 'tailscale', called: 'tailscaleIp', value: '' },
          { is: 'master-tailscale', called: 'masterTailscaleIp', value: '100.64.0.1' },
        ],
        podCidrs: ['10.42.3.0/24'],
        tokenFrom: 'env:K3S_TOKEN',
        mentionsTailscale: true,
      },
    ]);
  });

  test('routes, each a fact of its node', () => {
    const [first, second] = facts.nodes.slice(2);
    expect(facts.nodes).toHaveLength(4);
    expect(shown(first)).toEqual({
      origin: 'routes',
      at: '«oslo-1»',
      nodeName: 'oslo-1',
      tailscale: [{ by: 'routes', at: '«oslo-1»', complete: true, advertise: [{ prefix: '10.42.0.0/24' }] }],
      mentionsTailscale: true,
    });
    expect(
      second?.tailscale[0]?.advertise.map(({ prefix, approve, redundant }) => [
        prefix.text,
        approve?.on,
        redundant,
      ]),
    ).toEqual([
      ['10.42.3.0/24', false, true],
      ['fd00::/64', false, true],
    ]);
  });

  test('an approval to be taken back is no advertisement', () => {
    const { nodes, problems } = read(
      'apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - {node: a, prefix: [10.7.0.0/24, fd00::/64], prune: true}\n    - {node: a, prefix: 10.8.0.0/24, prune: false}\n',
    );
    expect(problems).toEqual([]);
    expect(nodes.map(shown)).toEqual([
      { origin: 'routes', at: '«a»', nodeName: 'a', prunes: ['10.7.0.0/24', 'fd00::/64'] },
      {
        origin: 'routes',
        at: '«a»',
        nodeName: 'a',
        tailscale: [{ by: 'routes', at: '«a»', complete: true, advertise: [{ prefix: '10.8.0.0/24' }] }],
        mentionsTailscale: true,
      },
    ]);
  });

  test('and is not approved at the same time', () => {
    const { problems } = read(
      'apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - {node: a, prefix: 10.7.0.0/24, approve: true, prune: true}\n    - {node: a, prefix: 10.8.0.0/24, approve: false, prune: true}\n',
    );
    expect(problems.map(({ message, at, related }) => [message, at.start, related?.length])).toEqual([
      ['a route has "approve: true" and "prune: true"', 99, 1],
    ]);
  });

  test('anchors and merge keys keep the place of what they bring', () => {
    const { nodes, problems } = read(
      'apiVersion: podroute/v1\nkind: Cluster\nspec:\n  nodes:\n    - &base {name: a, podCidr: 10.42.0.0/24}\n    - {<<: *base, name: b}\n',
    );
    expect(problems).toEqual([]);
    expect(nodes.map((node) => [node.nodeName?.text, node.podCidrs[0]?.span.start])).toEqual([
      ['a', 84],
      ['b', 84],
    ]);
  });

  test.each([
    [
      'apiVersion: podroute/v2\nkind: Cluster\nspec: 3',
      ['unknown apiVersion "podroute/v2", the known one is "podroute/v1" «podroute/v2»'],
    ],
    [
      'apiVersion: podroute/v1\nkind: cluster',
      ['unknown kind "cluster" of a podroute manifest, the nearest known one is "Cluster" «cluster»'],
    ],
    [
      'apiVersion: podroute/v1\nkind: Route',
      ['unknown kind "Route" of a podroute manifest, the nearest known one is "Routes" «Route»'],
    ],
    [
      'apiVersion: podroute/v1\nkind: Policy',
      ['unknown kind "Policy" of a podroute manifest, known are "Cluster" and "Routes" «Policy»'],
    ],
    ['apiVersion: podroute/v1\nknid: Cluster', ['a podroute manifest lacks "kind" «apiVersion»']],
    ['apiVersion: podroute/v1\nkind:', ['a podroute manifest lacks "kind" «kind»']],
    [
      'apiVersoin: podroute/v1\nkind: Routes',
      ['unknown key "apiVersoin" of a Routes manifest, the nearest known one is "apiVersion" «apiVersoin»'],
    ],
    [
      'apiVersion: podroute/v1\nkind: Routes\nspec: {routes: [{node: a, prefx: b}]}',
      ['unknown key "prefx" of a route, the nearest known one is "prefix" «prefx»'],
    ],
    ['apiVersion: podroute/v1\nkind: Routes\nkind: Routes', ['the key "kind" is given twice «kind»']],
    [
      'apiVersion: podroute/v1\nkind: [',
      [
        'a podroute manifest lacks "kind" «kind»',
        'flow sequence in block collection must be sufficiently indented and end with a ] «»',
      ],
    ],
    [`apiVersion: podroute/v1\nkind: Cluster\nspec: ${'['.repeat(101)}`, ['nested too deeply «[»']],
    [
      'apiVersion: podroute/v1\nkind: Cluster\nspec:\n  nodes:\n    - name: a\n      role: b: c',
      ['nested mappings are not allowed in compact mappings «b»'],
    ],
    [
      'apiVersion: v1\nkind: ConfigMap\ndata: {a: @x}\n---\napiVersion: podroute/v1\nkind: Routes\nx: 1',
      ['unknown key "x" of a Routes manifest «x»'],
    ],
  ])('%j', (text, problems) => {
    expect(saidOf(text).sort()).toEqual([...problems].sort());
  });
});

describe('tokenFrom', () => {
  const tokenIn = (text: string) =>
    read(
      `apiVersion: podroute/v1\nkind: Cluster\nspec:\n  nodes:\n    - name: a\n      tokenFrom: ${text}\n`,
    );

  test.each([
    'env:K3S_TOKEN',
    'file:/etc/token',
    'op://vault/k3s/token',
    'secret:k3s',
    '$K3S_TOKEN',
    '/etc/token',
    '<token>',
    '""',
    '',
  ])('%s is a source', (text) => {
    expect(tokenIn(text).secrets).toEqual([]);
    expect(tokenIn(text).problems).toEqual([]);
  });

  test.each(['K10aa::server:bb', 'abcdef.0123456789abcdef', 'hunter2'])('%s is a token', (text) => {
    const { secrets } = tokenIn(`"${text}" # note`);
    expect(secrets.map(({ value, what, span }) => [value, what, textOf(span)])).toEqual([
      [text, 'a join token', `"${text}"`],
    ]);
  });
});

describe('Kubernetes objects', () => {
  const NODE = `{name: a, annotations: {flannel.alpha.coreos.com/public-ip: 192.168.1.2}}`;
  const named = (node: NodeFacts) => [
    node.origin,
    node.nodeName?.text,
    ...node.podCidrs.map(({ text }: Given) => text),
  ];
  const tailscaleIn = (text: string): TailscaleFacts | undefined => read(text).nodes[0]?.tailscale[0];

  test('a Node', () => {
    const { nodes, problems } = read(
      `apiVersion: v1\nkind: Node\nmetadata: ${NODE}\nspec: {podCIDR: 10.42.1.0/24}\nstatus: {x: 1}`,
    );
    expect(problems).toEqual([]);
    expect(shown(nodes)).toEqual([
      {
        origin: 'kubernetes-node',
        at: '«a»',
        nodeName: 'a',
        addresses: [
          { is: 'node-external', called: 'flannel.alpha.coreos.com/public-ip', value: '192.168.1.2' },
        ],
        podCidrs: ['10.42.1.0/24'],
      },
    ]);
  });

  test('podCIDRs counts before podCIDR, which repeats its first', () => {
    const { nodes } = read(
      'apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.42.1.0/24, podCIDRs: [10.42.1.0/24, fd00::/64]}',
    );
    expect(nodes.map(named)).toEqual([['kubernetes-node', 'a', '10.42.1.0/24', 'fd00::/64']]);
  });

  test('lists of nodes, also in JSON', () => {
    const node = (name: string, rest = {}) => ({
      ...rest,
      metadata: { name },
      spec: { podCIDR: '10.42.1.0/24' },
    });
    const typed = { apiVersion: 'v1', kind: 'Node' };
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [node('a', typed), { kind: 'Pod', apiVersion: 'v1' }, node('b', typed)],
    };
    expect(read(JSON.stringify(list, null, '\t')).nodes.map(named)).toEqual([
      ['kubernetes-node', 'a', '10.42.1.0/24'],
      ['kubernetes-node', 'b', '10.42.1.0/24'],
    ]);
    const nodeList = { kind: 'NodeList', apiVersion: 'v1', items: [node('c')] };
    expect(read(JSON.stringify(nodeList)).nodes.map(named)).toEqual([
      ['kubernetes-node', 'c', '10.42.1.0/24'],
    ]);
  });

  const CONNECTOR = (spec: string) =>
    `apiVersion: tailscale.com/v1alpha1\nkind: Connector\nmetadata: {name: router}\nspec: ${spec}`;

  test('a Connector', () => {
    const text = CONNECTOR(
      '{hostname: lan, tags: [tag:lan], exitNode: true, subnetRouter: {advertiseRoutes: [192.168.1.0/24]}}',
    );
    expect(shown(read(text).nodes)).toEqual([
      {
        origin: 'connector',
        at: '«router»',
        hostname: 'lan',
        tailscale: [
          {
            by: 'connector',
            at: '«router»',
            complete: true,
            advertise: [{ prefix: '192.168.1.0/24' }],
            tags: ['tag:lan'],
            advertiseExitNode: 'true',
          },
        ],
        mentionsTailscale: true,
      },
    ]);
  });

  test.each([
    ['', false],
    ['replicas: 1, ', false],
    ['replicas: 2, ', true],
  ])('a Connector with "%s" advertises redundantly: %s', (replicas, redundant) => {
    const facts = tailscaleIn(CONNECTOR(`{${replicas}subnetRouter: {advertiseRoutes: [10.0.0.0/8]}}`));
    expect(facts?.advertise.map((each) => each.redundant)).toEqual([redundant]);
    expect(facts?.tags).toEqual([]);
  });

  test('a ProxyClass', () => {
    const text =
      'apiVersion: tailscale.com/v1alpha1\nkind: ProxyClass\nmetadata: {name: p}\nspec: {tailscale: {acceptRoutes: true}}';
    expect(tailscaleIn(text)).toMatchObject({ by: 'proxy-class', acceptRoutes: { on: true } });
    expect(read(text.replace('acceptRoutes: true', 'x: 1')).nodes).toEqual([]);
  });

  test('other objects are nothing, whatever is wrong with them', () => {
    const { nodes, problems } = read(
      'apiVersion: v1\nkind: ConfigMap\ndata: {a: 1, a: 2}\n---\nkind: Service\n---\n- 1\n---\ntext\n',
    );
    expect([nodes, problems]).toEqual([[], []]);
  });
});

describe('looksLikeManifest', () => {
  test.each([
    'apiVersion: podroute/v1\nkind: Cluster',
    'kind: Cluster\r\napiVersion:  "podroute/v1" # ours',
    "apiVersion: 'podroute/v2'",
    'apiVersoin: podroute/v1',
    '{"kind":"Cluster","apiVersion":"podroute/v1"}',
    '# podroute/v1\napiVersion: podroute/v1',
    'apiVersion: v1\nkind: Node\nspec:\n  podCIDR: 10.42.0.0/24',
    '{"kind": "List", "items": [{"kind": "Node", "spec": {"podCIDRs": []}}]}',
    'apiVersion: tailscale.com/v1alpha1\nkind: Connector',
    'apiVersion: "tailscale.com/v1alpha1"\nkind: "ProxyClass"',
  ])('%j is one', (text) => {
    expect(looksLikeManifest(text)).toBe(true);
  });

  test.each([
    '',
    '# apiVersion: podroute/v1\nkind: Cluster',
    'a: b # apiVersion: podroute/v1',
    'see podroute/v1 for more',
    'apiVersion: podroute',
    'apiVersion: v1\nkind: Node\nmetadata: {}',
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  podCIDR: 10.42.0.0/16',
    'podCIDR: 1\n# kind: Node',
    'kind: NodeFeature\npodCIDR: 1',
    'apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nspec:\n  routes: []',
    'apiVersion: tailscale.com/v1alpha1\nkind: ProxyGroup',
    'kind: Connector',
  ])('%j is none', (text) => {
    expect(looksLikeManifest(text)).toBe(false);
  });

  test('is linear in the text', () => {
    for (const unit of [
      'podroute/v',
      ': podroute/v#',
      'kind: ',
      'kind: Node #',
      'podCIDR',
      'tailscale.com/v1alpha1 kind:',
    ]) {
      const started = performance.now();
      looksLikeManifest(`podCIDR ${unit.repeat(1_000_000 / unit.length)}`);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });
});

describe('bad input', () => {
  test('no cut and no lost line of a manifest throws', () => {
    for (let at = 0; at < DESIGN.length; at += 7) expect(() => read(DESIGN.slice(0, at))).not.toThrow();
    const lines = DESIGN.split('\n');
    for (const at of lines.keys()) expect(() => read(lines.toSpliced(at, 1).join('\n'))).not.toThrow();
  });

  test('no value of any shape throws', () => {
    const words = fc.constantFrom(
      ...[
        'apiVersion',
        'kind',
        'metadata',
        'name',
        'annotations',
        'spec',
        'nodes',
        'routes',
        'node',
        'prefix',
        'tailscale',
        'tags',
      ],
      ...[
        'ipRules',
        'ipRoutes',
        'lanIp',
        'tokenFrom',
        'items',
        'podCIDRs',
        'subnetRouter',
        'advertiseRoutes',
        'replicas',
        '__proto__',
      ],
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 1, true, 'x', 2.5),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(words, tie('value')),
      ),
    }));
    const kinds = fc.constantFrom(
      ['podroute/v1', 'Cluster'],
      ['podroute/v1', 'Routes'],
      ['v1', 'Node'],
      ['v1', 'List'],
      ['tailscale.com/v1alpha1', 'Connector'],
      ['tailscale.com/v1alpha1', 'ProxyClass'],
    );
    fc.assert(
      fc.property(kinds, fc.dictionary(words, value), ([apiVersion, kind], rest) => {
        const facts = read(JSON.stringify({ ...rest, apiVersion, kind }));
        for (const { at } of facts.problems) expect(at.end).toBeGreaterThanOrEqual(at.start);
      }),
    );
  });
});
