import { expect, test } from 'vitest';
import { renderText } from '../../src/report/text.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { makeDiagnostic, makeReport, placeOf } from './make-report.ts';

const plain = { color: false, quiet: false };

/** The source line and the mark of one finding, without the gutter. */
function lineAndMark(text: string, word: string): string[] {
  const file = sourceFile('a', text);
  const diagnostics = [makeDiagnostic(placeOf(file, word))];
  const lines = renderText(makeReport({ diagnostics }), plain).split('\n');
  return lines.slice(3, 5).map((line) => line.slice(line.indexOf('│') + 2));
}

test('the whole of a report', () => {
  const kyoto = sourceFile('hosts/kyoto.yaml', 'routes:\n  - 10.42.0.7/24\n  - 10.42.1.0/24\n');
  const oslo = sourceFile('hosts/oslo.yaml', `${'\n'.repeat(11)}  prefix: 10.42.1.0/24\n`);
  const report = makeReport({
    diagnostics: [
      makeDiagnostic(placeOf(kyoto, '10.42.0.7/24'), {
        fix: { title: 'write 10.42.0.0/24', at: placeOf(kyoto, '10.42.0.7/24'), newText: '10.42.0.0/24' },
      }),
      makeDiagnostic(placeOf(kyoto, '10.42.1.0/24'), {
        rule: 'overlapping-routes',
        severity: 'warning',
        message: 'kyoto and oslo advertise 10.42.1.0/24',
        related: [
          { at: placeOf(oslo, '10.42.1.0/24'), label: 'the other advertisement' },
          { at: placeOf(kyoto, 'routes'), label: 'kyoto’s routes' },
        ],
      }),
      makeDiagnostic(placeOf(oslo, 'prefix'), { severity: 'note', rule: 'a-note', message: 'a note' }),
    ],
    files: [
      { path: 'hosts/kyoto.yaml', kind: 'manifest', status: 'read' },
      { path: 'hosts/oslo.yaml', kind: 'manifest', status: 'read' },
      { path: 'k3s.yaml.j2', status: 'templated' },
      { path: 'old.hujson', kind: 'policy', status: 'not understood', why: 'not UTF-8' },
    ],
  });
  expect(renderText(report, plain)).toMatchInlineSnapshot(`
    "hosts/kyoto.yaml

      2:5 error: 10.42.0.7/24 has host bits set [invalid-prefix]
       2 │   - 10.42.0.7/24
         │     ^^^^^^^^^^^^
         = help: write 10.42.0.0/24

      3:5 warning: kyoto and oslo advertise 10.42.1.0/24 [overlapping-routes]
       3 │   - 10.42.1.0/24
         │     ^^^^^^^^^^^^
         ├ hosts/oslo.yaml:12:11 the other advertisement
      12 │   prefix: 10.42.1.0/24
         │           ------------
         ├ hosts/kyoto.yaml:1:1 kyoto’s routes

    hosts/oslo.yaml

      12:3 note: a note [a-note]
      12 │   prefix: 10.42.1.0/24
         │   ^^^^^^

    not understood: old.hujson (not UTF-8)

    1 error, 1 warning, 1 note in 4 files (1 templated, 1 not understood)
    "
  `);
  expect(renderText(report, { color: true, quiet: true }).replaceAll('\u001b', '')).toMatchInlineSnapshot(`
    "[1;4mhosts/kyoto.yaml[0m

      [2m2:5[0m [1;31merror[0m: [1m10.42.0.7/24 has host bits set[0m [2m[invalid-prefix][0m
    [2m   2 │[0m   - 10.42.0.7/24
    [2m     │[0m     [1;31m^^^^^^^^^^^^[0m
    [2m     =[0m [32mhelp:[0m write 10.42.0.0/24

      [2m3:5[0m [1;33mwarning[0m: [1mkyoto and oslo advertise 10.42.1.0/24[0m [2m[overlapping-routes][0m
    [2m   3 │[0m   - 10.42.1.0/24
    [2m     │[0m     [1;33m^^^^^^^^^^^^[0m
    [2m     ├[0m hosts/oslo.yaml:12:11 the other advertisement
    [2m  12 │[0m   prefix: 10.42.1.0/24
    [2m     │[0m           [36m------------[0m
    [2m     ├[0m hosts/kyoto.yaml:1:1 kyoto’s routes

    [1;4mhosts/oslo.yaml[0m

      [2m12:3[0m [1;36mnote[0m: [1ma note[0m [2m[a-note][0m
    [2m  12 │[0m   prefix: 10.42.1.0/24
    [2m     │[0m   [1;36m^^^^^^[0m
    "
  `);
});

test.each([
  [{}, 'no findings in 0 files\n'],
  [{ files: [{ path: 'a', status: 'read' as const }] }, 'no findings in 1 file\n'],
])('nothing found: %j', (parts, text) => {
  expect(renderText(makeReport(parts), plain)).toBe(text);
  expect(renderText(makeReport(parts), { color: false, quiet: true })).toBe('');
});

