import { describe, expect, test } from 'vitest';
import { deviceFinder } from '../../src/plan/find-device.ts';
import { guardOverlaps, guardRoutes } from '../../src/plan/guards.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { wantedIn as candidatesIn } from '../../src/plan/wanted.ts';
import { diagnosticsOf } from '../pipeline.ts';
import type { Given } from '../policy/tailnet.ts';
import {
  type Asked,
  inputOf,
  placeOf,
  planOf,
  refusalsIn,
  type Setting,
  TAGGED,
  textsOf,
  wantedIn,
} from './plans.ts';

/** The refusals, each with the other places that explain it, and what is wanted all the same. */
function judged(setting: Setting, asked: Asked = {}): string[] {
  const plan = planOf(setting, asked);
  const texts = refusalsIn(plan);
  return [
    ...plan.refusals.map(({ related = [] }, index) =>
      [texts[index], ...related.map(({ at }) => `@${placeOf(at)}`)].join(' '),
    ),
    ...wantedIn(plan),
  ];
}

/** A node's device that advertises these and has none of them approved. */
const ready = (...advertised: string[]): Given => ({ ...TAGGED, advertised, approved: [] });

describe('a prefix by itself', () => {
  test.each([
    ['0.0.0.0/0', 'is an exit route'],
    ['::/0', 'is an exit route'],
    ['10.0.0.0/8', 'is wider than /16, the widest IPv4 prefix that is approved'],
    ['192.0.0.0/15', 'is wider than /16, the widest IPv4 prefix that is approved'],
    ['2001:db8::/32', 'is wider than /48, the widest IPv6 prefix that is approved'],
    ['100.64.0.0/16', "overlaps the range of Tailscale's own addresses, 100.64.0.0/10"],
    ['100.0.0.0/8', "overlaps the range of Tailscale's own addresses, 100.64.0.0/10"],
    ['100.100.100.100/32', "overlaps the range of Tailscale's own addresses, 100.64.0.0/10"],
    ['fd7a:115c:a1e0::/48', "overlaps the range of Tailscale's own addresses, fd7a:115c:a1e0::/48"],
    ['fd7a:115c:a1e0:b1b::/64', "overlaps the range of Tailscale's own addresses, fd7a:115c:a1e0::/48"],
  ])('%s', (prefix, why) => {
    const setting = { nodes: { a: {} }, routes: [{ node: 'a', prefix }], devices: { a: ready(prefix) } };
    expect(judged(setting)).toEqual([`routes.yaml:5 a ${prefix}: ${prefix} ${why}`]);
    // Neither is it an approval that a later plan would do.
    expect(judged({ ...setting, devices: {} })).toEqual([`routes.yaml:5 a ${prefix}: ${prefix} ${why}`]);
    // Somebody approved it by hand: nothing is to be told, and nothing is wanted.
    expect(judged({ ...setting, devices: { a: { ...TAGGED, advertised: [prefix] } } })).toEqual([]);
  });

  test.each(['192.168.0.0/16', 'fd7a:115c:a1e0:b1a:0:1:c0a8:0/112', '2001:db8::/48', '203.0.113.7/32'])(
    '%s is let through',
    (prefix) => {
      const setting = { nodes: { a: {} }, routes: [{ node: 'a', prefix }], devices: { a: ready(prefix) } };
      expect(judged(setting)).toEqual([`now approve a ${prefix}`]);
    },
  );

  test('the widest is what the limits say', () => {
    const prefix = ['10.42.0.0/24', '2001:db8::/64'];
    const setting = { nodes: { a: {} }, routes: [{ node: 'a', prefix }], devices: { a: ready(...prefix) } };
    const limits = { ...DEFAULT_LIMITS, widest: { 4: 25, 6: 65 } as const };
    expect(judged(setting, { limits })).toEqual([
      'routes.yaml:5 a 10.42.0.0/24: 10.42.0.0/24 is wider than /25, the widest IPv4 prefix that is approved',
      'routes.yaml:5 a 2001:db8::/64: 2001:db8::/64 is wider than /65, the widest IPv6 prefix that is approved',
    ]);
  });
});

