// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what is parsed
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { parseEnv } from '../../src/syntax/env.ts';

const parse = (text: string) => parseEnv(sourceFile('node.env', text));

/** The only value of a file. */
function value(text: string) {
  const { assignments, problems } = parse(text);
  expect(problems).toEqual([]);
  expect(assignments).toHaveLength(1);
  return assignments[0]!.value;
}

describe('one assignment', () => {
  test.each([
    ['LAN_IP=192.168.50.11', '192.168.50.11', '192.168.50.11'],
    ['export LAN_IP=192.168.50.11', '192.168.50.11', '192.168.50.11'],
    ['declare -x LAN_IP=192.168.50.11', '192.168.50.11', '192.168.50.11'],
    ['  LAN_IP = 192.168.50.11  ', '192.168.50.11', '192.168.50.11'],
    ['LAN_IP="192.168.50.11"', '192.168.50.11', '"192.168.50.11"'],
    ["LAN_IP='192.168.50.11'", '192.168.50.11', "'192.168.50.11'"],
    ['LAN_IP=192.168.50.11 # the NIC', '192.168.50.11', '192.168.50.11'],
    ['LAN_IP="192.168.50.11" # the NIC', '192.168.50.11', '"192.168.50.11"'],
    ['LAN_IP="192.168.50.11"# the NIC', '192.168.50.11', '"192.168.50.11"'],
    ['TOKEN=a#b', 'a#b', 'a#b'],
    ['TOKEN=#b', '#b', '#b'],
    ['TOKEN="a # b"', 'a # b', '"a # b"'],
    ['ARGS=--accept-routes  --ssh\t', '--accept-routes  --ssh', '--accept-routes  --ssh'],
    ['ARGS= " 100.64.0.1"', ' 100.64.0.1', '" 100.64.0.1"'],
    ['URL=a=b;c', 'a=b;c', 'a=b;c'],
    ['LAN_IP=1.2.3.4; # old', '1.2.3.4', '1.2.3.4'],
    ['A="x"\'y\'z', 'xyz', '"x"\'y\'z'],
    ['A=--hostname="oslo 1"', '--hostname=oslo 1', '--hostname="oslo 1"'],
    ["A=it's", "it's", "it's"],
    ['A=5"', '5"', '5"'],
    ['A=a\\ b', 'a b', 'a\\ b'],
    ['A=a\\\r\nb', 'ab', 'a\\\r\nb'],
    ['A="a\\"b\\\\c\\$d\\`"', 'a"b\\c$d`', '"a\\"b\\\\c\\$d\\`"'],
    ['A="a\\nb\\tc\\qd"', 'a\nb\tc\\qd', '"a\\nb\\tc\\qd"'],
    ['A="first\nsecond"', 'first\nsecond', '"first\nsecond"'],
    ["A='$B `c` \\n'", '$B `c` \\n', "'$B `c` \\n'"],
    ['A=$', '$', '$'],
    ['A="a$ b"', 'a$ b', '"a$ b"'],
    ['A=', '', ''],
    ['A=  # nothing', '', ''],
    ['A=;', '', ''],
    ['A=""', '', '""'],
    ["A=''", '', "''"],
  ])('%j', (text, expected, source) => {
    const given = value(text);
    expect(given.text).toBe(expected);
    expect(textOf(given.span)).toBe(source);
  });

  test('an empty value stands right after the equals sign', () => {
    expect(value('A=  # nothing').span).toMatchObject({ start: 2, end: 2 });
    expect(value('A=  # nothing').textStart).toBe(2);
    expect(value('A=""')).toMatchObject({ span: { start: 2, end: 4 }, textStart: 3 });
  });

  test('a text that escapes or joins hide has no start', () => {
    for (const text of ['A="a\\"b"', 'A=a"b"', 'A=a\\ b', 'A="a\\nb"']) {
      expect(value(text).textStart).toBeUndefined();
    }
  });
});

