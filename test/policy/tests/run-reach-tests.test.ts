import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/diagnostics/finding.ts';
import { readReachTests } from '../../../src/policy/tests/read-reach-tests.ts';
import { failedReachTests } from '../../../src/policy/tests/run-reach-tests.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { textOf } from '../../../src/source/span.ts';
import { valueAt } from '../../../src/syntax/tree.ts';
import { parseYaml } from '../../../src/syntax/yaml.ts';
import { compileText, homePolicy, homeWith, STRANGE_TEXTS } from '../home-tailnet.ts';

function read(yaml: string) {
  const [document] = parseYaml(sourceFile('.podroute.yaml', yaml));
  expect(document?.problems).toEqual([]);
  return readReachTests(valueAt(document?.tree, 'tests'));
}

const lines = (problems: readonly Problem[]) =>
  problems.map(({ at, message, related = [] }) =>
    [textOf(at), message, ...related.map((each) => `${each.label}: ${textOf(each.at)}`)].join(' | '),
  );

/** What fails of the tests, each a YAML map in one line. */
function failures(acls: string, ...items: string[]): string[] {
  const { tests, problems } = read(`tests:\n${items.map((item) => `  - {${item}}\n`).join('')}`);
  expect(problems).toEqual([]);
  return lines(failedReachTests(tests, compileText(homePolicy(`"acls": [${acls}]`))));
}

const rule = (src: string, dst: string, proto = '') =>
  `{"action": "accept", ${proto && `"proto": "${proto}", `}"src": ["${src.split(' ').join('", "')}"], "dst": ["${dst}"]}`;

const PODS = rule('10.42.0.0/16', '10.42.0.0/16:*');

test('of nothing nothing', () => {
  expect(read('tests:\n')).toEqual({ tests: [], problems: [] });
  expect(readReachTests(undefined)).toEqual({ tests: [], problems: [] });
});

test('a test as it stands', () => {
  const { tests } = read(
    "tests:\n  - src: ' 10.42.0.0/24 '\n    proto: 6\n    accept: '*:22'\n    deny: [nas:1, b:2]\n",
  );
  const [only] = tests;
  expect(tests).toHaveLength(1);
  expect([only!.source, only!.protocol!, ...only!.accept, ...only!.deny].map(({ value }) => value)).toEqual([
    '10.42.0.0/24',
    '6',
    '*:22',
    'nas:1',
    'b:2',
  ]);
  expect(textOf(only!.deny[1]!.span)).toBe('b:2');
});

describe('what holds', () => {
  test.each([
    ['all pods', PODS, "src: 10.42.0.0/24, accept: ['10.42.3.0/24:*']"],
    ['pods of a site', PODS, "src: 'ipset:oslo', accept: ['10.42.3.0/24:8000,9000-9999']"],
    [
      'pods to an ipset',
      PODS,
      "src: 10.42.3.0-10.42.3.9, accept: ['ipset:oslo:443', 'pods:1-65535', '10.42.9.1-10.42.9.7:1']",
    ],
    [
      'halves that make a whole',
      `${rule('10.42.0.0/25', '10.42.3.0/24:*')}, ${rule('10.42.0.128/25', '10.42.3.0/25:*')}, ${rule('10.42.0.128-10.42.0.255', '10.42.3.128/25:*')}`,
      "src: 10.42.0.0/24, accept: ['10.42.3.0/24:*']",
    ],
    [
      'ports that make a range',
      `${rule('*', 'nas:1-99')}, ${rule('*', 'nas:100')}, ${rule('*', 'nas:101-200')}`,
      "src: 'tag:k3s', accept: ['nas:50-150']",
    ],
    [
      'TCP here and UDP there',
      `${rule('*', 'nas:80', 'tcp')}, ${rule('*', 'nas:81', 'udp')}`,
      "src: 'tag:k3s', accept: ['nas:80-81']",
    ],
    [
      'a packet has one family',
      rule('100.64.0.1 100.64.0.2 100.64.0.3', '10.42.0.0/24:*'),
      "src: 'tag:k3s', accept: ['10.42.0.0/24:22']",
    ],
    ['denied', rule('tag:k3s', 'nas:22'), "src: 'tag:exit', deny: ['*:*']"],
    ['denied by ports', rule('*', '*:22'), "src: 'tag:exit', deny: ['*:1-21,23-65535']"],
    ['denied by protocol', rule('*', '*:*', 'tcp'), "src: 'tag:exit', proto: udp, deny: ['*:*']"],
    [
      'ping goes with any rule',
      rule('*', 'nas:22', 'tcp'),
      "src: 'tag:exit', proto: icmp, accept: ['nas:*']",
    ],
    [
      'the internet',
      rule('*', 'autogroup:internet:443'),
      "src: 'tag:k3s', accept: ['1.0.0.0-9.255.255.255:443']",
    ],
    [
      'not for sure',
      rule('autogroup:admin', 'pods:*'),
      "src: 'ada@example.com', accept: ['pods:80'], deny: ['pods:80']",
    ],
  ])('%s', (_, acls, item) => {
    expect(failures(acls, item)).toEqual([]);
  });
});

