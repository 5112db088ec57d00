import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HEADSCALE_VERSIONS,
  MEMBERS,
  ROLES,
  type Role,
  TAILSCALE_CAPABILITIES,
} from '../../../src/policy/headscale/headscale-language.ts';
import { type NotPortable, notPortable } from '../../../src/policy/headscale/portability.ts';
import * as tailscale from '../../../src/policy/read/members.ts';
import { readPolicy } from '../../../src/policy/read/read-policy.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { textOf } from '../../../src/source/span.ts';
import { parseHujson } from '../../../src/syntax/hujson.ts';
import { treeOf } from '../../../src/syntax/hujson-value.ts';
import { RECORDED, recordings } from '../recordings.ts';

function treeFrom(text: string) {
  const file = sourceFile('policy.hujson', text);
  const { root, problems } = parseHujson(file);
  expect(problems).toEqual([]);
  return treeOf(file, root!);
}

function differences(text: string): readonly NotPortable[] {
  const tree = treeFrom(text);
  const { policy } = readPolicy(tree);
  return notPortable(policy, tree, '0.26');
}

/** `place: message` of those that a version has. */
function inVersion(text: string, version: NotPortable['versions'][number]): string[] {
  return differences(text)
    .filter(({ versions }) => versions.includes(version))
    .map(({ at, message, effect }) => `${textOf(at)}: ${effect}: ${message}`);
}

const PORTABLE = `{
  "groups": {"group:admins": ["ada@", "bo@example.com"]},
  "hosts": {"nas": "192.168.50.9", "lan": "192.168.50.0/24"},
  "tagOwners": {"tag:k3s": ["group:admins", "ada@"], "tag:ci": ["tag:k3s"]},
  "acls": [
    {"action": "accept", "src": ["*", "autogroup:member"], "dst": ["lan:443", "tag:k3s:*", "autogroup:internet:*"]},
    {"action": "accept", "proto": "tcp", "src": ["group:admins"], "dst": ["autogroup:self:22", "[fd7a:115c:a1e0::1]:22"]},
  ],
  "grants": [
    {"src": ["autogroup:danger-all"], "dst": ["10.42.0.0/16"], "ip": ["tcp:443"], "via": ["tag:k3s"]},
    {"src": ["ada@"], "dst": ["tag:k3s"], "app": {"tailscale.com/cap/drive": [], "example.com/cap/x": []}},
  ],
  "autoApprovers": {"routes": {"10.42.0.0/16": ["tag:k3s", "group:admins", "ada@"]}, "exitNode": ["tag:k3s"]},
  "ssh": [
    {"action": "check", "checkPeriod": "always", "src": ["autogroup:member"], "dst": ["autogroup:self"],
     "users": ["root", "autogroup:nonroot", "localpart:*@example.com"], "acceptEnv": ["LANG"]},
  ],
  "nodeAttrs": [{"target": ["*", "autogroup:tagged"], "attr": ["drive:share"]}],
  "tests": [{"src": "ada@", "accept": ["tag:k3s:22"], "deny": ["lan:80"]}],
  "sshTests": [{"src": "ada@", "dst": ["tag:k3s"], "deny": ["root"]}],
  "randomizeClientPort": true,
}`;

test.each(['0.29', '0.30'] as const)('all that Headscale %s takes', (version) => {
  expect(inVersion(PORTABLE, version)).toEqual([]);
});

