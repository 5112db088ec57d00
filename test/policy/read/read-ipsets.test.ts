import { describe, expect, test } from 'vitest';
import { DEEPEST_IPSET } from '../../../src/policy/resolve.ts';
import { textOf } from '../../../src/source/span.ts';
import { read } from '../read.ts';

/** `place: message` */
function said(ipsets: Readonly<Record<string, readonly string[]>>): string[] {
  const { problems } = read(JSON.stringify({ hosts: { lan: '192.168.0.0/16' }, ipsets }));
  return problems.map(({ at, message }) => `${textOf(at)}: ${message}`);
}

test.each([
  ['lan', false, 'lan'],
  [' lan ', false, 'lan'],
  ['add lan', false, 'lan'],
  ['  add   lan ', false, 'lan'],
  [' remove lan', true, 'lan'],
  ['remove  host:lan', true, 'lan'],
  ['host: lan', false, 'lan'],
  ['add 10.0.0.0/8', false, '10.0.0.0/8'],
  ['remove ipset:b', true, 'ipset:b'],
  ['add autogroup:internet', false, 'autogroup:internet'],
])('%j', (text, removes, operand) => {
  const { policy, problems } = read(
    JSON.stringify({ hosts: { lan: '10.0.0.1' }, ipsets: { 'ipset:a': [text], 'ipset:b': [] } }),
  );
  expect(problems).toEqual([]);
  const [operation] = policy.ipsets.get('ipset:a')!.operations;
  expect([operation?.removes, operation?.operand.text]).toEqual([removes, operand]);
});

test.each([
  ['add host:10.0.0.1', 'host:10.0.0.1'],
  ['host:ipset:b', 'host:ipset:b'],
  ['addlan:', 'addlan:'],
  ['remove *', '*'],
  ['add', undefined],
])('%j is no operation', (text, operand) => {
  const found = said({ 'ipset:a': [text], 'ipset:b': [] });
  expect(found).toEqual([
    operand === undefined
      ? '"add": "add": invalid address'
      : expect.stringContaining(`ipsets["ipset:a"]: "${operand}": invalid address`),
  ]);
});

describe('sets in sets', () => {
  /** Each holds the next one, the last an address. */
  const chain = (levels: number) =>
    Object.fromEntries(
      Array.from({ length: levels + 1 }, (_, index): [string, string[]] => [
        `ipset:${index}`,
        [index < levels ? `ipset:${index + 1}` : '10.0.0.1'],
      ]),
    );
  const backwards = (ipsets: Readonly<Record<string, string[]>>) =>
    Object.fromEntries(Object.entries(ipsets).reverse());
  const TOO_DEEP = `nested deeper than ${DEEPEST_IPSET} levels`;

  test('may be nested so deep', () => {
    expect(said(chain(DEEPEST_IPSET))).toEqual([]);
    expect(said(backwards(chain(DEEPEST_IPSET)))).toEqual([]);
  });

  test('may not be nested deeper, in any order', () => {
    const deep = chain(DEEPEST_IPSET + 1);
    const message = `"ipset:0": ipsets["ipset:0"]: ${TOO_DEEP}`;
    for (const ipsets of [deep, backwards(deep)]) expect(said(ipsets)).toEqual([message]);
    // Of those that are too deep the innermost is told.
    const deeper = chain(DEEPEST_IPSET + 3);
    for (const ipsets of [deeper, backwards(deeper)])
      expect(said(ipsets)).toEqual([`"ipset:2": ipsets["ipset:2"]: ${TOO_DEEP}`]);
  });

  test('are as deep as the deepest way', () => {
    const below = chain(DEEPEST_IPSET);
    for (const operands of [
      ['ipset:0', 'ipset:40'],
      ['ipset:40', 'ipset:0'],
      ['10.0.0.1', 'ipset:0'],
    ]) {
      const message = `"ipset:a": ipsets["ipset:a"]: ${TOO_DEEP}`;
      expect(said({ ...below, 'ipset:a': operands })).toEqual([message]);
      expect(said({ 'ipset:a': operands, ...below })).toEqual([message]);
    }
    expect(said({ ...below, 'ipset:a': ['ipset:1', 'ipset:40'] })).toEqual([]);
  });

  test('may hold one set in several ways', () => {
    expect(
      said({
        'ipset:a': ['ipset:b', 'ipset:c', 'ipset:d'],
        'ipset:b': ['ipset:d'],
        'ipset:c': ['ipset:b', 'ipset:d'],
        'ipset:d': ['lan'],
      }),
    ).toEqual([]);
  });

  test('in a circle are told for that alone', () => {
    const circle = {
      ...chain(DEEPEST_IPSET + 5),
      'ipset:a': ['lan', 'ipset:b'],
      'ipset:b': ['remove ipset:a'],
    };
    expect(said(circle)).toEqual(['ipset:a: ipsets["ipset:b"]: "ipset:a": circular reference']);
  });
});
