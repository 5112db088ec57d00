import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { duplicateMembers, type HujsonValue, printHujson, treeOf } from '../../src/syntax/hujson-value.ts';
import type { ScalarTree, Tree } from '../../src/syntax/tree.ts';

function parse(text: string) {
  const file = sourceFile('policy.hujson', text);
  const { root, problems } = parseHujson(file);
  return { file, root, problems, tree: root && treeOf(file, root) };
}

/** What a tree says, as `JSON.parse` would have it: `__proto__` is a key among others. */
function plain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map':
      return Object.fromEntries(tree.members.map(({ key, value }) => [key.text, plain(value)]));
  }
}

function scalarsIn(tree: Tree): ScalarTree[] {
  switch (tree.kind) {
    case 'scalar':
      return [tree];
    case 'list':
      return tree.items.flatMap(scalarsIn);
    case 'map':
      return tree.members.flatMap(({ key, value }) => [key, ...scalarsIn(value)]);
  }
}

/** A text and the places that are marked in it with `⟦` and `⟧`, in order. */
function unmark(marked: string): { text: string; places: [number, number][] } {
  const places: [number, number][] = [];
  const open: [number, number][] = [];
  let text = '';
  for (const unit of marked) {
    if (unit === '⟦') {
      const place: [number, number] = [text.length, text.length];
      places.push(place);
      open.push(place);
    } else if (unit === '⟧') {
      open.pop()![1] = text.length;
    } else {
      text += unit;
    }
  }
  return { text, places };
}

describe('what is right', () => {
  test.each([
    ['{}', {}],
    [' [ ] ', []],
    ['[1,]', [1]],
    ['{"a": 1,}', { a: 1 }],
    ['// first\n/* second */ null // third\n', null],
    ['/**/[/***/1/* / * */,// ]\r\n2]', [1, 2]],
    ['true // ends with the text', true],
    ['"\\u00e9\\n\\/\\"\\ud83d"', 'é\n/"\ud83d'],
    ['"// no comment /* */ # \' \u007f\u2028"', "// no comment /* */ # ' \u007f\u2028"],
    ['[0, -0.5e+3, 1E9, 1e999, 12345678901234567890]', [0, -500, 1e9, Infinity, 12345678901234567000]],
    ['{"__proto__": {"constructor": 1}}', JSON.parse('{"__proto__": {"constructor": 1}}')],
    [
      '{"acls": [\n\t// everybody\n\t{"src": ["*"], "dst": ["*:*"]},\n]}',
      { acls: [{ src: ['*'], dst: ['*:*'] }] },
    ],
  ])('%j', (text, value) => {
    const { root, problems, tree } = parse(text);
    expect(problems).toEqual([]);
    expect(plain(tree!)).toEqual(value);
    expect(printHujson(root!)).toBe(text);
  });

  test('extras belong to the value before them, after a comma, colon or bracket to the next', () => {
    const { root } = parse('/*0*/{/*1*/"a"/*2*/:/*3*/[/*4*/1/*5*/,/*6*/]/*7*/,/*8*/"b":[/*9*/]}/*10*/');
    expect(root).toMatchObject({
      kind: 'object',
      before: '/*0*/',
      after: '/*10*/',
      trailingComma: false,
      inside: '',
      items: [
        {
          key: { before: '/*1*/', raw: '"a"', value: 'a', after: '/*2*/' },
          value: {
            kind: 'array',
            before: '/*3*/',
            items: [{ before: '/*4*/', raw: '1', after: '/*5*/' }],
            trailingComma: true,
            inside: '/*6*/',
            after: '/*7*/',
          },
        },
        { key: { before: '/*8*/' }, value: { items: [], trailingComma: false, inside: '/*9*/' } },
      ],
    });
  });

  test('a tree keeps the text of numbers, and where a string begins that stands there unit for unit', () => {
    const { tree } = parse('[1e3, "tag:k3s", "\\u0061", "\\\\", null]');
    const [number, string, escaped, backslash, nothing] = scalarsIn(tree!);
    expect(number).toMatchObject({ value: 1000, text: '1e3' });
    expect(string).toMatchObject({ text: 'tag:k3s', textStart: 7, span: { start: 6, end: 15 } });
    expect(escaped).toMatchObject({ text: 'a' });
    expect(escaped).not.toHaveProperty('textStart');
    expect(backslash).not.toHaveProperty('textStart');
    expect(nothing).toMatchObject({ value: null, text: '' });
  });
});