describe('references', () => {
  const before = 'IP=100.64.0.3\nEMPTY=\n';

  test.each([
    ['A=$IP', '100.64.0.3'],
    ['A="$IP"', '100.64.0.3'],
    ['A=${IP}', '100.64.0.3'],
    ['A=https://$IP:6443', 'https://100.64.0.3:6443'],
    ['A="$IP"/32', '100.64.0.3/32'],
    ['A=${IP:-1.1.1.1}', '100.64.0.3'],
    ['A=${IP:?needed}', '100.64.0.3'],
    ['A=${EMPTY:-1.1.1.1}', '1.1.1.1'],
    ['A=${EMPTY-1.1.1.1}', ''],
    ['A=${IP:+set}', 'set'],
    ['A=x${EMPTY:+set}', 'x'],
    ['A=${EMPTY:-$IP}', undefined],
    ['A=${IP%.3}', undefined],
    ['A=${IP', undefined],
  ])('%s', (line, expected) => {
    expect(parse(before + line).assignments.at(-1)!.value.text).toBe(expected);
  });

  test.each([
    ['A=$OTHER', 'OTHER'],
    ['A="${OTHER}"', 'OTHER'],
    ['A=${OTHER:?message}', 'OTHER'],
    ['A=$OTHER/24', undefined],
    ['A=$OTHER$OTHER', undefined],
    ['A=${OTHER:-10.42.0.0/24}', undefined],
    ['A=$(tailscale ip -4 | awk "{print \\"$1\\"}")', undefined],
    ['A="$(hostname -I | cut -d" " -f1)"', undefined],
    ["A=$(echo ')' '(')", undefined],
    ['A=$(one \\\n two)', undefined],
    ['A=`hostname` # name', undefined],
    ['A=pa$1word', undefined],
    ['A=$$', undefined],
  ])('%s is computed', (text, variable) => {
    const given = value(text);
    expect(given.text).toBeUndefined();
    expect(given.variable).toBe(variable);
    expect(textOf(given.span)).toBe(text.slice(2).replace(/ # name$/, ''));
  });

  test('a lone reference points at the value it stands for', () => {
    const { assignments } = parse('IP=100.64.0.3\nA=$IP\nB=${A}\nC=x$B');
    expect(assignments.map(({ value }) => [value.text, textOf(value.span)])).toEqual([
      ['100.64.0.3', '100.64.0.3'],
      ['100.64.0.3', '100.64.0.3'],
      ['100.64.0.3', '100.64.0.3'],
      ['x100.64.0.3', 'x$B'],
    ]);
    expect(assignments[2]!.value.span.start).toBe(3);
  });

  test('only what stands before counts', () => {
    expect(parse('A=$B\nB=1').assignments[0]!.value.text).toBeUndefined();
    expect(parse('B=1\nB=2\nA=$B').assignments[2]!.value.text).toBe('2');
    expect(parse('A=1\nA=$A:2').assignments[1]!.value.text).toBe('1:2');
  });

  test('a default in the file has its own place', () => {
    const given = parse('E=\nA=${E:-10.42.0.0/24}').assignments[1]!.value;
    expect(given.textStart).toBe('E=\nA=${E:-'.length);
  });
});

describe('lines', () => {
  test.each(['\n', '\r\n', '\r'])('end at %j', (newline) => {
    const { assignments, problems } = parse(['# node', 'A=1', '', 'B="2"  # two', 'C='].join(newline));
    expect(assignments.map(({ name, value }) => [name.value, textOf(name.span), value.text])).toEqual([
      ['A', 'A', '1'],
      ['B', 'B', '2'],
      ['C', 'C', ''],
    ]);
    expect(problems).toEqual([]);
  });

  test.each([
    ['export A=1 B=2', ['A=1', 'B=2']],
    ['A="1" B="2"', ['A=1', 'B=2']],
    ['A=1; export A', ['A=1']],
    ['A=1 B=2', ['A=1 B=2']],
    ['export A B', []],
    ['export A', ['A=undefined']],
    ['K3S_TOKEN', ['K3S_TOKEN=undefined']],
    ['A=1\nexport A', ['A=1']],
    ['A=1\nA+=2', ['A=1', 'A=undefined']],
    ['set -a\nA=1\nset +a', ['A=1']],
    ['if [ -f x ]; then\n  A=1\nfi', ['A=1']],
  ])('%j', (text, expected) => {
    const { assignments, problems } = parse(text);
    expect(assignments.map(({ name, value }) => `${name.value}=${value.text}`)).toEqual(expected);
    expect(problems).toEqual([]);
  });

  test.each([
    ['. ./common.env', true],
    ['source common.env', true],
    ['[ -f local.env ] && . ./local.env', true],
    ['set -a', false],
    ['A=. b', false],
  ])('%s reads others: %s', (text, expected) => {
    expect(parse(text).readsOthers).toBe(expected);
  });
});

describe('problems', () => {
  test.each([
    ['Parameters of oslo-1:\nA=1', 'this line assigns no variable', 'Parameters of oslo-1:', ['1']],
    ['LAN_IP: 192.168.50.11', 'this line assigns no variable', 'LAN_IP: 192.168.50.11', []],
    ['=5\nA=1', 'this line assigns no variable', '=5', ['1']],
    ['A="x" y\nB=1', 'text follows the value of A', 'y', ['x', '1']],
    ['A="x\nB=1', 'the double quote is not closed', '"x', [undefined, '1']],
    ['A="x\nB="1"\nC=2', 'the double quote is not closed', '"x', [undefined, '1', '2']],
    ["A='x\nB='1'\nC=2", 'the single quote is not closed', "'x", [undefined, '1', '2']],
    ["A='x", 'the single quote is not closed', "'x", [undefined]],
  ])('%j', (text, message, source, values) => {
    const { assignments, problems } = parse(text);
    expect(problems.map((problem) => [problem.message, textOf(problem.at)])).toEqual([[message, source]]);
    expect(assignments.map((assignment) => assignment.value.text)).toEqual(values);
  });

  test('no message tells a value', () => {
    const { problems } = parse('K3S_TOKEN: s3cret\nA="s3cret\nB="s3cret" s3cret\ns3cret');
    expect(problems).toHaveLength(4);
    for (const problem of problems) expect(problem.message).not.toContain('s3cret');
  });
});

describe('laws', () => {
  const piece = fc.constantFrom(
    ...[
      'A',
      'B=',
      'export ',
      '"',
      "'",
      '\\',
      '$',
      '${',
      '}',
      '$(',
      ')',
      '`',
      ' ',
      '\t',
      '#',
      ';',
      '\n',
      '\r',
    ],
    ...['$A', '${B:-', '+=', '=', '1', 'é', '😀', '\0', '\u2028', '. ', 'set '],
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('a text with a start reads back; every span is inside the file and in order', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { assignments, problems } = parse(source);
        let before = 0;
        for (const { name, value } of assignments) {
          expect(textOf(name.span)).toBe(name.value);
          expect(name.span.start).toBeGreaterThanOrEqual(before);
          before = name.span.end;
          expect(value.span.start).toBeLessThanOrEqual(value.span.end);
          expect(value.span.end).toBeLessThanOrEqual(source.length);
          if (value.textStart === undefined || value.text === undefined) continue;
          expect(source.slice(value.textStart, value.textStart + value.text.length)).toBe(value.text);
        }
        for (const { at } of problems) {
          expect(at.start).toBeLessThan(at.end);
          expect(at.end).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a single-quoted text is itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        fc.pre(!content.includes("'"));
        expect(value(`A='${content}'`).text).toBe(content);
      }),
    );
  });

  test('lines are independent of the lines after them', () => {
    fc.assert(
      fc.property(text, (source) => {
        const alone = parse(`A=1\nB="2"\n`).assignments.length;
        const followed = parse(`A=1\nB="2"\n${source}`).assignments;
        expect(followed.slice(0, alone).map(({ value }) => value.text)).toEqual(['1', '2']);
      }),
    );
  });
});

