import { describe, expect, test } from 'vitest';
import { formatRange } from '../../src/net/address-set.ts';
import { DEEPEST_IPSET, resolverOf } from '../../src/policy/resolve.ts';
import { read } from './read.ts';
import { listOf } from './tailnet.ts';

/** What an ipset stands for; of a policy that is refused for it, too. */
function ipset(ipsets: Readonly<Record<string, readonly string[]>>, name: string): string[] {
  const { policy } = read(JSON.stringify({ ipsets, hosts: { lan: '192.168.0.0/16' } }));
  const { addressesOf } = resolverOf(policy, listOf({}));
  return addressesOf({ kind: 'ipset', name }, 'source').map(formatRange);
}

describe('ipsets in ipsets', () => {
  test.each([
    ['one', { 'ipset:a': ['ipset:b'], 'ipset:b': ['lan'] }, '192.168.0.0/16'],
    [
      'one that removes',
      { 'ipset:a': ['lan', 'remove ipset:b'], 'ipset:b': ['192.168.1.0/24', 'remove 192.168.1.0/25'] },
      '192.168.0.0-192.168.1.127,192.168.2.0-192.168.255.255',
    ],
    [
      'one that two others hold',
      {
        'ipset:a': ['ipset:b', 'ipset:c'],
        'ipset:b': ['ipset:d'],
        'ipset:c': ['ipset:d'],
        'ipset:d': ['lan'],
      },
      '192.168.0.0/16',
    ],
    ['one that is not there', { 'ipset:a': ['lan', 'ipset:b'] }, '192.168.0.0/16'],
    ['itself', { 'ipset:a': ['lan', 'remove ipset:a'] }, '192.168.0.0/16'],
    [
      'a circle',
      { 'ipset:a': ['ipset:b', '10.1.0.0/16'], 'ipset:b': ['ipset:a', '10.2.0.0/16'] },
      '10.1.0.0-10.2.255.255',
    ],
  ])('%s', (_, ipsets, ranges) => {
    expect(ipset(ipsets, 'ipset:a').join()).toBe(ranges);
  });

  /** Each holds the next one, the last an address. */
  const chain = (levels: number) =>
    Object.fromEntries(
      Array.from({ length: levels + 1 }, (_, index) => [
        `ipset:${index}`,
        [index < levels ? `ipset:${index + 1}` : '10.0.0.1'],
      ]),
    );

  test('as deep as they may be, and no deeper', () => {
    expect(ipset(chain(DEEPEST_IPSET), 'ipset:0')).toEqual(['10.0.0.1']);
    expect(ipset(chain(DEEPEST_IPSET + 1), 'ipset:0')).toEqual([]);
  });

  test('as many side by side as there are', () => {
    const sides = Array.from({ length: 2 * DEEPEST_IPSET }, (_, index) => `ipset:${index}`);
    const ipsets = Object.fromEntries(sides.map((name, index) => [name, [`10.0.${index}.0/24`]]));
    expect(ipset({ ...ipsets, 'ipset:a': sides }, 'ipset:a')).toEqual(['10.0.0.0-10.0.99.255']);
  });
});

test('a service stands for no address', () => {
  const { policy } = read('{}');
  const { addressesOf, devicesOf } = resolverOf(policy, listOf({ a: { tags: ['tag:a'] } }));
  expect(addressesOf({ kind: 'service', name: 'svc:web' }, 'destination')).toEqual([]);
  expect(devicesOf({ kind: 'service', name: 'svc:web' })).toBeUndefined();
});
