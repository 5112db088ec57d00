import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/diagnostics/finding.ts';
import { failedTests } from '../../../src/policy/tests/run-tests.ts';
import { refusedTestShapes } from '../../../src/policy/tests/test-shapes.ts';
import { textOf } from '../../../src/source/span.ts';
import { compileText, HOME, homePolicy, STRANGE_TEXTS } from '../home-tailnet.ts';

/** `place | message without its first words | places of what it is related to`. */
function lines(problems: readonly Problem[]): string[] {
  return problems.map(({ at, message, related = [] }) => {
    const [words, why] = [message.slice(0, 16), message.slice(16)];
    expect(words).toBe('test(s) failed: ');
    return [textOf(at), why, ...related.map((each) => `${each.label}: ${textOf(each.at)}`)].join(' | ');
  });
}

const failures = (rules: string, tests: string) =>
  lines(failedTests(compileText(homePolicy(`"acls": [${rules}], "tests": [${tests}]`))));

const rule = (src: string, dst: string, proto = '') =>
  `{"action": "accept", ${proto && `"proto": "${proto}", `}"src": ["${src}"], "dst": ["${dst}"]}`;

describe('what the rules say', () => {
  const ACCEPTED = [
    ['a user', rule('ada@example.com', 'tag:k3s:22'), '"src": "ada@example.com", "accept": ["tag:k3s:22"]'],
    ['a user of a group', rule('group:all', 'nas:22'), '"src": "ada@example.com", "accept": ["nas:22"]'],
    ['a group', rule('autogroup:member', 'nas:22'), '"src": "group:all", "accept": ["nas:22"]'],
    ['an autogroup', rule('autogroup:member', 'nas:22'), '"src": "autogroup:member", "accept": ["nas:22"]'],
    ['a tag', rule('tag:k3s', '*:*'), '"src": "tag:remote", "accept": ["tag:exit:1", "8.8.8.8:53"]'],
    ['an address', rule('tag:k3s', 'nas:22'), '"src": "100.64.0.1", "accept": ["100.64.0.20:22"]'],
    ['IPv6', rule('tag:k3s', 'tag:exit:22'), '"src": "tag:k3s", "accept": ["[fd7a:115c:a1e0::30]:22"]'],
    ['a host of one address', rule('tag:k3s', 'pods:80'), '"src": "tag:k3s", "accept": ["10.42.3.9:80"]'],
    [
      'a person',
      rule('autogroup:member', 'ada@example.com:22'),
      '"src": "nas", "deny": ["ada@example.com:23"]',
    ],
    ['one of several ports', rule('*', 'nas:20-30,80'), '"src": "tag:k3s", "accept": ["nas:25", "nas:80"]'],
    [
      'one address of several',
      rule('tag:k3s', '100.64.0.1:22'),
      '"src": "tag:k3s", "accept": ["tag:k3s:22"]',
    ],
    [
      'own devices',
      rule('autogroup:member', 'autogroup:self:*'),
      '"src": "ada@example.com", "accept": ["100.64.0.11:22"], "deny": ["nas:22"]',
    ],
    ['only TCP', rule('*', 'nas:53', 'tcp'), '"src": "tag:k3s", "accept": ["nas:53"]'],
    ['only UDP', rule('*', 'nas:53', 'udp'), '"src": "tag:k3s", "accept": ["nas:53"]'],
    [
      'the other protocol',
      rule('*', 'nas:53', 'tcp'),
      '"src": "tag:k3s", "proto": "udp", "deny": ["nas:53"]',
    ],
    ['SCTP', rule('*', 'nas:53', 'sctp'), '"src": "tag:k3s", "proto": "sctp", "accept": ["nas:53"]'],
    ['no ICMP', rule('*', 'nas:*', 'icmp'), '"src": "tag:k3s", "deny": ["nas:53"]'],
    ['a part of the sources', rule('ada@example.com', 'nas:22'), '"src": "group:all", "deny": ["nas:22"]'],
    ['old names', rule('tag:k3s', 'nas:22'), '"user": "tag:k3s", "allow": ["nas:22"]'],
    ['twice the same', rule('tag:k3s', 'nas:22'), '"src": "tag:k3s", "accept": ["nas:22", "nas:22"]'],
    [
      'what only the service knows',
      rule('autogroup:admin', 'nas:22'),
      '"src": "bo@example.com", "accept": ["nas:22"]',
    ],
    ['and denies it too', rule('autogroup:admin', 'nas:22'), '"src": "bo@example.com", "deny": ["nas:22"]'],
    ['a role as the source', rule('tag:k3s', 'nas:22'), '"src": "autogroup:owner", "accept": ["nas:22"]'],
    ['a group of the identity provider', '', '"src": "group:eng@example.com", "accept": ["nas:22"]'],
    ['a service', '', '"src": "tag:k3s", "accept": ["svc:web:22"]'],
  ] as const;
  test.each(ACCEPTED)('%s', (_, rules, item) => {
    expect(failures(rules, `{${item}}`)).toEqual([]);
  });

  const REFUSED: readonly (readonly [string, string, string, readonly string[]])[] = [
    [
      'denied',
      rule('tag:exit', 'nas:22'),
      '"src": "tag:k3s", "accept": ["nas:80", "nas:22"]',
      [
        '"nas:80" | tag:k3s -> nas:80 is denied, and the test wants it allowed',
        '"nas:22" | tag:k3s -> nas:22 is denied, and the test wants it allowed | the nearest rule, for other sources: "nas:22"',
      ],
    ],
    [
      'allowed',
      `${rule('tag:k3s', 'nas:*')}, ${rule('tag:exit', 'nas:*')}, ${rule('*', '*:80-90')}`,
      '"src": "tag:k3s", "deny": ["nas:22", "nas:80"], "proto": "tcp"',
      [
        '"nas:22" | tag:k3s -> nas:22 by tcp is allowed, and the test wants it denied | lets it through: "nas:*"',
        '"nas:80" | tag:k3s -> nas:80 by tcp is allowed, and the test wants it denied | lets it through: "nas:*" | lets it through: "*:80-90"',
      ],
    ],
    [
      'the nearest rules',
      `${rule('tag:k3s', 'nas:22')}, ${rule('tag:k3s', 'nas:80', 'udp')}, ${rule('tag:k3s', 'tag:exit:80')}, ${rule('tag:exit', 'tag:exit:80')}`,
      '"src": "tag:k3s", "accept": ["nas:80"], "proto": "tcp"',
      [
        '"nas:80" | tag:k3s -> nas:80 by tcp is denied, and the test wants it allowed | the nearest rule, for other ports: "nas:22" | the nearest rule, for another protocol: "nas:80" | the nearest rule, for other destinations: "tag:exit:80"',
      ],
    ],
    [
      'a part of the sources',
      rule('ada@example.com', 'nas:22'),
      '"src": "group:all", "accept": ["nas:22"]',
      [
        '"nas:22" | group:all -> nas:22 is denied, and the test wants it allowed | the nearest rule, for other sources: "nas:22"',
      ],
    ],
    [
      'not even an administrator',
      rule('autogroup:admin', 'nas:22'),
      '"src": "tag:k3s", "accept": ["nas:22"]',
      [
        '"nas:22" | tag:k3s -> nas:22 is denied, and the test wants it allowed | the nearest rule, for other sources: "nas:22"',
      ],
    ],
    [
      'nobody',
      rule('*', '*:*'),
      '"src": "group:empty", "accept": ["nas:22"]',
      ['"group:empty" | group:empty stands for no address'],
    ],
    [
      'a stranger',
      rule('*', '*:*'),
      '"src": "eve@example.com", "deny": ["nas:22"]',
      ['"eve@example.com" | eve@example.com stands for no address'],
    ],
    [
      'a tag without devices',
      rule('*', '*:*'),
      '"src": "tag:k3s", "accept": ["tag:unused:22"]',
      ['"tag:unused:22" | tag:unused:22 stands for no address'],
    ],
  ];
  test.each(REFUSED)('%s', (_, rules, item, expected) => {
    expect(failures(rules, `{${item}}`)).toEqual(expected);
  });

  test('without acls and grants everything is allowed', () => {
    const policy = homePolicy('"tests": [{"src": "tag:k3s", "accept": ["nas:22"], "deny": ["nas:23"]}]');
    expect(lines(failedTests(compileText(policy)))).toEqual([
      '"nas:23" | tag:k3s -> nas:23 is allowed, and the test wants it denied | lets it through: {',
    ]);
  });

  test('grants count, those with via do not', () => {
    const grants = (via: string) =>
      homePolicy(`"grants": [{"src": ["tag:exit"], "dst": ["10.42.3.0/24"], "ip": ["tcp:80"]${via}}],
        "tests": [{"src": "tag:exit", "accept": ["10.42.3.9:80", "one:80"]}]`);
    expect(failedTests(compileText(grants('')))).toEqual([]);
    expect(failedTests(compileText(grants(', "via": ["tag:k3s"]')))).toHaveLength(2);
  });

  test('a grant of capabilities lets nothing through', () => {
    const policy = homePolicy(`"grants": [{"src": ["*"], "dst": ["*"], "app": {"example.com/cap/x": []}}],
      "tests": [{"src": "tag:exit", "deny": ["nas:80"]}]`);
    expect(failedTests(compileText(policy))).toEqual([]);
  });
});

