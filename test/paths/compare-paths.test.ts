import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  comparePaths,
  type PairChange,
  type PathsDifference,
  type Side,
} from '../../src/paths/compare-paths.ts';
import { buildNetwork } from '../../src/paths/network.ts';
import type { Span } from '../../src/source/span.ts';
import { clustersOf, type Texts } from '../pipeline.ts';
import { filesOf, observations, viaOf } from './observations.ts';

const ASKED = { protocol: 6, port: 8000 };

const CLUSTER = `apiVersion: podroute/v1
kind: Cluster
metadata: {name: home}
spec:
  flannelBackend: host-gw
  nodes:
    - name: oslo
      role: server
      lanIp: 192.168.50.11/24
      tailscaleIp: 100.64.0.1
      podCidr: 10.42.0.0/24
      tailscale:
        acceptRoutes: true
        tags: [tag:k3s]
    - name: bergen
      role: lan-agent
      lanIp: 192.168.50.12/24
      tailscaleIp: 100.64.0.2
      podCidr: 10.42.1.0/24
      tailscale:
        acceptRoutes: true
        tags: [tag:k3s]
    - name: kyoto
      role: remote-agent
      lanIp: 192.168.60.13/24
      tailscaleIp: 100.64.0.3
      podCidr: 10.42.3.0/24
      tailscale:
        acceptRoutes: true
        tags: [tag:k3s]
`;

const ROUTES = `apiVersion: podroute/v1
kind: Routes
spec:
  routes:
    - node: oslo
      prefix: 10.42.0.0/24
      approve: true
    - node: bergen
      prefix: 10.42.1.0/24
      approve: true
    - node: kyoto
      prefix: 10.42.3.0/24
      approve: true
`;

const POLICY = `{
  "tagOwners": {"tag:k3s": []},
  "grants": [
    {
      "src": ["10.42.0.0/16", "tag:k3s"],
      "dst": ["10.42.0.0/16", "tag:k3s"],
      "ip": ["*"],
    },
  ],
}
`;

const HOME: Texts = { 'cluster.yaml': CLUSTER, 'routes.yaml': ROUTES, 'policy.hujson': POLICY };

function sideOf(texts: Texts, root = ''): Side {
  return { networks: clustersOf(texts).map((cluster) => buildNetwork(cluster)), root };
}

function difference(before: Texts, after: Texts): PathsDifference {
  return comparePaths(sideOf(before), sideOf(after), ASKED);
}

/** The whole line at the start of a span, with what its number is. */
function lineAt({ file, start }: Span): string {
  const lines = file.text.slice(0, start).split('\n');
  return `${file.path}:${lines.length} ${file.text.split('\n')[lines.length - 1]!.trim()}`;
}

function inWords({ from, to, before, after, changed }: PairChange): string {
  const way = ({ via, delivered }: PairChange['before']) => `${via} ${delivered}`;
  return `${from} → ${to}: ${way(before)}, ${way(after)}: ${changed.map(lineAt).join(', ')}`;
}

/** Replaces the number-th occurrence, from 0. */
function replaced(text: string, old: string, fresh: string, number: number): string {
  const parts = text.split(old);
  return `${parts.slice(0, number + 1).join(old)}${fresh}${parts.slice(number + 1).join(old)}`;
}

