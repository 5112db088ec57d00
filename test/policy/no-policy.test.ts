import { expect, test } from 'vitest';
import { rulesOf } from '../../src/policy/compile.ts';
import { noPolicy } from '../../src/policy/no-policy.ts';
import { textOf } from '../../src/source/span.ts';

test('before there is a policy everything may reach everything', () => {
  const rules = rulesOf(noPolicy()).map(({ sources, destinations }) =>
    [sources, destinations.map(({ selector }) => selector)].map((uses) =>
      uses.map(({ text }) => text).join(),
    ),
  );
  expect(rules).toEqual([['*', '*']]);
  expect([noPolicy().members, noPolicy().tests, noPolicy().ssh].flat()).toEqual([]);
  expect(textOf(noPolicy().at)).toBe('{');
});