describe('the device', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  test.each<[string, Given, string[]]>([
    ['not authorised', { isAuthorized: false }, ['the device a is not authorised']],
    ['shared in', { isExternal: true }, ['the device a is shared in from another tailnet']],
    ['expired', { expires: '2026-02-28T23:59:59Z' }, ['the key of the device a expired on 2026-02-28']],
    [
      'expires at this moment',
      { expires: '2026-03-01T00:00:00Z' },
      ['the key of the device a expired on 2026-03-01'],
    ],
    ['expires later', { expires: '2026-03-01T00:00:01Z' }, []],
    ["Go's zero time", { expires: '0001-01-01T00:00:00Z' }, []],
  ])('%s', (_, device, whys) => {
    const setting = {
      nodes: { a: {} },
      routes: [{ node: 'a', prefix: '10.42.0.0/24' }],
      devices: { a: { ...ready('10.42.0.0/24'), ...device } },
    };
    expect(judged(setting, { now })).toEqual(
      whys.length > 0
        ? whys.map((why) => `routes.yaml:5 a 10.42.0.0/24: ${why}`)
        : ['now approve a 10.42.0.0/24'],
    );
  });

  test('in doubt, with the place that leads to it', () => {
    const setting = {
      nodes: { a: {} },
      routes: [{ node: 'a', prefix: '10.42.0.0/24' }],
      devices: { a: { ...ready('10.42.0.0/24'), addresses: ['100.64.0.9'] } },
    };
    expect(judged(setting)).toEqual([
      'routes.yaml:5 a 10.42.0.0/24: no device has 100.64.0.1, and the device a has another address: it was registered again or is another one @cluster.yaml:9',
    ]);
  });
});

describe('what another node has', () => {
  test.each([
    ['10.42.1.0/24', '10.42.1.0/24'],
    ['10.42.1.128/25', '10.42.1.0/24'],
    ['10.42.0.0/16', '10.42.1.0/24'],
  ])('%s is over its pods', (prefix, pods) => {
    const setting = {
      nodes: { a: {}, b: {} },
      routes: [{ node: 'a', prefix }],
      devices: { a: ready(prefix), b: TAGGED },
    };
    expect(judged(setting)).toEqual([
      `routes.yaml:5 a ${prefix}: ${prefix} overlaps ${pods}, the pod CIDR of b @cluster.yaml:21`,
    ]);
  });

  test('a wider route of the node itself is its own matter', () => {
    const setting = {
      nodes: { a: {} },
      routes: [{ node: 'a', prefix: '10.42.0.0/16' }],
      devices: { a: ready('10.42.0.0/16') },
    };
    expect(judged(setting)).toEqual(['now approve a 10.42.0.0/16']);
  });

  test('nodes of another cluster of the tailnet count', () => {
    const cluster = (name: string, node: object) =>
      `apiVersion: podroute/v1\nkind: Cluster\nmetadata: {name: ${name}}\nspec: ${JSON.stringify({ tailnet: 'x.example', nodes: [node] })}\n`;
    const other = {
      'one/cluster.yaml': cluster('one', { name: 'b', tailscaleIp: '100.64.0.2', podCidr: '10.99.0.0/24' }),
      'two/cluster.yaml': cluster('two', { name: 'c', tailscaleIp: '100.64.0.3', podCidr: '10.98.0.0/24' }),
      'one/routes.yaml':
        'apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - {node: b, prefix: 10.98.0.0/24}\n',
      'policy.hujson': '{"acls": []}',
    };
    const { 'cluster.yaml': _, 'routes.yaml': __, ...files } = textsOf({ files: other });
    expect(Object.keys(files)).toHaveLength(4);
    const plan = planOf({ files: other, devices: { x: {}, b: ready('10.98.0.0/24'), c: {} } });
    expect(refusalsIn(plan)).toEqual([
      'one/routes.yaml:5 b 10.98.0.0/24: 10.98.0.0/24 overlaps 10.98.0.0/24, the pod CIDR of c',
    ]);
  });
});

