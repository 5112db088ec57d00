import { describe, expect, test } from 'vitest';
import { mergeAccess } from '../../../src/policy/access/merge-access.ts';
import { numberSet, numbersOf } from '../../../src/policy/access/number-set.ts';
import type { AccessRow } from '../../../src/policy/access/subtract-access.ts';

/** `sources > places protocols ports`, as `1,2 > 1 6,17 22-80,443`. */
function row(text: string): AccessRow {
  const [sources = '', , places = '', protocols = '', ports = ''] = text.split(' ');
  const numbers = (list: string) => list.split(',').map(Number);
  return {
    sources: numberSet(40, numbers(sources)),
    places: numberSet(40, numbers(places)),
    protocols: numbers(protocols),
    ports: ports.split(',').map((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return { first, last };
    }),
    because: new Set(),
  };
}

function textOf({ sources, places, protocols, ports }: AccessRow): string {
  const ranges = ports.map(({ first, last }) => (first === last ? first : `${first}-${last}`));
  return `${numbersOf(sources)} > ${numbersOf(places)} ${protocols} ${ranges}`;
}

function merged(...rows: readonly string[]): string[] {
  return mergeAccess(rows.map(row)).map(textOf);
}

describe('one row', () => {
  test.each([
    ['of rows that differ in sources', ['1 > 1 6 22', '2,39 > 1 6 22'], '1,2,39 > 1 6 22'],
    ['of rows that differ in places', ['1 > 1 6 22', '1 > 2,33 6 22'], '1 > 1,2,33 6 22'],
    ['of rows that differ in protocols', ['1 > 1 17,132 22', '1 > 1 6 22'], '1 > 1 6,17,132 22'],
    ['of rows that differ in ports', ['1 > 1 6 80-90,443', '1 > 1 6 22-80'], '1 > 1 6 22-90,443'],
    ['of rows that are the same', ['1 > 1 6 22', '1 > 1 6 22'], '1 > 1 6 22'],
    ['in several steps', ['1 > 1 6 22', '2 > 1 6 22', '1 > 2 6 22', '2 > 2 6 22'], '1,2 > 1,2 6 22'],
    ['of a row and one within it', ['1 > 1 6 25', '1,2 > 1,2 6,17 22-80'], '1,2 > 1,2 6,17 22-80'],
    ['of a row and one to its ends', ['1,2 > 1,2 6,17 22-80', '1 > 1 6 22,80'], '1,2 > 1,2 6,17 22-80'],
    [
      'of a row and one within several ranges of it',
      ['1 > 1 6 22,85', '1,2 > 1,2 6,17 22,80-90'],
      '1,2 > 1,2 6,17 22,80-90',
    ],
  ])('%s', (_, rows, expected) => {
    expect(merged(...rows)).toEqual([expected]);
  });
});

describe('rows of their own', () => {
  test.each([
    ['that differ in sources and places', ['1 > 1 6 22', '2 > 2 6 22']],
    ['that differ in protocols and ports', ['1 > 1 6 22', '1 > 1 17 23']],
    ['that differ in sources and protocols', ['1 > 1 6 22', '2 > 1 17 22']],
    ['that reach out of one another in protocols', ['1,2 > 1,2 6 22-80', '1 > 1 6,17 25']],
    ['that reach out of one another in the first port', ['1,2 > 1,2 6 22-80', '1 > 1 6 21-25']],
    ['that reach out of one another in the last port', ['1,2 > 1,2 6 22-80', '1 > 1 6 25-81']],
    ['that reach out of one another in one of their ranges', ['1,2 > 1,2 6 22-80', '1 > 1 6 25,443']],
    ['that reach out of one another in sources', ['1,2 > 1,2 6 22-80', '1,3 > 1 6 25']],
    ['that reach out of one another in places', ['1,2 > 1,2 6 22-80', '1 > 1,3 6 25']],
  ])('%s', (_, rows) => {
    expect(merged(...rows)).toEqual(rows);
  });

  test('whose numbers read alike one after the other', () => {
    expect(merged('1 > 1 6 7-8', '1 > 16 7 8')).toHaveLength(2);
  });
});
