// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts are full of them
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceFile } from '../../src/source/source-file.ts';
import { type Span, textOf } from '../../src/source/span.ts';
import { parseShell, parseShellPart } from '../../src/syntax/shell.ts';
import type { Command, Statement, Test, Word } from '../../src/syntax/shell-tree.ts';

const parse = (text: string) => parseShell(sourceFile('install.sh', text));

function command(text: string): Command {
  const [statement] = parse(text).statements;
  if (statement?.kind !== 'command') throw new Error(`${text} is a ${statement?.kind}`);
  return statement;
}

/** A word as its parts: texts, `$name`, `?` for what is computed; what is quoted in angle brackets. */
function outline({ parts }: Word): string {
  return parts
    .map((part) => {
      const text = part.kind === 'literal' ? part.text : part.kind === 'variable' ? `$${part.name}` : '?';
      return part.quoted ? `‹${text}›` : text;
    })
    .join('');
}

describe('words', () => {
  const table: readonly [source: string, ...words: string[]][] = [
    ['k3s server --node-ip=1.2.3.4', 'k3s', 'server', '--node-ip=1.2.3.4'],
    [`a "b c" 'd e' f"g"h`, 'a', '‹b c›', '‹d e›', 'f‹g›h'],
    [`a "" ''`, 'a', '‹›', '‹›'],
    ['a b\\ c "d\\"e" "f\\g"', 'a', 'b c', '‹d›‹"›‹e›', '‹f\\g›'],
    ["a $'b\\tc'", 'a', '‹b\tc›'],
    ['a $B ${C} "$D-${E}"', 'a', '$B', '$C', '‹$D›‹-›‹$E›'],
    ['a $1 $@ "$*" $?', 'a', '$1', '$@', '‹$*›', '$?'],
    ['a $(b) `c` $((1 + 2)) {d,e} <(f)', 'a', '?', '?', '?', '?', '?'],
    ['a *.sh [::1] ~/b', 'a', '*.sh', '[::1]', '~/b'],
    ['a # b', 'a'],
    ['a >b 2>&1 <c', 'a'],
  ];
  test.each(table)('%s', (source, ...words) => {
    // An escaped letter is a literal of its own.
    expect(command(source).words.map(outline)).toEqual(words);
  });

  test('a line join is in no word, and each word has its own place', () => {
    const source = 'k3s server \\\n  --flannel-backend=host-gw \\\r\n  --node-\\\nip=1.2.3.4\n';
    const { words } = command(source);
    expect(words.map(({ span }) => textOf(span))).toEqual([
      'k3s',
      'server',
      '--flannel-backend=host-gw',
      '--node-\\\nip=1.2.3.4',
    ]);
    expect(outline(words[3]!)).toBe('--node-ip=1.2.3.4');
  });

  test('lines of a string keep their places', () => {
    const [assignment] = command('X="server \\\n  --a b"').assignments;
    if (assignment?.value.kind !== 'word') throw new Error('no word');
    expect(assignment.value.word.parts.map(({ span }) => textOf(span))).toEqual(['server ', '  --a b']);
  });

  test.each([
    ['"a b"', 'double', 'a b'],
    ["'a b'", 'single', 'a b'],
    ['""', 'double', ''],
  ])('%s is one string', (source, by, inner) => {
    const { quoted } = command(`sh -c ${source}`).words[2]!;
    expect(quoted?.by).toBe(by);
    expect(textOf(quoted!.inner)).toBe(inner);
  });

  test.each(['a"b"', '"a""b"', '$a'])('%s is no string', (source) => {
    expect(command(`sh -c ${source}`).words[2]!.quoted).toBeUndefined();
  });
});

