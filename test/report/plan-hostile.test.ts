import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderAppliedComment, renderAppliedSummary } from '../../src/report/applied-markdown.ts';
import { renderApplyText } from '../../src/report/apply-text.ts';
import { renderDeclaredComment, renderDeclaredSummary } from '../../src/report/declared-markdown.ts';
import { renderDriftSummary } from '../../src/report/drift-markdown.ts';
import { renderDriftText } from '../../src/report/drift-text.ts';
import { renderPlanComment } from '../../src/report/plan-comment.ts';
import { renderApplyJson, renderDriftJson, renderPlanJson } from '../../src/report/plan-json.ts';
import { renderPlanSummary } from '../../src/report/plan-markdown.ts';
import type { ApplyReport } from '../../src/report/plan-report.ts';
import { renderPlanText } from '../../src/report/plan-text.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { hostile, UNSEEN } from './hostile-texts.ts';
import { liveLines } from './live-markdown.ts';
import { applied, change, device, makeApplyReport, makePlan, prefix, refusal, wanted } from './make-plan.ts';
import { makeDiagnostic, makeReport } from './make-report.ts';
import { liveCommands } from './runner.ts';

const PLAIN = { color: false, quiet: false };
const RUN = 'https://github.com/o/r/actions/runs/1';
const REVIEWED = Buffer.from('{"version":1,"pull":7}').toString('base64');

interface Texts {
  readonly name: string;
  readonly node: string;
  readonly path: string;
  readonly line: string;
  readonly says: string;
  readonly other: string;
}

/** Texts of files, devices and the server wherever they can be shown. */
function reportOf({ name, node, path, line, says, other }: Texts): ApplyReport {
  const file = sourceFile(path, line);
  const at = { file, start: 0, end: Math.min(3, line.length) };
  const router = device(name, { id: '3', hostname: name, owner: [says], approved: [prefix('10.42.9.0/24')] });
  const second = device(other, { id: says });
  const way = { via: 'tailnet', delivered: true } as const;
  const pair = { from: name, to: node };
  const first = change(router, '10.42.0.0/24', { node, because: [at] });
  const changes = [first, change(second, '10.42.1.0/24', { node: other, because: [at] })];
  const at2 = { because: [at], node };
  const plan = makePlan({
    wanted: [
      wanted(router, '10.42.0.0/24', 'now', at2),
      wanted(second, '10.42.1.0/24', 'pending', at2),
      wanted(second, '10.42.2.0/24', 'held', { ...at2, action: 'remove' }),
    ],
    steps: [{ changes, interrupted: [pair] }],
    refusals: [refusal(node, '10.42.3.0/24', says, { device: router, at, related: [{ at, label: other }] })],
    notes: [{ says, at }],
    effects: {
      paths: {
        broken: [{ ...pair, before: way, after: { ...way, delivered: false }, cause: says, changed: [at] }],
        mended: [],
        moved: [],
        added: [{ ...pair, ...way }],
        removed: [{ ...pair, ...way }],
      },
      networks: [],
      access: [
        {
          sources: [],
          sourceNames: [says],
          arrivals: [],
          destinationNames: [other],
          protocols: [6],
          ports: [{ first: 443, last: 443 }],
          because: [],
        },
      ],
      learners: [{ prefix: prefix('10.42.0.0/24'), router, devices: [second] }],
    },
  });
  return {
    ...makeApplyReport(plan),
    check: makeReport({
      diagnostics: [makeDiagnostic(at, { message: says, related: [{ at, label: other }] })],
      files: [
        { path, status: 'read' },
        { path, status: 'not understood', why: says },
      ],
    }),
    server: other,
    warnings: [says],
    outcome: 'failed',
    why: says,
    applied: [applied(first, { outcome: 'undone', why: says, warnings: [other] })],
  };
}

/** Every page and text that there is, by its name. */
function rendered(report: ApplyReport) {
  const { plan, check, secrets, server, warnings } = report;
  const [{ because, node }] = [plan.wanted[0]!];
  const routes = [{ node, prefix: prefix('10.42.0.0/24'), action: 'approve' as const, at: because[0]! }];
  const declared = { routes, check, secrets };
  const drift = {
    drift: plan.notes.map(({ says, at }) => ({
      kind: 'missing' as const,
      node,
      prefix: prefix('10.42.0.0/24'),
      says,
      at: at!,
    })),
    server,
    warnings,
    secrets,
  };
  return {
    comments: [
      renderPlanComment(report, REVIEWED),
      renderAppliedComment(report, RUN),
      renderDeclaredComment(declared),
    ],
    pages: [
      renderPlanSummary(report),
      renderAppliedSummary(report),
      renderDeclaredSummary(declared),
      renderDriftSummary(drift),
    ],
    texts: [renderPlanText(report, PLAIN), renderApplyText(report, PLAIN), renderDriftText(drift, PLAIN)],
    json: [renderPlanJson(report), renderApplyJson(report), renderDriftJson(drift)],
  };
}