describe('what does not hold', () => {
  test.each([
    [
      'nothing at all',
      '',
      "src: 10.42.0.0/24, accept: ['10.42.3.0/24:8000']",
      [
        "'10.42.3.0/24:8000' | 10.42.0.0/24 -> 10.42.3.0/24 on port 8000 is denied, and the test wants 10.42.0.0/24 -> 10.42.3.0/24:8000 allowed",
      ],
    ],
    [
      'a tag is not its pods',
      rule('tag:k3s', '10.42.0.0/16:*'),
      "src: 10.42.0.0/24, accept: ['10.42.3.0/24:*']",
      [
        '\'10.42.3.0/24:*\' | 10.42.0.0/24 -> 10.42.3.0/24 on every port is denied, and the test wants 10.42.0.0/24 -> 10.42.3.0/24:* allowed | the nearest rule, for other sources: "10.42.0.0/16:*"',
      ],
    ],
    [
      'half of the sources',
      rule('10.42.0.0/25', '10.42.3.0/24:*'),
      "src: 10.42.0.0/24, accept: ['10.42.3.0/24:80,90']",
      [
        '\'10.42.3.0/24:80,90\' | 10.42.0.128/25 -> 10.42.3.0/24 on port 80 is denied, and the test wants 10.42.0.0/24 -> 10.42.3.0/24:80,90 allowed | the nearest rule, for other sources: "10.42.3.0/24:*"',
      ],
    ],
    [
      'all but one destination',
      `${rule('*', '10.42.3.0/25:*')}, ${rule('*', '10.42.3.129-10.42.3.255:*')}`,
      "src: 10.42.0.0/24, accept: ['10.42.3.0/24:*'], proto: tcp",
      [
        '\'10.42.3.0/24:*\' | 10.42.0.0/24 -> 10.42.3.128 on every port is denied, and the test wants 10.42.0.0/24 -> 10.42.3.0/24:* by tcp allowed | the nearest rule, for other destinations: "10.42.3.0/25:*" | the nearest rule, for other destinations: "10.42.3.129-10.42.3.255:*"',
      ],
    ],
    [
      'a port between',
      `${rule('*', 'nas:1-99')}, ${rule('*', 'nas:101-65535')}`,
      "src: 'tag:exit', accept: ['nas:90-110'], deny: ['nas:99-101']",
      [
        '\'nas:90-110\' | 100.64.0.30 -> 100.64.0.20 on port 100 is denied, and the test wants tag:exit -> nas:90-110 allowed | the nearest rule, for other ports: "nas:1-99" | the nearest rule, for other ports: "nas:101-65535"',
        '\'nas:99-101\' | 100.64.0.30 -> 100.64.0.20 on port 99 is allowed, and the test wants tag:exit -> nas:99-101 denied | lets it through: "nas:1-99"',
      ],
    ],
    [
      'a part that is let through',
      rule('10.42.0.7', '10.42.3.0/28:20-30'),
      "src: 10.42.0.0/16, deny: ['10.42.3.0/24:*']",
      [
        '\'10.42.3.0/24:*\' | 10.42.0.7 -> 10.42.3.0/28 on ports 20-30 is allowed, and the test wants 10.42.0.0/16 -> 10.42.3.0/24:* denied | lets it through: "10.42.3.0/28:20-30"',
      ],
    ],
    [
      'names without addresses',
      PODS,
      "src: 'group:empty', accept: ['nas:1']}\n  - {src: nas, accept: ['tag:unused:1'], deny: ['tag:unused:1']",
      [
        "'group:empty' | group:empty stands for no address",
        "'tag:unused:1' | tag:unused:1 stands for no address",
        "'tag:unused:1' | tag:unused:1 stands for no address",
      ],
    ],
    [
      'names that the policy does not have',
      PODS,
      "src: 'tag:x', accept: ['nas:1']}\n  - {src: nas, accept: ['ipset:x:1', 'x:1'], deny: ['group:x:1', 'autogroup:x:1']",
      [
        '\'tag:x\' | tag not found: "tag:x"',
        '\'ipset:x:1\' | ipset not found: "ipset:x"',
        '\'x:1\' | host not found: "x"',
        '\'group:x:1\' | group not found: "group:x"',
        '\'autogroup:x:1\' | unknown autogroup "autogroup:x"',
      ],
    ],
    [
      'two families',
      PODS,
      "src: 'fd7a:115c:a1e0::/64', accept: ['pods:1'], deny: ['pods:1']",
      [
        "'pods:1' | fd7a:115c:a1e0::/64 and pods:1 have no address of one family",
        "'pods:1' | fd7a:115c:a1e0::/64 and pods:1 have no address of one family",
      ],
    ],
  ])('%s', (_, acls, item, expected) => {
    expect(failures(acls, item)).toEqual(expected);
  });

  test('a router of several is enough, and it needs the grant', () => {
    const { tests } = read("tests: [{src: 'tag:exit', accept: ['10.42.3.0/24:80']}]");
    const grant = (via: string) =>
      homePolicy(
        `"grants": [{"src": ["tag:exit"], "dst": ["10.42.3.0/24"], "ip": ["*"], "via": ["${via}"]}]`,
      );
    const list = homeWith('tag:k3s', '10.42.3.0/24');
    expect(failedReachTests(tests, compileText(grant('tag:remote'), list))).toEqual([]);
    expect(failedReachTests(tests, compileText(grant('tag:exit'), list))).toHaveLength(1);
  });
});