test('the same policy in Headscale 0.28 and 0.26', () => {
  expect(inVersion(PORTABLE, '0.28')).toEqual([
    '"*": reads differently: Headscale up to 0.28 takes * as a source for all addresses, those outside the tailnet too',
    'lan: reads differently: Headscale up to 0.28 lets traffic to lan through routers that only advertise it, approved or not',
    '"[fd7a:115c:a1e0::1]:22": refused: Headscale up to 0.28 does not take brackets around an IPv6 address',
    '[fd7a:115c:a1e0::1]: reads differently: Headscale up to 0.28 takes fd7a:115c:a1e0::1 for all addresses of the device that has it',
    '"grants": refused: Headscale 0.27 to 0.28 does not take the member "grants"',
    '"check": reads differently: Headscale up to 0.28 takes "check" for "accept" and asks nobody',
    '"always": refused: Headscale up to 0.28 does not take "always" as a checkPeriod',
    '"localpart:*@example.com": reads differently: Headscale up to 0.28 takes localpart:*@example.com for one login name',
    '"acceptEnv": refused: Headscale 0.27 to 0.28 does not take the member "acceptEnv"',
    '"nodeAttrs": refused: Headscale 0.27 to 0.28 does not take the member "nodeAttrs"',
    '"tests": refused: Headscale 0.27 to 0.28 does not take the member "tests"',
    '"sshTests": refused: Headscale 0.27 to 0.28 does not take the member "sshTests"',
    '"randomizeClientPort": refused: Headscale 0.27 to 0.28 does not take the member "randomizeClientPort"',
  ]);
  const old = inVersion(PORTABLE, '0.26');
  expect(old).toContain(
    '"tag:k3s": refused: Headscale up to 0.27 does not take tag:k3s as the owner of a tag',
  );
  expect(old).toContain(
    '"autogroup:member": refused: Headscale 0.26 does not take autogroup:member as a source',
  );
  expect(old).toContain('"grants": reads differently: Headscale 0.26 ignores the member "grants"');
});

