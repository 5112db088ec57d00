import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failedSshTests } from '../../../src/policy/tests/run-ssh-tests.ts';
import { textOf } from '../../../src/source/span.ts';
import { compileText, homePolicy, STRANGE_TEXTS } from '../home-tailnet.ts';
import { listOf } from '../tailnet.ts';

/** `place | message without its first words | labels of what it is related to`. */
function failures(rules: string, tests: string): string[] {
  const compiled = compileText(homePolicy(`"ssh": [${rules}], "sshTests": [${tests}]`));
  return failedSshTests(compiled).map(({ at, message, related = [] }) => {
    const [words, why] = [message.slice(0, 16), message.slice(16)];
    expect(words).toBe('test(s) failed: ');
    for (const each of related) expect(textOf(each.at)).toBe('{');
    return [textOf(at), why, ...related.map(({ label }) => label)].join(' | ');
  });
}

const rule = (src: string, dst: string, users: string, action = 'accept') =>
  `{"action": "${action}", "src": ["${src}"], "dst": ["${dst}"], "users": ["${users.split(' ').join('", "')}"]}`;

const ADA = 'ada@example.com';

describe('what the rules say', () => {
  test.each([
    [
      'a login',
      rule(ADA, 'tag:k3s', 'root'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["root"], "deny": ["ada"]`,
    ],
    [
      'several rules',
      `${rule(ADA, 'tag:k3s', 'root')}, ${rule(ADA, 'tag:exit', 'root')}`,
      `"src": "${ADA}", "dst": ["tag:k3s", "tag:exit"], "accept": ["root"]`,
    ],
    [
      'everybody but root',
      rule(ADA, 'tag:k3s', 'autogroup:nonroot'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["ada", "x"], "deny": ["root"]`,
    ],
    [
      'the own name',
      rule('autogroup:member', 'tag:k3s', 'localpart:*@example.com'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["ada"], "deny": ["bo", "root"]`,
    ],
    [
      'a domain in another case',
      rule(ADA, 'tag:k3s', 'localpart:*@EXAMPLE.com'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["ada"]`,
    ],
    [
      'another domain',
      rule(ADA, 'tag:k3s', 'localpart:*@example.org'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "deny": ["ada"]`,
    ],
    [
      'a tag',
      rule('tag:k3s', 'tag:exit', 'root'),
      '"src": "tag:remote", "dst": ["tag:exit"], "accept": ["root"]',
    ],
    [
      'a tag has no name',
      rule('tag:k3s', 'tag:exit', 'localpart:*@example.com'),
      '"src": "tag:k3s", "dst": ["tag:exit"], "deny": ["k3s"]',
    ],
    [
      'an address of a person',
      rule(ADA, 'tag:k3s', 'root'),
      '"src": "100.64.0.10", "dst": ["tag:k3s"], "accept": ["root"]',
    ],
    [
      'an address of a device',
      rule(ADA, 'tag:k3s', 'root'),
      `"src": "${ADA}", "dst": ["100.64.0.3"], "accept": ["root"]`,
    ],
    [
      'a host',
      rule('bo@example.com', 'tag:exit', 'root'),
      '"src": "nas", "dst": ["tag:exit"], "accept": ["root"]',
    ],
    [
      'an address of nobody',
      rule(ADA, 'tag:k3s', 'root'),
      '"src": "100.64.0.99", "dst": ["tag:k3s"], "deny": ["root"]',
    ],
    [
      'a check',
      rule(ADA, 'tag:k3s', 'root', 'check'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "check": ["root"], "accept": ["root"]`,
    ],
    [
      'a check before an accept',
      `${rule(ADA, 'tag:k3s', 'root')}, ${rule(ADA, 'tag:k3s', 'root', 'check')}`,
      `"src": "${ADA}", "dst": ["tag:k3s"], "check": ["root"]`,
    ],
    [
      'own devices',
      rule('autogroup:member', 'autogroup:self', 'root'),
      `"src": "${ADA}", "dst": ["${ADA}", "autogroup:self"], "accept": ["root"]`,
    ],
    [
      'devices of others',
      rule('autogroup:member', 'autogroup:self', 'root'),
      `"src": "${ADA}", "dst": ["bo@example.com", "tag:k3s"], "deny": ["root"]`,
    ],
    [
      'what only the service knows',
      rule('autogroup:admin', 'tag:k3s', 'root'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["root"]`,
    ],
    [
      'and its denial',
      rule('autogroup:admin', 'tag:k3s', 'root'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "deny": ["root"]`,
    ],
    ['a role', '', '"src": "autogroup:owner", "dst": ["tag:k3s"], "accept": ["root"]'],
  ])('%s', (_, rules, item) => {
    expect(failures(rules, `{${item}}`)).toEqual([]);
  });

  test.each([
    [
      'another login',
      rule(ADA, 'tag:k3s', 'root'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["root", "ubuntu"]`,
      [`"ubuntu" | ${ADA} as ubuntu -> oslo-1, oslo-2 and kyoto-1 is denied, and the test wants it allowed`],
    ],
    [
      'one of the devices',
      rule(ADA, 'tag:remote', 'root'),
      `"src": "${ADA}", "dst": ["tag:k3s"], "accept": ["root"], "deny": ["root"]`,
      [
        `"root" | ${ADA} as root -> oslo-1 and oslo-2 is denied, and the test wants it allowed`,
        `"root" | ${ADA} as root -> kyoto-1 is allowed, and the test wants it denied | lets it in`,
      ],
    ],
    [
      'one of the sources',
      rule(ADA, 'tag:exit', 'root', 'check'),
      '"src": "group:all", "dst": ["tag:exit"], "accept": ["root"], "deny": ["root"], "check": ["root"]',
      [
        '"root" | group:all as root -> exit is denied, and the test wants it allowed | lets it in after a check',
        '"root" | group:all as root -> exit is not let in by a check, and the test wants it checked | lets it in after a check',
        '"root" | group:all as root -> exit is allowed, and the test wants it denied | lets it in after a check',
      ],
    ],
    [
      'without a check',
      rule(ADA, 'tag:exit', 'root'),
      `"src": "${ADA}", "dst": ["tag:exit"], "check": ["root"]`,
      [
        `"root" | ${ADA} as root -> exit is not let in by a check, and the test wants it checked | lets it in`,
      ],
    ],
    [
      'no rules',
      '',
      `"src": "${ADA}", "dst": ["tag:exit"], "accept": ["root"]`,
      [`"root" | ${ADA} as root -> exit is denied, and the test wants it allowed`],
    ],
    [
      'nobody and nowhere',
      '',
      `"src": "group:empty", "dst": ["tag:exit"], "deny": ["root"]}, {"src": "${ADA}", "dst": ["tag:unused", "tag:exit", "10.42.0.9"], "deny": ["root"]`,
      [
        '"group:empty" | group:empty stands for no address',
        '"tag:unused" | tag:unused stands for no device',
        '"10.42.0.9" | 10.42.0.9 stands for no device',
      ],
    ],
    [
      'a tag has no devices of its own',
      '',
      '"src": "tag:k3s", "dst": ["autogroup:self"], "deny": ["root"]',
      ['"autogroup:self" | autogroup:self stands for no device'],
    ],
  ])('%s', (_, rules, item, expected) => {
    expect(failures(rules, `{${item}}`)).toEqual(expected);
  });
});

test.each([
  [
    '',
    [
      '{ | the test has no src',
      '{ | the test has no dst',
      '{ | the test has neither accept nor check nor deny',
    ],
  ],
  ['"dst": ["tag:k3s"], "accept": ["root"]', ['{ | the test has no src']],
  ['"src": "tag:k3s", "accept": ["root"]', ['{ | the test has no dst']],
  ['"src": "tag:k3s", "dst": ["tag:k3s"]', ['{ | the test has neither accept nor check nor deny']],
  ['"src": "tag:k3s", "dst": ["tag:k3s"], "check": [""]', ['"" | a login name is empty']],
  [
    '"src": "tag:other", "dst": ["tag:k3s"], "deny": ["x"]',
    ['"tag:other" | tag:other: tag not found: "tag:other"'],
  ],
  ['"src": "other", "dst": ["tag:k3s"], "deny": ["x"]', ['"other" | other: host not found: "other"']],
  [
    '"src": "nas", "dst": ["tag:k3s:22"], "deny": ["x"]',
    ['"tag:k3s:22" | tag:k3s:22: tag not found: "tag:k3s:22"'],
  ],
  ['"src": "nas", "dst": ["other"], "deny": ["x"]', ['"other" | other: host not found: "other"']],
  [
    '"src": "nas", "dst": ["autogroup:internet"], "deny": ["x"]',
    ['"autogroup:internet" | autogroup:internet: an SSH test takes no autogroup:internet'],
  ],
  [
    '"src": "nas", "dst": ["fd7a:115c:a1e0::1"], "deny": ["x"]',
    ['"fd7a:115c:a1e0::1" | fd7a:115c:a1e0::1: an SSH test takes no IPv6 address'],
  ],
])('no policy can pass {%s}', (item, expected) => {
  expect(failures(rule('*', 'tag:k3s', 'root'), `{${item}}`)).toEqual(expected);
});

test('no tests, no failures', () => {
  expect(failures('', '')).toEqual([]);
});

test('a rule for other devices lets nobody into their own', () => {
  const item = `{"src": "${ADA}", "dst": ["${ADA}"], "deny": ["root"]}`;
  expect(failures(rule('autogroup:member', 'tag:exit', 'root'), item)).toEqual([]);
});

test('own devices of a group are those of each of its people', () => {
  const item = '{"src": "group:all", "dst": ["autogroup:self"], "deny": ["root"]}';
  expect(failures(rule('autogroup:member', 'autogroup:self', 'root'), item)).toEqual([
    '"root" | group:all as root -> laptop, phone and desk is allowed, and the test wants it denied | lets it in',
  ]);
});

test('a person with several names', () => {
  const list = listOf({
    laptop: { owner: ['ada@example.com', 'ada@', 'github:7'] },
    desk: { owner: ['bo@', 'bo@example.com'] },
    server: { tags: ['tag:k3s'] },
  });
  const policy = (src: string, dst: string, login: string, users: string) =>
    homePolicy(`"ssh": [${rule('autogroup:member', dst, users)}],
      "sshTests": [{"src": "${src}", "dst": ["${dst}"], "accept": ["${login}"]}]`);
  const OWN = 'localpart:*@example.com';
  expect(failedSshTests(compileText(policy(ADA, 'tag:k3s', 'ada', OWN), list))).toEqual([]);
  expect(failedSshTests(compileText(policy('bo@', 'tag:k3s', 'bo', OWN), list))).toEqual([]);
  expect(failedSshTests(compileText(policy('ada@', 'autogroup:self', 'x', 'x'), list))).toEqual([]);
  expect(failedSshTests(compileText(policy(ADA, 'tag:k3s', 'bo', OWN), list))).toHaveLength(1);
});

describe('laws', () => {
  const names = fc.constantFrom('tag:k3s', 'tag:remote', ADA, 'group:all', 'autogroup:member', 'nas');
  const destinations = fc.constantFrom('tag:k3s', 'tag:exit', ADA, 'autogroup:self');
  const logins = fc.constantFrom('root', 'ada', 'autogroup:nonroot', 'localpart:*@example.com');
  const rules = fc
    .array(fc.tuple(names, destinations, logins, fc.constantFrom('accept', 'check')), { maxLength: 4 })
    .map((all) => all.map((each) => rule(...each)).join());
  const login = fc.constantFrom('root', 'ada', 'bo');

  test('accept and deny never both hold, and what is checked is accepted', () => {
    fc.assert(
      fc.property(rules, names, destinations, login, (ssh, src, dst, user) => {
        const holds = (wanted: string) =>
          failures(ssh, `{"src": "${src}", "dst": ["${dst}"], "${wanted}": ["${user}"]}`).length === 0;
        expect(holds('accept') && holds('deny')).toBe(false);
        if (holds('check')) expect(holds('accept')).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('any text is an answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...STRANGE_TEXTS)), (text) => {
        const item = JSON.stringify({ src: text, dst: [text], accept: [text] });
        expect(Array.isArray(failures(rule('*', 'tag:k3s', 'root'), item))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