describe('variables', () => {
  const variable = (source: string) => {
    const [part] = command(`: ${source}`).words[1]!.parts;
    if (part?.kind !== 'variable') throw new Error(source);
    return part;
  };
  test.each([
    ['${X:-a b}', 'default', true, 'a b'],
    ['${X-}', 'default', false, ''],
    ['${X:=a}', 'assign', true, 'a'],
    ['${X:?no X}', 'assert', true, 'no X'],
    ['${X?}', 'assert', false, ''],
    ['${X:+a}', 'alternative', true, 'a'],
    ['${X:-${Y:-$Z}}', 'default', true, '${Y:-$Z}'],
  ])('%s', (source, kind, colon, word) => {
    const { name, operation } = variable(source);
    expect(name).toBe('X');
    expect(operation).toMatchObject({ kind, colon });
    expect(operation && 'word' in operation && textOf(operation.word.span)).toBe(word);
  });
  test.each([
    ['${X,,}', { operation: { kind: 'letter-case' } }],
    ['${X%.*}', { operation: { kind: 'other' } }],
    ['${X:0:3}', { operation: { kind: 'other' } }],
    ['${X[0]}', { operation: { kind: 'other' }, items: false }],
    ['"${X[@]}"', { items: true, quoted: true }],
    ['${!X}', { indirect: true }],
    ['${!X:?}', { indirect: true, operation: { kind: 'assert' } }],
  ])('%s is more than its value', (source, shape) => {
    expect(variable(source)).toMatchObject({ name: 'X', ...shape });
  });
  test('the length of a value is computed', () => {
    expect(command(': ${#X}').words[1]!.parts[0]!.kind).toBe('computed');
  });
});

describe('assignments', () => {
  test('before a command, and alone', () => {
    const { assignments, words } = command('A=1 B="$C" sh -s');
    expect(assignments.map(({ name, at }) => [name, textOf(at)])).toEqual([
      ['A', 'A'],
      ['B', 'B'],
    ]);
    expect(words.map(outline)).toEqual(['sh', '-s']);
    expect(command('A=1').words).toEqual([]);
  });
  test('declared', () => {
    const { words, declared } = command('export A=1 B');
    expect(words.map(outline)).toEqual(['export', 'B']);
    expect(declared.map(({ name }) => name)).toEqual(['A']);
  });
  test.each([
    ['A+=b', true, 'word'],
    ['A=(b "c d")', false, 'list'],
    ['A+=(b)', true, 'list'],
    ['A[0]=b', false, 'element'],
  ])('%s', (source, append, kind) => {
    expect(command(source).assignments).toMatchObject([{ name: 'A', append, value: { kind } }]);
  });
});

describe('here-documents', () => {
  test('have a body with its place, and what it is written to', () => {
    const { hereDocs, output } = command('cat >/etc/x.yaml <<EOF\nnode-ip: ${IP}\nEOF\nls');
    expect(hereDocs.map(({ body, quoted }) => [textOf(body), quoted])).toEqual([['node-ip: ${IP}\n', false]]);
    expect(outline(hereDocs[0]!.word)).toBe('‹node-ip: ›‹$IP›‹\n›');
    expect(output && outline(output)).toBe('/etc/x.yaml');
  });
  test('with a quoted delimiter are not expanded', () => {
    const [doc] = command("sh <<'EOF'\necho $A \\$B\nEOF").hereDocs;
    expect(doc?.quoted).toBe(true);
    expect(outline(doc!.word)).toBe('‹echo $A \\$B\n›');
  });
  test('an error stream is no output', () => {
    expect(command('a 2>b').output).toBeUndefined();
  });
});