test.each([
  ['src: nas', ['nas | a test has neither "accept" nor "deny"']],
  ["src: '', accept: ['nas:1']", ['\'\' | "" is no source']],
  ["src: 'a:b', accept: ['nas:1']", ['\'a:b\' | "a:b" is no source']],
  ["src: 'autogroup:self', accept: ['nas:1']", ["'autogroup:self' | autogroup:self stands for nothing here"]],
  [
    "src: 'autogroup:admin', accept: ['nas:1']",
    ["'autogroup:admin' | only the control server knows what it stands for"],
  ],
  ["src: nas, accept: ['svc:web:1']", ["'svc:web:1' | only the control server knows what it stands for"]],
  ["src: nas, accept: ['autogroup:self:1']", ["'autogroup:self:1' | autogroup:self stands for nothing here"]],
  ['src: nas, accept: [nas]', ['nas | "nas" has no port']],
  ["src: nas, deny: ['a:b:1']", ['\'a:b:1\' | "a:b" is no destination']],
  ["src: nas, deny: ['nas:9-1']", ['\'nas:9-1\' | port range "9-1": first port is greater than last port']],
  ["src: nas, proto: icmp, deny: ['nas:1']", ['\'nas:1\' | "nas:1" has ports, and its protocol has none']],
  [
    "src: nas, proto: icmp, deny: ['nas:0-65535,1']",
    ['\'nas:0-65535,1\' | "nas:0-65535,1" has ports, and its protocol has none'],
  ],
  [
    "src: nas, proto: 300, deny: ['nas:1']",
    ['300 | proto name "300" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)'],
  ],
])('{%s} is no test', (item, expected) => {
  const { tests, problems } = read(`tests:\n  - {${item}}\n`);
  expect(lines(problems)).toEqual(expected);
  // What was reported is not reported again.
  const failed = failedReachTests(tests, compileText(homePolicy('"acls": []')));
  expect(failed).toEqual([]);
});