/** What a policy has, and what is said of it in Headscale 0.29, with its place. */
const CASES: readonly (readonly [policy: string, ...said: string[]])[] = [
  // Members
  [
    '{"postures": {"posture:x": ["node:os == \'linux\'"]}}',
    '"postures": refused: {from 0.27} does not take the member "postures"',
  ],
  [
    '{"ipsets": {"ipset:x": ["10.0.0.0/8"]}}',
    '"ipsets": refused: {from 0.27} does not take the member "ipsets"',
  ],
  ['{"derpMap": {}}', '"derpMap": refused: {from 0.27} does not take the member "derpMap"'],
  ['{"disableIPv4": true}', '"disableIPv4": refused: {from 0.27} does not take the member "disableIPv4"'],
  ['{"ONECGNATROUTE": ""}', '"ONECGNATROUTE": refused: {from 0.27} does not take the member "ONECGNATROUTE"'],
  ['{"attrConfig": {}}', '"attrConfig": refused: {from 0.27} does not take the member "attrConfig"'],
  [
    '{"defaultSrcPosture": []}',
    '"defaultSrcPosture": refused: {from 0.27} does not take the member "defaultSrcPosture"',
  ],
  [
    '{"acls": [{"action": "accept", "users": ["ada@x.org"], "ports": ["10.0.0.0/8:*"]}]}',
    '"users": refused: {from 0.27} does not take the member "users"',
    '"ports": refused: {from 0.27} does not take the member "ports"',
  ],
  [
    '{"acls": [{"action": "accept", "src": [], "dst": [], "SrcPosture": []}]}',
    '"SrcPosture": refused: {from 0.27} does not take the member "SrcPosture"',
  ],
  [
    '{"grants": [{"src": [], "dst": [], "ip": ["*"], "srcPosture": []}]}',
    '"srcPosture": refused: {from 0.29} does not take the member "srcPosture"',
  ],
  [
    '{"ssh": [{"action": "accept", "src": ["ada@x.org"], "dst": ["ada@x.org"], "users": ["root"], "recorder": []}]}',
    '"recorder": refused: {from 0.27} does not take the member "recorder"',
  ],
  [
    '{"nodeAttrs": [{"target": ["*"], "ipPool": ["100.81.0.0/16"]}]}',
    '"ipPool": refused: {from 0.29} does not take the member "ipPool"',
  ],
  [
    '{"nodeAttrs": [{"target": ["*"], "app": {}}]}',
    '"app": refused: {from 0.29} does not take the member "app"',
  ],
  [
    '{"tests": [{"user": "ada@x.org", "allow": ["10.0.0.1:22"]}]}',
    '"user": refused: {from 0.29} does not take the member "user"',
    '"allow": refused: {from 0.29} does not take the member "allow"',
  ],
  [
    '{"autoApprovers": {"services": {"svc:web": []}}}',
    '"services": refused: {from 0.27} does not take the member "services"',
  ],
  // Selectors
  [
    '{"acls": [{"action": "accept", "src": ["autogroup:admin", "autogroup:shared"], "dst": ["autogroup:owner:*"]}]}',
    '"autogroup:admin": refused: {} does not take autogroup:admin as a source',
    '"autogroup:shared": refused: {} does not take autogroup:shared as a source',
    'autogroup:owner: refused: {} does not take autogroup:owner as a destination',
  ],
  [
    '{"acls": [{"action": "accept", "src": ["user:*@x.org", "group:eng@x.org"], "dst": ["10.0.0.1:*"]}]}',
    '"user:*@x.org": reads differently: {} takes user:*@x.org for one user\'s name, so that it stands for nobody',
    '"group:eng@x.org": reads differently: {} takes group:eng@x.org for one user\'s name, so that it stands for nobody',
  ],
  [
    '{"acls": [{"action": "accept", "src": ["ada@github", "bo@passkey", "cy@localhost"], "dst": ["10.0.0.1:*"]}]}',
    '"ada@github": reads differently: {} takes ada@github for the name or e-mail address of a user as it stands',
    '"bo@passkey": reads differently: {} takes bo@passkey for the name or e-mail address of a user as it stands',
  ],
  [
    '{"ipsets": {"ipset:x": ["10.0.0.1"]}, "acls": [{"action": "accept", "src": ["ipset:x"], "dst": ["svc:web:443"]}]}',
    '"ipsets": refused: {from 0.27} does not take the member "ipsets"',
    '"ipset:x": refused: {} does not take ipset:x as a source',
    'svc:web: refused: {} does not take svc:web as a destination',
  ],
  [
    '{"acls": [{"action": "accept", "src": ["10.0.0.1-10.0.0.9"], "dst": ["10.0.0.1:*"]}]}',
    '"10.0.0.1-10.0.0.9": refused: {} does not take the address range 10.0.0.1-10.0.0.9',
  ],
  ['{"groups": {"group:a": ["ada"]}}', '"ada": refused: {} does not take ada for a user, as it has no @'],
  [
    '{"tagOwners": {"tag:k3s": ["autogroup:admin", "user:*@x.org"]}}',
    '"autogroup:admin": refused: {} does not take autogroup:admin as the owner of a tag',
    '"user:*@x.org": reads differently: {} takes user:*@x.org for one user\'s name, so that it stands for nobody',
  ],
  [
    '{"autoApprovers": {"routes": {"10.0.0.0/8": ["autogroup:member"]}, "exitNode": ["autogroup:admin"]}}',
    '"autogroup:member": refused: {} does not take autogroup:member as an approver',
    '"autogroup:admin": refused: {} does not take autogroup:admin as an approver',
  ],
  [
    '{"nodeAttrs": [{"target": ["autogroup:admin", "user:*@x.org"], "attr": ["funnel"]}]}',
    '"autogroup:admin": refused: {from 0.29} does not take autogroup:admin as a target of node attributes',
    '"user:*@x.org": refused: {from 0.29} takes user:*@x.org for one user\'s name, and knows no such user',
    '"funnel": refused: {from 0.29} does not take the node attribute funnel',
  ],
  // Grants, SSH and tests
  [
    '{"grants": [{"src": ["*"], "dst": ["*"], "app": {"tailscale.com/cap/secrets": [], "tailscale.com/cap/golink": []}}]}',
    '"tailscale.com/cap/secrets": refused: Headscale 0.29 does not take the capability tailscale.com/cap/secrets',
    '"tailscale.com/cap/golink": refused: {from 0.29} does not take the capability tailscale.com/cap/golink',
  ],
  [
    '{"ssh": [{"action": "accept", "src": ["autogroup:admin"], "dst": ["autogroup:self"], "users": ["root"]}]}',
    '"autogroup:admin": refused: {} does not take autogroup:admin as the source of an SSH rule',
  ],
  [
    '{"tests": [{"src": "autogroup:admin", "accept": ["svc:web:443"]}]}',
    '"autogroup:admin": refused: {from 0.29} does not take autogroup:admin as a source',
    '"svc:web:443": refused: {from 0.29} does not take svc:web as a destination',
  ],
  [
    '{"tagOwners": {"tag:a": []}, "sshTests": [{"src": "autogroup:owner", "dst": ["ipset:x", "user:*@x.org"], "deny": ["root"]}]}',
    '"autogroup:owner": refused: {from 0.29} does not take autogroup:owner as a source',
    '"ipset:x": refused: {from 0.29} does not take ipset:x as a destination',
    '"user:*@x.org": reads differently: {from 0.29} takes user:*@x.org for one user\'s name, so that it stands for nobody',
  ],
  [
    '{"ssh": [{"action": "accept", "src": ["ada@x.org"], "dst": ["autogroup:admin"], "users": ["root"]}]}',
    '"autogroup:admin": refused: {} does not take autogroup:admin as the destination of an SSH rule',
  ],
  [
    `{"groups": {"group:a": ["${'a'.repeat(70)}"]}}`,
    `"${'a'.repeat(70)}": refused: {} does not take ${'a'.repeat(59)}… for a user, as it has no @`,
  ],
  [
    '{"autoApprovers": [], "acls": {"src": ["*"]}, "ssh": [1, []], "tests": [{"src": ":", "accept": ["", "x"]}]}',
  ],
  // Names of objects that a user could choose
  ['{"constructor": {}, "toString": []}'],
  ['{"acls": [{"__proto__": 1, "constructor": 2}], "policy": {"x": 1}}'],
];