describe('what no policy can pass', () => {
  const SHAPES: readonly (readonly [string, readonly string[]])[] = [
    ['"accept": ["nas:22"]', ['{ | the test has no src']],
    ['"src": "", "accept": ["nas:22"]', ['{ | the test has no src']],
    ['"src": "tag:k3s"', ['{ | the test has neither accept nor deny']],
    ['"src": "tag:k3s", "accept": [], "deny": []', ['{ | the test has neither accept nor deny']],
    ['', ['{ | the test has no src', '{ | the test has neither accept nor deny']],
    ...(
      [
        ['nas', 'a destination needs a port'],
        ['', 'a destination needs a port'],
        ['nas:', 'port range "": invalid first integer'],
        ['nas:-1', 'port range "-1": invalid first integer'],
        ['nas:ssh', 'port range "ssh": invalid first integer'],
        ['nas:0', `port range "0": first port must be >0, or use '*' for wildcard`],
        ['nas:65536', 'port range "65536": port number out of range'],
        ['nas:*', 'a test takes one port'],
        ['nas:22,80', 'a test takes one port'],
        ['nas:22-23', 'a test takes one port'],
        ['10.42.0.0/24:80', 'a test takes one host, not a prefix'],
        ['10.42.0.1/32:80', 'a test takes one host, not a prefix'],
        ['[fd7a:115c:a1e0::1]/128:80', 'a test takes one host, not a prefix'],
        ['10.42.0.1-10.42.0.9:80', 'a test takes one host, not a range'],
        ['pods:80', 'the host is a prefix, and a test takes one host'],
        ['ipset:oslo:80', 'a test takes no ipset'],
        ['autogroup:internet:80', 'a test takes no autogroup:internet'],
        ['autogroup:self:80', 'a test takes no autogroup:self'],
        ['tag:other:80', 'tag not found: "tag:other"'],
        ['group:other:80', 'group not found: "group:other"'],
        ['other:80', 'host not found: "other"'],
        ['10.42.0.0/33:80', 'host not found: "10.42.0.0/33"'],
        ['autogroup:bogus:80', 'unknown autogroup "autogroup:bogus"'],
        ['tag::80', 'tag: is no source or destination'],
      ] as const
    ).map(
      ([text, why]) => [`"src": "tag:k3s", "deny": ["${text}"]`, [`"${text}" | ${text}: ${why}`]] as const,
    ),
    ...(
      [
        ['tag:other', 'tag not found: "tag:other"'],
        ['group:other', 'group not found: "group:other"'],
        ['other', 'host not found: "other"'],
        ['autogroup:bogus', 'unknown autogroup "autogroup:bogus"'],
        ['ipset:oslo', 'a test takes no ipset'],
        ['a:b', 'a:b is no source or destination'],
      ] as const
    ).map(
      ([text, why]) => [`"src": "${text}", "accept": ["nas:22"]`, [`"${text}" | ${text}: ${why}`]] as const,
    ),
    [
      '"src": "tag:k3s", "proto": "icmp", "accept": ["nas:22"]',
      ['"nas:22" | nas:22: a test of what has no ports takes port 0'],
    ],
    [
      '"src": "tag:k3s", "proto": "47", "accept": ["nas:*"]',
      ['"nas:*" | nas:*: a test of what has no ports takes port 0'],
    ],
    [
      '"src": "tag:k3s", "proto": "tpc", "accept": ["nas:22"]',
      [
        '"tpc" | tpc: proto name "tpc" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)',
      ],
    ],
    [
      '"src": "tag:other", "proto": "icmp", "accept": ["nas:*"], "deny": ["nas"]',
      [
        '"tag:other" | tag:other: tag not found: "tag:other"',
        '"nas:*" | nas:*: a test of what has no ports takes port 0',
        '"nas" | nas: a destination needs a port',
      ],
    ],
  ];
  test.each(SHAPES)('%s', (item, expected) => {
    const compiled = compileText(homePolicy(`"acls": [], "tests": [{${item}}]`));
    // The opening brace of the test, not of the policy.
    for (const { at } of refusedTestShapes(compiled.policy)) expect(at.start).toBeGreaterThan(300);
    expect(lines(refusedTestShapes(compiled.policy))).toEqual(expected);
    expect(lines(failedTests(compiled))).toEqual(expected);
  });

  test('ICMP is asked for with port 0', () => {
    const acls = '{"action": "accept", "src": ["tag:k3s"], "dst": ["nas:22"]}';
    expect(failures(acls, '{"src": "tag:k3s", "proto": "icmp", "accept": ["nas:0"]}')).toEqual([]);
    expect(failures(acls, '{"src": "tag:remote", "proto": "icmp", "deny": ["nas:0"]}')).toEqual([
      '"nas:0" | tag:remote -> nas:0 by icmp is allowed, and the test wants it denied | lets it through: "nas:22"',
    ]);
    expect(failures('', '{"src": "tag:k3s", "proto": "icmp", "accept": ["nas:0"]}')).toHaveLength(1);
  });

  test('the other assertions of such a test are judged', () => {
    expect(failures('', '{"src": "tag:k3s", "accept": ["nas:*", "nas:22"]}')).toEqual([
      '"nas:*" | nas:*: a test takes one port',
      '"nas:22" | tag:k3s -> nas:22 is denied, and the test wants it allowed',
    ]);
  });

  test('a very long text is cut', () => {
    const [line] = failures('', `{"src": "${'x'.repeat(5000)}", "deny": ["nas:22"]}`);
    expect(line!.length).toBeLessThan(5500);
    expect(line).toContain(`${'x'.repeat(79)}…: host not found`);
  });
});

