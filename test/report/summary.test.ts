import { expect, test } from 'vitest';
import type { FileStatus } from '../../src/report/report.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { makeDiagnostic, makeReport, placeOf } from './make-report.ts';

const file = sourceFile('hosts/kyoto.yaml', 'key: value\nother: 1\n');

test('the whole of a summary', () => {
  const report = makeReport({
    diagnostics: [
      makeDiagnostic(placeOf(file, 'key'), { severity: 'note', message: 'a `note`' }),
      makeDiagnostic(placeOf(file, 'value'), { related: [{ at: placeOf(file, 'other'), label: 'a|b' }] }),
    ],
    files: [
      { path: 'hosts/kyoto.yaml', kind: 'manifest', status: 'read' },
      { path: 'old.hujson', kind: 'policy', status: 'not understood', why: 'not UTF-8' },
    ],
  });
  expect(renderSummary(report)).toMatchInlineSnapshot(`
    "## podroute

    **1 error, 1 note in 2 files**

    | severity | rule | place | message |
    | --- | --- | --- | --- |
    | error | \`invalid-prefix\` | \`hosts/kyoto.yaml:1:6\` | \`10.42.0.7/24 has host bits set\`<br>\`a\\|b: hosts/kyoto.yaml:2:1\` |
    | note | \`invalid-prefix\` | \`hosts/kyoto.yaml:1:1\` | \`\` a \`note\` \`\` |

    ### Files

    1 read, 1 not understood

    <details><summary>1 not understood</summary>

    - \`old.hujson\`: \`not UTF-8\`

    </details>
    "
  `);
});

test('nothing found', () => {
  expect(renderSummary(makeReport({ files: [{ path: 'a', status: 'read' }] }))).toBe(
    '## podroute\n\n**no findings in 1 file**\n\n### Files\n\n1 read\n',
  );
});

/** A report of so many findings with so many related places, and so many files. */
function large(findings: number, related: number, files: number) {
  const at = placeOf(file, 'value');
  const message = 'ü'.repeat(300);
  return makeReport({
    diagnostics: Array.from({ length: findings }, () =>
      makeDiagnostic(at, { message, related: Array(related).fill({ at, label: message }) }),
    ),
    files: Array.from({ length: files }, (_, index) => {
      const status: FileStatus = 'skipped';
      return { path: `${message}/${index}`, status };
    }),
  });
}

test.each([
  ['little', 3, 1, 3, { files: true, related: true, rows: 3 }],
  ['many files', 3, 1, 5000, { files: false, related: true, rows: 3 }],
  ['many related places', 1000, 3, 5000, { files: false, related: false, rows: 1000 }],
  ['many findings', 4000, 1, 3, { files: false, related: false, rows: undefined }],
])('%s: below 1 MiB, and what is left out is said', (_, findings, related, files, kept) => {
  const text = renderSummary(large(findings, related, files));
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text.includes('<details>')).toBe(kept.files);
  expect(text.includes('the files are not listed')).toBe(!kept.files);
  expect(text.includes('<br>')).toBe(kept.related);
  expect(text.includes('related places not listed')).toBe(!kept.related);
  const rows = text.split('\n').filter((line) => line.startsWith('| error |')).length;
  if (kept.rows !== undefined) expect(rows).toBe(kept.rows);
  else {
    expect(rows).toBeGreaterThan(1000);
    expect(text).toContain(`: ${findings - rows} findings not listed, related places not listed.`);
  }
});
