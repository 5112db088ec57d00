import { describe, expect, test } from 'vitest';
import { filterOf, matchesAt, rulesOf } from '../../src/policy/compile.ts';
import { compiled, deviceNamed, filterText, listOf, policyOf } from './tailnet.ts';

const TAILNET = {
  server: { tags: ['tag:server'] }, // 100.64.0.1
  laptop: { owner: ['ada@example.com'] }, // .2
  phone: { owner: ['ada@example.com'] }, // .3
  desktop: { owner: ['bo@example.com'] }, // .4
  router: { tags: ['tag:router'], advertised: ['10.42.3.0/24', '10.9.0.0/16'], approved: ['10.42.3.0/24'] }, // .5
  exit: { tags: ['tag:exit'], advertised: ['0.0.0.0/0', '::/0'] }, // .6
  guest: { owner: ['eve@example.org'], isExternal: true }, // .7
};

const NAMES = {
  groups: { 'group:admins': ['ada@example.com'], 'group:nobody': [] },
  tagOwners: { 'tag:server': [], 'tag:router': [], 'tag:exit': [], 'tag:spare': [] },
  hosts: { lan: '192.168.0.0/16', pods: '10.42.0.0/16', one: '100.64.0.1' },
};

function filters(rules: object, ...names: string[]): string[][] {
  const policy = compiled({ ...NAMES, ...rules }, TAILNET);
  return names.map((name) => filterText(policy, name));
}

const EVERYTHING = '10.42.3.0/24,100.64.0.0-100.115.91.255,100.115.94.0-100.127.255.255,fd7a:115c:a1e0::/48';

describe('sources', () => {
  test.each([
    ['*', EVERYTHING],
    ['tag:server', '100.64.0.1'],
    ['ada@example.com', '100.64.0.2/31'],
    ['ADA@Example.com', '100.64.0.2/31'],
    ['group:admins', '100.64.0.2/31'],
    ['user:*@example.com', '100.64.0.2-100.64.0.4'],
    ['autogroup:member', '100.64.0.2-100.64.0.4'],
    ['autogroup:tagged', '100.64.0.1,100.64.0.5-100.64.0.6'],
    ['autogroup:shared', '100.64.0.7'],
    ['autogroup:danger-all', '0.0.0.0/0,::/0'],
    ['lan', '192.168.0.0/16'],
    ['10.42.3.7', '10.42.3.7'],
    ['10.42.0.0/16', '10.42.0.0/16'],
    ['100.64.0.1-100.64.0.9', '100.64.0.1-100.64.0.9'],
  ])('%s stands for %s', (source, ranges) => {
    const acls = [{ action: 'accept', src: [source], dst: ['tag:server:22'] }];
    expect(filters({ acls }, 'server')).toEqual([[`${ranges} > 100.64.0.1:22`]]);
  });

  test.each(['group:nobody', 'tag:spare', 'autogroup:admin'])('%s stands for nobody', (source) => {
    const acls = [{ action: 'accept', src: [source], dst: ['*:*'] }];
    expect(filters({ acls }, 'server', 'router')).toEqual([[], []]);
  });

  test('of several all count, and `*` does not swallow what is elsewhere', () => {
    const acls = [{ action: 'accept', src: ['*', 'lan', 'tag:server'], dst: ['tag:server:22'] }];
    expect(filters({ acls }, 'server')).toEqual([
      [`${EVERYTHING.replace('fd7a', '192.168.0.0/16,fd7a')} > 100.64.0.1:22`],
    ]);
  });
});

