import { describe, expect, test } from 'vitest';
import { joinedPorts, portsOverlap } from '../../../src/policy/access/subtract-access.ts';

/** `22,80-90` */
function ports(text: string) {
  return text
    .split(',')
    .filter(Boolean)
    .map((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return { first, last };
    });
}

describe('some port ranges as few, in order', () => {
  test.each([
    ['', ''],
    ['22', '22'],
    ['443,22', '22,443'],
    ['80-90,91', '80-91'],
    ['80-90,92', '80-90,92'],
    ['80-90,90', '80-90'],
    ['80-90,85-95', '80-95'],
    ['1-100,20-30', '1-100'],
    ['1-5,1-9,1-2', '1-9'],
    ['7-9,1-2,3-4', '1-4,7-9'],
    ['1-2,4-5,8-9,5-6', '1-2,4-6,8-9'],
  ])('%s', (some, few) => {
    expect(joinedPorts(ports(some))).toEqual(ports(few));
  });
});

test.each([
  ['22', '22', true],
  ['22-80', '80-90', true],
  ['22-80', '81-90', false],
  ['1-9', '3-4', true],
])('%s and %s', (a, b, overlap) => {
  const [[first], [second]] = [ports(a), ports(b)];
  expect([portsOverlap(first!, second!), portsOverlap(second!, first!)]).toEqual([overlap, overlap]);
});
