import { describe, expect, test } from 'vitest';
import { formatRange, hostRange, setOf } from '../../src/net/address-set.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { autoApproved } from '../../src/policy/auto-approve.ts';
import { compilePolicy, filterOf } from '../../src/policy/compile.ts';
import type { Device } from '../../src/policy/device-list.ts';
import { readPolicy } from '../../src/policy/read/read-policy.ts';
import { visibilityOf } from '../../src/policy/visibility.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';

// What no recording of the service shows: the rules as they are documented, each with its source.
//
// - Tailscale docs, policy file syntax: tailscale.com/docs/reference/syntax/policy-file, validated 2026-04-08
// - Tailscale docs, targets and selectors: tailscale.com/docs/reference/targets-and-selectors, validated 2026-01-05
// - Tailscale docs, IP sets: tailscale.com/docs/features/tailnet-policy-file/ip-sets, validated 2025-10-29
// - Tailscale docs, grants syntax: tailscale.com/docs/reference/syntax/grants, validated 2026-01-05
// - Tailscale docs, tags: tailscale.com/docs/features/tags
// - Headscale 0.29.2: hscontrol/policy/v2/policy.go, NodeCanApproveRoute, which is tested against the service

function read(text: string) {
  const file = sourceFile('policy.hujson', text);
  const { root, problems: syntax } = parseHujson(file);
  expect(syntax).toEqual([]);
  return readPolicy(treeOf(file, root!));
}

/** The policy of a text that the service takes. */
function policyOf(sections: object) {
  const { policy, problems } = read(JSON.stringify(sections));
  expect(problems.map(({ message }) => message)).toEqual([]);
  return policy;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`${text} is no prefix`);
  return parsed.value;
}

let devices = 0;

interface Given {
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly advertised?: readonly string[];
}

/** A device of its own address, 100.64.0.1 and up; what it advertises is approved. */
function device({ owner, tags = [], advertised = [] }: Given): Device {
  devices++;
  const address = parseAddress(`100.64.0.${devices}`);
  if (!address.ok) throw new Error('too many devices');
  const name = `d${devices}`;
  return {
    id: name,
    name,
    hostname: name,
    addresses: [address.value],
    // A tagged device is nobody's, whoever brought it in.
    owner: owner === undefined || tags.length > 0 ? [] : [owner],
    tags,
    advertised: advertised.map(prefix),
    approved: advertised.map(prefix),
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: true,
    approvedAsWritten: [],
    expires: '',
    created: '',
  };
}

const NAMES = {
  groups: {
    'group:net': ['ada@example.com', 'bo@example.com'],
    'group:home': ['cy@example.org'],
    'group:none': [],
  },
  tagOwners: { 'tag:router': [], 'tag:k3s': [], 'tag:exit': [] },
};