test.each(CASES)('%s', (text, ...said) => {
  const inWords = (message: string) =>
    message.replace('{}', 'Headscale').replace(/\{(.*?)\}/, 'Headscale $1');
  expect(inVersion(text, '0.29')).toEqual(said.map(inWords));
});

describe('by version', () => {
  const acl = (rule: string) => `{"acls": [{"action": "accept", "src": [], "dst": [], ${rule}}]}`;
  test.each([
    [acl('"proto": "icmp"'), '"icmp": reads differently: Headscale up to 0.28 takes "icmp" for ICMPv6 too'],
    [
      acl('"proto": "IPv6-ICMP"'),
      '"IPv6-ICMP": refused: Headscale up to 0.28 does not take the protocol ipv6-icmp',
    ],
    [acl('"proto": "fc"'), '"fc": refused: Headscale up to 0.28 does not take the protocol fc'],
    [
      acl('"src": ["100.64.0.1"]'),
      '"100.64.0.1": reads differently: Headscale up to 0.28 takes 100.64.0.1 for all addresses of the device that has it',
    ],
  ])('%s', (text, said) => {
    expect(inVersion(text, '0.28')).toContain(said);
    expect(inVersion(text, '0.29')).toEqual([]);
  });

  test.each([
    acl('"proto": "tcp"'),
    acl('"proto": ["icmp"]'),
    acl('"src": ["100.64.0.0/24"], "dst": ["100.64.0.0/10:*", "tag:a:*", "*:*"]'),
    '{"ssh": [{"action": "accept", "checkPeriod": "12h", "src": [], "dst": [], "users": ["localpart:ada@x.org"]}]}',
    acl('"src": ["192.168.50.9", "ada@github.com"], "dst": ["nowhere:80"]'),
    '{"ssh": [{"action": "accept", "src": [], "dst": [], "users": ["xlocalpart:*@x.org"]}]}',
    '{"groups": {}}',
  ])('%s is the same in Headscale 0.28', (text) => {
    expect(inVersion(text, '0.28')).toEqual([]);
  });

  test('what the language means is said at its first use', () => {
    const any = '{"action": "accept", "src": ["*"], "dst": ["10.0.0.0/8:*"]}';
    expect(inVersion(`{"acls": [${any}, ${any}]}`, '0.28')).toHaveLength(2);
  });
});

