import { expect, test } from 'vitest';
import type { Severity } from '../../src/diagnostics/finding.ts';
import { renderGithub } from '../../src/report/github.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { makeDiagnostic, makeReport, placeOf } from './make-report.ts';

const kyoto = sourceFile('hosts/kyoto.yaml', 'key: value\nlist:\n  - a\n');

function linesOf(...diagnostics: ReturnType<typeof makeDiagnostic>[]): string[] {
  return renderGithub(makeReport({ diagnostics })).trimEnd().split('\n');
}

test('a place on one line has columns', () => {
  expect(linesOf(makeDiagnostic(placeOf(kyoto, 'value')))).toEqual([
    '::error file=hosts/kyoto.yaml,line=1,endLine=1,col=6,endColumn=11,title=invalid-prefix::10.42.0.7/24 has host bits set',
    '1 error in 0 files',
  ]);
});

test('a place on several lines has none', () => {
  const [line] = linesOf(makeDiagnostic(placeOf(kyoto, 'list:\n  - a\n'), { severity: 'note' }));
  expect(line).toMatch(/^::notice file=hosts\/kyoto\.yaml,line=2,endLine=3,title=invalid-prefix::/);
});

test('related places are in the message', () => {
  const related = [{ at: placeOf(kyoto, 'a\n'), label: 'the other advertisement' }];
  const [line] = linesOf(makeDiagnostic(placeOf(kyoto, 'value'), { message: 'm', related }));
  expect(line).toMatch(/::m; the other advertisement: hosts\/kyoto\.yaml:3:5$/);
});

test('ten of each level, errors first, and how many more', () => {
  const of = (severity: Severity, number: number) =>
    Array.from({ length: number }, () => makeDiagnostic(placeOf(kyoto, 'key'), { severity }));
  const lines = linesOf(...of('note', 3), ...of('warning', 12), ...of('error', 11));
  const levels = lines.map((line) => /^::(\w+) /.exec(line)?.[1]);
  expect(levels.slice(0, -2)).toEqual([
    ...Array(10).fill('error'),
    ...Array(10).fill('warning'),
    ...Array(3).fill('notice'),
  ]);
  expect(lines.slice(-2)).toEqual([
    '1 error, 2 warnings not shown here, as GitHub keeps ten of each level; the job summary lists them',
    '11 errors, 12 warnings, 3 notes in 0 files',
  ]);
});

test.each(['x', '%', '🦊', '%🦊\u001b'])(
  'a message of many %j is no longer than the runner keeps',
  (unit) => {
    const [line = ''] = linesOf(makeDiagnostic(placeOf(kyoto, 'value'), { message: unit.repeat(5000) }));
    const data = line.slice(line.indexOf('::', 2) + 2);
    expect(data.length).toBeLessThanOrEqual(4096);
    expect(data.length).toBeGreaterThan(3900);
    expect(data).toMatch(/…$/);
    expect(data).not.toMatch(/\p{Cs}|%(?!25)/u);
  },
);

test('a file name is the same for the runner', () => {
  const file = sourceFile('a,b:c%0A::d\ne.yaml', 'x');
  const [line] = linesOf(makeDiagnostic(placeOf(file, 'x')));
  expect(line).toContain(' file=a%2Cb%3Ac%250A%3A%3Ad%0Ae.yaml,line=1,');
});
