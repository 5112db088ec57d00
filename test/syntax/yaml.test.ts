import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseWithLibrary } from 'yaml';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import type { ScalarTree, Tree } from '../../src/syntax/tree.ts';
import { memberOf, partSpan, valueAt } from '../../src/syntax/tree.ts';
import { parseYaml } from '../../src/syntax/yaml.ts';

function parse(text: string) {
  return parseYaml(sourceFile('file.yaml', text));
}

function one(text: string) {
  const [document, ...others] = parse(text);
  expect(others).toEqual([]);
  return document!;
}

/** Each scalar as `value «source»`, with a `+` where its text stands in the source. */
function shown(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'list') return `[${tree.items.map(shown).join(', ')}]`;
  if (tree.kind === 'map') {
    return `{${tree.members.map(({ key, value }) => `${shown(key)}: ${shown(value)}`).join(', ')}}`;
  }
  return `${JSON.stringify(tree.value)}«${textOf(tree.span)}»${tree.textStart === undefined ? '' : '+'}`;
}

function problemsOf(text: string): string[] {
  return parse(text).flatMap(({ problems }) =>
    problems.map(({ message, at }) => `${message} «${textOf(at)}»`),
  );
}

function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries(tree.members.map(({ key, value }) => [key.text, plain(value)]));
}

function scalarsOf(tree: Tree | undefined): ScalarTree[] {
  if (tree === undefined) return [];
  if (tree.kind === 'scalar') return [tree];
  if (tree.kind === 'list') return tree.items.flatMap(scalarsOf);
  return tree.members.flatMap(({ key, value }) => [key, ...scalarsOf(value)]);
}

describe('trees', () => {
  test.each([
    ['a: 1', '{"a"«a»+: 1«1»+}'],
    ['a: "x"', '{"a"«a»+: "x"«"x"»+}'],
    ["a: 'it''s'", `{"a"«a»+: "it's"«'it''s'»}`],
    ['a: "\\u0041"', '{"a"«a»+: "A"«"\\u0041"»}'],
    ['a:\nb: ~', '{"a"«a»+: null«», "b"«b»+: null«~»}'],
    ['{a, b: }', '{"a"«a»+: null«», "b"«b»+: null«»}'],
    [
      'a: no\nb: on\nc: 010\nd: 1:30',
      '{"a"«a»+: "no"«no»+, "b"«b»+: "on"«on»+, "c"«c»+: 10«010»+, "d"«d»+: "1:30"«1:30»+}',
    ],
    ['%YAML 1.1\n---\na: yes\nb: 0x10', '{"a"«a»+: "yes"«yes»+, "b"«b»+: 16«0x10»+}'],
    ['a: two\n  lines # comment', '{"a"«a»+: "two lines"«two\n  lines»}'],
    ['a: |\n  x\n   y\n\nb: >-\n  p\n  q\n', '{"a"«a»+: "x\\n y\\n"«x\n   y», "b"«b»+: "p q"«p\n  q»}'],
    ['a: | # note\nb: 1', '{"a"«a»+: ""«|», "b"«b»+: 1«1»+}'],
    ['- 1\n- - 2\n  - a: 3', '[1«1»+, [2«2»+, {"a"«a»+: 3«3»+}]]'],
    ['[a]: 1\n? {b: c}\n: 2', '{"[a]"«[a]»+: 1«1»+, "{b: c}"«{b: c}»+: 2«2»+}'],
    ['&k key: 1\nother: *k', '{"key"«key»+: 1«1»+, "other"«other»+: "key"«key»+}'],
    [
      'a: !vault |\n  x\nb: !!int "3"\nc: !!binary aGk=',
      '{"a"«a»+: "x\\n"«x», "b"«b»+: 3«"3"»+, "c"«c»+: "aGk="«aGk=»+}',
    ],
    ['a: 1\r\nb:\t2\r\n', '{"a"«a»+: 1«1»+, "b"«b»+: 2«2»+}'],
    ['"\u{1F600}": "\ud800"', '{"\u{1F600}"«"\u{1F600}"»+: "\\ud800"«"\ud800"»+}'],
    ['__proto__: 1\nconstructor: 2', '{"__proto__"«__proto__»+: 1«1»+, "constructor"«constructor»+: 2«2»+}'],
    ['null', 'null«null»'],
    ['', 'nothing'],
    ['# only a comment\n', 'nothing'],
  ])('%j', (text, tree) => {
    const document = one(text);
    expect(document.problems).toEqual([]);
    expect(shown(document.tree)).toBe(tree);
  });

  test('the span of an empty value is just after its colon', () => {
    for (const text of ['a:', 'a: ', 'a:\n', 'a:  # comment\nb: 1', '{a: }']) {
      const start = text.indexOf(':') + 1;
      expect(valueAt(one(text).tree, 'a')?.span).toMatchObject({ start, end: start });
    }
  });

  test('documents of one stream, up to the next one', () => {
    const documents = parse('---\n---\na: 1\n...\n# end\n---\n[');
    expect(documents.map(({ tree }) => shown(tree))).toEqual(['nothing', '{"a"«a»+: 1«1»+}', '[]']);
    expect(documents.map(({ span }) => textOf(span))).toEqual(['---\n', '---\na: 1\n...\n# end\n', '---\n[']);
    expect(documents.map(({ problems }) => problems.length)).toEqual([0, 0, 1]);
  });
});

