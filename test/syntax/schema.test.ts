import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import manifestJson from '../../schema/podroute.schema.json' with { type: 'json' };
import settingsJson from '../../schema/settings.schema.json' with { type: 'json' };
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { schemaFrom } from '../../src/syntax/json-schema.ts';
import { checkSchema } from '../../src/syntax/schema.ts';
import { parseYaml } from '../../src/syntax/yaml.ts';

const CLUSTER = schemaFrom(manifestJson, 'cluster');
const ROUTES = schemaFrom(manifestJson, 'routes');
const MANIFEST = schemaFrom(manifestJson);
const SETTINGS = schemaFrom(settingsJson);

function check(text: string, schema = CLUSTER) {
  const [document] = parseYaml(sourceFile('file.yaml', text));
  expect(document?.problems).toEqual([]);
  return checkSchema(document!.tree!, schema);
}

function said(text: string, schema = CLUSTER): string[] {
  return check(text, schema).map(({ message, at }) => `${message} «${textOf(at)}»`);
}

const HEAD = 'apiVersion: podroute/v1\nkind: Cluster\n';
const NODE = (text: string) => `${HEAD}spec:\n  nodes:\n    - name: a\n      ${text}\n`;
const ROUTE = (text: string) => `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - ${text}\n`;

describe('problems', () => {
  test.each([
    [
      NODE('podCidrs: x'),
      ['unknown key "podCidrs" of a node, the nearest known one is "podCidr" «podCidrs»'],
    ],
    [NODE('Colour: red'), ['unknown key "Colour" of a node «Colour»']],
    [NODE('lanIp: {}'), ['"lanIp" of a node takes text or a list, not a map «{}»']],
    [NODE('lanIp: [1]'), ['an item of "lanIp" of a node takes text, not a number «1»']],
    [NODE('flannelExternalIp: yes'), ['"flannelExternalIp" of a node takes true or false, not text «yes»']],
    [NODE('tailscale: true'), ['"tailscale" of a node takes a map, not true «true»']],
    [
      NODE('tailscale: {acceptRoute: true}'),
      [
        'unknown key "acceptRoute" of the Tailscale settings of a node, the nearest known one is "acceptRoutes" «acceptRoute»',
      ],
    ],
    [
      NODE('tailscale: {mode: kernle}'),
      ['"mode" of the Tailscale settings of a node takes "kernel" or "userspace", not "kernle" «kernle»'],
    ],
    [NODE('rpFilter: []'), ['"rpFilter" of a node takes "off", "loose" or "strict", not a list «[]»']],
    [
      NODE('ipRules: [{priority: 1.5}, {priority: -1}]'),
      [
        '"priority" of an IP rule takes a whole number, not a number «1.5»',
        '"priority" of an IP rule is at least 0, not -1 «-1»',
      ],
    ],
    [
      NODE('ipRules: [{suppressPrefixlength: 129}]'),
      ['"suppressPrefixlength" of an IP rule is at most 128, not 129 «129»'],
    ],
    [NODE('ipRoutes: {}'), ['"ipRoutes" of a node takes a list, not a map «{}»']],
    [NODE('role: [server]'), ['"role" of a node takes text, not a list «[server]»']],
    [`${HEAD}spec: {nodes: [{role: server}]}`, ['a node lacks "name" «role»']],
    [
      `${HEAD}spec: {nodes: [{nmae: a}]}`,
      ['unknown key "nmae" of a node, the nearest known one is "name" «nmae»'],
    ],
    [
      `${HEAD}spec: {nodes: [{}, a, {name: }]}`,
      [
        'a node lacks "name" «{}»',
        'a node takes a map, not text «a»',
        '"name" of a node takes text, not nothing «»',
      ],
    ],
    [
      `${HEAD}metadata: {nam: x, labels: {a: [1]}}`,
      [
        'unknown key "nam" of the metadata of a manifest, the nearest known one is "name" «nam»',
        '"a" of "labels" of the metadata of a manifest takes text, a number or true or false, not a list «[1]»',
      ],
    ],
    [
      `${HEAD}specs: {}`,
      ['unknown key "specs" of a Cluster manifest, the nearest known one is "spec" «specs»'],
    ],
    ['kind: Cluster', ['a Cluster manifest lacks "apiVersion" «kind»']],
  ])('%j', (text, problems) => {
    expect(said(text)).toEqual(problems);
  });

  test.each([
    [ROUTE('{prefix: 10.0.0.0/8}'), ['a route lacks "node" «prefix»']],
    [ROUTE('{node: a}'), ['a route lacks "prefix" «node»']],
    [ROUTE('{node: a, prefix: }'), ['"prefix" of a route takes text or a list, not nothing «»']],
    [
      ROUTE('{node: a, prefix: [b], approved: no}'),
      ['unknown key "approved" of a route, the nearest known one is "approve" «approved»'],
    ],
  ])('%j', (text, problems) => {
    expect(said(text, ROUTES)).toEqual(problems);
  });

  test.each([
    [
      'rules: {overlapping-routes: warn}',
      ['"overlapping-routes" of the rules takes "error", "warning", "note" or "off", not "warn" «warn»'],
    ],
    ['exclude: "*.bak"', ['"exclude" of a settings file takes a list, not text «"*.bak"»']],
    [
      'parameters: {LAN_ADDRESS: x, LAN_IP: 1}',
      [
        'unknown key "LAN_ADDRESS" of the parameters «LAN_ADDRESS»',
        '"LAN_IP" of the parameters takes text, not a number «1»',
      ],
    ],
    ['[]', ['a settings file takes a map, not a list «[]»']],
    ['ignore: []', ['unknown key "ignore" of a settings file «ignore»']],
  ])('%j', (text, problems) => {
    expect(said(text, SETTINGS)).toEqual(problems);
  });

  test('of several schemas, what is wrong with the one that fits best', () => {
    expect(said(ROUTE('{node: a}'), MANIFEST)).toEqual(['a route lacks "prefix" «node»']);
  });

  test('an optional key without a value', () => {
    expect(said(NODE('lanIp:\n      tailscale:\n      ipRules:\n      role: ~'))).toEqual([]);
  });

  test('a shared value is walked and reported once', () => {
    const text = `${HEAD}spec:\n  nodes:\n    - &n {name: a, ipRules: [&r {too: x}, *r], x: y}\n    - {<<: *n, name: b}\n`;
    expect(said(text)).toEqual([
      'unknown key "too" of an IP rule, the nearest known one is "to" «too»',
      'unknown key "x" of a node «x»',
    ]);
    const many = `${HEAD}spec: {nodes: [&n {name: a, tailscale: {tags: [1]}}, ${'*n, '.repeat(20_000)}]}`;
    expect(check(many)).toHaveLength(1);
  });
});