describe('hostile input takes linear time', () => {
  const many = 40_000;
  test.each([
    ['unclosed quotes that hide behind a substitution', `export A='$(' B="\n`.repeat(many)],
    ['unclosed quotes that never agree', `${`export A='$(' B="\n`.repeat(many)}"y`],
    ['unclosed substitutions over joined lines', 'A=$(\\\n'.repeat(many)],
    ['unclosed substitutions in quotes', 'A="$(\\\n'.repeat(many)],
    ['nested braces', `A=${'${B:-'.repeat(many)}`],
    ['references on one line', `B=1\nA=${'$B'.repeat(many)}`],
    ['assignments on one line', `export ${'A="" '.repeat(many)}`],
    ['quotes inside a word', `A=x${'""'.repeat(many)}`],
    ['backticks', 'A=`\n'.repeat(many)],
    ['white space', `A=${' '.repeat(many)}x${' '.repeat(many)}`],
    ['values that double', `A=aaaaaaaa\n${'A=$A$A\n'.repeat(200)}${'B=$A$A\n'.repeat(many)}`],
    ['names', 'export '.repeat(many)],
  ])('%s', (_, source) => {
    const started = performance.now();
    parse(source);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('references copy a bounded amount of text', () => {
    const { assignments } = parse(`A=aaaaaaaa\n${'A=$A$A\n'.repeat(200)}`);
    const total = assignments.reduce((sum, { value }) => sum + (value.text?.length ?? 0), 0);
    expect(total).toBeLessThan(1_100_000);
    expect(assignments.at(-1)!.value.text).toBeUndefined();
  });
});