const texts = fc.record({
  name: hostile,
  node: hostile,
  path: hostile,
  line: hostile,
  says: hostile,
  other: hostile,
});

test('markdown: nothing of a file or a server outside code spans, no marker but ours', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const { comments, pages } = rendered(reportOf(given));
      for (const page of [...comments.map(withoutMarkers), ...pages]) {
        expect(liveLines(page)).toEqual([]);
        expect(page).not.toContain('<!--');
        expect(page).not.toContain('##[');
        expect(page).not.toMatch(UNSEEN);
        expect(liveCommands(page)).toEqual([]);
      }
      const [plan, done, declared] = comments.map((comment) => comment.split('\n'));
      expect(plan!.slice(0, 2)).toEqual(['<!-- podroute:plan -->', `<!-- podroute:reviewed ${REVIEWED} -->`]);
      expect(done![0]).toBe('<!-- podroute:applied -->');
      expect(declared![0]).toBe('<!-- podroute:plan -->');
    }),
    { numRuns: 200 },
  );
});

/** A comment without its first lines, as far as they are markers. */
function withoutMarkers(comment: string): string {
  return comment.replace(/^(<!-- podroute:[\w:+/= -]+ -->\n)+/, '');
}

test.each([
  ['a mention', '@team'],
  ['a reference', 'Fixes #1'],
  ['a link', '[x](https://evil.example)'],
  ['an image', '![x](https://evil.example/x.png)'],
  ['a tag', '<img src=x>'],
  ['a marker', '<!-- podroute:plan -->'],
  ['a reviewed plan', '<!-- podroute:reviewed QUJD -->'],
  ['the end of a comment', '-->'],
  ['a cell', 'a | b | c'],
  ['backticks', '``` x ```'],
  ['lines', 'a\n\n# b\n<!-- podroute:plan -->\n'],
  ['a terminal', '\u001b[2J\u001b]8;;https://evil.example\u0007'],
  ['bidirectional text', '\u202eelif\u2066'],
  ['a command', '::error::x\n##[add-mask]a'],
  ['a bare address', 'https://evil.example'],
])('%s is shown and does nothing', (_, text) => {
  const given = { name: text, node: text, path: text, line: text, says: text, other: text };
  const { comments, pages } = rendered(reportOf(given));
  for (const page of [...comments.map(withoutMarkers), ...pages]) expect(liveLines(page)).toEqual([]);
});

test('the reader of these pages does see what lives', () => {
  const live = ['@team', '#1', '<b>', '[x](y)', '| a | @team |', 'a `b', '&amp;', '![x](y)', '~~a~~'];
  expect(liveLines(live.join('\n'))).toEqual(live);
  expect(liveLines('| a | b |\n| --- | --- |\n| c |')).toEqual(['| c |']);
  expect(liveLines('| a |\n| --- |\n| `c | d` |')).toEqual(['| `c | d` |']);
});

test('text: no commands and no escape sequences', () => {
  fc.assert(
    fc.property(texts, (given) => {
      for (const text of rendered(reportOf(given)).texts) {
        expect(liveCommands(text)).toEqual([]);
        expect(text).not.toContain('##[');
        expect(text).not.toMatch(UNSEEN);
      }
    }),
    { numRuns: 200 },
  );
});

test('json: says the same, and shows nothing unseen', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const { json } = rendered(reportOf(given));
      for (const text of json) {
        expect(text).not.toMatch(UNSEEN);
        expect(liveCommands(text)).toEqual([]);
      }
      const plan = JSON.parse(json[0]!);
      expect(plan.changes[0]).toMatchObject({ device: '3', name: given.name, node: given.node });
      expect(plan.refusals[0]).toMatchObject({ why: given.says, path: given.path });
      expect(JSON.parse(json[1]!)).toMatchObject({ why: given.says });
    }),
    { numRuns: 200 },
  );
});

test('no secret is in any output', () => {
  const word = fc.string({ unit: fc.constantFrom(...'qxz0189-_+='), minLength: 6, maxLength: 40 });
  fc.assert(
    fc.property(word, hostile, hostile, (secret, before, after) => {
      fc.pre(!/^[-=]+$/.test(secret));
      const around = `${before}${secret}${after}`;
      const file = sourceFile('a.env', `x: ${secret}\n`);
      const secrets = [{ value: secret, span: { file, start: 3, end: 3 + secret.length } }];
      const given = { name: around, node: around, path: around, line: around, says: around, other: around };
      const report = reportOf(given);
      const all = rendered({ ...report, secrets });
      for (const text of Object.values(all).flat()) expect(text).not.toContain(secret);
    }),
    { numRuns: 100 },
  );
});