test.each([
  ['key: value', 'value', ['key: value', '     ^^^^^']],
  ['\tkey: value', 'value', ['    key: value', '         ^^^^^']],
  ['🦊: value', 'value', ['🦊: value', '    ^^^^^']],
  ['日本: 値段', '値段', ['日本: 値段', '      ^^^^']],
  ['e\u0301: value', 'value', ['e\u0301: value', '   ^^^^^']],
  ['\u001b[2J: value', 'value', ['\\u001b[2J: value', '           ^^^^^']],
  ['a: \u202evalue', '\u202evalue', ['a: \\u202evalue', '   ^^^^^^^^^^^']],
  ['a##[b: value', 'value', ['a##\u200b[b: value', '       ^^^^^']],
  ['K3S_TOKEN=hunter22 LAN_IP=x', 'LAN_IP', ['K3S_TOKEN=••• LAN_IP=x', '              ^^^^^^']],
  ['K3S_TOKEN="hunter22"', '"hunter22"', ['K3S_TOKEN="•••"', '          ^^^^^']],
  ['K3S_TOKEN=hunter22', 'ter', ['K3S_TOKEN=•••', '          ^^^']],
  ['key:', '', ['key:', '^']],
  ['list:\n  - a\n  - b\nnext', 'list:\n  - a\n  - b\n', ['list:', '^^^^^ to line 3']],
  ['one\r\ntwo: value\r\n', 'value', ['two: value', '     ^^^^^']],
])('%j has its mark below %j', (text, word, expected) => {
  expect(lineAndMark(text, word)).toEqual(expected);
});

test('a place behind the end of the text has a mark of one cell', () => {
  const file = sourceFile('a', 'key: [\n');
  const lines = (start: number) =>
    renderText(makeReport({ diagnostics: [makeDiagnostic({ file, start, end: start })] }), plain).split('\n');
  expect(lines(6).slice(3, 5)).toEqual(['  1 │ key: [', '    │       ^']);
  expect(lines(7).slice(3, 5)).toEqual(['  2 │', '    │ ^']);
});

test('a long line is cut around the place', () => {
  const word = 'WORD';
  for (const [before, after] of [
    [0, 500],
    [90, 500],
    [119, 500],
    [500, 500],
    [500, 10],
    [500, 0],
    [116, 0],
    [117, 0],
  ] as const) {
    const [line = '', mark = ''] = lineAndMark('x'.repeat(before) + word + 'y'.repeat(after), word);
    expect(line.length).toBeLessThanOrEqual(120);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe(word);
    expect(line.startsWith('…')).toBe(!line.startsWith('x') && before > 0);
    expect(line.length).toBeGreaterThanOrEqual(Math.min(before + 4 + after, 118));
  }
});

test('a long mark ends with its line', () => {
  const [line = '', mark = ''] = lineAndMark(`${'x'.repeat(100)}${'W'.repeat(300)}`, 'W'.repeat(300));
  expect(line).toMatch(/^…x{40}W{78}…$/);
  expect(mark).toMatch(/^ {41}\^{79}$/);
});

test('a cut never shows a part of a secret', () => {
  const secret = 's'.repeat(400);
  const [line = ''] = lineAndMark(`token: "${secret}" ${'x'.repeat(200)} WORD token: "${secret}"`, 'WORD');
  expect(line).not.toContain('ss');
});

test('a window into a long line halves nothing', () => {
  // Five units a cell, so that what is 240 units away is shown.
  const narrow = 'a\u0301\u0301\u0301\u0301'.repeat(47);
  const [left = ''] = lineAndMark(`${'x'.repeat(300)}🦊${narrow}bcdeWORD`, 'WORD');
  expect(left).toMatch(/^…🦊.*WORD$/u);
  const [right = ''] = lineAndMark(`WORD${narrow}🦊${'x'.repeat(300)}`, 'WORD');
  expect(right).toMatch(/^WORD.*🦊…$/u);
  const [masked = ''] = lineAndMark(`token: "${'s'.repeat(400)}"${narrow}WORD`, 'WORD');
  expect(masked).toMatch(/^…•••"a/);
});

test('stacked marks and endless lines stay small', () => {
  expect(lineAndMark(`a${'\u0301'.repeat(3000)} WORD`, 'a').join('').length).toBeLessThan(400);
  expect(lineAndMark('\u0301 WORD', 'WORD')).toEqual(['\\u0301 WORD', '       ^^^^']);
});

test('of many related places the first are shown', () => {
  const file = sourceFile('a', 'key: value');
  const related = Array.from({ length: 9 }, (_, index) => ({
    at: placeOf(file, 'key'),
    label: `place ${index}`,
  }));
  const text = renderText(
    makeReport({ diagnostics: [makeDiagnostic(placeOf(file, 'value'), { related })] }),
    plain,
  );
  expect(text).toContain('├ a:1:1 place 4\n    ├ and 4 more\n');
  expect(text).not.toContain('place 5');
});
