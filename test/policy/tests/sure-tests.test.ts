import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/compile.ts';
import type { ReachTest } from '../../../src/policy/tests/read-reach-tests.ts';
import { failedReachTests } from '../../../src/policy/tests/run-reach-tests.ts';
import { failedTests } from '../../../src/policy/tests/run-tests.ts';
import {
  mostPermissive,
  surelyFailedReachTests,
  surelyFailedTests,
} from '../../../src/policy/tests/sure-tests.ts';
import { textOf } from '../../../src/source/span.ts';
import { listOf, policyOf } from '../tailnet.ts';

const DEFINITIONS = {
  groups: { 'group:ops': ['ada@example.com'] },
  tagOwners: { 'tag:a': [], 'tag:b': [] },
  hosts: { one: '100.64.0.1', nine: '100.64.0.9', pods: '10.42.0.0/16' },
};

const PLACES = ['one', '100.64.0.2', 'nine', '10.42.0.7', '192.168.50.20'];
const PEOPLE = ['tag:a', 'tag:b', 'ada@example.com', 'group:ops', 'autogroup:member', 'autogroup:tagged'];

const some = (...words: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 2 });
const rule = fc.record({
  action: fc.constant('accept'),
  src: some(...PLACES, ...PEOPLE, '*', 'pods', 'autogroup:admin'),
  dst: some(...PLACES, ...PEOPLE, '*', 'pods').map((hosts) => hosts.map((host) => `${host}:22,80`)),
});
const goals = some(...PLACES, ...PEOPLE).map((hosts) => hosts.map((host) => `${host}:22`));
const testItem = fc.record({ src: fc.constantFrom(...PLACES, ...PEOPLE), accept: goals, deny: goals });

const identity = fc.constantFrom(
  { tags: ['tag:a'] },
  { tags: ['tag:b'] },
  { tags: ['tag:a', 'tag:b'] },
  { owner: ['ada@example.com'] },
  { owner: ['bo@example.com'] },
);
const router = fc.record({
  advertised: fc.constantFrom([], ['10.42.0.0/16'], ['192.168.50.0/24', '10.42.0.0/24']),
});
const device = fc.tuple(identity, router).map(([who, routes]) => ({ ...who, ...routes }));

/** The same devices with more addresses, and others. */
const rest = fc.record({
  nine: fc.option(device, { nil: undefined }),
  ten: fc.option(device, { nil: undefined }),
  hasIpv6: fc.boolean(),
});

/** A policy's tests as the tests of a cluster. */
function reachTests({ tests }: ReturnType<typeof policyOf>): ReachTest[] {
  return tests.flatMap(({ source, accept, deny }) => (source ? [{ source, accept, deny }] : []));
}

function places(problems: readonly { readonly at: { readonly start: number } }[]): number[] {
  return problems.map(({ at }) => at.start);
}

test('what fails for sure fails whatever else is in the tailnet', () => {
  const items = fc.array(testItem, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 3 }),
      items,
      device,
      device,
      rest,
      (acls, tests, one, two, more) => {
        const policy = policyOf({ ...DEFINITIONS, acls, tests });
        const known = listOf({ one, two });
        const all = listOf({
          one: { ...one, addresses: ['100.64.0.1', ...(more.hasIpv6 ? ['fd7a:115c:a1e0::1'] : [])] },
          two: { ...two, addresses: ['100.64.0.2', ...(more.hasIpv6 ? ['fd7a:115c:a1e0::2'] : [])] },
          ...(more.nine && { nine: { ...more.nine, addresses: ['100.64.0.9'] } }),
          ...(more.ten && { ten: { ...more.ten, addresses: ['100.64.0.10', 'fd7a:115c:a1e0::10'] } }),
        });
        const compiled = compilePolicy(policy, all);
        const sure = places(surelyFailedTests(policy, known));
        expect(places(failedTests(compiled))).toEqual(expect.arrayContaining(sure));
        const own = reachTests(policy);
        const surely = places(surelyFailedReachTests(own, policy, known));
        expect(places(failedReachTests(own, compiled))).toEqual(expect.arrayContaining(surely));
      },
    ),
    { numRuns: 500 },
  );
});