test('of many rules three are shown', () => {
  const many = Array.from({ length: 5 }, (_, index) => rule('tag:k3s', `nas:${index + 1}-9`)).join();
  const related = (item: string) =>
    failedTests(compileText(homePolicy(`"acls": [${many}], "tests": [${item}]`)))[0]?.related;
  expect(related('{"src": "tag:k3s", "deny": ["nas:9"]}')).toHaveLength(3);
  expect(related('{"src": "tag:k3s", "accept": ["nas:10"]}')).toHaveLength(3);
});

test('where no rule is near none is shown', () => {
  const [failure] = failedTests(
    compileText(homePolicy('"acls": [], "tests": [{"src": "nas", "accept": ["nas:1"]}]')),
  );
  expect(failure).not.toHaveProperty('related');
});

test('no tests, no failures', () => {
  expect(failures(rule('*', '*:*'), '')).toEqual([]);
});

describe('laws', () => {
  const names = fc.constantFrom(
    ...[
      'tag:k3s',
      'tag:remote',
      'ada@example.com',
      'group:all',
      'nas',
      'autogroup:member',
      '100.64.0.1',
      '*',
    ],
  );
  const port = fc.constantFrom('22', '80', '20-30', '22,80', '*');
  const rules = fc
    .array(fc.tuple(names, names, port), { maxLength: 5 })
    .map((all) =>
      all.map(([src, dst, ports]) => rule(src, dst, '').replace(`"${dst}"`, `"${dst}:${ports}"`)).join(),
    );
  const targets = fc.constantFrom(
    'tag:k3s:22',
    'nas:80',
    '10.42.3.9:22',
    'ada@example.com:25',
    'group:all:80',
  );

  test('of accept and deny one fails, and one only', () => {
    fc.assert(
      fc.property(rules, names, targets, (acls, src, target) => {
        const accept = failures(acls, `{"src": "${src}", "accept": ["${target}"]}`);
        const deny = failures(acls, `{"src": "${src}", "deny": ["${target}"]}`);
        expect(accept.length + deny.length).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  test('more rules never deny more', () => {
    fc.assert(
      fc.property(rules, rules, names, targets, (some, more, src, target) => {
        const item = `{"src": "${src}", "accept": ["${target}"]}`;
        const both = [some, more].filter(Boolean).join();
        expect(failures(both, item).length).toBeLessThanOrEqual(failures(some, item).length);
      }),
      { numRuns: 50 },
    );
  });

  test('any text is an answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...STRANGE_TEXTS)), fc.string(), (src, target) => {
        const item = JSON.stringify({ src, proto: target, accept: [target, `${src}:22`] });
        const compiled = compileText(homePolicy(`"tests": [${item}]`));
        expect(failedTests(compiled).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  test('the order of devices does not matter', () => {
    const text = homePolicy(`"acls": [${rule('autogroup:member', 'autogroup:self:*')}],
      "tests": [{"src": "ada@example.com", "accept": ["100.64.0.10:1"], "deny": ["nas:1", "100.64.0.11:1"]}]`);
    const turned = { ...HOME, devices: HOME.devices.toReversed() };
    expect(lines(failedTests(compileText(text, turned)))).toEqual(lines(failedTests(compileText(text))));
    expect(failedTests(compileText(text))).toHaveLength(1);
  });
});