describe('auto approval', () => {
  const DOCS = 'Tailscale docs, policy file syntax 2026-04, autoApprovers';
  const TAGS = 'Tailscale docs, tags: a tagged device has no user';
  const HEADSCALE = 'Headscale 0.29.2, NodeCanApproveRoute';
  const ada = 'ada@example.com';

  const CASES: readonly {
    readonly because: string;
    readonly that: string;
    readonly routes?: Readonly<Record<string, readonly string[]>>;
    readonly exitNode?: readonly string[];
    readonly device: Given;
    readonly approved: readonly string[];
  }[] = [
    {
      because: DOCS,
      that: 'a user approves what their own device advertises',
      routes: { '10.42.0.0/16': [ada] },
      device: { owner: ada, advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: DOCS,
      that: "a user approves nothing of another's device",
      routes: { '10.42.0.0/16': ['bo@example.com'] },
      device: { owner: ada, advertised: ['10.42.3.0/24'] },
      approved: [],
    },
    {
      because: DOCS,
      that: 'a group approves for its members',
      routes: { '10.42.0.0/16': ['group:net'] },
      device: { owner: 'bo@example.com', advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: DOCS,
      that: 'a group approves for nobody else, and an empty one for nobody',
      routes: { '10.42.0.0/16': ['group:home', 'group:none'] },
      device: { owner: ada, advertised: ['10.42.3.0/24'] },
      approved: [],
    },
    {
      because: DOCS,
      that: 'one approver of several is enough',
      routes: { '10.42.0.0/16': ['group:home', 'tag:k3s', ada] },
      device: { owner: ada, advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: DOCS,
      that: 'autogroup:member approves for every device without tags',
      routes: { '10.42.0.0/16': ['autogroup:member'] },
      device: { owner: 'dan@example.net', advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: TAGS,
      that: 'autogroup:member approves for no tagged device',
      routes: { '10.42.0.0/16': ['autogroup:member'] },
      device: { owner: ada, tags: ['tag:k3s'], advertised: ['10.42.3.0/24'] },
      approved: [],
    },
    {
      because: 'Tailscale docs, targets and selectors 2026-01: devices that have at least one tag',
      that: 'autogroup:tagged approves for tagged devices',
      routes: { '10.42.0.0/16': ['autogroup:tagged'] },
      device: { tags: ['tag:k3s'], advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: 'Tailscale docs, targets and selectors 2026-01: devices that have at least one tag',
      that: 'autogroup:tagged approves for no other device',
      routes: { '10.42.0.0/16': ['autogroup:tagged'] },
      device: { owner: ada, advertised: ['10.42.3.0/24'] },
      approved: [],
    },
    {
      because: TAGS,
      that: 'neither the user nor the group of a tagged device approves',
      routes: { '10.42.0.0/16': [ada, 'group:net'] },
      device: { owner: ada, tags: ['tag:k3s'], advertised: ['10.42.3.0/24'] },
      approved: [],
    },
    {
      because: HEADSCALE,
      that: 'of several tags one is enough',
      routes: { '10.42.0.0/16': ['tag:router'] },
      device: { tags: ['tag:k3s', 'tag:router'], advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: HEADSCALE,
      that: 'each route is approved by itself',
      routes: { '10.42.0.0/16': ['tag:k3s'], '192.168.50.0/24': ['tag:router'] },
      device: { tags: ['tag:k3s'], advertised: ['10.42.3.0/24', '192.168.50.0/24', '172.16.0.0/12'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: HEADSCALE,
      that: 'a narrower key takes nothing from a wider one, and a wider one nothing from a narrower',
      routes: { '10.0.0.0/8': ['tag:router'], '10.42.0.0/16': ['tag:k3s'], '10.42.3.0/24': [ada] },
      device: { tags: ['tag:router'], advertised: ['10.42.3.0/24', '10.42.0.0/16', '10.1.0.0/16'] },
      approved: ['10.42.3.0/24', '10.42.0.0/16', '10.1.0.0/16'],
    },
    {
      because: HEADSCALE,
      that: 'the inner key alone approves for its own approver',
      routes: { '10.0.0.0/8': ['tag:router'], '10.42.0.0/16': ['tag:k3s'] },
      device: { tags: ['tag:k3s'], advertised: ['10.42.3.0/24', '10.0.0.0/8', '10.43.0.0/16'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: HEADSCALE,
      that: 'several keys do not add up to a wider one',
      routes: { '10.42.0.0/24': ['tag:k3s'], '10.42.1.0/24': ['tag:k3s'] },
      device: { tags: ['tag:k3s'], advertised: ['10.42.0.0/23', '10.42.2.0/24'] },
      approved: [],
    },
    {
      because: HEADSCALE,
      that: 'IPv6 is approved as IPv4 is, however it is written',
      routes: { '2001:CAFE:42:0::/56': [ada] },
      device: { owner: ada, advertised: ['2001:cafe:42:3::/64', '2001:cafe:42::/56', '2001:cafe::/32'] },
      approved: ['2001:cafe:42:3::/64', '2001:cafe:42::/56'],
    },
    {
      because: HEADSCALE,
      that: '::/0 covers all of IPv6, and nothing of IPv4',
      routes: { '::/0': ['group:net'] },
      device: { owner: ada, advertised: ['2001:cafe:42::/56', 'fd00::1/128', '10.42.0.0/24'] },
      approved: ['2001:cafe:42::/56', 'fd00::1/128'],
    },
    {
      because: HEADSCALE,
      that: '0.0.0.0/0 covers nothing of IPv6',
      routes: { '0.0.0.0/0': [ada] },
      device: { owner: ada, advertised: ['2001:cafe:42::/56', '10.42.0.7/32'] },
      approved: ['10.42.0.7/32'],
    },
    {
      because: HEADSCALE,
      that: 'neither /0 approves an exit node',
      routes: { '0.0.0.0/0': [ada], '::/0': [ada] },
      device: { owner: ada, advertised: ['0.0.0.0/0', '::/0'] },
      approved: [],
    },
    {
      because: `${DOCS}, exitNode`,
      that: 'exitNode approves both families of an exit node, and no subnet',
      exitNode: ['group:net'],
      device: { owner: ada, advertised: ['0.0.0.0/0', '::/0', '10.42.0.0/24', '2001:cafe:42::/56'] },
      approved: ['0.0.0.0/0', '::/0'],
    },
    {
      because: TAGS,
      that: "exitNode's user approves for no tagged device",
      exitNode: [ada],
      device: { owner: ada, tags: ['tag:exit'], advertised: ['0.0.0.0/0', '::/0'] },
      approved: [],
    },
    {
      because: DOCS,
      that: 'routes and exitNode go side by side',
      routes: { '10.42.0.0/16': [ada] },
      exitNode: ['autogroup:member'],
      device: { owner: ada, advertised: ['10.42.3.0/24', '0.0.0.0/0', '::/0'] },
      approved: ['10.42.3.0/24', '0.0.0.0/0', '::/0'],
    },
    {
      because: 'Headscale 0.26.0 CHANGELOG: a user name without an @ gets one at its end',
      that: 'a user of Headscale approves by name',
      routes: { '10.42.0.0/16': ['lab@'] },
      device: { owner: 'lab@', advertised: ['10.42.3.0/24'] },
      approved: ['10.42.3.0/24'],
    },
    {
      because: DOCS,
      that: 'a key without approvers approves nothing',
      routes: { '10.42.0.0/16': [] },
      device: { owner: ada, tags: [], advertised: ['10.42.3.0/24'] },
      approved: [],
    },
  ];

  test.each(CASES)('$that [$because]', ({ routes = {}, exitNode = [], device: given, approved }) => {
    const policy = policyOf({ ...NAMES, autoApprovers: { routes, exitNode } });
    expect(autoApproved(policy, device(given)).map(formatPrefix)).toEqual(approved);
  });

  test.each([
    ['"*"', DOCS],
    ['"10.0.0.1"', DOCS],
    ['"nas"', DOCS],
    ['"ipset:pods"', DOCS],
    ['"autogroup:internet"', DOCS],
    ['"autogroup:self"', DOCS],
  ])('%s approves nothing, and is refused as an approver [%s]', (approver) => {
    const { problems } = read(
      `{"hosts": {"nas": "10.0.0.1"}, "ipsets": {"ipset:pods": ["10.42.0.0/16"]},
        "autoApprovers": {"routes": {"10.42.0.0/16": [${approver}]}}}`,
    );
    expect(problems.map(({ at }) => textOf(at))).toEqual([approver]);
  });
});

/** What a device's filter lets in: `sources > destinations`, each once. */
function filter(sections: object, all: readonly Device[], at: Device): string[] {
  const policy = policyOf({ ...NAMES, ...sections });
  const compiled = compilePolicy(policy, { control: 'tailscale', devices: all });
  return filterOf(compiled, at).map(({ sources, destinations }) => {
    const to = new Set(destinations.map(({ range }) => formatRange(range)));
    return `${sources.map(formatRange).join(' ')} > ${[...to].join(' ')}`;
  });
}

describe('IP sets', () => {
  const DOCS = 'Tailscale docs, IP sets 2025-10';
  const router = device({ tags: ['tag:router'], advertised: ['10.0.0.0/8'] });
  const own = formatRange(hostRange(router.addresses[0]!));

  const CASES: readonly (readonly [
    that: string,
    ipsets: Readonly<Record<string, readonly string[]>>,
    addresses: string,
  ])[] = [
    ['an item adds to the set', { 'ipset:x': ['10.0.0.0/24', 'add 10.0.2.0/24'] }, '10.0.0.0/24 10.0.2.0/24'],
    ['remove takes from it', { 'ipset:x': ['10.0.0.0/24', 'remove 10.0.0.128/25'] }, '10.0.0.0/25'],
    [
      'operations go in order: what is added after a removal stays',
      { 'ipset:x': ['10.0.0.0/24', 'remove 10.0.0.0/24', 'add 10.0.0.7'] },
      '10.0.0.7',
    ],
    [
      'operations go in order: what is removed before it is added stays',
      { 'ipset:x': ['remove 10.0.0.0/25', 'add 10.0.0.0/24'] },
      '10.0.0.0/24',
    ],
    [
      'a host stands for its addresses',
      { 'ipset:x': ['nas', 'add lan', 'remove 10.0.9.0/25'] },
      '10.0.0.9 10.0.9.128/25',
    ],
    [
      'a set may hold another',
      { 'ipset:x': ['ipset:y', 'remove 10.0.1.0/24'], 'ipset:y': ['10.0.0.0/23'] },
      '10.0.0.0/24',
    ],
    [
      'a set may be taken from another',
      { 'ipset:x': ['10.0.0.0/23', 'remove ipset:y'], 'ipset:y': ['10.0.0.0/24'] },
      '10.0.1.0/24',
    ],
    [
      'autogroup:internet stands for the public addresses',
      { 'ipset:x': ['10.0.0.0/24', 'add 10.1.0.0/24', 'remove autogroup:internet'] },
      '10.0.0.0/24 10.1.0.0/24',
    ],
    ['white space does not count', { 'ipset:x': [' add   10.0.0.0/24 '] }, '10.0.0.0/24'],
  ];

  test.each(CASES)(`as a source: %s [${DOCS}]`, (_that, ipsets, addresses) => {
    const hosts = { nas: '10.0.0.9', lan: '10.0.9.0/24' };
    const acls = [{ action: 'accept', src: ['ipset:x'], dst: ['tag:router:22'] }];
    expect(filter({ ipsets, hosts, acls }, [router], router)).toEqual([`${addresses} > ${own}`]);
  });

  test.each(CASES)(`as a destination: %s [${DOCS}]`, (_that, ipsets, addresses) => {
    const hosts = { nas: '10.0.0.9', lan: '10.0.9.0/24' };
    const grants = [{ src: ['10.9.9.9'], dst: ['ipset:x'], ip: ['22'] }];
    expect(filter({ ipsets, hosts, grants }, [router], router)).toEqual([`10.9.9.9 > ${addresses}`]);
  });

  test(`a set of what is elsewhere reaches no device [${DOCS}]`, () => {
    const ipsets = { 'ipset:x': ['172.16.0.0/12'] };
    const grants = [{ src: ['*'], dst: ['ipset:x'], ip: ['*'] }];
    expect(filter({ ipsets, grants }, [router], router)).toEqual([]);
  });

  test.each(['tag:k3s', 'ada@example.com', 'group:net', 'autogroup:member', '*'])(
    `%s is refused in a set [${DOCS}, limitations]`,
    (operand) => {
      const { problems } = read(JSON.stringify({ ...NAMES, ipsets: { 'ipset:x': [operand] } }));
      expect(problems.map(({ at }) => textOf(at))).toEqual([`"${operand}"`]);
    },
  );

  test.each([
    ['itself', { 'ipset:x': ['ipset:x'] }],
    ['another that holds it', { 'ipset:x': ['ipset:y'], 'ipset:y': ['10.0.0.1', 'ipset:x'] }],
  ])(`a set that holds %s is refused [${DOCS}, limitations]`, (_that, ipsets) => {
    expect(read(JSON.stringify({ ipsets })).problems).not.toEqual([]);
  });

  test(`a set that is not defined is refused where it is used [${DOCS}]`, () => {
    const { problems } = read('{"grants": [{"src": ["ipset:nope"], "dst": ["*"], "ip": ["*"]}]}');
    expect(problems.map(({ at }) => textOf(at))).toEqual(['"ipset:nope"']);
  });
});

describe('people', () => {
  const DOMAIN = 'Tailscale docs, targets and selectors 2026-01, user:*@domain';
  const TAGS = 'Tailscale docs, tags: a tagged device has no user';
  const ada = device({ owner: 'ada@example.com' });
  const bo = device({ owner: 'bo@example.com' });
  const cy = device({ owner: 'cy@example.org' });
  const sub = device({ owner: 'di@sub.example.com' });
  const tagged = device({ owner: 'ada@example.com', tags: ['tag:k3s'] });
  const all = [ada, bo, cy, sub, tagged];
  const ip = (...of: Device[]) =>
    setOf(of.flatMap(({ addresses }) => addresses.map(hostRange)))
      .map(formatRange)
      .join(' ');
  const sourcesAt = (src: string) =>
    filter({ acls: [{ action: 'accept', src: [src], dst: ['tag:k3s:*'] }] }, all, tagged);

  test(`a domain stands for its users' devices, not for a subdomain's, nor for tagged ones [${DOMAIN}]`, () => {
    expect(sourcesAt('user:*@example.com')).toEqual([`${ip(ada, bo)} > ${ip(tagged)}`]);
    expect(sourcesAt('user:*@example.org')).toEqual([`${ip(cy)} > ${ip(tagged)}`]);
  });

  test(`a domain may be a destination [${DOMAIN}]`, () => {
    const grants = [{ src: ['tag:k3s'], dst: ['user:*@example.org'], ip: ['*'] }];
    expect(filter({ grants }, all, cy)).toEqual([`${ip(tagged)} > ${ip(cy)}`]);
    expect(filter({ grants }, all, ada)).toEqual([]);
  });

  test(`a user and a group stand for untagged devices alone [${TAGS}]`, () => {
    expect(sourcesAt('ada@example.com')).toEqual([`${ip(ada)} > ${ip(tagged)}`]);
    expect(sourcesAt('group:home')).toEqual([`${ip(cy)} > ${ip(tagged)}`]);
  });
});

describe('postures', () => {
  const DOCS = 'Tailscale docs, policy file syntax 2026-04, postures';
  const router = device({ tags: ['tag:router'], advertised: ['10.42.0.0/16'] });
  const ada = device({ owner: 'ada@example.com' });
  const rule = { src: ['ada@example.com'], dst: ['10.42.0.0/16'], ip: ['tcp:443'] };
  const postures = { 'posture:mac': ["node:os == 'macos'"] };

  test(`a rule with a posture lets through no more than the rule without [${DOCS}]`, () => {
    const without = filter({ grants: [rule] }, [router, ada], router);
    const withPosture = filter(
      { postures, grants: [{ ...rule, srcPosture: ['posture:mac'] }] },
      [router, ada],
      router,
    );
    for (const line of withPosture) expect(without).toContain(line);
  });

  test(`the postures of rules, of SSH rules and of the default are read [${DOCS}]`, () => {
    const ssh = { action: 'accept', src: ['ada@example.com'], dst: ['ada@example.com'], users: ['root'] };
    const policy = policyOf({
      postures,
      defaultSrcPosture: ['posture:mac'],
      acls: [{ action: 'accept', src: ['*'], dst: ['*:*'], srcPosture: ['posture:mac'] }],
      grants: [{ ...rule, srcPosture: ['posture:mac'] }],
      ssh: [{ ...ssh, srcPosture: ['posture:mac'] }],
    });
    const used = [
      ...policy.defaultPostures,
      ...policy.rules.flatMap((each) => each.postures),
      ...policy.ssh[0]!.postures,
    ];
    expect(used.map(({ value }) => value)).toEqual(Array(4).fill('posture:mac'));
  });

  test.each([
    ['{"defaultSrcPosture": ["posture:nope"]}'],
    ['{"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"], "srcPosture": ["posture:nope"]}]}'],
    ['{"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"], "srcPosture": ["posture:nope"]}]}'],
  ])(`a posture that is not defined is refused: %s [${DOCS}]`, (text) => {
    expect(read(text).problems.map(({ at }) => textOf(at))).toEqual(['"posture:nope"']);
  });
});

describe('routes', () => {
  const client = device({ owner: 'ada@example.com' });

  test('an IPv6 route is delivered and filtered as an IPv4 one [Tailscale docs, subnet routers 2026]', () => {
    const router = device({ tags: ['tag:router'], advertised: ['2001:cafe:42::/56', '10.42.0.0/16'] });
    const policy = policyOf({
      ...NAMES,
      grants: [{ src: ['ada@example.com'], dst: ['2001:cafe:42:3::/64'], ip: ['tcp:443'] }],
    });
    const compiled = compilePolicy(policy, { control: 'tailscale', devices: [client, router] });
    const [line] = filterOf(compiled, router);
    expect(line?.destinations.map(({ range }) => formatRange(range))).toEqual(['2001:cafe:42:3::/64']);
    const peers = visibilityOf(compiled)(client);
    expect(peers.map(({ routes }) => routes.map(formatPrefix))).toEqual([['2001:cafe:42::/56']]);
  });

  test('a route that is not approved is neither delivered nor a source [Tailscale docs, subnet routers 2026]', () => {
    const pending = { ...device({ tags: ['tag:router'], advertised: ['10.42.0.0/16'] }), approved: [] };
    const policy = policyOf({ ...NAMES, acls: [{ action: 'accept', src: ['*'], dst: ['10.42.0.0/16:*'] }] });
    const compiled = compilePolicy(policy, { control: 'tailscale', devices: [client, pending] });
    expect(filterOf(compiled, pending)).toEqual([]);
    expect(visibilityOf(compiled)(client)).toEqual([]);
  });

  test('a member of several rules gains what any of them grants [Tailscale docs, grants syntax 2026-01]', () => {
    const router = device({ tags: ['tag:router'], advertised: ['10.42.0.0/16', '192.168.50.0/24'] });
    const grants = [
      { src: ['group:net'], dst: ['192.168.50.0/24'], ip: ['tcp:22'] },
      { src: ['ada@example.com'], dst: ['10.42.0.0/16'], ip: ['*'] },
    ];
    const compiled = compilePolicy(policyOf({ ...NAMES, grants }), {
      control: 'tailscale',
      devices: [client, router],
    });
    const peers = visibilityOf(compiled)(client);
    expect(peers.map(({ routes }) => routes.map(formatPrefix))).toEqual([
      ['10.42.0.0/16', '192.168.50.0/24'],
    ]);
  });
});