describe('statements', () => {
  const kinds = (text: string) => parse(text).statements.map(({ kind }) => kind);
  test.each([
    ['a | b', 'pipeline'],
    ['! a', 'pipeline'],
    ['a && b || c', 'and-or'],
    ['if a; then b; elif c; then d; else e; fi', 'if'],
    ['case $a in b) c ;; esac', 'case'],
    ['for a in b; do c; done', 'loop'],
    ['for ((;;)); do c; done', 'loop'],
    ['while a; do b; done', 'loop'],
    ['until a; do b; done <c', 'loop'],
    ['select a in b; do c; done', 'loop'],
    ['{ a; }', 'group'],
    ['( a )', 'group'],
    ['a &', 'group'],
    ['a() { b; }', 'function'],
    ['function a { b; }', 'function'],
    ['[ a = b ]', 'test'],
    ['[[ a ]]', 'test'],
    ['(( a ))', 'test'],
  ])('%s', (source, kind) => {
    expect(kinds(source)).toEqual([kind]);
  });

  test('case has its patterns', () => {
    const [statement] = parse('case "$R" in a|"b") x ;; c*) y ;& *) z ;; esac').statements;
    if (statement?.kind !== 'case') throw new Error('no case');
    expect(statement.branches.map(({ patterns, goesOn }) => [patterns.map(outline), goesOn])).toEqual([
      [['a', '‹b›'], false],
      [['c*'], true],
      [['*'], false],
    ]);
  });

  /** A test in short, with a letter for each word. */
  const short = (test: Test): string => {
    switch (test.kind) {
      case 'equal':
      case 'unequal':
        return `${outline(test.left)}${test.kind === 'equal' ? '=' : '≠'}${outline(test.right)}`;
      case 'filled':
        return `+${outline(test.word)}`;
      case 'empty':
        return `-${outline(test.word)}`;
      case 'not':
        return `!(${short(test.test)})`;
      case 'and':
      case 'or':
        return `${test.kind}(${test.tests.map(short).join(' ')})`;
      case 'other':
        return '?';
    }
  };
  test.each([
    ['[ "$A" = b ]', '‹$A›=b'],
    ['test $A == b', '$A=b'],
    ['[ a != b ]', 'a≠b'],
    ['[ -z a ]', '-a'],
    ['[ -n a ]', '+a'],
    ['[ a ]', '+a'],
    ['[ ! a = b ]', '!(a=b)'],
    ['[ -z a -o -z b -o -z c ]', 'or(-a -b -c)'],
    ['[ a = b -a c = d -o e ]', 'or(and(a=b c=d) +e)'],
    ['[ \\( a = b -o c \\) -a d ]', 'and(or(a=b +c) +d)'],
    ['[ -f a ]', '?'],
    ['[ 1 -lt 2 ]', '?'],
    ['[ ]', '?'],
    ['[ \\( a ]', '?'],
    ['[ a b c d ]', '?'],
    ['[[ $A == b* || -z $C && ! $D ]]', 'or($A=b* and(-$C !(+$D)))'],
    ['[[ ( a != b ) && c =~ d ]]', 'and(a≠b ?)'],
    ['(( a > 1 ))', '?'],
  ])('%s', (source, expected) => {
    const [statement] = parse(source).statements;
    expect(statement?.kind === 'test' && short(statement.test)).toBe(expected);
  });

  test('substitutions run statements', () => {
    const [part] = command('a "$(k3s server)"').words[1]!.parts;
    expect(part).toMatchObject({ kind: 'computed', statements: [{ kind: 'command' }] });
  });
});

describe('parts of a file', () => {
  const part = (text: string, inner: string): Span => {
    const start = text.indexOf(inner);
    return { file: sourceFile('a.sh', text), start, end: start + inner.length };
  };
  test('have their places in the file', () => {
    const [statement] = parseShellPart(part('ssh h "k3s server"', 'k3s server'), true);
    expect(statement?.kind === 'command' && statement.words.map(({ span }) => textOf(span))).toEqual([
      'k3s',
      'server',
    ]);
  });
  test('an escaped dollar is another shell’s and not known', () => {
    const inner = 'a \\$IP --b=\\${C} \\$(d) $E';
    const statements = parseShellPart(part(`"${inner}"`, inner), true);
    const [statement] = statements;
    expect(statement?.kind === 'command' && statement.words.map(outline)).toEqual([
      'a',
      '$$IP',
      '--b=$${C}',
      '?',
      '$E',
    ]);
  });
});