describe('with one device known, 100.64.0.1 of tag:a, it is sure', () => {
  const known = listOf({ one: { tags: ['tag:a'], advertised: ['10.42.0.0/24'] } });

  test.each([
    ['what is denied', { src: ['tag:a'], dst: ['nine:80'] }, 'tag:a', 'accept', 'nine:22', true],
    ['what its name allows', { src: ['tag:a'], dst: ['nine:22'] }, 'tag:a', 'deny', 'nine:22', true],
    ['what all are allowed', { src: ['*'], dst: ['*:22'] }, 'tag:a', 'deny', '10.42.0.7:22', true],
    ['among other names', { src: ['nine', 'tag:a'], dst: ['nine:22'] }, 'tag:a', 'deny', 'nine:22', true],
    [
      'not for a kind of devices',
      { src: ['tag:a'], dst: ['autogroup:tagged:22'] },
      'tag:a',
      'deny',
      'one:22',
      false,
    ],
    ['not for a source of no kind', { src: ['tag:a'], dst: ['nine:80'] }, 'tag:', 'accept', 'nine:22', false],
    ['not for a role', { src: ['tag:a'], dst: ['nine:80'] }, 'autogroup:admin', 'accept', 'nine:22', false],
    ['not to a role', { src: ['tag:a'], dst: ['nine:80'] }, 'tag:a', 'accept', 'autogroup:admin:22', false],
    ['not to a goal without a port', { src: ['tag:a'], dst: ['nine:80'] }, 'tag:a', 'accept', 'nine', false],
    ['what pods are allowed', { src: ['*'], dst: ['*:22'] }, '10.42.0.8', 'deny', '10.42.0.7:22', true],
    ['not for an unknown tag', { src: ['tag:a'], dst: ['one:80'] }, 'tag:b', 'accept', 'one:22', false],
    ['not where it may have the tag', { src: ['tag:b'], dst: ['*:22'] }, 'nine', 'accept', 'one:22', false],
    ['not to an unknown device', { src: ['tag:a'], dst: ['nine:22'] }, 'one', 'accept', 'tag:a:22', false],
    ['not behind an unknown router', { src: ['*'], dst: ['*:22'] }, '10.9.0.1', 'accept', 'one:22', false],
    [
      'not for administrators',
      { src: ['autogroup:admin'], dst: ['*:22'] },
      'nine',
      'accept',
      'one:22',
      false,
    ],
    [
      'not under a posture',
      { src: ['tag:a'], dst: ['one:22'], srcPosture: ['posture:x'] },
      'tag:a',
      'deny',
      'one:22',
      false,
    ],
  ])('%s', (_, rule, src, wanted, goal, isSure) => {
    const postures = { 'posture:x': [] };
    const acls = [{ action: 'accept', ...rule }];
    const policy = policyOf({ ...DEFINITIONS, postures, acls, tests: [{ src, [wanted]: [goal] }] });
    const found = surelyFailedTests(policy, known).map(({ at }) => textOf(at));
    expect(found).toEqual(isSure ? [`"${goal}"`] : []);
  });
});

describe("of a cluster's own tests it is sure", () => {
  const known = listOf({ one: { tags: ['tag:a'], advertised: ['10.42.0.0/24'] } });

  test.each([
    ['what is denied', { src: ['tag:a'], dst: ['nine:80'] }, 'tag:a', 'accept', 'nine:22', true],
    [
      'what is denied between addresses',
      { src: ['one'], dst: ['nine:80'] },
      'pods',
      'accept',
      'nine:22',
      true,
    ],
    ['what an address is allowed', { src: ['*'], dst: ['*:22'] }, '10.42.0.8', 'deny', '10.42.0.7:22', true],
    [
      'that an undefined tag is nothing',
      { src: ['one'], dst: ['one:22'] },
      'tag:z',
      'accept',
      'one:22',
      true,
    ],
    ['that one goal is nothing', { src: ['one'], dst: ['one:22'] }, 'one', 'accept', 'tag:z:22', true],
    ['not for an unknown tag', { src: ['one'], dst: ['one:80'] }, 'tag:b', 'accept', 'one:22', false],
    ['not to an unknown tag', { src: ['one'], dst: ['one:80'] }, 'one', 'accept', 'tag:b:22', false],
    ['not for a source of no kind', { src: ['one'], dst: ['one:80'] }, 'tag:', 'accept', 'one:22', false],
    ['not to a goal without a port', { src: ['one'], dst: ['one:80'] }, 'one', 'accept', 'one', false],
  ])('%s', (_, rule, source, wanted, goal, isSure) => {
    const policy = policyOf({ ...DEFINITIONS, acls: [{ action: 'accept', ...rule }] });
    const at = policy.at;
    const item = {
      accept: [],
      deny: [],
      source: { value: source, span: at },
      [wanted]: [{ value: goal, span: at }],
    };
    expect(surelyFailedReachTests([item], policy, known).length > 0).toBe(isSure);
  });

  test('none without tests', () => {
    expect(surelyFailedReachTests([], policyOf(DEFINITIONS), known)).toEqual([]);
  });
});

describe('what lets through the most', () => {
  const known = listOf({ one: { tags: ['tag:a'] } });

  test('has the sections of what it was made from', () => {
    const { sections, rules } = mostPermissive(policyOf({ acls: [] }), known);
    expect([sections.acls?.isEmpty, rules]).toEqual([true, []]);
    expect(mostPermissive(policyOf({}), known).sections.acls?.isEmpty).toBe(false);
  });

  test('has addresses and names for them as they are, and all that devices may be', () => {
    const dst = ['one:1', '10.42.0.0/16:1', 'ipset:x:1', 'tag:a:1', 'autogroup:internet:1'];
    const ipsets = { 'ipset:x': ['one'] };
    const policy = policyOf({ ...DEFINITIONS, ipsets, acls: [{ action: 'accept', src: ['one'], dst }] });
    const [rule] = mostPermissive(policy, known).rules;
    expect(rule?.destinations.map(({ selector: { value } }) => value.kind)).toEqual([
      ...['host', 'addresses', 'ipset'],
      ...['tag', 'ipset'],
      ...['autogroup', 'autogroup'],
    ]);
  });
});

test('where nothing is forbidden, nothing is denied for sure', () => {
  const policy = policyOf({ tests: [{ src: '192.168.1.1', accept: ['192.168.2.1:22'] }] });
  expect(surelyFailedTests(policy, listOf({}))).toEqual([]);
});

test('of very many failures a hundred are told', () => {
  const tests = Array.from({ length: 300 }, () => ({ src: 'one', accept: ['nine:22'], deny: ['nine:80'] }));
  const acls = [{ action: 'accept', src: ['one'], dst: ['nine:80'] }];
  const policy = policyOf({ ...DEFINITIONS, acls, tests });
  const known = listOf({ one: { tags: ['tag:a'] } });
  expect(surelyFailedTests(policy, known)).toHaveLength(100);
  expect(surelyFailedReachTests(reachTests(policy), policy, known)).toHaveLength(100);
});
