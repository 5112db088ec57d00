import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endsOf, lineRange, positionAt } from '../../src/report/lines.ts';
import { sourceFile } from '../../src/source/source-file.ts';

test.each([
  ['', 0, 1, 1],
  ['abc', 2, 1, 3],
  ['abc', 3, 1, 4],
  ['a\nb', 1, 1, 2],
  ['a\nb', 2, 2, 1],
  ['a\r\nb', 3, 2, 1],
  ['a\rb', 2, 2, 1],
  ['a\r\r\nb', 2, 2, 1],
  ['a\r\r\nb', 4, 3, 1],
  ['a\n', 2, 2, 1],
  ['🦊x', 2, 1, 3],
  ['e\u0301x', 2, 1, 3],
  ['a\u2028b', 2, 1, 3],
  ['abc', 9, 1, 4],
  ['abc', -1, 1, 1],
])('in %j the offset %i is at %i:%i', (text, offset, line, column) => {
  expect(positionAt(sourceFile('a', text), offset)).toEqual({ line, column });
});

test.each([
  ['key: value\nnext', 5, 10, '1:6', '1:11'],
  ['key: |\n  two\n  lines\nnext', 5, 21, '1:6', '3:8'],
  ['a\r\nb\r\n', 0, 6, '1:1', '2:2'],
  ['a\n\nb', 2, 2, '2:1', '2:1'],
  ['a\n\nb', 1, 3, '1:2', '1:2'],
])('the ends of a span of %j from %i to %i are %s and %s', (text, start, end, from, to) => {
  const ends = endsOf({ file: sourceFile('a', text), start, end });
  expect(`${ends.start.line}:${ends.start.column}`).toBe(from);
  expect(`${ends.end.line}:${ends.end.column}`).toBe(to);
});

test('an offset is its line’s start and its column', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', '🦊', '\t') });
  fc.assert(
    fc.property(text, fc.nat(), (text, seed) => {
      const file = sourceFile('a', text);
      const offset = seed % (text.length + 1);
      const { line, column } = positionAt(file, offset);
      const before = text.slice(0, offset).replace(/\r$/, text[offset] === '\n' ? '' : '\r');
      expect(line).toBe(before.split(/\r\n|\r|\n/).length);
      expect(lineRange(file, line).start + column - 1).toBe(offset);
    }),
  );
});

test('the ranges of the lines are the lines', () => {
  const text = 'one\r\n\n\rtwo\r\r\nthree';
  const lines = text.split(/\r\n|\r|\n/);
  const file = sourceFile('a', text);
  for (const [index, line] of lines.entries()) {
    const { start, end } = lineRange(file, index + 1);
    expect(text.slice(start, end)).toBe(line);
  }
});
