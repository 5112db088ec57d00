import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from '../../src/plan/instant.ts';

test('reads what JavaScript writes', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0100-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
      (date) => {
        expect(instantOf(date.toISOString())).toBe(date.getTime());
      },
    ),
  );
});

test.each([
  ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z'],
  ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123Z'],
  ['2026-03-01T14:30:00+02:30', '2026-03-01T12:00:00Z'],
  ['2026-03-01t09:00:00-03:00', '2026-03-01T12:00:00Z'],
])('%s', (text, same) => {
  expect(instantOf(text)).toBe(Date.parse(same));
});

test.each(['', 'never', '2026-03-01', '2026-13-01T00:00:00Z', '2026-03-01T12:00:00', '1772366400'])(
  '%j is no date',
  (text) => {
    expect(instantOf(text)).toBeUndefined();
  },
);