describe('the LAN of a node that accepts routes', () => {
  const lan = '192.168.50.0/24';
  const neighbour = { lanIp: '192.168.50.12/24', site: 'lan' };
  const says = 'b accepts routes and has 192.168.50.0/24 as its LAN';
  const bypass = { to: lan, priority: 2500, table: 'main' };
  test.each<[string, object, string | undefined]>([
    ['is lost', neighbour, says],
    [
      'whose length nobody tells',
      { ...neighbour, lanIp: '192.168.50.12' },
      'b accepts routes and has 192.168.50.12/32 as its LAN',
    ],
    ['kept by a rule', { ...neighbour, ipRules: [bypass] }, undefined],
    [
      'kept by a rule for more',
      { ...neighbour, ipRules: [{ ...bypass, to: '192.168.0.0/16', suppressPrefixlength: 0 }] },
      undefined,
    ],
    ['a rule after Tailscale', { ...neighbour, ipRules: [{ ...bypass, priority: 5300 }] }, says],
    ['a rule without a priority', { ...neighbour, ipRules: [{ to: lan, table: 'main' }] }, says],
    ['a rule for another table', { ...neighbour, ipRules: [{ ...bypass, table: '77' }] }, says],
    ['a rule for others', { ...neighbour, ipRules: [{ ...bypass, to: '10.42.0.0/16' }] }, says],
    ['a rule for what comes in', { ...neighbour, ipRules: [{ ...bypass, iif: 'eth0' }] }, says],
    [
      'a rule that suppresses the LAN',
      { ...neighbour, ipRules: [{ ...bypass, suppressPrefixlength: 24 }] },
      says,
    ],
    [
      'of a node that accepts none',
      { ...neighbour, tailscale: { acceptRoutes: false, tags: ['tag:k3s'] } },
      undefined,
    ],
    [
      'in userspace mode',
      { ...neighbour, tailscale: { acceptRoutes: true, mode: 'userspace', tags: ['tag:k3s'] } },
      undefined,
    ],
    ['another LAN', { lanIp: '192.168.51.12/24' }, undefined],
    [
      'where it joins',
      { role: 'lan-agent', masterLanIp: '192.168.50.2' },
      'b accepts routes and joins at 192.168.50.2 on its LAN',
    ],
    ['where a remote agent joins', { role: 'remote-agent', masterLanIp: '192.168.50.2' }, undefined],
  ])('%s', (_, node, why) => {
    const setting = {
      nodes: { a: { lanIp: '192.168.50.11/24', site: 'lan' }, b: node },
      routes: [{ node: 'a', prefix: lan }],
      devices: { a: ready(lan), b: TAGGED },
    };
    const [first = ''] = judged(setting);
    if (why === undefined) expect(first).toBe(`now approve a ${lan}`);
    else
      expect(first).toContain(
        `routes.yaml:5 a ${lan}: ${why}, which ${lan} would take into the tunnel @cluster.yaml:`,
      );
  });

  test.each([
    ['192.168.50.1/32', false],
    ['192.168.50.12/32', false],
    ['192.168.50.128/25', true],
  ])('%s of a host on it: %s', (prefix, isFine) => {
    const setting = {
      nodes: { a: { lanIp: '192.168.50.11/24', site: 'lan' }, b: neighbour },
      routes: [{ node: 'a', prefix }],
      devices: { a: ready(prefix), b: TAGGED },
    };
    expect(wantedIn(planOf(setting))).toEqual(isFine ? [`now approve a ${prefix}`] : []);
  });
});