/** Each text with its errors marked, and what is said of them. What still can be read follows where it matters. */
const ERRORS: readonly { text: string; says: readonly string[]; reads?: unknown }[] = [
  { text: '⟦⟧', says: ['expected a value, found the end of the text'] },
  { text: '// nothing\n⟦⟧', says: ['expected a value, found the end of the text'] },
  { text: '⟦}⟧', says: ['unexpected }'] },
  { text: '{}\n⟦trailing⟧ text', says: ['unexpected trailing after the end of the value'], reads: {} },
  { text: '{"a": 1}⟦}⟧\n', says: ['unexpected } after the end of the value'], reads: { a: 1 } },

  { text: '{"a": 1⟦⟧ // c\n "b": 2}', says: ['a comma is missing here'], reads: { a: 1, b: 2 } },
  {
    text: '[{}⟦⟧ {}⟦⟧\n[]]',
    says: ['a comma is missing here', 'a comma is missing here'],
    reads: [{}, {}, []],
  },
  { text: '[1,⟦,⟧2]', says: ['no value before this comma'], reads: [1, 2] },
  { text: '[⟦,⟧]', says: ['no value before this comma'], reads: [] },
  { text: '{"a"⟦⟧ 1}', says: ['a colon is missing after "a"'], reads: { a: 1 } },
  { text: '{"a"⟦⟧, "b": 1}', says: ['a colon is missing after "a"'], reads: { b: 1 } },
  { text: '{"a"⟦⟧ "b"⟦:⟧ 1}', says: ['a colon is missing after "a"', 'unexpected :'], reads: { a: 'b' } },
  { text: '{⟦"a"⟧:, ⟦"b"⟧:}', says: ['"a" has no value', '"b" has no value'], reads: {} },
  { text: '["a"⟦:⟧ 1, 2]', says: ['unexpected :'], reads: ['a', 2] },

  { text: '{⟦groups⟧: 1}', says: ['expected a key in double quotes, found groups'], reads: { groups: 1 } },
  { text: '{⟦1⟧: 1}', says: ['expected a key in double quotes, found 1'], reads: { 1: 1 } },
  { text: '{⟦“a”⟧: 1}', says: ['expected a key in double quotes, found “a”'] },
  { text: '{⟦{⟧"a": 1}, "b": 2}', says: ['expected a key in double quotes, found {'], reads: { b: 2 } },
  {
    text: `{⟦'a'⟧: ⟦'it\\'s "b"'⟧}`,
    says: ['the string is in single quotes', 'the string is in single quotes'],
    reads: { a: `it\\'s "b"` },
  },
  {
    text: '[⟦accept all⟧, ⟦tag:k3s⟧]',
    says: ['expected a value, found accept all', 'expected a value, found tag:k3s'],
  },
  { text: '[⟦True⟧, ⟦NaN⟧]', says: ['expected a value, found True', 'expected a value, found NaN'] },
  { text: '[⟦undefined⟧ // c\n]', says: ['expected a value, found undefined'] },
  { text: '[1, ⟦\u00a0⟧]', says: ['expected a value, found the character U+00A0'] },
  { text: `[⟦${'x'.repeat(5000)}⟧]`, says: ['expected a value, found a long word'] },
  {
    text: '[⟦0x1F⟧, ⟦+1⟧, ⟦.5⟧, ⟦1.⟧, ⟦01⟧, ⟦1e⟧, ⟦10.42.0.0/24⟧]',
    says: ['0x1F', '+1', '.5', '1.', '01', '1e', '10.42.0.0/24'].map(
      (each) => `${each} is not a JSON number`,
    ),
  },

  {
    text: '["⟦\\x⟧41", "⟦\\u⟧12G4", "⟦\\\'⟧"]',
    says: ['\\x', '\\u', "\\'"].map((each) => `${each} is not a JSON escape`),
  },
  { text: '["a⟦\t⟧b"]', says: ['the string holds the character U+0009'], reads: ['a\tb'] },
  {
    text: '{"a": ⟦"b⟧,\n"c": [⟦"*⟧],\n⟦"d⟧: {\n}, ⟦"e: 1⟧}',
    says: Array(4).fill('the string is not closed'),
    reads: { a: 'b', c: ['*'], d: {} },
  },
  { text: '⟦"⟦\\⟧⟧', says: ['the string is not closed', '\\ is not a JSON escape'] },
  { text: '⟦#⟧ comment\n{} ⟦#⟧ {', says: Array(2).fill('# does not begin a comment'), reads: {} },
  { text: '{"a": [1 ⟦/*⟧ , 2]}', says: ['the comment is not closed'] },

  { text: '⟦[⟧1, ⟦{⟧"a": 2', says: ['this [ is not closed', 'this { is not closed'], reads: [1, { a: 2 }] },
  { text: '{"a": ⟦[⟧1, 2}', says: ['this [ is not closed'], reads: { a: [1, 2] } },
  { text: '[⟦{⟧"a": 1]⟦,⟧ "b"', says: ['this { is not closed', 'unexpected , after the end of the value'] },
  { text: '[1⟦}⟧, 2]', says: ['unexpected }'], reads: [1, 2] },
  {
    text: '{"acls": [\n  {"action": ⟦accept⟧, "src": ["*"]}⟦⟧\n  {"src"⟦⟧ ["*"], ⟦dst⟧: []}\n]}',
    says: [
      'expected a value, found accept',
      'a comma is missing here',
      'a colon is missing after "src"',
      'expected a key in double quotes, found dst',
    ],
    reads: {
      acls: [
        { action: 'accept', src: ['*'] },
        { src: ['*'], dst: [] },
      ],
    },
  },
];

