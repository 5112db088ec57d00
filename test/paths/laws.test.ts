import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildNetwork } from '../../src/paths/network.ts';
import { podPairs, tracePods } from '../../src/paths/pod-paths.ts';
import { clustersOf, type Texts } from '../pipeline.ts';
import { filesOf, type Observation, type ObservedNode } from './observations.ts';

const PODS = ['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24', '10.42.3.0/24'];
const NAMES = ['a', 'b', 'c', 'd'];

/** What of a node is drawn; its addresses follow from its place. */
const settings = fc.record({
  site: fc.constantFrom('x', 'y'),
  mode: fc.constantFrom<'kernel' | 'userspace'>('kernel', 'kernel', 'kernel', 'userspace'),
  acceptRoutes: fc.boolean(),
  isApproved: fc.boolean(),
  snatSubnetRoutes: fc.boolean(),
  alsoAdvertises: fc.constantFrom(undefined, undefined, undefined, '10.42.0.0/16', '10.42.1.0/24'),
  rule: fc.constantFrom(
    undefined,
    undefined,
    { to: '10.42.0.0/16', priority: 2500 },
    { to: '10.42.0.0/16', priority: 2500, suppressPrefixlength: 0 },
    { to: '10.42.1.0/24', priority: 100 },
  ),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const policies = fc.constantFrom<object>(
  { acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }] },
  { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['10.42.0.0/16:*'] }] },
  { acls: [{ action: 'accept', src: ['10.42.0.0/24'], dst: ['10.42.1.0/24:443'] }] },
  { acls: [{ action: 'accept', src: ['lab@'], dst: ['*:*'] }] },
);

function nodeOf(given: Settings, index: number): ObservedNode {
  const pods = PODS[index]!;
  const advertise = given.alsoAdvertises === undefined ? [pods] : [pods, given.alsoAdvertises];
  return {
    site: given.site,
    lanIp: `192.168.${given.site === 'x' ? 50 : 60}.${11 + index}`,
    tailscaleIp: `100.64.0.${index + 1}`,
    podCidr: pods,
    mode: given.mode,
    acceptRoutes: given.acceptRoutes,
    advertise: [...new Set(advertise)],
    approved: given.isApproved ? [...new Set(advertise)] : [],
    snatSubnetRoutes: given.snatSubnetRoutes,
    ipRules: given.rule ? [given.rule] : [],
    exitNode: null,
    advertiseExitNode: false,
  };
}

const clusters = fc.tuple(fc.array(settings, { minLength: 2, maxLength: 4 }), policies).map(
  ([all, policy]): Observation => ({
    id: 'drawn',
    clusterCidr: '10.42.0.0/16',
    flannelBackend: 'host-gw',
    nodes: Object.fromEntries(all.map((given, index) => [NAMES[index]!, nodeOf(given, index)])),
    policy,
    pairs: [],
  }),
);

function answers(texts: Texts): Map<string, string> {
  const network = buildNetwork(clustersOf(texts)[0]!);
  return new Map(
    podPairs(network).map(({ from, to, via, delivered }) => [
      `${from.name} ${to.name}`,
      `${via} ${delivered}`,
    ]),
  );
}

function sorted(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([pair, answer]) => `${pair} ${answer}`).sort();
}

test('the order of files and of nodes does not matter', () => {
  fc.assert(
    fc.property(clusters, (drawn) => {
      const usual = answers(filesOf(drawn));
      // Which of several routers serves a prefix goes by their order, where no control server tells.
      const advertised = Object.values(drawn.nodes).flatMap(({ approved }) => approved);
      fc.pre(new Set(advertised).size === advertised.length);
      const reversed = { ...drawn, nodes: Object.fromEntries(Object.entries(drawn.nodes).reverse()) };
      const files = Object.fromEntries(Object.entries(filesOf(reversed)).reverse());
      expect(sorted(answers(files))).toEqual(sorted(usual));
    }),
  );
});

test('renaming nodes renames the answer and nothing else', () => {
  fc.assert(
    fc.property(clusters, (drawn) => {
      const renamed = {
        ...drawn,
        nodes: Object.fromEntries(Object.entries(drawn.nodes).map(([name, node]) => [`node-${name}`, node])),
      };
      const expected = [...answers(filesOf(drawn))].map(([pair, answer]) => {
        const [from, to] = pair.split(' ');
        return `node-${from} node-${to} ${answer}`;
      });
      expect(sorted(answers(filesOf(renamed)))).toEqual(expected.sort());
    }),
  );
});

test('an approval elsewhere changes no pair', () => {
  fc.assert(
    fc.property(clusters, fc.nat(3), (drawn, index) => {
      const names = Object.keys(drawn.nodes);
      const name = names[index % names.length]!;
      const node = drawn.nodes[name]!;
      const elsewhere = '172.16.9.0/24';
      const more = {
        ...node,
        advertise: [...node.advertise, elsewhere],
        approved: [...node.approved, elsewhere],
      };
      const changed = { ...drawn, nodes: { ...drawn.nodes, [name]: more } };
      expect(sorted(answers(filesOf(changed)))).toEqual(sorted(answers(filesOf(drawn))));
    }),
  );
});

test('what a third node accepts changes no pair, where each advertises its own pods alone', () => {
  fc.assert(
    fc.property(clusters, fc.nat(3), (drawn, index) => {
      const nodes = Object.fromEntries(
        Object.entries(drawn.nodes).map(([name, node]) => [
          name,
          { ...node, advertise: [node.podCidr], approved: node.approved.length > 0 ? [node.podCidr] : [] },
        ]),
      );
      const names = Object.keys(nodes);
      const third = names[index % names.length]!;
      const other = { ...nodes[third]!, acceptRoutes: !nodes[third]!.acceptRoutes };
      const [before, after] = [nodes, { ...nodes, [third]: other }].map((each) =>
        sorted(answers(filesOf({ ...drawn, nodes: each }))).filter(
          (line) => !line.split(' ').slice(0, 2).includes(third),
        ),
      );
      expect(after).toEqual(before);
    }),
  );
});

test('a pair is delivered only if its trace gets there and back', () => {
  fc.assert(
    fc.property(clusters, (drawn) => {
      const network = buildNetwork(clustersOf(filesOf(drawn))[0]!);
      for (const { from, to, via, delivered } of podPairs(network)) {
        const path = tracePods(network, from, to);
        expect([path.via, path.delivered]).toEqual([via, delivered]);
        const says = path.steps.map((step) => step.says);
        expect(says.at(-1) === 'the reply comes back').toBe(delivered === true);
        if (delivered) expect(says.some((each) => each.startsWith('the request reaches'))).toBe(true);
      }
    }),
  );
});

test('what is missing makes an answer unknown and never turns it round', () => {
  fc.assert(
    fc.property(clusters, fc.nat(3), (drawn, index) => {
      const names = Object.keys(drawn.nodes);
      const name = names[index % names.length]!;
      const files = filesOf(drawn);
      const vague = files['cluster.yaml']!.replace(
        new RegExp(`("name": "${name}"[^]*?)"acceptRoutes": (?:true|false),`),
        '$1',
      );
      expect(vague).not.toBe(files['cluster.yaml']);
      const [known, less] = [answers(files), answers({ ...files, 'cluster.yaml': vague })];
      for (const [pair, answer] of less) {
        const [via, delivered] = answer.split(' ');
        const [knownVia, knownDelivered] = known.get(pair)!.split(' ');
        expect([knownVia, 'unknown']).toContain(via);
        expect([knownDelivered, 'undefined']).toContain(delivered);
      }
    }),
  );
});