describe('two devices', () => {
  const [pods, wider, inside] = ['10.7.0.0/24', '10.7.0.0/16', '10.7.0.128/25'];
  const route = (node: string, prefix: string, more = {}) => ({ node, prefix, ...more });
  const nodes = { a: {}, b: {} };
  const approved = (...prefixes: string[]): Given => ({ ...TAGGED, advertised: prefixes });

  test.each([pods, wider, inside])('one has %s approved', (prefix) => {
    const devices = { a: ready(pods), b: TAGGED, nas: approved(prefix) };
    expect(judged({ nodes, routes: [route('a', pods)], devices })).toEqual([
      `routes.yaml:5 a ${pods}: ${pods} overlaps ${prefix}, which is approved on nas`,
    ]);
  });

  test('approved counts, advertised or not; advertised alone does not', () => {
    const devices = { a: ready(pods), nas: { advertised: [], approved: [wider] }, b: ready(wider) };
    expect(judged({ nodes: { a: {} }, routes: [route('a', pods)], devices })).toEqual([
      `routes.yaml:5 a ${pods}: ${pods} overlaps ${wider}, which is approved on nas`,
    ]);
    expect(
      judged({ nodes: { a: {} }, routes: [route('a', pods)], devices: { ...devices, nas: ready(wider) } }),
    ).toEqual([`now approve a ${pods}`]);
  });

  test('an exit node overlaps nothing', () => {
    const devices = { a: ready(pods), exit: approved('0.0.0.0/0', '::/0') };
    expect(judged({ nodes: { a: {} }, routes: [route('a', pods)], devices })).toEqual([
      `now approve a ${pods}`,
    ]);
  });

  test.each([pods, wider])('both are wanted, the other as %s', (prefix) => {
    const devices = { a: ready(pods), b: ready(prefix) };
    expect(judged({ nodes, routes: [route('a', pods), route('b', prefix)], devices })).toEqual([
      `routes.yaml:5 a ${pods}: ${pods} overlaps ${prefix}, which is wanted on b @routes.yaml:6`,
      `routes.yaml:6 b ${prefix}: ${prefix} overlaps ${pods}, which is wanted on a @routes.yaml:5`,
    ]);
  });

  test('not if the other one is refused anyway', () => {
    const devices = { a: ready(pods), b: ready('10.0.0.0/8') };
    expect(
      wantedIn(planOf({ nodes, routes: [route('a', pods), route('b', '10.0.0.0/8')], devices })),
    ).toEqual([`now approve a ${pods}`]);
  });

  test('redundant on purpose', () => {
    const routes = [route('a', pods, { redundant: true }), route('b', pods, { redundant: true })];
    expect(judged({ nodes, routes, devices: { a: ready(pods), b: approved(pods) } })).toEqual([
      `now approve a ${pods}`,
      `done approve b ${pods}`,
    ]);
    expect(judged({ nodes, routes, devices: { a: ready(pods), b: ready(pods) } })).toEqual([
      `now approve a ${pods}`,
      `now approve b ${pods}`,
    ]);
  });

  test.each([
    [{ redundant: true }, {}, pods],
    [{}, { redundant: true }, pods],
    [{ redundant: true }, { redundant: true }, wider],
  ])('but not %j with %j of %s', (mine, theirs, prefix) => {
    const routes = [route('a', pods, mine), route('b', prefix, theirs)];
    expect(wantedIn(planOf({ nodes, routes, devices: { a: ready(pods), b: approved(prefix) } }))).toEqual([]);
  });

  test('the same plan takes the other one back', () => {
    const routes = [route('a', pods), route('b', pods, { prune: true })];
    const setting = { nodes, routes, devices: { a: ready(pods), b: approved(pods) } };
    expect(judged(setting)).toEqual([`now approve a ${pods}`, `now remove b ${pods}`]);
    // And not what nobody reviewed: then the other one waits as well.
    const isReviewed = ({ action }: { action: string }) => action === 'approve';
    expect(judged(setting, { isReviewed })).toEqual([
      `routes.yaml:5 a ${pods}: ${pods} overlaps ${pods}, which is approved on b`,
      `routes.yaml:6 b ${pods}: not in the reviewed plan`,
    ]);
  });
});

