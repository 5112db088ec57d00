import { describe, expect, test } from 'vitest';
import { formatRange } from '../../../src/net/address-set.ts';
import { formatPrefix } from '../../../src/net/format.ts';
import { DEFAULT_PROTOCOLS, EVERY_PORT } from '../../../src/policy/policy.ts';
import { isRefusal } from '../../../src/policy/read/fields.ts';
import { type Located, textOf } from '../../../src/source/span.ts';
import { read, WHOLE } from '../read.ts';

describe('a policy with all that there is', () => {
  const texts = (uses: readonly { readonly text: string }[]) => uses.map(({ text }) => text);
  const values = (words: readonly Located<string>[]) => words.map(({ value }) => value);

  test('nothing in it is wrong', () => {
    const { policy, problems } = read(WHOLE);
    expect(problems).toEqual([]);
    expect(textOf(policy.at)).toBe('{');
    expect(policy.members.map(({ name, key }) => [name, textOf(key)])).toContainEqual([
      'OneCGNATRoute',
      '"oneCGNATRoute"',
    ]);
    expect(policy.members).toHaveLength(18);
  });

  test('names', () => {
    const { policy } = read(WHOLE);
    expect([...policy.groups].map(([name, { members }]) => [name, texts(members)])).toEqual([
      ['group:admins', ['ada@example.com', 'bo@github']],
      ['group:nobody', []],
    ]);
    expect(
      [...policy.hosts].map(([name, { range, written }]) => [name, formatRange(range), written]),
    ).toEqual([
      ['oslo', '100.64.0.1', 'address'],
      ['lan', '192.168.50.0/24', 'prefix'],
      ['six', 'fd7a::1', 'address'],
    ]);
    expect([...policy.tagOwners].map(([name, { owners }]) => [name, texts(owners)])).toEqual([
      ['tag:k3s', ['group:admins']],
      ['tag:ci', ['tag:k3s', 'autogroup:admin', 'tag:ci']],
      ['tag:exit', []],
    ]);
    const operations = policy.ipsets.get('ipset:lan')?.operations ?? [];
    expect(operations.map(({ removes, operand }) => [removes, operand.value.kind, operand.text])).toEqual([
      [false, 'host', 'lan'],
      [true, 'host', 'oslo'],
      [false, 'addresses', '10.0.0.1-10.0.0.9'],
      [false, 'ipset', 'ipset:net'],
    ]);
    expect(values(policy.postures)).toEqual(['posture:mac']);
    expect(values(policy.defaultPostures)).toEqual(['posture:mac']);
  });

  test('approvers', () => {
    const { policy } = read(WHOLE);
    expect(policy.approvers.map(({ prefix, who }) => [formatPrefix(prefix.value), texts(who)])).toEqual([
      ['10.42.0.0/16', ['tag:k3s', 'ada@example.com']],
      ['fd00::/48', []],
    ]);
    expect(texts(policy.exitNodeApprovers)).toEqual(['tag:exit', 'autogroup:member']);
    expect(policy.serviceApprovers.map(({ service, who }) => [service.text, texts(who)])).toEqual([
      ['svc:web', ['tag:k3s']],
      ['tag:ci', []],
    ]);
  });

  test('rules', () => {
    const { policy } = read(WHOLE);
    const [ssh, old, grant, app] = policy.rules;
    expect(policy.rules.map(({ section, index }) => `${section}[${index}]`)).toEqual([
      'acls[0]',
      'acls[1]',
      'grants[0]',
      'grants[1]',
    ]);
    expect(texts(ssh!.sources)).toEqual(['*', 'lan']);
    expect(textOf(ssh!.sources[1]!.span)).toBe('lan');
    expect(
      ssh!.destinations.map(({ selector, at, traffic }) => [
        selector.text,
        textOf(selector.span),
        textOf(at),
        traffic[0]?.ports,
      ]),
    ).toEqual([
      [
        'tag:k3s',
        'tag:k3s',
        '"tag:k3s:22,80-90"',
        [
          { first: 22, last: 22 },
          { first: 80, last: 90 },
        ],
      ],
      ['fd7a::1', '[fd7a::1]', '"[fd7a::1]:*"', [EVERY_PORT]],
      ['fd7a::/64', '[fd7a::]/64', '"[fd7a::]/64:53"', [{ first: 53, last: 53 }]],
      ['2001:db8::/32', '2001:db8::/32', '"2001:db8::/32:443"', [{ first: 443, last: 443 }]],
    ]);
    expect(ssh!.destinations[0]?.traffic[0]?.protocols).toBe(DEFAULT_PROTOCOLS);
    expect(old!.sources.map(({ value }) => value)).toEqual([{ kind: 'domain', domain: 'example.com' }]);
    expect(old!.destinations[0]?.selector.value).toEqual({ kind: 'service', name: 'svc:web' });
    expect(old!.destinations[0]?.traffic[0]?.protocols).toEqual([17]);
    expect(values(old!.postures)).toEqual(['posture:mac']);
    expect(grant!.sources[0]?.value).toEqual({
      kind: 'addresses',
      written: 'prefix',
      range: { family: 4, first: 10n << 24n, last: (11n << 24n) - 1n },
    });
    expect(grant!.destinations[0]?.traffic).toEqual([
      { protocols: DEFAULT_PROTOCOLS, ports: [EVERY_PORT] },
      { protocols: DEFAULT_PROTOCOLS, ports: [{ first: 443, last: 443 }] },
      { protocols: [6], ports: [{ first: 80, last: 90 }] },
      { protocols: [47], ports: [EVERY_PORT] },
    ]);
    expect(texts(grant!.via)).toEqual(['tag:exit']);
    expect(values(app!.capabilities)).toEqual(['tailscale.com/cap/kubernetes']);
    expect(app!.destinations[0]?.traffic).toEqual([]);
    expect(textOf(app!.span)).toMatch(/^\{"src": \["group:sre.*\}$/s);
  });

  test('sections', () => {
    const { policy } = read(WHOLE);
    expect(textOf(policy.sections.acls!.key)).toBe('"acls"');
    expect(read('{"acls": [], "grants": null}').policy.sections).toMatchObject({
      acls: { isEmpty: true },
      grants: undefined,
    });
  });

  test('SSH, attributes and tests', () => {
    const { policy } = read(WHOLE);
    const [check, accept] = policy.ssh;
    expect([check!.action, texts(check!.sources), texts(check!.destinations), values(check!.users)]).toEqual([
      'check',
      ['autogroup:member'],
      ['autogroup:self'],
      ['root', 'localpart:*@example.com'],
    ]);
    expect([accept!.action, accept!.sources, values(accept!.users)]).toEqual([
      'accept',
      [],
      ['autogroup:member'],
    ]);
    const [attribute] = policy.nodeAttrs;
    expect([texts(attribute!.targets), values(attribute!.attributes)]).toEqual([
      ['*', 'autogroup:owner', 'oslo'],
      ['funnel', 'custom:x'],
    ]);
    expect(
      policy.tests.map(({ index, source, protocol, accept, deny }) => [
        index,
        source?.value,
        protocol?.value,
        values(accept),
        values(deny),
      ]),
    ).toEqual([
      [0, 'ada@example.com', 'tcp', ['nowhere:22'], ['x']],
      [1, 'tag:unknown', undefined, ['*:*'], []],
      [2, undefined, undefined, [], []],
    ]);
    const [sshTest] = policy.sshTests;
    expect([sshTest!.source?.value, texts(sshTest!.destinations), values(sshTest!.accept)]).toEqual([
      'oslo',
      ['tag:k3s', 'six'],
      ['root'],
    ]);
  });
});

describe('what the service takes', () => {
  test.each([
    'null',
    '{}',
    '{"acls": null, "groups": null, "tests": null, "autoApprovers": {"routes": null}}',
    '{"acls": [null], "ssh": [null], "grants": []}',
    '{"acls": [{"action": "accept", "src": [], "dst": []}]}',
    // Each user reaches its own devices [recorded, 2026-05].
    '{"acls": [{"action": "accept", "src": ["*"], "dst": ["autogroup:self:*"]}]}',
    '{"acls": [{"action": "accept", "src": ["autogroup:admin", "a@b", "user:*@b"], "dst": ["autogroup:self:22"]}]}',
    '{"acls": [{"action": "accept", "proto": "1", "src": ["*"], "dst": ["*:0-65535"]}]}',
    '{"grants": [{"src": ["autogroup:danger-all"], "dst": ["*"], "ip": ["*"], "app": {"a.b/c": null}}]}',
    '{"ssh": [{"action": "check", "users": ["group:x", "autogroup:self"], "checkPeriod": "always"}]}',
    '{"ssh": [{"action": "check", "users": ["root"], "checkPeriod": "168h"}, {"action": "check", "users": ["root"], "checkPeriod": null}]}',
    // It does not mind owners in a circle [Headscale v0.29, policy/v2, which follows it].
    '{"tagOwners": {"tag:a": ["tag:b"], "tag:b": ["tag:a"]}}',
    '{"ipsets": {"ipset:a": ["ipset:c"], "ipset:b": ["ipset:c"], "ipset:c": []}}',
    '{"groups": {"group:a": ["nobody"]}}',
    '{"nodeAttrs": [{"target": [], "attr": []}, {}]}',
    '{"sshTests": [{"src": "x", "dst": ["autogroup:self"]}]}',
    '{"groups": {"group:a": []}, "acls": [{"action": "accept", "src": ["group:a"], "dst": ["autogroup:self:22"]}]}',
    '{"tagOwners": {"tag:a": []}, "ssh": [{"action": "accept", "src": ["tag:a"], "dst": ["autogroup:admin"], "users": ["root"]}]}',
    '{"acls": [{"action": "accept", "src": ["autogroup:members"], "dst": ["*:*"]}]}',
    '{"groups": {"__proto__": []}, "groups": {"group:__proto__": ["a@b"]}, "grants": [{"src": ["group:__proto__"], "dst": ["*"], "ip": ["*"]}]}',
  ])('%s', (text) => {
    expect(read(text).problems).toEqual([]);
  });
});

describe('what is refused is left out', () => {
  test('an item of another shape', () => {
    const { policy } = read(
      '{"acls": [1], "grants": ["x"], "ssh": [[]], "nodeAttrs": [2], "tests": [true], "sshTests": ["y"]}',
    );
    const { rules, ssh, nodeAttrs, tests, sshTests } = policy;
    expect([rules, ssh, nodeAttrs, tests, sshTests].flat()).toEqual([]);
  });

  test('members, selectors and traffic that cannot be read', () => {
    const { policy } = read(`{
      "groups": {"group:a": ["group:b", "tag:x", "ada@example.com"]},
      "grants": [{"src": ["tag:", "*"], "dst": ["*"], "ip": ["tcp:0", "22"], "via": ["x", "tag:y"]}],
    }`);
    expect(policy.groups.get('group:a')?.members.map(({ text }) => text)).toEqual(['ada@example.com']);
    const [{ sources, destinations, via } = {}] = policy.rules;
    expect(sources?.map(({ text }) => text)).toEqual(['*']);
    expect(destinations?.[0]?.traffic).toHaveLength(1);
    expect(via?.map(({ text }) => text)).toEqual(['tag:y']);
  });

  test('an SSH rule without an action gives less rather than more', () => {
    const { policy } = read('{"ssh": [{"action": "allow", "users": ["root"]}, {"users": ["root"]}]}');
    expect(policy.ssh.map(({ action }) => action)).toEqual(['check', 'check']);
  });
});

describe('what a problem is about', () => {
  const rule = (more: string) => `{"action": "accept", "users": ["root"], ${more}}`;

  test.each([
    ['{"tagOwners": {"tag:a": ["tag:b"]}}', { is: 'undefined-tag', tag: 'tag:b' }],
    ['{"sshTests": [{"src": "x", "dst": ["tag:b"]}]}', { is: 'undefined-tag', tag: 'tag:b' }],
    [
      '{"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"], "via": ["tag:b"]}]}',
      { is: 'undefined-tag', tag: 'tag:b' },
    ],
    ['{"hosts": {"lan": "10.0.0.0/33"}}', { is: 'prefix' }],
    ['{"autoApprovers": {"routes": {"10.42.0.0": []}}}', { is: 'prefix' }],
    ['{"ACLs": [], "acls": []}', { is: 'given-twice' }],
    ['{"hosts": {"lan": "10.0.0"}}', undefined],
    ['{"tagOwners": {"tag:a": ["group:b"]}}', undefined],
    // It may not stand here, defined or not.
    [`{"ssh": [${rule('"recorder": ["group:b"]')}]}`, undefined],
  ])('%s', (text, fault) => {
    const [problem] = read(text).problems;
    expect(problem?.fault).toEqual(fault);
    expect('fault' in problem!).toBe(fault !== undefined);
    expect(isRefusal(problem!)).toBe(fault?.is !== 'given-twice');
  });

  test.each([
    ['{"ACLs": [], "acls": []}', '"ACLs"'],
    [
      '{"grants": [{"src": ["autogroup:member"], "dst": ["autogroup:members"], "ip": ["*"]}]}',
      '"autogroup:member"',
      'autogroup:member',
    ],
    [
      `{"ssh": [${rule('"src": ["ada@a.org", "bo@a.org"], "dst": ["ada@a.org"]')}]}`,
      '"bo@a.org"',
      'another source',
    ],
    [
      `{"ssh": [${rule('"src": ["autogroup:tagged"], "dst": ["autogroup:self"]')}]}`,
      '"autogroup:self"',
      'the destination',
    ],
    [
      '{"acls": [{"action": "accept", "src": ["autogroup:tagged"], "dst": ["autogroup:self:22"]}]}',
      '"autogroup:self:22"',
      'autogroup:self',
    ],
  ])('%s: see %s', (text, place, label = expect.any(String)) => {
    const [problem] = read(text).problems;
    expect(problem?.related?.map((each) => [textOf(each.at), each.label])).toEqual([[place, label]]);
  });
});

test('of members given twice the last counts', () => {
  const { policy } = read(
    '{"groups": {"group:a": ["a@b"]}, "groups": {"group:a": ["c@d"], "group:a": ["e@f"]}}',
  );
  expect([...policy.groups.values()].map(({ members }) => members.map(({ text }) => text))).toEqual([
    ['e@f'],
  ]);
});

test('a policy that is wrong in the first section says so of the others', () => {
  const wrong = Array.from({ length: 300 }, () => '{"action": "no"}').join();
  const { problems } = read(`{"hosts": {"a": "x"}, "acls": [${wrong}], "ssh": 1}`);
  expect(problems).toHaveLength(100);
  expect(problems[0]?.message).toContain('hosts["a"]');
  const late = read(`{"ssh": 1, "acls": [${wrong}]}`).problems;
  expect(late[0]?.message).toContain('"ssh"');
});