describe('aliases and merge keys', () => {
  test('an alias is the very tree of the last anchor before it', () => {
    const { tree, problems } = one('a: &x [1]\nb: *x\nc: &x [2]\nd: *x');
    expect(problems).toEqual([]);
    expect(valueAt(tree, 'b')).toBe(valueAt(tree, 'a'));
    expect(valueAt(tree, 'd')).toBe(valueAt(tree, 'c'));
  });

  test.each([
    ['own members win', 'a: &a {x: 1, y: 1}\nb: {y: 2, <<: *a}', { x: 1, y: 2 }],
    ['of several maps the earlier wins', 'a: &a {x: 1}\nb: {<<: [*a, {x: 2, y: 2}]}', { x: 1, y: 2 }],
    [
      'merged maps may have merged themselves',
      'a:\n  <<: &a {x: 1}\nb: {<<: {<<: *a, y: 2}}',
      { x: 1, y: 2 },
    ],
    ['a quoted key merges nothing', 'b: {"<<": {x: 1}}', { '<<': { x: 1 } }],
  ])('%s', (_, text, value) => {
    const { tree, problems } = one(text);
    expect(problems).toEqual([]);
    expect(plain(valueAt(tree, 'b')!)).toEqual(value);
    if (!text.includes('"<<"')) expect(parseWithLibrary(text, { merge: true }).b).toEqual(value);
  });

  test('a merged member keeps its place', () => {
    const { tree } = one('a: &a {x: 1}\nb: {<<: *a}');
    expect(memberOf(valueAt(tree, 'b'), 'x')?.key.span.start).toBe(7);
  });

  test.each([
    ['a: *x', ['no anchor of this name stands before this alias «*x»']],
    ['&a [*a]', ['this alias stands inside the value that it names «*a»']],
    [
      'a: {<<: 1}\nb: {<<: [[]]}\nc: {<<: }',
      [
        '`<<` takes a map or a list of maps «1»',
        '`<<` takes a map or a list of maps «[]»',
        '`<<` takes a map or a list of maps «»',
      ],
    ],
    [
      'a: {<<: *x, <<: [*x]}',
      [
        'no anchor of this name stands before this alias «*x»',
        'no anchor of this name stands before this alias «*x»',
      ],
    ],
  ])('%j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('aliases that stand for too much', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`);
    const { tree, problems } = one(`a0: &a0 [x]\n${levels.join('\n')}`);
    expect(tree).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual([
      'the aliases up to here stand for more than 200000 values',
    ]);
    expect(textOf(problems[0]!.at)).toBe('*a5');
  });

  test('many aliases of a small value are fine', () => {
    const { tree, problems } = one(`a: &a x\nb: [${'*a,'.repeat(20_000)}]`);
    expect(problems).toEqual([]);
    expect(valueAt(tree, 'b')).toMatchObject({ items: { length: 20_000 } });
  });

  test('depth through aliases', () => {
    const links = (count: number) =>
      `a0: &a0 [x]\n${Array.from({ length: count }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`).join('\n')}`;
    expect(one(links(98)).problems).toEqual([]);
    const { tree, problems } = one(links(99));
    expect(tree).toBeUndefined();
    expect(problems.map(({ message, at }) => `${message} ${textOf(at)}`)).toEqual([
      'nested too deeply through this alias *a98',
    ]);
  });
});

describe('problems', () => {
  test.each([
    ['a: 1\nb: 2\na: 3', ['the key "a" is given twice «a»']],
    ['{a: 1, "a": 2}', ['the key "a" is given twice «"a"»']],
    ['a: "x\nb: 1\n', ['this quote is not closed «"»']],
    ["a: 'x", ["this quote is not closed «'»"]],
    ['a: [1, 2', ['flow sequence in block collection must be sufficiently indented and end with a ] «»']],
    ['\ta: 1', ['tabs are not allowed as indentation «\t»']],
    ['a: @x', ['plain value cannot start with reserved character @ «@»']],
    ['a: b: c', ['nested mappings are not allowed in compact mappings «b»']],
    ['a: \0', ['the control character U+0000 is not allowed in YAML «\0»']],
    ['a: 1\n}', ['unexpected flow-map-end token in YAML stream «}»']],
  ])('%j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('a duplicate key points at the first one, and the later one counts', () => {
    const { tree, problems } = one('a: 1\nb: {c: 1}\na: 3');
    expect(problems[0]?.related?.map(({ at }) => at.start)).toEqual([0]);
    expect(plain(valueAt(tree, 'a')!)).toBe(3);
  });

  test('every error of every document, in order', () => {
    expect(problemsOf('a: @x\nb: `y\n---\nc: *z\nc: 1').map((problem) => problem.slice(0, 20))).toEqual([
      'plain value cannot s',
      'plain value cannot s',
      'no anchor of this na',
      'the key "c" is given',
    ]);
  });

  test.each([
    'a: *SECRET',
    'a: !SECRET!x y',
    'a: !<SECRET y',
    'a: "\\xSECRET"',
    'a: >SECRET\n',
    '%SECRET\n---\na: @SECRET',
    '%YAML SECRET\n---\na: 1',
    'a: [1] SECRET',
    'a: "x" SECRET',
    'a: SECRET: SECRET',
    '} SECRET',
    '--- |SECRET',
    'a: "SECRET',
  ])('no value in a message: %j', (text) => {
    const problems = parse(text).flatMap((document) => document.problems);
    expect(problems).not.toEqual([]);
    for (const { message } of problems) expect(message).toMatch(/^[^A-Z\n]((?!SECRET)[^\n])*[^.\n]$/);
  });
});

