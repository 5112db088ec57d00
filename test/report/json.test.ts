import { expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { makeDiagnostic, makeReport, placeOf } from './make-report.ts';

test('the whole of a report', () => {
  const file = sourceFile('hosts/kyoto.yaml', '# 🦊\r\n  - 🦊 10.42.0.7/24\r\n');
  const at = placeOf(file, '10.42.0.7/24');
  const report = makeReport({
    diagnostics: [
      makeDiagnostic(at, {
        related: [{ at: placeOf(file, '#'), label: 'a comment' }],
        fix: { title: 'write 10.42.0.0/24', at, newText: '10.42.0.0/24' },
      }),
      makeDiagnostic(at, { severity: 'note' }),
    ],
    files: [
      { path: 'hosts/kyoto.yaml', kind: 'manifest', status: 'read' },
      { path: 'acl.hujson', kind: 'policy', status: 'not understood', why: 'not UTF-8' },
    ],
  });
  const place = { path: 'hosts/kyoto.yaml', start: { line: 2, column: 8 }, end: { line: 2, column: 20 } };
  const finding = {
    rule: 'invalid-prefix',
    severity: 'error',
    message: '10.42.0.7/24 has host bits set',
    ...place,
    related: [],
    help: 'docs/rules/invalid-prefix.md',
  };
  expect(JSON.parse(renderJson(report))).toEqual({
    version: 1,
    findings: [
      {
        ...finding,
        related: [
          {
            path: 'hosts/kyoto.yaml',
            start: { line: 1, column: 1 },
            end: { line: 1, column: 2 },
            label: 'a comment',
          },
        ],
        fix: { title: 'write 10.42.0.0/24', ...place, newText: '10.42.0.0/24' },
      },
      { ...finding, severity: 'note' },
    ],
    files: [
      { path: 'hosts/kyoto.yaml', kind: 'manifest', status: 'read' },
      { path: 'acl.hujson', kind: 'policy', status: 'not understood', why: 'not UTF-8' },
    ],
    summary: { errors: 1, warnings: 0, notes: 1, files: 2 },
  });
});

test('a fix that would write a secret is left out', () => {
  const file = sourceFile('a', 'x: hunter22');
  const at = placeOf(file, 'hunter22');
  const diagnostics = [makeDiagnostic(at, { fix: { title: 'quote it', at, newText: '"hunter22"' } })];
  const { findings } = JSON.parse(
    renderJson(makeReport({ diagnostics, secrets: [{ value: 'hunter22', span: at }] })),
  );
  expect(findings[0]).not.toHaveProperty('fix');
});
