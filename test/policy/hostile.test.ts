import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterOf } from '../../src/policy/compile.ts';
import { judgePolicy } from '../../src/policy/judge.ts';
import { visibilityOf } from '../../src/policy/visibility.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { listOf } from './tailnet.ts';

const TAILNET = listOf({
  server: { tags: ['tag:server'], advertised: ['10.42.0.0/16'] },
  laptop: { owner: ['ada@example.com'] },
});

/** What is said of a text; everything else that is done with a policy is done, too. */
function messagesOf(text: string): string[] {
  const { problems, compiled } = judgePolicy(sourceFile('policy.hujson', text), TAILNET);
  if (compiled) {
    for (const device of TAILNET.devices) {
      filterOf(compiled, device);
      visibilityOf(compiled)(device);
    }
  }
  return problems.map(({ message }) => message);
}

const CHAIN = 20_000;

describe('a finding or a clear limit, never a crash or a hang', () => {
  test.each([
    ['100,000 brackets', `{"acls": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /nested deeper than/],
    [
      '1e999',
      '{"acls": [{"action": "accept", "src": [1e999], "dst": ["*:*"]}]}',
      /is a number, not a string/,
    ],
    ['a lone surrogate in a name', '{"groups": {"group:\\ud800": ["a@b.c"]}}', undefined],
    ['__proto__ as a group', '{"groups": {"__proto__": ["ada@example.com"]}}', /group names must start with/],
    [
      '__proto__ and constructor as hosts',
      '{"hosts": {"__proto__": "10.0.0.1", "constructor": "10.0.0.2"}, "acls": [{"action": "accept", "src": ["__proto__"], "dst": ["constructor:1", "toString:1"]}]}',
      /"toString:1": invalid address|dst="toString": invalid address/,
    ],
    ['__proto__ as a section', '{"__proto__": {"acls": []}}', /__proto__/],
    [
      'groups in a circle',
      '{"groups": {"group:a": ["group:b"], "group:b": ["group:a"]}}',
      /cannot be recursive/,
    ],
    [
      'ipsets in a circle',
      '{"ipsets": {"ipset:a": ["ipset:b"], "ipset:b": ["ipset:a"]}}',
      /circular reference/,
    ],
    ['an ipset in itself', '{"ipsets": {"ipset:a": ["add ipset:a"]}}', /circular reference/],
    [
      'ipsets in ipsets without end',
      JSON.stringify({
        ipsets: Object.fromEntries(
          Array.from({ length: CHAIN }, (_, index) => [
            `ipset:${index}`,
            [index + 1 < CHAIN ? `ipset:${index + 1}` : '10.0.0.0/8'],
          ]),
        ),
        acls: [{ action: 'accept', src: ['ipset:0'], dst: ['*:*'] }],
      }),
      /nested deeper than 50 levels/,
    ],
    [
      'everything in 100,000 pieces',
      JSON.stringify({
        ipsets: {
          'ipset:all': Array.from(
            { length: 100_000 },
            (_, index) => `${(index >> 8) & 255}.${index & 255}.${index >> 16}.0/24`,
          ),
        },
        acls: [{ action: 'accept', src: ['ipset:all'], dst: ['ipset:all:*'] }],
      }),
      undefined,
    ],
    ['nothing', '', /./],
    ['a list', '[]', /./],
    ['a number too long', `{"acls": ${'9'.repeat(100_000)}}`, /is a number/],
    ['a name too long', `{"${'x'.repeat(100_000)}": 1}`, /a long key|unknown/],
  ])('%s', (_, text, message) => {
    const messages = messagesOf(text);
    if (message === undefined) expect(messages).toEqual([]);
    else expect(messages.join('\n')).toMatch(message);
    for (const each of messages) expect(each.length).toBeLessThan(500);
  });
});

test('ipsets may be nested 50 levels deep', () => {
  const nested = (levels: number) =>
    JSON.stringify({
      ipsets: Object.fromEntries(
        Array.from({ length: levels + 1 }, (_, index) => [
          `ipset:${index}`,
          [index < levels ? `ipset:${index + 1}` : '10.42.0.0/16'],
        ]),
      ),
      acls: [{ action: 'accept', src: ['*'], dst: ['ipset:0:*'] }],
    });
  expect(messagesOf(nested(50))).toEqual([]);
  expect(messagesOf(nested(51))).toHaveLength(1);
  const { compiled } = judgePolicy(sourceFile('policy.hujson', nested(50)), TAILNET);
  expect(filterOf(compiled!, TAILNET.devices[0]!)).toHaveLength(1);
});

test('no policy makes anything throw', () => {
  const word = fc.constantFrom(
    '*',
    'tag:server',
    'autogroup:self',
    'autogroup:internet',
    'group:g',
    'ipset:s',
    'ada@example.com',
    '10.42.0.0/16',
    'tag:server:22',
    '*:*',
    'h:80-90',
    '',
    'svc:x',
    'user:*@example.com',
    '\ud800',
  );
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, word, fc.constant(null), fc.integer(), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 4 }),
    object: fc.dictionary(
      fc.constantFrom(
        'acls',
        'grants',
        'src',
        'dst',
        'ip',
        'app',
        'via',
        'groups',
        'group:g',
        'hosts',
        'h',
        'ipsets',
        'ipset:s',
        'tests',
        'accept',
        'deny',
        'ssh',
        'users',
        'action',
        'sshTests',
        'tagOwners',
        'tag:server',
        'autoApprovers',
        'routes',
        '10.42.0.0/16',
        'exitNode',
        'nodeAttrs',
        'target',
        'proto',
      ),
      tie('any'),
      { maxKeys: 6 },
    ),
  })).object;
  fc.assert(
    fc.property(value, (policy) => {
      messagesOf(JSON.stringify(policy));
    }),
    { numRuns: 300 },
  );
});
