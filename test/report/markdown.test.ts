import { expect, test } from 'vitest';
import { codeSpan, escapeCell } from '../../src/report/markdown.ts';

test.each([
  ['plain', '`plain`'],
  ['', '` `'],
  ['@team #123 <img>', '`@team #123 <img>`'],
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  ['``a`', '``` ``a` ```'],
  [' a', '`  a `'],
  ['a\nb', '`a\\nb`'],
  ['<!-- podroute:comment -->', '`<\u200b!-- podroute:comment -->`'],
  ['##[error]', '`##\u200b[error]`'],
])('%j as a code span is %s', (text, span) => {
  expect(codeSpan(text)).toBe(span);
});

test('a run of backticks stays below what GitHub takes as a fence', () => {
  expect(codeSpan('`'.repeat(500))).toBe(`\`\`${'`'.repeat(18)} ${'`'.repeat(19)}… ${'`'.repeat(20)}`);
});

test.each([
  ['a|b', 'a\\|b'],
  ['a\\|b', 'a\\\\\\|b'],
  ['a\\\\|b', 'a\\\\\\|b'],
  ['||', '\\|\\|'],
  ['a\\', 'a\\'],
])('%s in a cell is %s', (text, cell) => {
  expect(escapeCell(text)).toBe(cell);
});