describe('errors', () => {
  test.each([
    ['a "b', 'unterminated double quote', '"'],
    ["a 'b", 'unterminated single quote', "'"],
    ['if a; then b', "expected 'fi' to close 'if'", 'b'],
    ['a\n)\nb', "unexpected token ')'", ')'],
  ])('%s', (source, message, at) => {
    const { problems } = parse(source);
    expect(problems.map((problem) => [problem.message, textOf(problem.at)])).toEqual([[message, at]]);
  });
  test('what stands before an error is read', () => {
    expect(parse('k3s server\nif').statements[0]).toMatchObject({ kind: 'command' });
  });
});

describe('hostile scripts', () => {
  test.each([
    ['$(', '$('.repeat(20_000)],
    ['"$(', '"$('.repeat(20_000)],
    ['`', '`'.repeat(20_001)],
    ['${x:-', '${x:-'.repeat(20_000)],
    ['( ', '( '.repeat(20_000)],
    ['if', 'if '.repeat(20_000)],
    ['coproc', 'coproc '.repeat(20_000)],
    ['a() ', 'a() '.repeat(20_000)],
    ['here-documents', 'a <<A '.repeat(20_000)],
    ['[ !', `[ ${'! '.repeat(20_000)}a ]`],
    ['braces', `${'{ '.repeat(100)}k3s server; ${'}; '.repeat(100)}`],
    ['long', 'a b c\n'.repeat(200_000)],
  ])('%s', (_, source) => {
    const start = performance.now();
    expect(() => parse(source)).not.toThrow();
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('what is nested too deeply is said once', () => {
    const { problems } = parse(`${'{ '.repeat(100)}a; ${'}; '.repeat(100)}`);
    expect(problems.map(({ message }) => message)).toEqual(['the script is nested too deeply']);
    expect(parse('coproc '.repeat(20_000)).problems).toHaveLength(1);
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        parse(text);
      }),
    );
  });
});

describe('places', () => {
  const TOKENS = [
    ...[
      'k3s server ',
      'A=',
      '"',
      "'",
      '$A',
      '${A:-b}',
      '$(',
      ')',
      '`',
      '\\',
      '\n',
      '\r\n',
      ' ',
      '|',
      '&& ',
      ';',
    ],
    ...[
      'if ',
      'then ',
      'fi\n',
      'case $A in ',
      'a) ',
      ';; ',
      'esac\n',
      '<<E\n',
      'E\n',
      '[ ',
      '] ',
      '--x=y',
      'é',
      '😀',
    ],
  ];
  const script = fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map((tokens) => tokens.join(''));

  function* wordsOf(value: unknown): Generator<Word> {
    if (typeof value !== 'object' || value === null || 'text' in value) return;
    if ('parts' in value && 'span' in value) yield value as Word;
    for (const [key, child] of Object.entries(value))
      if (key !== 'file' && key !== 'span') yield* wordsOf(child);
  }

  test('a literal’s text stands where it says, inside its word', () => {
    fc.assert(
      fc.property(script, (text) => {
        const statements: readonly Statement[] = parse(text).statements;
        // Windows' line ends are read as a shell's, unit for unit, a joined line still joined.
        const unix = text.replaceAll('\\\r\n', '\\\n ').replaceAll('\r\n', '\n\n');
        for (const { span, parts } of wordsOf(statements)) {
          expect(span.start).toBeLessThanOrEqual(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
          for (const part of parts) {
            expect(part.span.start).toBeGreaterThanOrEqual(span.start);
            expect(part.span.end).toBeLessThanOrEqual(span.end);
            if (part.kind !== 'literal' || part.textStart === undefined) continue;
            expect(unix.slice(part.textStart, part.textStart + part.text.length)).toBe(part.text);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});
