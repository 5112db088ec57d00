import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceFile } from '../../src/source/source-file.ts';
import { spanOf, textOf } from '../../src/source/span.ts';
import {
  cutGiven,
  type Given,
  joinGiven,
  partOf,
  piecesOf,
  splitGiven,
  wordsOf,
} from '../../src/syntax/given.ts';

const FILE = sourceFile('a.sh', 'IP="10.0.0.1" --node-ip=$IP,$OTHER b');

/** A piece of the file; unknown if it begins with a dollar. */
function piece(text: string): Given {
  const start = FILE.text.indexOf(text);
  const span = spanOf(FILE, start, start + text.length);
  return text.startsWith('$')
    ? { text: undefined, span, variable: text.slice(1) }
    : { text, span, textStart: start };
}

/** `--node-ip=$IP` with the value from the assignment. */
const resolved = joinGiven([piece('--node-ip='), piece('10.0.0.1')], piece('--node-ip=$IP').span);
const partly = joinGiven(
  [piece('--node-ip='), piece('10.0.0.1'), piece(','), piece('$OTHER')],
  resolved.span,
);

describe('a word of several pieces', () => {
  test('has their text, unless one of them is computed', () => {
    expect(resolved.text).toBe('--node-ip=10.0.0.1');
    expect(textOf(resolved.span)).toBe('--node-ip=$IP');
    expect(partly.text).toBeUndefined();
  });

  test('a part of it stands where its piece does', () => {
    const value = partOf(resolved, '--node-ip='.length, resolved.text!.length);
    expect([value.text, textOf(value.span), value.span.start]).toEqual(['10.0.0.1', '10.0.0.1', 4]);
    expect(textOf(partOf(resolved, 0, 9).span)).toBe('--node-ip');
    expect(partOf(resolved, 9, 12).text).toBe('=10');
  });

  test('is cut at a separator that is known', () => {
    const [flag, value] = cutGiven(partly, '=') ?? [];
    expect(flag?.text).toBe('--node-ip');
    expect(piecesOf(value!).map(({ text }) => text)).toEqual(['10.0.0.1', ',', undefined]);
    expect(cutGiven(partly, ';')).toBeUndefined();
  });

  test('is split at separators that are known', () => {
    expect(splitGiven(partly, ',')).toMatchObject([{ text: resolved.text }, { variable: 'OTHER' }]);
  });

  test('of one piece is that piece', () => {
    const only = piece('10.0.0.1');
    expect(joinGiven([only, { ...only, text: '' }], resolved.span)).toBe(only);
    expect(joinGiven([], resolved.span)).toMatchObject({ text: '', span: resolved.span });
  });
});

describe('words', () => {
  test('go on over pieces without white space between', () => {
    const pieces = ['a b', 'c ', undefined, ' d', undefined, 'e  '].map((text) => ({
      text,
      span: resolved.span,
    }));
    const words = wordsOf(joinGiven(pieces, resolved.span));
    expect(words.map((word) => piecesOf(word).map(({ text }) => text ?? '?'))).toEqual([
      ['a'],
      ['b', 'c'],
      ['?'],
      ['d', '?', 'e'],
    ]);
  });
});

describe('laws', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ',', ' ', '\n'), maxLength: 30 });
  const whole = (source: string): Given => {
    const file = sourceFile('a', source);
    return { text: source, span: spanOf(file, 0, source.length), textStart: 0 };
  };
  const cutUp = (source: string, cuts: readonly number[]): Given => {
    const given = whole(source);
    const ends = [...new Set(cuts.map((cut) => cut % (source.length + 1)))].sort((a, b) => a - b);
    const pieces = [0, ...ends].map((start, index) => partOf(given, start, ends[index] ?? source.length));
    return joinGiven(pieces, given.span);
  };
  const inPieces = fc
    .tuple(text, fc.array(fc.nat(30), { maxLength: 4 }))
    .map(([source, cuts]) => cutUp(source, cuts));

  test('pieces change no text', () => {
    fc.assert(
      fc.property(inPieces, fc.nat(30), fc.nat(30), (given, a, b) => {
        const { text: known = '' } = given;
        expect(splitGiven(given, ',').map((part) => part.text)).toEqual(known.split(','));
        expect(wordsOf(given).map((word) => word.text)).toEqual(known.match(/\S+/g) ?? []);
        expect(partOf(given, Math.min(a, b), Math.max(a, b)).text ?? '').toBe(
          known.slice(Math.min(a, b), Math.max(a, b)),
        );
        const at = known.indexOf(',');
        expect(cutGiven(given, ',')?.map((part) => part.text)).toEqual(
          at < 0 ? undefined : [known.slice(0, at), known.slice(at + 1)],
        );
      }),
    );
  });

  test('a part’s place reads back', () => {
    fc.assert(
      fc.property(inPieces, (given) => {
        for (const part of [...splitGiven(given, ','), ...wordsOf(given)]) {
          if (part.text !== '') expect(textOf(part.span)).toBe(part.text);
        }
      }),
    );
  });
});
