import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { renderSarif } from '../../src/report/sarif.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { makeDiagnostic, makeReport, placeOf } from './make-report.ts';
import { SARIF } from './sarif-shape.ts';

const isSarif = new Ajv({ allErrors: true }).compile(SARIF);
const file = sourceFile('hosts/kyoto.yaml', 'key: value\n  same: 1\nsame: 1\nK3S_TOKEN=hunter22\n');
const rules = [
  { id: 'a-note', summary: 'a note', severity: 'note' as const },
  { id: 'invalid-prefix', summary: 'a prefix is malformed', severity: 'error' as const },
];

function runOf(...diagnostics: ReturnType<typeof makeDiagnostic>[]) {
  const log = JSON.parse(renderSarif(makeReport({ diagnostics, rules })));
  isSarif(log);
  expect(isSarif.errors).toBeNull();
  return log.runs[0];
}

test('a run has every rule and each result its place', () => {
  const related = [{ at: placeOf(file, 'same'), label: 'the other' }];
  const run = runOf(
    makeDiagnostic(placeOf(file, 'key'), { rule: 'a-note', severity: 'note', message: 'a note' }),
    makeDiagnostic(placeOf(file, 'value'), { related }),
  );
  expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['a-note', 'invalid-prefix']);
  expect(run.results).toHaveLength(2);
  expect(run.results[0]).toMatchObject({
    ruleId: 'invalid-prefix',
    ruleIndex: 1,
    level: 'error',
    message: { text: '10.42.0.7/24 has host bits set' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'hosts/kyoto.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 1, startColumn: 6, endLine: 1, endColumn: 11 },
        },
      },
    ],
    relatedLocations: [{ message: { text: 'the other' } }],
  });
  expect(run.results[1]).toMatchObject({ ruleIndex: 0, level: 'note' });
});

test('no findings are no results', () => {
  expect(runOf().results).toEqual([]);
});

test.each([
  ['a b.yaml', 'a%20b.yaml'],
  ['100%.yaml', '100%25.yaml'],
  ['a#b?c.yaml', 'a%23b%3Fc.yaml'],
  ['日本/ü.yaml', '%E6%97%A5%E6%9C%AC/%C3%BC.yaml'],
  ['a\\b.yaml', 'a%5Cb.yaml'],
  ['-rf.yaml', '-rf.yaml'],
  ['file:x.yaml', 'file%3Ax.yaml'],
  ['a\nb.yaml', 'a%0Ab.yaml'],
  ['a\ud800.yaml', 'a%EF%BF%BD.yaml'],
  ['/etc/a.yaml', '%2Fetc/a.yaml'],
])('the path %j is the URI %s', (path, uri) => {
  const { results } = runOf(makeDiagnostic(placeOf(sourceFile(path, 'x'), 'x')));
  expect(results[0].locations[0].physicalLocation.artifactLocation).toEqual({ uri, uriBaseId: '%SRCROOT%' });
});

test('a path that leaves the folder has no base', () => {
  const { results } = runOf(makeDiagnostic(placeOf(sourceFile('../x/..a.yaml', 'x'), 'x')));
  const { artifactLocation } = results[0].locations[0].physicalLocation;
  expect(artifactLocation).toEqual({ uri: '%2E%2E/x/..a.yaml' });
});

test('a link of a message is none', () => {
  const { results } = runOf(
    makeDiagnostic(placeOf(file, 'key'), { message: '[click](https://evil.example)' }),
  );
  expect(results[0].message.text).toBe('[click]\u200b(https://evil.example)');
});

test('a result keeps its hash when lines move, and tells its like apart', () => {
  const hashes = (text: string, ...words: string[]) => {
    const moved = sourceFile('a', text);
    const { results } = runOf(...words.map((word) => makeDiagnostic(placeOf(moved, word))));
    return results.map((each: { partialFingerprints: object }) => each.partialFingerprints);
  };
  const [key, first, second] = hashes(
    'key: 1\nsame: 1\n  same: 1 # \n  same: 1\n',
    'key',
    'same: 1\n',
    '  same: 1\n',
  );
  expect(key).not.toEqual(first);
  expect(second).not.toEqual(first);
  expect(Object.values(second)[0]).toMatch(/^[\da-f]{16}:2$/);
  expect(hashes('# new\n\n  key: 1\n', 'key')).toEqual([key]);
});

test('a hash does not depend on a secret', () => {
  const hash = (token: string) => {
    const { results } = runOf(makeDiagnostic(placeOf(sourceFile('a', `K3S_TOKEN=${token} x`), 'x')));
    return results[0].partialFingerprints;
  };
  expect(hash('hunter22')).toEqual(hash('another'));
});

test('at most 5,000 results, errors first, and 100 related places', () => {
  const at = placeOf(file, 'key');
  const related = Array.from({ length: 150 }, () => ({ at, label: 'the other' }));
  const notes = Array.from({ length: 5000 }, () => makeDiagnostic(at, { rule: 'a-note', severity: 'note' }));
  const { results, properties } = runOf(...notes, makeDiagnostic(at, { related }));
  expect(results).toHaveLength(5000);
  expect(results[0].level).toBe('error');
  expect(results[0].relatedLocations).toHaveLength(100);
  expect(properties).toEqual({ resultsLeftOut: 1 });
});
