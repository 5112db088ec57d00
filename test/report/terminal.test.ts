import { expect, test } from 'vitest';
import { cellsOf, clip, visible } from '../../src/report/terminal.ts';

test.each([
  ['plain text, ünïcode, 日本, 🦊, ❤️', 'plain text, ünïcode, 日本, 🦊, ❤️'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u009b31m', '\\u009b31m'],
  ['\u0000\u007f', '\\u0000\\u007f'],
  ['\u202eabc\u2066', '\\u202eabc\\u2066'],
  ['a\u200bb\u200db\ufeff', 'a\\u200bb\\u200db\\ufeff'],
  ['a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\ud800', '\\ud800'],
  ['\u3164', '\\u3164'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test.each([
  ['a', 1],
  ['é', 1],
  ['\u0301', 0],
  ['日', 2],
  ['ｱ', 1],
  ['Ａ', 2],
  ['한', 2],
  ['🦊', 2],
  ['✓', 1],
  ['\u{1f3fb}', 0],
])('%s takes %i cells', (character, cells) => {
  expect(cellsOf(character)).toBe(cells);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['abcd🦊fg', 6, 'abcd…'],
  ['abc🦊fgh', 6, 'abc🦊…'],
])('%s clipped to %i is %s', (text, most, clipped) => {
  expect(clip(text, most)).toBe(clipped);
});
