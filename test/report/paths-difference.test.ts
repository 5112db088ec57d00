import { describe, expect, test } from 'vitest';
import type { PairChange, PathsDifference } from '../../src/paths/compare-paths.ts';
import { positionAt } from '../../src/report/lines.ts';
import { pathsDifferenceTable } from '../../src/report/paths-difference-markdown.ts';
import { pathsDifferenceLines } from '../../src/report/paths-difference-text.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { type Span, spanOf } from '../../src/source/span.ts';

const FILE = sourceFile(
  'routes.yaml',
  Array.from({ length: 40 }, (_, line) => `line ${line + 1}\n`).join(''),
);

/** A place on a 1-based line. */
function line(number: number): Span {
  const start = FILE.text.indexOf(`line ${number}\n`);
  return spanOf(FILE, start, start + 4);
}

const NOTHING: PathsDifference = { broken: [], mended: [], moved: [], added: [], removed: [] };
const TAILNET = { via: 'tailnet', delivered: true } as const;
const LAN = { via: 'lan', delivered: true } as const;
const LEAK = { via: 'default', delivered: false } as const;
const LOST = { via: 'tailnet', delivered: false } as const;
const UNKNOWN = { via: 'unknown', delivered: undefined } as const;

function change(from: string, to: string, part: Partial<PairChange>): PairChange {
  return { from, to, before: TAILNET, after: LEAK, cause: undefined, changed: [line(3)], ...part };
}

function textOf(difference: Partial<PathsDifference>): readonly string[] {
  const shown = ({ file, start }: Span) => `${file.path}:${positionAt(file, start).line}`;
  return pathsDifferenceLines(
    { ...NOTHING, ...difference },
    { plain: (text) => text.toUpperCase(), line: shown },
  );
}

describe('the difference for a terminal', () => {
  test('of nothing is said', () => {
    expect(textOf({})).toEqual(['no pair of pods fares otherwise']);
  });

  test('stands below the lines that make it, those of the most pairs first', () => {
    const broken = [
      change('a', 'b', { changed: [line(9)], cause: 'b is off' }),
      change('a', 'c', { cause: 'c is off' }),
      change('c', 'a', { after: LOST }),
      change('b', 'c', { cause: 'c is still off' }),
    ];
    expect(textOf({ broken, mended: [change('d', 'a', { before: UNKNOWN, after: LAN })] })).toEqual([
      'broken: 4 pairs',
      '  routes.yaml:3',
      '    tailnet → leak: A → C AND B → C',
      '      C IS OFF',
      '    tailnet → broken (tailnet): C → A',
      '  routes.yaml:9',
      '    tailnet → leak: A → B',
      '      B IS OFF',
      'mended: 1 pair',
      '  routes.yaml:3',
      '    unknown → LAN: D → A',
    ]);
  });

  test('says so where no line is named, and leaves out what is too much', () => {
    const changed = [1, 2, 3, 4, 5, 6].map(line);
    expect(
      textOf({ moved: [change('a', 'b', { changed: [] }), change('b', 'a', { after: LAN, changed })] }),
    ).toEqual([
      'takes another way: 2 pairs',
      '  one of the many changed lines',
      '    tailnet → leak: A → B',
      ...[1, 2, 3, 4].map((number) => `  routes.yaml:${number}`),
      '  and 2 lines more',
      '    tailnet → LAN: B → A',
    ]);
    const many = Array.from({ length: 23 }, (_, number) =>
      change('a', `n${number}`, { changed: [line(number + 1)] }),
    );
    const lines = textOf({ broken: many });
    expect(lines).toHaveLength(1 + 2 * 20 + 1);
    expect(lines.at(-1)).toBe('  and 3 pairs more');
  });

  test('tells pairs of new nodes and of old ones by their ways', () => {
    const pairs = Array.from({ length: 8 }, (_, number) => ({ from: 'a', to: `n${number}`, ...TAILNET }));
    expect(
      textOf({ added: [...pairs, { from: 'b', to: 'a', ...LEAK }], removed: pairs.slice(0, 1) }),
    ).toEqual([
      'new: 9 pairs',
      '  tailnet: A → N0, A → N1, A → N2, A → N3, A → N4 AND 3 MORE',
      '  leak: B → A',
      'gone: 1 pair',
      '  tailnet: A → N0',
    ]);
  });
});

describe('the difference for GitHub', () => {
  const table = (difference: Partial<PathsDifference>) =>
    pathsDifferenceTable({ ...NOTHING, ...difference }, (text) => `<${text}>`);

  test('of nothing is a sentence', () => {
    expect(table({})).toEqual(['No pair of pods fares otherwise.']);
  });

  test('is a table', () => {
    const changed = [1, 2, 3, 4, 5].map(line);
    const [text, more] = table({
      broken: [change('a', 'b', { cause: 'b is off', changed })],
      removed: [{ from: 'b', to: 'a', ...LOST }],
    });
    expect(text!.split('\n')).toEqual([
      '| what | pairs | changed lines |',
      '| --- | --- | --- |',
      '| **broken**: tailnet → leak | 1 pair<br><a → b><br><b is off> | <routes.yaml:1><br><routes.yaml:2><br><routes.yaml:3><br>and 2 more |',
      '| **gone**: broken (tailnet) | 1 pair<br><b → a> |  |',
    ]);
    expect(more).toBeUndefined();
  });

  test('has no more rows than are read', () => {
    const broken = Array.from({ length: 33 }, (_, number) =>
      change('a', `n${number}`, { changed: [line(number + 1)] }),
    );
    const [text, more] = table({ broken });
    expect(text!.split('\n')).toHaveLength(32);
    expect(more).toBe('and 3 rows more');
  });
});