describe('laws', () => {
  const prefixes = fc.constantFrom(
    '10.42.0.0/16',
    '10.42.0.0/24',
    '10.42.0.128/25',
    '10.42.3.0/24',
    '10.42.3.64/26',
  );
  const names = fc.oneof(prefixes, fc.constantFrom('tag:k3s', 'nas', 'ipset:oslo', 'autogroup:member'));
  const ports = fc.constantFrom('*', '80', '80-90', '85-95,22', '1-65535');
  const acls = fc
    .array(fc.tuple(names, names, ports, fc.constantFrom('', 'tcp')), { maxLength: 5 })
    .map((all) => all.map(([src, dst, port, proto]) => rule(src, `${dst}:${port}`, proto)).join());
  const holds = (rules: string, src: string, wanted: string, ...dst: string[]) =>
    failures(rules, `src: '${src}', ${wanted}: ['${dst.join("', '")}']`).length === 0;

  test('accept and deny never both hold', () => {
    fc.assert(
      fc.property(acls, names, names, ports, (rules, src, dst, port) => {
        const target = `${dst}:${port}`;
        expect(holds(rules, src, 'accept', target) && holds(rules, src, 'deny', target)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  test('a test of a whole is the tests of its parts', () => {
    fc.assert(
      fc.property(acls, prefixes, ports, fc.constantFrom('accept', 'deny'), (rules, src, port, wanted) => {
        const whole = holds(rules, src, wanted, `10.42.3.0/24:${port}`);
        const parts = ['10.42.3.0/26', '10.42.3.64-10.42.3.100', '10.42.3.101-10.42.3.255'].map((part) =>
          holds(rules, src, wanted, `${part}:${port}`),
        );
        expect(whole).toBe(parts.every(Boolean));
        const sources = ['10.42.0.0/26', '10.42.0.64-10.42.0.127', '10.42.0.128/25'];
        expect(holds(rules, '10.42.0.0/24', wanted, `10.42.3.0/24:${port}`)).toBe(
          sources.every((part) => holds(rules, part, wanted, `10.42.3.0/24:${port}`)),
        );
        expect(holds(rules, src, wanted, '10.42.3.0/24:20-89')).toBe(
          holds(rules, src, wanted, '10.42.3.0/24:20-84') && holds(rules, src, wanted, '10.42.3.0/24:85-89'),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('any text is an answer', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom(...STRANGE_TEXTS));
    fc.assert(
      fc.property(word, word, word, (src, proto, dst) => {
        const { tests } = read(
          JSON.stringify({ tests: [{ src, proto, accept: [dst], deny: [`${src}:1`] }] }),
        );
        expect(Array.isArray(failedReachTests(tests, compileText(homePolicy(`"acls": [${PODS}]`))))).toBe(
          true,
        );
      }),
      { numRuns: 100 },
    );
  });
});

test('tests of another shape are left out', () => {
  const trees = [
    'tests: x',
    'tests: [x, [y], {accept: [z]}, {src: {a: b}}]',
    'tests: {src: nas}',
    'tests: [{src: [a, b]}]',
  ];
  expect(trees.map((text) => read(text).tests.length)).toEqual([0, 0, 1, 1]);
});

test('aliases do not make a million tests', () => {
  const list = Array.from({ length: 1000 }, () => '"nas:1"').join();
  const items = Array.from({ length: 50 }, () => '  - {src: nas, accept: *l}').join('\n');
  const { tests, problems } = read(`tests:\n  - {src: nas, accept: &l [${list}]}\n${items}\n`);
  expect(tests).toHaveLength(10);
  expect(problems.map(({ message }) => message)).toEqual(['more than 10000 assertions']);
});

test('a question of a million pieces has an end', () => {
  const acls = Array.from({ length: 400 }, (_, index) =>
    rule(
      Array.from({ length: 50 }, (_, each) => `10.${each * 5}.${index % 256}.${each}`).join(' '),
      `10.${index % 200}.0.${index % 256}:${index + 1}-${index * 2 + 1}`,
    ),
  ).join();
  const start = performance.now();
  expect(failures(acls, "src: 10.0.0.0/8, accept: ['10.0.0.0/8:*']")).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(20_000);
});