describe('destinations are delivered where they are', () => {
  test.each([
    ['tag:server', ['server'], '100.64.0.1'],
    ['one', ['server'], '100.64.0.1'],
    ['bo@example.com', ['desktop'], '100.64.0.4'],
    ['100.64.0.0/24', ['server', 'laptop', 'exit'], '100.64.0.0/24'],
    // Overlapping is enough, in both directions, and the rule stays as it is written.
    ['10.42.0.0/16', ['router'], '10.42.0.0/16'],
    ['pods', ['router'], '10.42.0.0/16'],
    ['10.42.3.128/25', ['router'], '10.42.3.128/25'],
  ])('%s at %s', (destination, at, range) => {
    const acls = [{ action: 'accept', src: ['bo@example.com'], dst: [`${destination}:22`] }];
    const policy = compiled({ ...NAMES, acls }, TAILNET);
    for (const name of at) expect(filterText(policy, name)).toEqual([`100.64.0.4 > ${range}:22`]);
    if (at.length === 1) {
      for (const name of Object.keys(TAILNET)) {
        if (name !== at[0]) expect(filterText(policy, name)).toEqual([]);
      }
    }
  });

  test.each([
    ['a route that is not approved', '10.9.0.0/16'],
    ['a prefix next to a route', '10.42.4.0/24'],
    ['what nobody routes', '172.16.0.0/12'],
    ['public addresses without an exit node there', '10.43.0.1'],
  ])('not %s', (_, destination) => {
    const acls = [{ action: 'accept', src: ['*'], dst: [`${destination}:*`] }];
    expect(filters({ acls }, ...Object.keys(TAILNET)).flat()).toEqual([]);
  });

  test('an advertised route that is not approved, and an approved one that is not advertised, route nothing', () => {
    const acls = [{ action: 'accept', src: ['ada@example.com'], dst: ['10.0.0.0/8:*'] }];
    const policy = compiled(
      { acls },
      {
        ada: { owner: ['ada@example.com'] },
        pending: { advertised: ['10.1.0.0/16'], approved: [] },
        gone: { advertised: [], approved: ['10.1.0.0/16'] },
      },
    );
    expect([filterText(policy, 'pending'), filterText(policy, 'gone')]).toEqual([[], []]);
  });

  test('the internet at exit nodes, for IPv4 and IPv6', () => {
    const acls = [{ action: 'accept', src: ['ada@example.com'], dst: ['autogroup:internet:*'] }];
    const [exit, router] = filters({ acls }, 'exit', 'router');
    expect(router).toEqual([]);
    expect(exit).toEqual([
      '100.64.0.2/31 > 0.0.0.0-9.255.255.255:*,11.0.0.0-100.63.255.255:*,100.128.0.0-169.253.255.255:*,169.255.0.0-172.15.255.255:*,172.32.0.0-192.167.255.255:*,192.169.0.0-255.255.255.255:*,2000::/3:*',
    ]);
  });

  test('a public address at exit nodes, and at nobody else', () => {
    const acls = [{ action: 'accept', src: ['ada@example.com'], dst: ['203.0.113.7:443'] }];
    expect(filters({ acls }, 'exit', 'router')).toEqual([['100.64.0.2/31 > 203.0.113.7:443'], []]);
  });

  test('a device with two addresses has a line for both', () => {
    const policy = compiled(
      { acls: [{ action: 'accept', src: ['10.0.0.1'], dst: ['tag:x:1'] }], tagOwners: { 'tag:x': [] } },
      { x: { tags: ['tag:x'], addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'] } },
    );
    expect(filterText(policy, 'x')).toEqual(['10.0.0.1 > 100.64.0.1:1,fd7a:115c:a1e0::1:1']);
  });
});

describe('autogroup:self', () => {
  const acls = [{ action: 'accept', src: ['autogroup:member'], dst: ['autogroup:self:22'] }];

  test('lets a person to all their devices and nobody else', () => {
    expect(filters({ acls }, 'laptop', 'phone', 'desktop', 'server')).toEqual([
      ['100.64.0.2/31 > 100.64.0.2:22'],
      ['100.64.0.2/31 > 100.64.0.3:22'],
      ['100.64.0.4 > 100.64.0.4:22'],
      [],
    ]);
  });

  test('only from the sources of the rule', () => {
    const only = [{ ...acls[0], src: ['bo@example.com'] }];
    expect(filters({ acls: only }, 'laptop', 'desktop')).toEqual([[], ['100.64.0.4 > 100.64.0.4:22']]);
  });

  test('not for a tagged device, whoever brought it in', () => {
    const tailnet = {
      laptop: { owner: ['ada@example.com'] },
      server: { tags: ['tag:server'], owner: ['ada@example.com'] },
    };
    const policy = compiled({ ...NAMES, acls }, tailnet);
    expect(filterText(policy, 'laptop')).toEqual(['100.64.0.1 > 100.64.0.1:22']);
    expect(filterText(policy, 'server')).toEqual([]);
    const any = compiled({ ...NAMES, acls: [{ ...acls[0], src: ['*'] }] }, tailnet);
    expect(filterText(any, 'laptop')).toEqual(['100.64.0.1 > 100.64.0.1:22']);
    expect(filterText(any, 'server')).toEqual([]);
  });

  test('not through a router', () => {
    const grants = [{ src: ['autogroup:member'], dst: ['autogroup:self'], ip: ['22'], via: ['tag:router'] }];
    expect(filters({ grants }, 'laptop', 'router')).toEqual([[], []]);
  });

  test('stands in its place among the other rules', () => {
    const all = ['ada@example.com:1', 'autogroup:self:2', '100.64.0.2:3', 'autogroup:self:4', '*:5'];
    const rules = all.map((to) => ({ action: 'accept', src: ['ada@example.com'], dst: [to] }));
    const policy = compiled({ ...NAMES, acls: rules }, TAILNET);
    const matches = matchesAt(policy, deviceNamed(policy, 'laptop'));
    expect(matches.map(({ rule }) => rule.index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('not for a device without an owner', () => {
    const policy = compiled({ acls: [{ ...acls[0], src: ['*'] }] }, { orphan: {} });
    expect(filterText(policy, 'orphan')).toEqual([]);
  });
});

describe('what may pass', () => {
  test.each([
    ['22', '22'],
    ['80,443', '80,100.64.0.1:443'],
    ['8000-8100', '8000-8100'],
    ['*', '*'],
  ])('ports %s', (ports, text) => {
    const acls = [{ action: 'accept', src: ['lan'], dst: [`tag:server:${ports}`] }];
    expect(filters({ acls }, 'server')).toEqual([[`192.168.0.0/16 > 100.64.0.1:${text}`]]);
  });

  test.each([
    [['*'], ['*']],
    [['443'], ['443']],
    [['tcp:80'], ['80 [6]']],
    [['udp:*'], ['* [17]']],
    [['icmp:*'], ['* [1]']],
    [
      ['tcp:80', 'udp:53'],
      ['80 [6]', '53 [17]'],
    ],
    [['tcp:80', 'tcp:81'], ['80,100.64.0.1:81 [6]']],
  ])('ip %j of a grant', (ip, texts) => {
    const grants = [{ src: ['lan'], dst: ['tag:server'], ip }];
    expect(filters({ grants }, 'server')).toEqual([
      texts.map((text) => `192.168.0.0/16 > 100.64.0.1:${text}`),
    ]);
  });

  test('a protocol of acls', () => {
    const acls = [{ action: 'accept', proto: 'udp', src: ['lan'], dst: ['tag:server:53'] }];
    expect(filters({ acls }, 'server')).toEqual([['192.168.0.0/16 > 100.64.0.1:53 [17]']]);
  });

  test('an app alone lets no packet through', () => {
    const grants = [{ src: ['lan'], dst: ['tag:server'], app: { 'example.com/cap/x': [{}] } }];
    expect(filters({ grants }, 'server')).toEqual([[]]);
  });

  test('rules with the same sources and protocols are one line, in their order', () => {
    const acls = [
      { action: 'accept', src: ['lan', 'one'], dst: ['tag:server:1'] },
      { action: 'accept', src: ['one'], dst: ['tag:server:2'] },
      { action: 'accept', src: ['one', 'lan'], dst: ['tag:server:3'] },
      { action: 'accept', src: ['lan', 'one'], dst: ['one:4'] },
    ];
    const [lines] = filters({ acls }, 'server');
    expect(lines).toContain('100.64.0.1,192.168.0.0/16 > 100.64.0.1:1,100.64.0.1:4');
    expect(lines).toContain('100.64.0.1 > 100.64.0.1:2');
  });

  test('acls and grants count together', () => {
    const both = {
      acls: [{ action: 'accept', src: ['lan'], dst: ['tag:server:1'] }],
      grants: [{ src: ['lan'], dst: ['tag:server'], ip: ['2'] }],
    };
    expect(filters(both, 'server')).toEqual([['192.168.0.0/16 > 100.64.0.1:1,100.64.0.1:2']]);
  });
});

describe('via', () => {
  const grants = [
    { src: ['lan'], dst: ['10.42.0.0/16', '100.64.0.0/24', 'tag:router'], ip: ['*'], via: ['tag:router'] },
  ];

  test('is delivered to its routers, for what is behind them', () => {
    expect(filters({ grants }, 'router', 'server', 'exit')).toEqual([
      ['192.168.0.0/16 > 10.42.0.0/16:*'],
      [],
      [],
    ]);
  });

  test('is not delivered to a device with the tag that routes nothing', () => {
    const everything = [{ src: ['lan'], dst: ['*'], ip: ['*'], via: ['tag:router'] }];
    const tailnet = { ...TAILNET, spare: { tags: ['tag:router'] } };
    const policy = compiled({ ...NAMES, grants: everything }, tailnet);
    expect(filterText(policy, 'router')).toEqual(['192.168.0.0/16 > 0.0.0.0/0:*,::/0:*']);
    expect(filterText(policy, 'spare')).toEqual([]);
  });

  test('of several tags one is enough', () => {
    const either = [{ ...grants[0]!, via: ['tag:spare', 'tag:router'] }];
    expect(filters({ grants: either }, 'router')).toEqual([['192.168.0.0/16 > 10.42.0.0/16:*']]);
  });

  test('of the internet at exit nodes with the tag', () => {
    const internet = [{ src: ['lan'], dst: ['autogroup:internet'], ip: ['443'], via: ['tag:exit'] }];
    const elsewhere = [{ ...internet[0]!, via: ['tag:router'] }];
    expect(filters({ grants: internet }, 'exit')[0]?.[0]).toMatch(/^192\.168\.0\.0\/16 > 0\.0\.0\.0-/);
    expect(filters({ grants: elsewhere }, 'exit', 'router')).toEqual([[], []]);
  });
});

describe('a policy without rules', () => {
  test('that has neither acls nor grants lets everything through', () => {
    expect(filters({}, 'server')).toEqual([[`${EVERYTHING} > 0.0.0.0/0:*,::/0:*`]]);
    expect(filters({ acls: null }, 'server')).toEqual([[`${EVERYTHING} > 0.0.0.0/0:*,::/0:*`]]);
  });

  test.each([{ acls: [] }, { grants: [] }, { acls: [], grants: [] }])(
    'that is %j lets nothing through',
    (rules) => {
      expect(filters(rules, 'server', 'router', 'laptop').flat()).toEqual([]);
    },
  );
});

test('a policy without rules has one of its own', () => {
  const [rule, ...more] = rulesOf(policyOf({}));
  expect(more).toEqual([]);
  expect(rule).toMatchObject({ section: 'acls', index: 0, via: [], capabilities: [], postures: [] });
});

test('destinations stand in the order of the rules and, of one, in that of their addresses', () => {
  const tailnet = {
    ...TAILNET,
    router: { tags: ['tag:router'], advertised: ['10.42.9.0/24', '10.42.3.0/24', '10.42.6.0/24'] },
  };
  const ipsets = { 'ipset:pods': ['10.42.3.0/24', '10.42.6.0/24', '10.42.9.0/24'] };
  const dst = ['10.42.9.7:1', 'ipset:pods:2', 'tag:router:3', '*:4', '100.64.0.5:5', 'tag:router:6'];
  const policy = compiled({ ...NAMES, ipsets, acls: [{ action: 'accept', src: ['lan'], dst }] }, tailnet);
  expect(filterText(policy, 'router')).toEqual([
    `192.168.0.0/16 > ${[
      '10.42.9.7:1',
      '10.42.3.0/24:2,10.42.6.0/24:2,10.42.9.0/24:2',
      '100.64.0.5:3',
      '0.0.0.0/0:4,::/0:4',
      '100.64.0.5:5,100.64.0.5:6',
    ]}`,
  ]);
});

test('each destination knows the rule that it is from', () => {
  const acls = [
    { action: 'accept', src: ['lan'], dst: ['tag:server:1'] },
    { action: 'accept', src: ['lan'], dst: ['tag:exit:9', 'tag:server:2'] },
  ];
  const policy = compiled({ ...NAMES, acls }, TAILNET);
  const [line] = filterOf(policy, deviceNamed(policy, 'server'));
  expect(
    line?.destinations.map(({ because: { rule, destination } }) => [rule.index, destination.selector.text]),
  ).toEqual([
    [0, 'tag:server'],
    [1, 'tag:server'],
  ]);
});

test('a device that nobody has let in is not in the tailnet', () => {
  const policy = compiled({}, { known: {}, stranger: { isAuthorized: false, advertised: ['10.42.0.0/16'] } });
  const [stranger] = listOf({ stranger: { isAuthorized: false } }).devices;
  expect(filterText(policy, 'known').join()).not.toContain('10.42');
  expect(filterOf(policy, stranger!)).toEqual([]);
  expect(policy.list.devices.map(({ name }) => name)).toEqual(['known']);
});

describe('ipsets', () => {
  test.each([
    [['10.0.0.0/8'], '10.0.0.0/8'],
    [['add 10.0.0.0/8', 'remove 10.0.0.0/9'], '10.128.0.0/9'],
    [['remove 10.0.0.0/9', 'add 10.0.0.0/8'], '10.0.0.0/8'],
    [['add 10.0.0.0/8', 'remove 10.0.0.0/9', 'add 10.1.0.0/16'], '10.1.0.0/16,10.128.0.0/9'],
    [['lan', '10.0.0.1'], '10.0.0.1,192.168.0.0/16'],
    [['ipset:other', 'remove 192.168.1.0/24'], '192.168.0.0/24'],
  ])('%j', (operations, ranges) => {
    const ipsets = { 'ipset:x': operations, 'ipset:other': ['192.168.0.0/23'] };
    const acls = [{ action: 'accept', src: ['ipset:x'], dst: ['tag:server:1'] }];
    expect(filters({ ipsets, acls }, 'server')).toEqual([[`${ranges} > 100.64.0.1:1`]]);
  });
});