describe('errors, each at its place', () => {
  test.each(ERRORS)('$text', ({ text: marked, says, reads }) => {
    const { text, places } = unmark(marked);
    const { problems, tree } = parse(text);
    const expected = places.map(([start, end], index) => ({ start, end, message: says[index] }));
    expect(problems.map(({ at: { start, end }, message }) => ({ start, end, message }))).toEqual(expected);
    if (reads !== undefined) expect(plain(tree!)).toEqual(reads);
  });
});

test('each kind of bracket is told where it should have been closed', () => {
  const { file, problems } = parse('{"a": [1, 2}');
  expect(problems[0]!.related).toEqual([
    { at: { file, start: 11, end: 12 }, label: 'expected ] before this' },
  ]);
});

test('members given twice, in every object, escapes or not', () => {
  const { text, places } = unmark('{"a": {"b": 1}, "b": [{"c": 1, ⟦"c"⟧: 2, ⟦"c"⟧: 3}], ⟦"\\u0061"⟧: 4}');
  const { file, root, problems } = parse(text);
  expect(problems).toEqual([]);
  const found = duplicateMembers(file, root!);
  expect(found.map(({ at }) => [at.start, at.end])).toEqual(places);
  expect(found[2]).toMatchObject({
    message: '"a" is given twice, the later one counts',
    related: [{ at: { file, start: 1, end: 4 }, label: 'the first one' }],
  });
});

/** White space and comments. */
const extra = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '\t', '\n', '\r\n', '/**/', '//\n', '/*/ */'),
      fc.string({ unit: 'binary' }).map((text) => `//${text.replaceAll('\n', '')}\n`),
      fc.string({ unit: 'binary' }).map((text) => `/*${text.replaceAll('/', '')} */`),
    ),
    { maxLength: 2 },
  )
  .map((parts) => parts.join(''));

/** A value in one of the many ways to write it. `next` gives the extras, `yes` decides the rest. */
function write(value: unknown, next: () => string, yes: () => boolean): string {
  const writeString = (text: string) =>
    yes() ? JSON.stringify(text) : `"${text.replace(/[\s\S]/g, (unit) => `\\u${hex(unit.charCodeAt(0))}`)}"`;
  const inside = (open: string, items: string[], close: string) =>
    open + (items.length > 0 ? items.join(',') + (yes() ? `,${next()}` : '') : next()) + close;
  const writeBare = () => {
    if (Array.isArray(value))
      return inside(
        '[',
        value.map((item) => write(item, next, yes)),
        ']',
      );
    if (typeof value === 'string') return writeString(value);
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const members = Object.entries(value).map(
      ([key, item]) => `${next()}${writeString(key)}${next()}:${write(item, next, yes)}`,
    );
    return inside('{', members, '}');
  };
  return next() + writeBare() + next();
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}

