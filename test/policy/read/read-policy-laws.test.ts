import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { readPolicy } from '../../../src/policy/read/read-policy.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { textOf } from '../../../src/source/span.ts';
import { parseHujson } from '../../../src/syntax/hujson.ts';
import { treeOf } from '../../../src/syntax/hujson-value.ts';
import { read, WHOLE } from '../read.ts';

describe('hostile policies', () => {
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join();

  test.each([
    [
      'a long circle of ipsets',
      `{"ipsets": {${many(20_000, (i) => `"ipset:${i}": ["ipset:${(i + 1) % 20_000}"]`)}}}`,
      1,
    ],
    [
      'a long circle of owners',
      `{"tagOwners": {${many(20_000, (i) => `"tag:t${i}": ["tag:t${(i + 1) % 20_000}"]`)}}}`,
      0,
    ],
    ['many unknown members', `{${many(20_000, (i) => `"grants${i}": []`)}}`, 100],
    [
      'many ports',
      `{"acls": [{"action": "accept", "src": ["*"], "dst": ["*:${many(50_000, () => '22')}"]}]}`,
      0,
    ],
    [
      'a long word',
      `{"acls": [{"action": "accept", "src": ["${'a-'.repeat(100_000)}"], "dst": ["${'['.repeat(100_000)}:1"]}]}`,
      2,
    ],
    ['lone surrogates', '{"groups": {"\\ud800": ["\\udc00@"]}, "hosts": {"a": "\\ud800"}}', 2],
    ['numbers that are too large', '{"acls": 1e999, "hosts": {"a": 1e999}}', 2],
  ])('%s', (_, text, count) => {
    expect(read(text).problems).toHaveLength(count);
  });

  test('brackets without end', () => {
    const file = sourceFile('policy.hujson', `{"acls": ${'['.repeat(100_000)}`);
    const { root } = parseHujson(file);
    expect(readPolicy(treeOf(file, root!)).problems).toHaveLength(1);
  });
});

const WORDS = fc.constantFrom(
  '*',
  'tag:k3s',
  'tag:',
  'group:a',
  'autogroup:self',
  'autogroup:members',
  'ipset:a',
  'svc:x',
  'a@b',
  'user:*@b',
  'oslo',
  '10.0.0.0/8',
  '10.0.0.1',
  '1-2',
  'tag:k3s:22',
  '*:*',
  '[::1]:0',
  'accept',
  'add lan',
  '',
  ' ',
  ':',
  'posture:a',
  'tcp:1',
  'a.b/c',
  '-1h',
  '\ud800',
  '__proto__',
);
const MEMBERS = fc.constantFrom(
  'acls',
  'Grants',
  'ssh',
  'groups',
  'hosts',
  'tagOwners',
  'autoApprovers',
  'routes',
  'exitNode',
  'services',
  'ipsets',
  'postures',
  'defaultSrcPosture',
  'nodeAttrs',
  'tests',
  'sshTests',
  'attrConfig',
  'derpMap',
  'disableIPv4',
  'action',
  'src',
  'users',
  'dst',
  'ports',
  'proto',
  'ip',
  'app',
  'via',
  'checkPeriod',
  'acceptEnv',
  'target',
  'attr',
  'ipPool',
  'accept',
  'deny',
  'srcPosture',
  '__proto__',
  'group:a',
  'tag:k3s',
  'ipset:a',
  'oslo',
  'lan',
  'x',
);
const { tree: json } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    WORDS,
    fc.constantFrom(null, true, 7),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(MEMBERS, WORDS), tie('tree')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
}));

/** As JSON, with every member of a map, `__proto__` among them. */
function textOfJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOfJson).join()}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}: ${textOfJson(item)}`).join()}}`;
}

const POLICIES = fc
  .array(fc.tuple(MEMBERS, json), { maxLength: 8 })
  .map((members) => textOfJson(new Map(members)));

describe('any policy', () => {
  test('is read, and each thing stands where it says', () => {
    fc.assert(
      fc.property(POLICIES, (text) => {
        const { policy, problems } = read(text);
        for (const { at } of problems) expect(at.start <= at.end && at.end <= text.length).toBe(true);
        for (const { text, span } of usesOf(policy)) {
          expect([text, JSON.stringify(text), `[${text}]`]).toContain(textOf(span));
        }
      }),
    );
  });

  test('says the same with its names in another case', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(WHOLE, '{"acls": [{"action": "no", "x": 1, "src": ["tag:a"]}]}'),
        fc.func(fc.boolean()),
        (text, isUpper) => {
          const changed = text.replace(/"\w+"(?=:)/g, (key, at: number) => {
            // Names of hosts and DERP regions are the user's.
            return /oslo|lan|six|x|\d|anything/.test(key) || !isUpper(at) ? key : key.toUpperCase();
          });
          const [was, is] = [read(text), read(changed)];
          expect(is.problems.map(({ message, at }) => [message.toLowerCase(), at.start])).toEqual(
            was.problems.map(({ message, at }) => [message.toLowerCase(), at.start]),
          );
          const shown = ({ policy }: typeof was) =>
            JSON.stringify(policy, (key, value) =>
              key === 'file' ? undefined : typeof value === 'bigint' ? `${value}` : value,
            );
          expect(shown(is)).toBe(shown(was));
        },
      ),
    );
  });
});

function usesOf({ groups, tagOwners, rules, ssh, nodeAttrs, exitNodeApprovers, approvers }: Policy) {
  return [
    ...[...groups.values()].flatMap(({ members }) => members),
    ...[...tagOwners.values()].flatMap(({ owners }) => owners),
    ...rules.flatMap(({ sources, destinations, via }) => [
      ...sources,
      ...destinations.map(({ selector }) => selector),
      ...via,
    ]),
    ...ssh.flatMap(({ sources, destinations }) => [...sources, ...destinations]),
    ...nodeAttrs.flatMap(({ targets }) => targets),
    ...exitNodeApprovers,
    ...approvers.flatMap(({ who }) => who),
  ];
}
