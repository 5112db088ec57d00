import { type Span, spanOf, textOf } from '../source/span.ts';
import { cutGiven, type Given, piecesOf } from '../syntax/given.ts';

/** One word of a command line as Go's flag packages take it: one dash or two are equal [Go, flag]. */
export type FlagWord =
  | {
      readonly kind: 'flag';
      /** Without its dashes. */
      readonly name: string;
      /** The flag as written, without its value. */
      readonly key: Span;
      /** What follows `=` in the same word. */
      readonly value?: Given;
    }
  /** `--`: no flag follows. */
  | { readonly kind: 'end' }
  | { readonly kind: 'plain' }
  /** It may be any flag, several, or none. */
  | { readonly kind: 'computed' };

const FLAG = /^--?([A-Za-z0-9][\w.-]*)$/;

export function readFlagWord(word: Given): FlagWord {
  if (word.text === '--') return { kind: 'end' };
  const [key, value] = cutGiven(word, '=') ?? [word];
  const name = key.text === undefined ? undefined : FLAG.exec(key.text)?.[1];
  if (name !== undefined) return { kind: 'flag', name, key: key.span, ...(value && { value }) };
  if (word.text !== undefined) return { kind: 'plain' };
  return readSource(word) ?? { kind: 'computed' };
}

/** A computed word without pieces still begins as its source does: `--hostname=${NAME}`. */
function readSource(word: Given): FlagWord | undefined {
  if (piecesOf(word).length > 1) return undefined;
  const source = textOf(word.span);
  const [, quote = '', dashes = '', name] = /^(["']?)(--?)([A-Za-z0-9][\w.-]*)=/.exec(source) ?? [];
  if (name === undefined) return undefined;
  const { file, start, end } = word.span;
  const keyStart = start + quote.length;
  const equals = keyStart + dashes.length + name.length;
  const value = spanOf(file, equals + 1, source.endsWith(quote) ? end - quote.length : end);
  const variable = /^\$(?:(\w+)|\{(\w+)\})$/.exec(textOf(value));
  const only = variable?.[1] ?? variable?.[2];
  return {
    kind: 'flag',
    name,
    key: spanOf(file, keyStart, equals),
    value: { text: undefined, span: value, ...(only !== undefined && { variable: only }) },
  };
}

/** Where a value would stand that is not given. */
export function absentAfter(key: Span): Given {
  return { text: undefined, span: spanOf(key.file, key.end, key.end) };
}
