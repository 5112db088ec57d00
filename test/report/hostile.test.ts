import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderGithub } from '../../src/report/github.ts';
import { renderJson } from '../../src/report/json.ts';
import type { Report } from '../../src/report/report.ts';
import { renderSarif } from '../../src/report/sarif.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { renderText } from '../../src/report/text.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { hostile, UNSEEN } from './hostile-texts.ts';
import { liveMarkdown } from './live-markdown.ts';
import { makeDiagnostic, makeReport } from './make-report.ts';
import { liveCommands } from './runner.ts';

/** A report with hostile text everywhere that a file's text may get to. */
const hostileReport = fc
  .record({
    paths: fc.tuple(hostile, hostile),
    line: hostile,
    message: hostile,
    label: hostile,
    why: hostile,
    title: hostile,
    start: fc.nat(),
    length: fc.nat(40),
  })
  .map(({ paths, line, message, label, why, title, start, length }) => {
    const file = sourceFile(paths[0], line);
    const other = sourceFile(paths[1], line);
    const from = start % (line.length + 1);
    const at = { file, start: from, end: Math.min(line.length, from + length) };
    return makeReport({
      diagnostics: [
        makeDiagnostic(at, {
          message,
          related: [{ at: { ...at, file: other }, label }],
          fix: { title, at, newText: title },
        }),
      ],
      files: [
        { path: paths[0], kind: 'env', status: 'not understood', why },
        { path: paths[1], status: 'templated' },
      ],
      rules: [{ id: 'invalid-prefix', summary: 'a prefix is malformed', severity: 'error' }],
    });
  });

function check(law: (report: Report) => void): void {
  fc.assert(fc.property(hostileReport, law), { numRuns: 300 });
}

test('text: no commands, no escape sequences, no lines of a file’s making', () => {
  check((report) => {
    const text = renderText(report, { color: false, quiet: false });
    expect(liveCommands(text)).toEqual([]);
    expect(text).not.toContain('##[');
    expect(text).not.toMatch(UNSEEN);
    const sameFile = report.files[0]!.path === report.files[1]!.path;
    expect(text.split('\n')).toHaveLength(sameFile ? 12 : 14);
    const colored = renderText(report, { color: true, quiet: true });
    expect(liveCommands(colored)).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own sequences
    expect(colored.replaceAll(/\u001b\[[\d;]+m/g, '')).not.toMatch(UNSEEN);
  });
});

test('the runner of these tests does see commands', () => {
  expect(
    liveCommands(' ::error ::a\nx ##[add-mask]b\n::nonsense::c ##[group]d\n').map(({ name }) => name),
  ).toEqual(['error', 'add-mask', 'group']);
});

test('github: one annotation of ours, with the file’s name', () => {
  check((report) => {
    const text = renderGithub(report);
    expect(text).not.toContain('##[');
    expect(text).not.toMatch(UNSEEN);
    expect(text.split('\n')).toHaveLength(3);
    const [command, ...others] = liveCommands(text);
    expect(others).toEqual([]);
    expect(command).toMatchObject({ name: 'error', properties: { title: 'invalid-prefix' } });
    const names = new Set(Object.keys(command?.properties ?? {}));
    for (const name of ['file', 'line', 'endLine', 'col', 'endColumn', 'title']) names.delete(name);
    expect([...names]).toEqual([]);
    const { path } = report.files[0]!;
    if (!UNSEEN.test(path.replaceAll(/[\r\n]/g, '')) && !/##[[\u200B]/.test(path)) {
      expect(command?.properties.file ?? '').toBe(path);
    }
  });
});

test('markdown: nothing of a file outside code spans, no marker', () => {
  check((report) => {
    const text = renderSummary(report);
    expect(liveMarkdown(text)).toEqual([]);
    expect(text).not.toContain('<!--');
    expect(text).not.toContain('##[');
    expect(text).not.toMatch(UNSEEN);
    expect(liveCommands(text)).toEqual([]);
  });
});

test('json: says the same, and shows nothing unseen', () => {
  check((report) => {
    const text = renderJson(report);
    expect(text).not.toMatch(UNSEEN);
    expect(liveCommands(text)).toEqual([]);
    const { findings, files } = JSON.parse(text);
    const [diagnostic] = report.diagnostics;
    expect(findings[0].message).toBe(diagnostic?.message);
    expect(findings[0].path).toBe(report.files[0]?.path);
    expect(findings[0].related[0].label).toBe(diagnostic?.related?.[0]?.label);
    expect(findings[0].fix.newText).toBe(diagnostic?.fix?.newText);
    expect(files).toEqual(report.files);
  });
});

test('sarif: relative URIs that read back to the paths', () => {
  check((report) => {
    const text = renderSarif(report);
    expect(text).not.toMatch(UNSEEN);
    expect(liveCommands(text)).toEqual([]);
    const [result] = JSON.parse(text).runs[0].results;
    expect(result.message.text).not.toContain('](');
    const { uri, uriBaseId } = result.locations[0].physicalLocation.artifactLocation;
    const { path } = report.files[0]!;
    expect(decodeURIComponent(uri)).toBe(path.replaceAll(/\p{Cs}/gu, '\uFFFD'));
    expect(uri).not.toMatch(/^[a-z][a-z\d+.-]*:|^\/|(^|\/)\.\.(\/|$)|[^\w.~!'()*%/-]/i);
    expect(uriBaseId === undefined).toBe(path.split('/').includes('..'));
  });
});

test('no secret is in any output', () => {
  const word = fc.string({ unit: fc.constantFrom(...'qxz0189-_+='), minLength: 6, maxLength: 40 });
  fc.assert(
    fc.property(word, hostile, hostile, fc.boolean(), (secret, before, after, quoted) => {
      fc.pre(!/^[-=]+$/.test(secret));
      const around = `${before}${secret}${after}`;
      const value = quoted ? `"${secret}"` : secret;
      const file = sourceFile(`hosts/${around}.yaml`, `${before} ${value} ${after}`);
      const span = { file, start: before.length + 1, end: before.length + 1 + value.length };
      const other = sourceFile('other.yaml', `x: ${around}\n`);
      const report = makeReport({
        diagnostics: [
          makeDiagnostic(span, {
            message: around,
            related: [{ at: { file: other, start: 0, end: 1 }, label: around }],
            fix: { title: around, at: span, newText: around },
          }),
        ],
        files: [{ path: file.path, status: 'not understood', why: around }],
        secrets: [{ value: secret, span }],
      });
      for (const render of [renderJson, renderGithub, renderSarif, renderSummary]) {
        expect(render(report)).not.toContain(secret);
      }
      for (const color of [true, false]) {
        expect(renderText(report, { color, quiet: false })).not.toContain(secret);
      }
    }),
  );
});