describe('taking back', () => {
  const nodes = { a: {} };
  const routes = [{ node: 'a', prefix: '10.7.0.0/24', prune: true }];
  const policy = {
    tagOwners: { 'tag:k3s': [] },
    acls: [],
    autoApprovers: { routes: { '10.7.0.0/16': ['tag:k3s'] } },
  };
  const devices = { a: { ...TAGGED, advertised: ['10.7.0.0/24'] } };
  const why =
    'routes.yaml:5 a 10.7.0.0/24: 10.7.0.0/16 in autoApprovers would have Headscale approve 10.7.0.0/24 again';
  test.each<[string, Setting, string[]]>([
    ['what Headscale would approve again', { policy, control: 'headscale' }, [why]],
    ['by the policy in force', { inForce: policy, control: 'headscale' }, [why]],
    [
      'and by that alone',
      { policy, inForce: { acls: [] }, control: 'headscale' },
      ['now remove a 10.7.0.0/24'],
    ],
    ['on Tailscale', { policy }, ['now remove a 10.7.0.0/24']],
    ['what nobody approves', { control: 'headscale' }, ['now remove a 10.7.0.0/24']],
  ])('%s', (_, more, expected) => {
    expect(judged({ nodes, routes, devices, ...more })).toEqual(expected);
  });

  test('on Tailscale a note tells when it comes back', () => {
    const { notes } = planOf({ nodes, routes, devices, policy });
    expect(notes.map(({ says }) => says)).toContain(
      'autoApprovers cover 10.7.0.0/24 of a, and approve it once its device registers again',
    );
  });

  test.each<[string, Given]>([
    ['expired', { expires: '1969-01-01T00:00:00Z' }],
    ['not authorised', { isAuthorized: false }],
    ['offline', { isOnline: false }],
  ])('of a device that is %s', (_, given) => {
    const plan = planOf({ nodes, routes, devices: { a: { ...devices.a, ...given } } });
    expect(wantedIn(plan)).toEqual(['now remove a 10.7.0.0/24']);
  });

  test('of a device in doubt', () => {
    const plan = planOf({ nodes, routes, devices: { a: { ...devices.a, tags: ['tag:phone'] } } });
    expect(refusalsIn(plan)).toHaveLength(1);
    expect(wantedIn(plan)).toEqual([]);
  });
});

describe('entries that contradict each other', () => {
  const prefix = '10.7.0.0/24';
  test.each<[object, string[]]>([
    [
      { approve: false },
      ['routes.yaml:5 a 10.7.0.0/24: another entry leaves the approval to people @routes.yaml:6'],
    ],
    [{ prune: true }, ['routes.yaml:5 a 10.7.0.0/24: another entry takes the approval back @routes.yaml:6']],
  ])('%j', (other, expected) => {
    const routes = [
      { node: 'a', prefix },
      { node: 'a', prefix, ...other },
    ];
    expect(judged({ nodes: { a: {} }, routes, devices: { a: ready(prefix) } }).slice(0, 1)).toEqual(expected);
  });
});