test('what only older versions have is left out', () => {
  const tree = treeFrom(PORTABLE);
  const { policy } = readPolicy(tree);
  expect(notPortable(policy, tree)).toEqual([]);
  const oldest = (version: NotPortable['versions'][number]) =>
    notPortable(policy, tree, version).flatMap(({ versions }) => versions);
  expect(oldest('0.28')).toContain('0.28');
  expect(oldest('0.28')).not.toContain('0.29');
  expect(new Set(notPortable(policy, tree, '0.27').map(({ effect }) => effect))).toEqual(
    new Set(['refused', 'reads differently']),
  );
});

test('the table knows each member that Tailscale knows', () => {
  const known = {
    policy: tailscale.SECTIONS,
    acls: tailscale.ACL,
    grants: tailscale.GRANT,
    ssh: tailscale.SSH,
    autoapprovers: tailscale.AUTO_APPROVERS,
    nodeattrs: tailscale.NODE_ATTR,
    tests: tailscale.TEST,
    sshtests: tailscale.SSH_TEST,
  };
  const sorted = (names: readonly string[]) => names.map((name) => name.toLowerCase()).sort();
  expect(Object.keys(MEMBERS).sort()).toEqual(Object.keys(known).sort());
  for (const [section, names] of Object.entries(known)) {
    expect(sorted(Object.keys(MEMBERS[section]!))).toEqual(sorted(names));
  }
});

test('the table has versions that there are, and no member that is older than its section', () => {
  const roles: readonly Role[] = Object.values(ROLES);
  const versions: readonly string[] = HEADSCALE_VERSIONS;
  const since: readonly (string | undefined)[] = [
    ...Object.values(MEMBERS).flatMap((names) => Object.values(names)),
    ...roles.flatMap(({ kinds, autogroups }) => [...Object.values(kinds), ...Object.values(autogroups)]),
    ...Object.values(TAILSCALE_CAPABILITIES),
  ];
  expect(since.filter((version) => version !== 'never' && !versions.includes(version ?? ''))).toEqual([]);
  for (const [section, names] of Object.entries(MEMBERS)) {
    const first = MEMBERS.policy[section] ?? versions[0];
    expect(Object.values(names).filter((version) => version < first!)).toEqual([]);
  }
});

// Headscale 0.29 runs the same policies in its own tests, and says in its CHANGELOG which of them it does not take.
test.skipIf(!RECORDED)('of what the service accepted, Headscale 0.29 takes all but a few', () => {
  const folders = ['acl', 'grant', 'nodeattrs', 'policytest', 'routes', 'ssh', 'sshtest'];
  const accepted = folders
    .flatMap((folder) => recordings(`${folder}_results`))
    .filter(({ response_code }) => response_code === 200);
  expect(accepted.length).toBeGreaterThan(300);
  const said = accepted.flatMap(({ policy }) =>
    differences(typeof policy === 'string' ? policy : JSON.stringify(policy))
      .filter(({ versions }) => versions.includes('0.29'))
      .map(({ message }) => message.replace('Headscale from 0.29', 'Headscale')),
  );
  expect([...new Set(said)].sort()).toEqual([
    'Headscale does not take autogroup:admin as a target of node attributes',
    'Headscale does not take the member "ipPool"',
    'Headscale does not take the node attribute funnel',
    "Headscale takes user:*@example.com for one user's name, so that it stands for nobody",
  ]);
});

test('any policy has its differences in order, each in some versions', () => {
  const word = fc.constantFrom(
    '*',
    'ada@',
    'tag:a',
    'autogroup:admin',
    'ipset:x',
    'user:*@x.org',
    '10.0.0.0/8:*',
    ':',
    '',
  );
  const name = fc.constantFrom(
    'acls',
    'SSH',
    'groups',
    'src',
    'dst',
    'users',
    'autoApprovers',
    'routes',
    '__proto__',
  );
  const { tree: any } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, word, fc.integer(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    map: fc.array(fc.tuple(name, tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
  }));
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
    if (!(value instanceof Map)) return JSON.stringify(value);
    return `{${[...value].map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`).join(',')}}`;
  };
  fc.assert(
    fc.property(any, (value) => {
      const found = differences(write(value));
      expect(found.every(({ versions }) => versions.length > 0)).toBe(true);
      const starts = found.map(({ at }) => at.start);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
    }),
  );
});