describe('limits', () => {
  test.each(['[', '{a: ', '- ', '? ', 'a:\n ', '[{"a":['])('nesting of %j', (opening) => {
    for (const count of [101, 5_000]) {
      const text = opening.includes('\n')
        ? Array.from({ length: Math.min(count, 400) }, (_, i) => `${' '.repeat(i)}a:\n`).join('')
        : opening.repeat(count);
      const { tree, problems } = one(text);
      expect(tree).toBeUndefined();
      expect(problems.map(({ message }) => message)).toContain('nested too deeply');
    }
  });

  test('a hundred levels are read, and the next document whatever the one before', () => {
    expect(problemsOf(`${'['.repeat(100)}x${']'.repeat(100)}`)).toEqual([]);
    const documents = parse(`${'['.repeat(101)}x${']'.repeat(101)}\n---\na: 1\n`);
    expect(documents.map(({ tree }) => shown(tree))).toEqual(['nothing', '{"a"«a»+: 1«1»+}']);
    expect(documents[0]!.problems.map(({ at }) => at.start)).toEqual([100]);
  });

  test('a map of 40,000 keys, each given twice', { timeout: 20_000 }, () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}: value\n`).join('');
    const started = performance.now();
    const { tree, problems } = one(keys + keys);
    expect(tree).toMatchObject({ members: { length: 40_000 } });
    expect(problems).toHaveLength(1_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('laws', () => {
  const word = fc
    .stringMatching(/^[a-z][a-z0-9./-]{0,8}$/)
    .filter((text) => !/^(null|true|false)$/.test(text));
  /** Texts that must be quoted: anything on one line. */
  const anyText = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', ':', '#', "'", '"', '\\', '{', ',', '-', 'é', '\u{1F600}', '\t'),
    maxLength: 12,
  });
  const lines = fc.array(fc.stringMatching(/^[a-z#:"'{][a-z #:"'{]{0,8}[a-z]$/), {
    minLength: 1,
    maxLength: 3,
  });

  /** A YAML text in flow style with the values it holds, in order. */
  const flowScalar = fc.oneof(
    word.map((value) => ({ text: value, value })),
    fc.integer().map((value) => ({ text: String(value), value })),
    fc.boolean().map((value) => ({ text: String(value), value })),
    anyText.map((value) => ({ text: JSON.stringify(value), value })),
    anyText.map((value) => ({ text: `'${value.replaceAll("'", "''")}'`, value })),
  );
  const blockScalar = lines.map((each) => ({
    text: `|\n    ${each.join('\n    ')}\n`,
    value: `${each.join('\n')}\n`,
  }));
  const member = fc.oneof(
    flowScalar.map(({ text, value }) => ({ text: `${text} # note\n`, values: [value] })),
    blockScalar.map(({ text, value }) => ({ text, values: [value] })),
    fc.array(flowScalar, { maxLength: 3 }).map((items) => ({
      text: `[ ${items.map(({ text }) => text).join(' , ')} ]\n`,
      values: items.map(({ value }) => value),
    })),
    fc.array(flowScalar, { minLength: 1, maxLength: 3 }).map((items) => ({
      text: `\n${items.map(({ text }) => `  - ${text}\n`).join('')}`,
      values: items.map(({ value }) => value),
    })),
  );
  const documentText = fc.array(member, { minLength: 1, maxLength: 6 }).map((members) => ({
    text: members.map(({ text }, index) => `k${index}: ${text}`).join(''),
    values: members.flatMap(({ values }, index) => [`k${index}`, ...values]),
  }));

  test("each scalar's span reads back to its value", () => {
    fc.assert(
      fc.property(documentText, fc.constantFrom('\n', '\r\n'), ({ text, values }, newline) => {
        const { tree, problems } = one(text.replaceAll('\n', newline));
        expect(problems).toEqual([]);
        const scalars = scalarsOf(tree);
        expect(scalars.map(({ value }) => value)).toEqual(values);
        for (const scalar of scalars) {
          const source = textOf(scalar.span);
          if (scalar.textStart !== undefined) {
            expect(textOf(partSpan(scalar, 0, scalar.text.length))).toBe(scalar.text);
          }
          if (/\n/.test(String(scalar.value))) {
            expect(`${source.replace(/\r?\n +/g, '\n')}\n`).toBe(scalar.value);
          } else {
            expect(parseWithLibrary(source)).toEqual(scalar.value);
          }
        }
      }),
    );
  });

  const bits = fc.constantFrom(
    ...[
      'a',
      'b: ',
      ': ',
      '- ',
      '? ',
      '&a ',
      '*a',
      '<<: ',
      '!t ',
      '|',
      '>-',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '#',
      '%',
      '@',
    ],
    ...[
      '\n',
      '\n  ',
      '\n    ',
      '\r',
      '\r\n',
      '\t',
      ' ',
      '---\n',
      '...\n',
      '\0',
      '\x02',
      '\x1f',
      '\ud800',
      '\u{1F600}',
      '\ufeff',
      '\u2028',
      '\\',
    ],
  );

  test('no text throws, and every place is inside of it', () => {
    const texts = fc.oneof(
      fc.array(bits, { maxLength: 40 }).map((each) => each.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const documents = parse(text);
        expect(documents.length).toBeGreaterThan(0);
        for (const { tree, problems, span } of documents) {
          for (const { start, end } of [
            span,
            ...problems.map(({ at }) => at),
            ...scalarsOf(tree).map((each) => each.span),
          ]) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThanOrEqual(start);
            expect(text.length).toBeGreaterThanOrEqual(end);
          }
          for (const { message } of problems) {
            expect(message).not.toMatch(/\n/);
            expect(message).not.toBe('not readable as YAML');
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('no cut of a file throws', () => {
    const text =
      'a: &x {k: "v\\n", l: [1, \'two\']}\nb:\n  <<: *x\n  c: |\n    text\n  d: >-\n    more\n---\n? !t e\n: ~ # end\n...\n';
    for (let at = 0; at <= text.length; at++) {
      expect(() => parse(text.slice(0, at))).not.toThrow();
      expect(() => parse(text.slice(at))).not.toThrow();
    }
  });
});
