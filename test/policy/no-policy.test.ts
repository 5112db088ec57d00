import { expect, test } from 'vitest';
import { rulesOf } from '../../src/policy/compile.ts';
import { NO_POLICY } from '../../src/policy/no-policy.ts';
import { textOf } from '../../src/source/span.ts';

test('before there is a policy everything may reach everything', () => {
  const rules = rulesOf(NO_POLICY).map(({ sources, destinations }) =>
    [sources, destinations.map(({ selector }) => selector)].map((uses) =>
      uses.map(({ text }) => text).join(),
    ),
  );
  expect(rules).toEqual([['*', '*']]);
  expect([NO_POLICY.members, NO_POLICY.tests, NO_POLICY.ssh].flat()).toEqual([]);
  expect(textOf(NO_POLICY.at)).toBe('{');
});