const written = fc
  .tuple(
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.array(extra, { minLength: 1 }),
    fc.array(fc.boolean(), { minLength: 1 }),
  )
  .map(([value, extras, choices]) => {
    let at = 0;
    const text = write(
      value,
      () => extras[at++ % extras.length]!,
      () => choices[at++ % choices.length]!,
    );
    return { value, text };
  });

/** Texts that are nearly HuJSON. */
const soup = fc
  .array(
    fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"a"', '"', "'", '\\', '1', '-', 'true', 'x', ' ', '\n', '\r', '\t'],
      ...['//', '/*', '*/', '#', '/', '"a":1', '{"b":', '[1,', '\u0000', '\u00a0', '\ud800', '😀'],
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** A tree without its extras and trailing commas is JSON. */
function minimal(value: HujsonValue): HujsonValue {
  const bare = { before: '', after: '', inside: '', trailingComma: false };
  switch (value.kind) {
    case 'scalar':
      return { ...value, ...bare };
    case 'array':
      return { ...value, ...bare, items: value.items.map(minimal) };
    case 'object':
      return {
        ...value,
        ...bare,
        items: value.items.map((item) => ({ key: { ...item.key, ...bare }, value: minimal(item.value) })),
      };
  }
}

describe('laws', () => {
  test('printing what was parsed gives the text back, and the tree says what was written', () => {
    fc.assert(
      fc.property(written, ({ value, text }) => {
        const { root, problems, tree } = parse(text);
        expect(problems).toEqual([]);
        expect(printHujson(root!)).toBe(text);
        expect(JSON.stringify(plain(tree!))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('the place of each scalar reads back to its value', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        for (const { value, text: says, span, textStart } of scalarsIn(parse(text).tree!)) {
          expect(JSON.parse(textOf(span))).toEqual(value);
          if (textStart !== undefined) expect(text.slice(textStart, textStart + says.length)).toBe(says);
        }
      }),
    );
  });

  test('no problems means JSON but for extras and trailing commas, and JSON has no problems', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const { root, problems, tree } = parse(text);
        if (problems.length === 0) {
          expect(printHujson(root!)).toBe(text);
          expect(JSON.parse(printHujson(minimal(root!)))).toEqual(plain(tree!));
        } else {
          expect(() => JSON.parse(text)).toThrow();
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('no text throws, and problems are in order and inside the text', () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' }), cut), (text) => {
        const { root, problems } = parse(text);
        expect(root !== undefined || problems.length > 0).toBe(true);
        let last = 0;
        for (const { at } of problems) {
          expect(at.start).toBeGreaterThanOrEqual(last);
          expect(at.end).toBeGreaterThanOrEqual(at.start);
          expect(at.end).toBeLessThanOrEqual(text.length);
          last = at.start;
        }
      }),
      { numRuns: 500 },
    );
  });

  const cut = fc.tuple(written, fc.nat(), fc.nat(5)).map(([{ text }, at, length]) => {
    const start = text.length === 0 ? 0 : at % text.length;
    return text.slice(0, start) + text.slice(start + length);
  });
});

describe('size', () => {
  test.each([
    ['100,000 open brackets', '['.repeat(100_000), 100],
    ['100,000 brackets', '['.repeat(100_000) + ']'.repeat(100_000), 1],
    ['100,000 open objects', '{"a":'.repeat(100_000), 100],
    ['500 levels', '['.repeat(500) + ']'.repeat(500), 0],
    ['501 levels', '['.repeat(501) + ']'.repeat(501), 1],
    [
      '20,000 members in 2 MB',
      `{${Array.from({ length: 20_000 }, (_, n) => `"${n}": "${'x'.repeat(90)}"`)}}`,
      0,
    ],
    ['a string of 2 MB', `"${'\\n'.repeat(1_000_000)}"`, 0],
    ['a word of 2 MB', 'a/'.repeat(1_000_000), 1],
    ['a line of words', '[1 x '.repeat(200_000), 100],
    ['unclosed strings', `[${'"[\n'.repeat(500_000)}`, 100],
    ['closing brackets', `[${'}'.repeat(1_000_000)}`, 100],
    ['opening comments', `[${'/* '.repeat(700_000)}`, 1],
  ])('%s', (_, text, count) => {
    const start = performance.now();
    const { root, problems, tree } = parse(text);
    if (problems.length === 0) expect(printHujson(root!)).toBe(text);
    expect(problems).toHaveLength(count);
    expect(tree).toBeDefined();
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