describe('everything at once', () => {
  const setting = {
    nodes: { a: {}, b: {} },
    routes: [
      { node: 'a', prefix: ['10.42.0.0/24', '10.7.0.0/24'] },
      { node: 'b', prefix: '10.42.1.0/24' },
    ],
    devices: { a: ready('10.42.0.0/24', '10.7.0.0/24'), b: ready('10.42.1.0/24') },
  };
  const places = [
    'routes.yaml:5 a 10.42.0.0/24',
    'routes.yaml:5 a 10.7.0.0/24',
    'routes.yaml:6 b 10.42.1.0/24',
  ];

  test.each([
    [{ devices: 1 }, 'the plan would change 2 devices, more than the limit of 1'],
    [{ routes: 2 }, 'the plan would change 3 routes, more than the limit of 2'],
    [{ devices: 0 }, 'the plan would change 2 devices, more than the limit of 0'],
  ])('limits of %j', (limits, why) => {
    const plan = planOf(setting, { limits: { ...DEFAULT_LIMITS, ...limits } });
    expect(refusalsIn(plan)).toEqual(places.map((place) => `${place}: ${why}`));
    expect(plan.steps).toEqual([]);
  });

  test('what is done does not count', () => {
    const devices = { ...setting.devices, a: { ...TAGGED, advertised: ['10.42.0.0/24', '10.7.0.0/24'] } };
    const plan = planOf({ ...setting, devices }, { limits: { ...DEFAULT_LIMITS, devices: 1, routes: 1 } });
    expect(plan.refusals).toEqual([]);
  });

  test('errors of check', () => {
    const errors = diagnosticsOf({
      'routes.yaml':
        'apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - {node: z, prefix: 10.7.0.1/24}\n    - {node: z, prefix: 10.8.0.1/24}\n',
    }).filter(({ severity }) => severity === 'error');
    const plan = planOf(setting, { errors: errors.toReversed() });
    expect(refusalsIn(plan)).toEqual(
      places.map((place) => `${place}: podroute check finds invalid-prefix and 1 more error`),
    );
    expect(plan.refusals.map(({ related }) => related?.map(({ at }) => placeOf(at)))).toEqual([
      ['routes.yaml:5'],
      ['routes.yaml:5'],
      ['routes.yaml:5'],
    ]);
    expect([plan.wanted, plan.steps]).toEqual([[], []]);
  });

  test('Headscale approves a second exit route with the first', () => {
    const devices = { ...setting.devices, a: { ...setting.devices.a, approved: ['0.0.0.0/0'] } };
    const plan = planOf({ ...setting, devices, control: 'headscale' });
    expect(refusalsIn(plan)).toEqual([
      'routes.yaml:5 a 10.42.0.0/24: a has 0.0.0.0/0 approved, and Headscale would approve ::/0 with it',
      'routes.yaml:5 a 10.7.0.0/24: a has 0.0.0.0/0 approved, and Headscale would approve ::/0 with it',
    ]);
    expect(refusalsIn(planOf({ ...setting, devices }))).toEqual([]);
    // What stays approved there keeps the route from another device.
    const moved = planOf({
      nodes: { a: {}, b: {} },
      routes: [
        { node: 'a', prefix: '10.7.0.0/24', prune: true },
        { node: 'b', prefix: '10.7.0.0/24' },
      ],
      devices: { a: { ...TAGGED, advertised: ['10.7.0.0/24', '::/0'] }, b: ready('10.7.0.0/24') },
      control: 'headscale',
    });
    expect(refusalsIn(moved)).toEqual([
      'routes.yaml:5 a 10.7.0.0/24: a has ::/0 approved, and Headscale would approve 0.0.0.0/0 with it',
      'routes.yaml:6 b 10.7.0.0/24: 10.7.0.0/24 overlaps 10.7.0.0/24, which is approved on a',
    ]);
    const both = { ...devices, a: { ...devices.a, approved: ['0.0.0.0/0', '::/0'] } };
    expect(refusalsIn(planOf({ ...setting, devices: both, control: 'headscale' }))).toEqual([]);
  });
});

test('a thousand nodes on one LAN are judged in far less than two seconds', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}`);
  const hostOf = (index: number) => `${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const podsOf = (index: number) => `10.${100 + Math.floor(index / 250)}.${index % 250}.0/24`;
  const each = <T>(of: (index: number) => T) =>
    Object.fromEntries(names.map((name, index) => [name, of(index)]));
  const setting: Setting = {
    nodes: each((index) => ({
      tailscaleIp: `100.64.${hostOf(index)}`,
      lanIp: `192.168.${hostOf(index)}/16`,
      podCidr: podsOf(index),
    })),
    routes: names.flatMap((node, index) =>
      [podsOf(index), `172.16.0.0/${16 + (index % 16)}`].map((prefix) => ({ node, prefix })),
    ),
    devices: each((index) => ({ addresses: [`100.64.${hostOf(index)}`], advertised: [podsOf(index)] })),
  };
  const input = inputOf(setting);
  const start = performance.now();
  const find = deviceFinder(input.clusters, input.list);
  const wanted = candidatesIn(input.clusters, find, input.limits);
  const faults = wanted.map(guardRoutes({ ...input, find, policies: [] }));
  const overlaps = wanted.map(guardOverlaps(input.list, wanted));
  expect(performance.now() - start).toBeLessThan(2000);
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  expect(overlaps.filter((fault) => fault !== undefined)).toHaveLength(1000);
});
