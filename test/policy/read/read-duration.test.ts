import { expect, test } from 'vitest';
import { formatDuration, HOUR, readDuration } from '../../../src/policy/read/read-duration.ts';

test.each([
  ['20h', 20n * HOUR, '20h0m0s'],
  ['1h30m', HOUR + HOUR / 2n, '1h30m0s'],
  ['1.5m', HOUR / 40n, '1m30s'],
  ['90.25s', (HOUR * 361n) / 14_400n, '1m30.25s'],
  ['168h0m0.000000001s', 168n * HOUR + 1n, '168h0m0.000000001s'],
  ['3600000ms', HOUR, '1h0m0s'],
  ['.5h', HOUR / 2n, '30m0s'],
  ['.25h', HOUR / 4n, '15m0s'],
  ['-1h30m', -(HOUR + HOUR / 2n), '-1h30m0s'],
  ['+1h', HOUR, '1h0m0s'],
  ['-1m', -HOUR / 60n, '-1m0s'],
  ['61000000µs', (HOUR * 61n) / 3600n, '1m1s'],
  ['61000000μs', (HOUR * 61n) / 3600n, '1m1s'],
  ['61000000us', (HOUR * 61n) / 3600n, '1m1s'],
  ['61000000001ns', (HOUR * 61n) / 3600n + 1n, '1m1.000000001s'],
])('%s', (text, duration, formatted) => {
  expect(readDuration(text)).toEqual({ ok: true, value: duration });
  expect(formatDuration(duration)).toBe(formatted);
});

test('nothing needs no unit', () => {
  expect(readDuration('0')).toEqual({ ok: true, value: 0n });
});

test.each([
  ['', 'time: invalid duration ""'],
  ['abc', 'time: invalid duration "abc"'],
  ['x1h', 'time: invalid duration "x1h"'],
  ['1h-2m', 'time: unknown unit "h-" in duration "1h-2m"'],
  ['-', 'time: invalid duration "-"'],
  ['1h abc', 'time: unknown unit "h abc" in duration "1h abc"'],
  ['.h', 'time: invalid duration ".h"'],
  ['20', 'time: missing unit in duration "20"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
])('%s is none', (text, fault) => {
  expect(readDuration(text)).toEqual({ ok: false, fault });
});

test('a very long text is none', () => {
  expect(readDuration('1h'.repeat(1000)).ok).toBe(false);
});