describe('schemas that outgrow the interpreter', () => {
  test.each([
    { patternProperties: {} },
    { properties: { a: { minLength: 1 } } },
    { items: { format: 'ipv4' } },
    { $ref: 'other.json' },
    { $ref: '#/$defs/missing' },
    { type: 'text' },
    { enum: [{}] },
    { minimum: '1' },
    { required: 'name' },
    true,
  ])('%j', (schema) => {
    expect(() => schemaFrom(schema)).toThrow();
  });
});

describe('the published schemas', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addSchema(manifestJson).addSchema(settingsJson);
  const byAjv = (ref: string) => ajv.compile({ $ref: ref });
  const judges = [
    { ours: MANIFEST, ajv: byAjv('urn:podroute:manifest:v1') },
    { ours: CLUSTER, ajv: byAjv('urn:podroute:manifest:v1#/$defs/cluster') },
    { ours: ROUTES, ajv: byAjv('urn:podroute:manifest:v1#/$defs/routes') },
    { ours: SETTINGS, ajv: byAjv('urn:podroute:settings:v1') },
  ];

  const cluster = {
    apiVersion: 'podroute/v1',
    kind: 'Cluster',
    metadata: { name: 'home', namespace: 'x', labels: { a: 'b' }, annotations: { c: 1 } },
    spec: {
      clusterCidr: '10.42.0.0/16',
      serviceCidr: ['10.43.0.0/16', 'fd00:43::/112'],
      flannelBackend: 'host-gw',
      tailnet: 'home.example',
      nodes: [
        {
          name: 'oslo-1',
          role: 'server',
          site: 'oslo',
          lanIp: '192.168.50.11/24',
          tailscaleIp: ['100.64.0.1'],
          masterLanIp: null,
          masterTailscaleIp: '100.64.0.1',
          podCidr: '10.42.0.0/24',
          tokenFrom: 'env:K3S_TOKEN',
          nodeIp: '192.168.50.11',
          nodeExternalIp: '192.0.2.1',
          advertiseAddress: '192.168.50.11',
          tlsSan: ['k3s.example'],
          flannelIface: 'eth0',
          flannelExternalIp: false,
          tailscale: {
            hostname: 'oslo-1',
            mode: 'kernel',
            acceptRoutes: true,
            tags: ['tag:k3s'],
            user: 'somebody@example.com',
            snatSubnetRoutes: true,
            statefulFiltering: false,
            advertiseExitNode: false,
            exitNode: '',
            exitNodeAllowLanAccess: false,
          },
          ipRules: [
            {
              to: '10.42.0.0/16',
              from: 'all',
              iif: 'cni0',
              priority: 2500,
              table: 'main',
              suppressPrefixlength: 0,
            },
          ],
          ipRoutes: [{ to: '10.42.9.0/24', via: '192.168.50.20', dev: 'eth0', table: 52 }],
          rpFilter: 'loose',
        },
      ],
    },
  };
  const routes = {
    apiVersion: 'podroute/v1',
    kind: 'Routes',
    metadata: { name: 'home' },
    spec: {
      routes: [
        { node: 'a', prefix: '10.42.0.0/24' },
        { node: 'b', prefix: ['x', 'y'], approve: false, redundant: true },
        { node: 'b', prefix: 'z', prune: true },
      ],
    },
  };
  const settings = {
    rules: { 'overlapping-routes': 'warning', syntax: 'off' },
    exclude: ['archive/**'],
    approvals: { devices: 20, 'widest-ipv4': 24, 'pre-approve': true },
    parameters: { NODE_ROLE: 'ROLE', LAN_IP: 'IP', K3S_TOKEN: 'TOKEN' },
  };

  type Json = null | string | number | boolean | Json[] | { [key: string]: Json };
  const anyJson = fc.constantFrom<Json>(
    ...[null, '', 'kernel', 'off', 'Cluster', 0, -1, 1.5, 129, 4294967296, true, false],
    ...[[], ['x'], [1], [null], [[]], {}, { a: 1 }, { name: 'x' }, { node: 'x', prefix: 'y' }, [{}]],
  );

  /** The document with one place of it replaced, deleted, renamed or given a sibling. */
  function mutate(json: Json, choices: readonly number[], act: number, other: Json): Json {
    const [choice = 0, ...rest] = choices;
    if (typeof json !== 'object' || json === null || Object.keys(json).length === 0 || choices.length === 0)
      return other;
    const entries: [string, Json][] = Object.entries(json);
    const at = choice % entries.length;
    const [key, value] = entries[at]!;
    if (rest.length > 0) entries[at] = [key, mutate(value, rest, act, other)];
    else if (act === 0) entries[at] = [key, other];
    else if (act === 1) entries.splice(at, 1);
    else if (act === 2) entries[at] = [`${key}s`, value];
    else entries.push(['extra', other]);
    return Array.isArray(json) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  }

  function agree(json: Json): void {
    const [document] = parseYaml(sourceFile('file.json', JSON.stringify(json)));
    for (const { ours, ajv: theirs } of judges) {
      const problems = checkSchema(document!.tree!, ours);
      const valid = theirs(json);
      if (valid !== (problems.length === 0)) {
        expect({ json, problems: problems.map(({ message }) => message) }).toEqual({
          json,
          problems: theirs.errors,
        });
      }
    }
  }

  test('accept a document that uses every key', () => {
    const keysIn = (json: unknown): string[] =>
      typeof json === 'object' && json !== null
        ? Object.entries(json).flatMap(([key, value]) => [
            ...(Array.isArray(json) ? [] : [key]),
            ...keysIn(value),
          ])
        : [];
    for (const { ours, ajv: theirs } of judges.slice(0, 2)) {
      expect(theirs(cluster)).toBe(true);
      expect(said(JSON.stringify(cluster), ours)).toEqual([]);
    }
    const used = new Set([...keysIn(cluster), ...keysIn(routes)]);
    for (const definition of Object.values(manifestJson.$defs)) {
      for (const key of Object.keys('properties' in definition ? definition.properties : {})) {
        expect(used).toContain(key);
      }
    }
    expect(said(JSON.stringify(routes), ROUTES)).toEqual([]);
    expect(said(JSON.stringify(settings), SETTINGS)).toEqual([]);
  });

  test('every key has a title and a description', () => {
    const bare: string[] = [];
    const walk = (json: object, where: string, isKey: boolean) => {
      const described = 'title' in json && ('description' in json || 'properties' in json);
      if (isKey && !described && !('$ref' in json)) bare.push(where);
      for (const [key, value] of Object.entries(json)) {
        if (typeof value === 'object' && value !== null)
          walk(value, `${where}/${key}`, /\/properties$/.test(where));
      }
    };
    walk(manifestJson, 'manifest', false);
    walk(settingsJson, 'settings', false);
    expect(bare).toEqual([]);
  });

  test('judge as ajv does', { timeout: 30_000 }, () => {
    const changed = fc
      .tuple(
        fc.constantFrom<Json>(cluster, routes, settings),
        fc.array(fc.tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), fc.nat(3), anyJson), {
          maxLength: 3,
        }),
      )
      .map(([json, changes]) =>
        changes.reduce((all, [path, act, other]) => mutate(all, path, act, other), json),
      );
    fc.assert(fc.property(changed, agree), { numRuns: 2_000 });
    fc.assert(
      fc.property(
        fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json))),
        agree,
      ),
    );
  });
});