describe('a change', () => {
  test('of an approval cuts a node off, and its line is named', () => {
    const routes = replaced(ROUTES, 'approve: true', 'approve: false', 2);
    const { broken, mended, moved, added, removed } = difference(HOME, { ...HOME, 'routes.yaml': routes });
    expect(broken.map(inWords)).toEqual([
      'oslo → kyoto: tailnet true, default false: routes.yaml:13 approve: false',
      'bergen → kyoto: tailnet true, default false: routes.yaml:13 approve: false',
      'kyoto → oslo: tailnet true, tailnet false: routes.yaml:13 approve: false',
      'kyoto → bergen: tailnet true, tailnet false: routes.yaml:13 approve: false',
    ]);
    expect(broken[2]!.cause).toContain('10.42.3.0/24 of kyoto is not approved');
    expect([mended, moved, added, removed]).toEqual([[], [], [], []]);
  });

  test('of what one node accepts moves and breaks pairs', () => {
    const cluster = replaced(CLUSTER, 'acceptRoutes: true', 'acceptRoutes: false', 1);
    const { broken } = difference(HOME, { ...HOME, 'cluster.yaml': cluster });
    const line = 'cluster.yaml:21 acceptRoutes: false';
    expect(broken.map(inWords)).toEqual([
      `oslo → bergen: tailnet true, tailnet false: ${line}`,
      `bergen → oslo: tailnet true, lan false: ${line}`,
      `bergen → kyoto: tailnet true, default false: ${line}`,
      `kyoto → bergen: tailnet true, tailnet false: ${line}`,
    ]);
    const nowhere = CLUSTER.replaceAll('acceptRoutes: true', 'acceptRoutes: false');
    const { mended, moved } = difference(
      { ...HOME, 'cluster.yaml': cluster },
      { ...HOME, 'cluster.yaml': nowhere },
    );
    expect(mended.map(inWords)).toEqual([
      'oslo → bergen: tailnet false, lan true: cluster.yaml:13 acceptRoutes: false',
      'bergen → oslo: lan false, lan true: cluster.yaml:13 acceptRoutes: false',
    ]);
    expect(moved.map(inWords)).toEqual([
      'kyoto → bergen: tailnet false, default false: cluster.yaml:29 acceptRoutes: false',
    ]);
    const all = difference(HOME, { ...HOME, 'cluster.yaml': nowhere });
    expect(all.moved.map(({ from, to, cause }) => [from, to, cause])).toEqual([
      ['oslo', 'bergen', undefined],
      ['bergen', 'oslo', undefined],
    ]);
  });

  test('that takes a route away names the line that is gone', () => {
    const entry = '    - node: kyoto\n      prefix: 10.42.3.0/24\n      approve: true\n';
    const { broken } = difference(HOME, { ...HOME, 'routes.yaml': ROUTES.replace(entry, '') });
    expect(broken[0]!.changed.map(lineAt)).toEqual([
      'routes.yaml:12 prefix: 10.42.3.0/24',
      'routes.yaml:13 approve: true',
    ]);
    expect(broken[0]!.changed[0]!.file.text).toBe(ROUTES);
  });

  test('of a prefix names the line as it is now', () => {
    const routes = ROUTES.replace('10.42.3.0/24', '10.42.9.0/24');
    const { broken } = difference(HOME, { ...HOME, 'routes.yaml': routes });
    expect(broken.map(({ changed }) => changed.map(lineAt).join())).toEqual(
      broken.map(() => 'routes.yaml:12 prefix: 10.42.9.0/24'),
    );
  });

  test('of a rule of the policy names it', () => {
    const policy = POLICY.replace('"dst": ["10.42.0.0/16"', '"dst": ["10.42.0.0/23"');
    const { broken } = difference(HOME, { ...HOME, 'policy.hujson': policy });
    expect(broken.length).toBeGreaterThan(0);
    for (const { changed } of broken) {
      expect(changed.map(lineAt)).toEqual(['policy.hujson:6 "dst": ["10.42.0.0/23", "tag:k3s"],']);
    }
  });

  test('that no step rests on is named with all others, if they are few', () => {
    const sited = (site: string) =>
      CLUSTER.replaceAll('acceptRoutes: true', 'acceptRoutes: false').replace(
        'role: lan-agent',
        `role: lan-agent\n      site: ${site}`,
      );
    const before = { ...HOME, 'cluster.yaml': sited('far') };
    const after = { ...HOME, 'cluster.yaml': `# moved\n${sited('lan')}` };
    const { broken, mended, moved } = difference(before, after);
    const changes = [...broken, ...mended, ...moved];
    expect(changes.length).toBeGreaterThan(0);
    for (const { changed } of changes) {
      expect(changed.map(lineAt)).toEqual(['cluster.yaml:1 # moved', 'cluster.yaml:18 site: lan']);
    }
    const many = { ...after, 'cluster.yaml': '# more\n'.repeat(12) + after['cluster.yaml'] };
    const lost = difference(before, many);
    expect([...lost.broken, ...lost.mended, ...lost.moved].map(({ changed }) => changed)).toEqual(
      changes.map(() => []),
    );
  });

  test('of the nodes adds pairs and removes pairs', () => {
    const without = CLUSTER.slice(0, CLUSTER.indexOf('    - name: kyoto'));
    const routes = ROUTES.slice(0, ROUTES.indexOf('    - node: kyoto'));
    const less = { ...HOME, 'cluster.yaml': without, 'routes.yaml': routes };
    const pairs = ['oslo → kyoto', 'bergen → kyoto', 'kyoto → oslo', 'kyoto → bergen'];
    const named = (from: Texts, to: Texts) => {
      const { added, removed, ...changed } = difference(from, to);
      expect(changed).toEqual({ broken: [], mended: [], moved: [] });
      return [added, removed].map((each) =>
        each.map((pair) => `${pair.from} → ${pair.to} ${pair.via} ${pair.delivered}`),
      );
    };
    const shown = pairs.map((pair) => `${pair} tailnet true`);
    expect(named(less, HOME)).toEqual([shown, []]);
    expect(named(HOME, less)).toEqual([[], shown]);
  });

  test('is the same whatever folder the files stand in', () => {
    const routes = replaced(ROUTES, 'approve: true', 'approve: false', 2);
    const below = (folder: string, texts: Texts): Texts =>
      Object.fromEntries(Object.entries(texts).map(([path, text]) => [`${folder}/${path}`, text]));
    const { broken } = comparePaths(
      sideOf(below('main/home', HOME), 'main/home'),
      sideOf(below('home', { ...HOME, 'routes.yaml': routes }), 'home'),
      ASKED,
    );
    expect(broken.map(({ changed }) => changed.map(lineAt))).toEqual(
      broken.map(() => ['home/routes.yaml:13 approve: false']),
    );
    expect(broken).toHaveLength(4);
  });

  test('of one of two clusters is told with its name', () => {
    const other = (texts: Texts): Texts =>
      Object.fromEntries(
        Object.entries(texts).map(([path, text]) => [
          `work/${path}`,
          text.replaceAll('100.64.0.', '100.64.9.').replace('name: home', 'name: work'),
        ]),
      );
    const home = (texts: Texts): Texts =>
      Object.fromEntries(Object.entries(texts).map(([path, text]) => [`home/${path}`, text]));
    const routes = replaced(ROUTES, 'approve: true', 'approve: false', 2);
    const before = { ...home(HOME), ...other(HOME) };
    const { broken } = difference(before, { ...before, ...other({ 'routes.yaml': routes }) });
    expect(broken.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'work/oslo → work/kyoto',
      'work/bergen → work/kyoto',
      'work/kyoto → work/oslo',
      'work/kyoto → work/bergen',
    ]);
    const { added, removed } = difference(before, home(HOME));
    expect([added.length, removed.length]).toEqual([0, 6]);
    expect(removed[0]).toMatchObject({ from: 'work/oslo', to: 'work/bergen' });
  });
});

