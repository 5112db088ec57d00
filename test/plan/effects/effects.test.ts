import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPrefix } from '../../../src/net/format.ts';
import { comparePaths } from '../../../src/paths/compare-paths.ts';
import { effectsOf } from '../../../src/plan/effects/effects.ts';
import { passingState } from '../../../src/plan/effects/states.ts';
import { filesOf, observations } from '../../paths/observations.ts';
import { listOf } from '../../policy/tailnet.ts';
import { changesTo, drawnClusters, outlookOf, outlookOfDrawn } from '../outlooks.ts';

test('paths differ as those of the networks before and after', () => {
  fc.assert(
    fc.property(drawnClusters, (drawn) => {
      const outlook = outlookOfDrawn(drawn);
      const changes = changesTo(outlook, drawn.after);
      const { paths, networks } = effectsOf(outlook, changes);
      const [before, after] = [[], changes].map((each) => ({
        networks: passingState(outlook, each).map(({ network }) => network),
        root: '',
      }));
      expect(paths).toEqual(comparePaths(before!, after!));
      expect(networks).toHaveLength(1);
    }),
    { numRuns: 80 },
  );
});

const NODES = {
  site: ['oslo', 'kyoto'],
  names: ['oslo-1', 'kyoto-1'],
} as const;

function files(policy: object) {
  const nodes = NODES.names.map((name, index) => ({
    name,
    site: NODES.site[index],
    tailscaleIp: `100.64.0.${index + 1}`,
    podCidr: `10.42.${index}.0/24`,
    tailscale: { acceptRoutes: true, tags: ['tag:k3s'] },
  }));
  const routes = nodes.map(({ name, podCidr }) => ({ node: name, prefix: podCidr }));
  const manifest = (kind: string, spec: object) =>
    JSON.stringify({ apiVersion: 'podroute/v1', kind, metadata: { name: 'home' }, spec });
  return {
    'cluster.yaml': manifest('Cluster', { flannelBackend: 'host-gw', nodes }),
    'routes.yaml': manifest('Routes', { routes }),
    'policy.hujson': JSON.stringify({ tagOwners: { 'tag:k3s': [] }, ...policy }),
  };
}

const PEOPLE = listOf({
  laptop: { owner: ['ada@example.com'], addresses: ['100.64.0.100'] },
  phone: { owner: ['bo@example.com'], addresses: ['100.64.0.101'] },
}).devices;

/** Both nodes' pods are approved where nothing was. */
function effectsUnder(policy: object) {
  const outlook = outlookOf(files(policy), {}, PEOPLE);
  return effectsOf(outlook, changesTo(outlook, { 'oslo-1': ['10.42.0.0/24'], 'kyoto-1': ['10.42.1.0/24'] }));
}

function gainsUnder(policy: object): string[] | undefined {
  return effectsUnder(policy).access?.map(
    ({ sourceNames, destinationNames }) => `${sourceNames.join()} > ${destinationNames.join()}`,
  );
}

function learnersUnder(policy: object): string[] {
  return effectsUnder(policy).learners.map(
    ({ prefix, router, devices }) =>
      `${formatPrefix(prefix)} of ${router.name}: ${devices.map(({ name }) => name).join()}`,
  );
}

const rule = (src: string, dst: string) => ({ action: 'accept', src: [src], dst: [dst] });

describe('what approvals open', () => {
  test('nothing where no rule speaks of what is behind the routers', () => {
    expect(gainsUnder({ acls: [rule('ada@example.com', 'bo@example.com:*')] })).toEqual([]);
    expect(learnersUnder({ acls: [rule('ada@example.com', 'bo@example.com:*')] })).toEqual([]);
  });

  test('the pods to those that a rule lets there, who learn the route', () => {
    const policy = { acls: [rule('ada@example.com', '10.42.0.0/24:443')] };
    expect(gainsUnder(policy)).toEqual(['ada@example.com > 10.42.0.0/24 behind oslo-1']);
    expect(learnersUnder(policy)).toEqual(['10.42.0.0/24 of oslo-1: laptop']);
  });

  test('everything to the pods under a rule for every source, and the pods to everybody', () => {
    const policy = { acls: [rule('*', '*:*')] };
    const { access } = effectsUnder(policy);
    const reached = new Set(access?.flatMap(({ arrivals }) => arrivals.map(({ device }) => device.name)));
    expect([...reached].sort()).toEqual(['kyoto-1', 'laptop', 'oslo-1', 'phone']);
    expect(learnersUnder(policy)).toEqual([
      '10.42.0.0/24 of oslo-1: laptop,phone',
      '10.42.1.0/24 of kyoto-1: laptop,phone',
    ]);
  });

  test('the pods as sources of rules for every source', () => {
    const { access } = effectsUnder({ acls: [rule('*', 'ada@example.com:22')] });
    expect(access?.map(({ arrivals, ports }) => [arrivals.map(({ device }) => device.name), ports])).toEqual([
      [['laptop'], [{ first: 22, last: 22 }]],
    ]);
    expect(access?.[0]?.sources.map(({ first }) => first)).toEqual([0x0a2a_0000n]);
  });

  test('no route to those who knew it before', () => {
    const more = listOf({
      'oslo-9': { tags: ['tag:k3s'], addresses: ['100.64.0.9'], advertised: ['10.42.0.0/24'] },
    }).devices;
    const outlook = outlookOf(files({ acls: [rule('*', '*:*')] }), {}, [...PEOPLE, ...more]);
    const { learners } = effectsOf(outlook, changesTo(outlook, { 'oslo-1': ['10.42.0.0/24'] }));
    expect(learners).toEqual([]);
  });
});

describe('the observed tailnets', () => {
  const cases = observations().map((observation) => [observation.id, observation] as const);

  test.each(cases)('%s: what approving mends is what works', (_, observation) => {
    const approved = Object.fromEntries(
      Object.entries(observation.nodes).map(([name, node]) => [
        name,
        node.approved.filter((each) => !each.endsWith('/0')),
      ]),
    );
    const outlook = outlookOf(filesOf(observation), {});
    const changes = changesTo(outlook, approved);
    const { paths, access, learners } = effectsOf(outlook, changes);
    const [after] = passingState(outlook, changes);
    for (const { from, to } of paths.mended) {
      const [sender, receiver] = [from, to].map(
        (name) => after!.network.hosts.find((host) => host.name === name)!.number,
      );
      expect(after!.rankOf(sender!, receiver!)).toBeGreaterThan(0);
    }
    expect(access).toBeDefined();
    expect(learners).toEqual([]);
  });
});
