import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedLines, type Stretch } from '../../src/paths/changed-lines.ts';

/** `-old +new` of every hunk. */
function hunksOf(before: string, after: string): string[] {
  const shown = (sign: string, text: string, lines: readonly Stretch[]) =>
    lines.map(({ start, end }) => `${sign}${text.slice(start, end)}`);
  return changedLines(before, after).map((hunk) =>
    [...shown('-', before, hunk.before), ...shown('+', after, hunk.after)].join(' '),
  );
}

describe('the lines that differ between two texts', () => {
  test.each([
    ['a\nb\nc\n', 'a\nb\nc\n', []],
    ['a\nb\nc\n', 'a\nx\nc\n', ['-b +x']],
    ['a\nb\nc\n', 'a\nc\n', ['-b']],
    ['a\nc', 'a\nb\nc', ['+b']],
    ['', 'a\nb\n', ['+a +b']],
    ['a\nb', '', ['-a -b']],
    ['a\nb\nc\nd\ne', 'b\nc\nx\ne\nf', ['-a', '-d +x', '+f']],
    ['a: 1\n  b: 2\n', 'a: 1\n    b: 2\n', ['-b: 2 +b: 2']],
    ['a\r\nb\rc', 'a\nb\nc\n', []],
    ['a\n\nb', 'a\nb', ['-']],
    // Of lines that are alike the least is changed.
    ['- on\n- on\n- on\n', '- on\n- off\n- on\n', ['-- on +- off']],
  ])('%j and %j', (before, after, expected) => {
    expect(hunksOf(before, after)).toEqual(expected);
  });

  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ' a', ''), { maxLength: 12 });

  test('make the one text of the other, and are as few as can be', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const [old, fresh] = [before, after].map((each) => each.map((line) => `${line}\n`).join(''));
        const hunks = changedLines(old!, fresh!);
        const gone = hunks.flatMap((hunk) => hunk.before.map(({ end }) => lineAt(old!, end)));
        const come = hunks.flatMap((hunk) => hunk.after.map(({ end }) => lineAt(fresh!, end)));
        const kept = before.filter((_, line) => !gone.includes(line));
        expect(after.filter((_, line) => !come.includes(line))).toEqual(kept);
        expect(kept.length).toBe(longestCommon(before, after));
      }),
    );
  });

  test('are all lines where nearly everything differs', () => {
    const text = (word: string) => Array.from({ length: 3000 }, (_, line) => `${word} ${line}\n`).join('');
    const hunks = changedLines(`same\n${text('old')}same\n`, `same\n${text('new')}same\n`);
    expect(hunks.map(({ before, after }) => [before.length, after.length])).toEqual([[3000, 3000]]);
  });
});

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1;
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let x = 1; x <= a.length; x++) {
    for (let y = 1; y <= b.length; y++) {
      table[x]![y] =
        a[x - 1] === b[y - 1] ? table[x - 1]![y - 1]! + 1 : Math.max(table[x - 1]![y]!, table[x]![y - 1]!);
    }
  }
  return table[a.length]![b.length]!;
}