describe('any two observations', () => {
  const sides = () =>
    observations().map((observation) => ({ observation, side: sideOf(filesOf(observation)) }));

  test('do not differ from themselves', () => {
    for (const { observation, side } of sides()) {
      const empty = { broken: [], mended: [], moved: [], added: [], removed: [] };
      expect(comparePaths(side, sideOf(filesOf(observation)), ASKED)).toEqual(empty);
    }
  });

  test('differ as was observed, the other way round the other way, by lines that differ', () => {
    const some = fc.constantFrom(...sides());
    fc.assert(
      fc.property(some, some, (a, b) => {
        const there = comparePaths(a.side, b.side, ASKED);
        const back = comparePaths(b.side, a.side, ASKED);
        const ways = (changes: readonly PairChange[]) =>
          changes.map(({ from, to, before, after }) => ({ from, to, before, after }));
        const turned = (changes: readonly PairChange[]) =>
          changes.map(({ from, to, before, after }) => ({ from, to, before: after, after: before }));
        expect(turned(back.mended)).toEqual(ways(there.broken));
        expect(turned(back.broken)).toEqual(ways(there.mended));
        expect(turned(back.moved)).toEqual(ways(there.moved));

        const changes = [...there.broken, ...there.mended, ...there.moved];
        const observed = new Map(a.observation.pairs.map((pair) => [`${pair.from} ${pair.to}`, pair]));
        const differing = b.observation.pairs.filter((pair) => {
          const before = observed.get(`${pair.from} ${pair.to}`)!;
          return before.delivered !== pair.delivered || viaOf(before) !== viaOf(pair);
        });
        expect(changes.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(
          differing.map(({ from, to }) => `${from} ${to}`).sort(),
        );

        const texts = [filesOf(a.observation), filesOf(b.observation)];
        for (const { file, start, end } of changes.flatMap(({ changed }) => changed)) {
          const line = file.text.slice(0, start).split('\n').length - 1;
          expect(end).toBeGreaterThan(start);
          expect(file.text.slice(start, end)).not.toContain('\n');
          const own = file.text.split('\n')[line];
          const [before, after] = texts.map((each) => each[file.path]!.split('\n'));
          // What stands as often in both texts may still stand elsewhere: then the two lines before it count.
          const context = file.text.split('\n').slice(0, line).join('\n');
          const isSame = [before!, after!].every(
            (each) => each[line] === own && each.slice(0, line).join('\n') === context,
          );
          expect(isSame).toBe(false);
        }
      }),
    );
  });
});

test('hundreds of nodes are compared in a few seconds', () => {
  const count = 150;
  const nodes = Array.from({ length: count }, (_, number) => ({
    name: `n${number}`,
    role: number === 0 ? 'server' : 'remote-agent',
    tailscaleIp: `100.64.1.${number}`,
    podCidr: `10.42.${number}.0/24`,
    tailscale: { acceptRoutes: true, tags: ['tag:k3s'] },
  }));
  const texts = (refused: (number: number) => boolean): Texts => ({
    'cluster.yaml': JSON.stringify(
      { apiVersion: 'podroute/v1', kind: 'Cluster', spec: { flannelBackend: 'host-gw', nodes } },
      null,
      1,
    ),
    'routes.yaml': `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n${nodes
      .map(
        ({ name, podCidr }, number) =>
          `    - {node: ${name}, prefix: ${podCidr}, approve: ${!refused(number)}}\n`,
      )
      .join('')}`,
    'policy.hujson': POLICY,
  });
  const [before, all, one] = [() => false, () => true, (number: number) => number === 7].map((refused) =>
    sideOf(texts(refused)),
  );
  expect(comparePaths(before!, one!, ASKED).broken).toHaveLength(2 * (count - 1));
  expect(comparePaths(before!, all!, ASKED).broken).toHaveLength(count * (count - 1));
});
