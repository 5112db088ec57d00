import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderAppliedComment } from '../../src/report/applied-markdown.ts';
import { renderDeclaredComment, renderDeclaredSummary } from '../../src/report/declared-markdown.ts';
import { renderPlanComment } from '../../src/report/plan-comment.ts';
import { renderPlanSummary } from '../../src/report/plan-markdown.ts';
import { net } from '../paths/nets.ts';
import {
  applied,
  change,
  DIGEST,
  device,
  HOME_PLAN,
  KYOTO,
  lineOf,
  makeApplyReport,
  makePlan,
  makePlanReport,
  OSLO_1,
  prefix,
  refusal,
  wanted,
} from './make-plan.ts';
import { makeDiagnostic, makeReport } from './make-report.ts';

const NETWORKS = [net({ 'oslo-1': {}, 'kyoto-1': {} })];
const WITH_MATRIX = { ...HOME_PLAN, effects: { ...HOME_PLAN.effects, networks: NETWORKS } };
const LIMIT = 65_536;

function sizeOf(text: string): number {
  return Math.max(text.length, Buffer.byteLength(text));
}

describe('the comment on a pull request', () => {
  test('the whole of it', () => {
    expect(renderPlanComment(makePlanReport(WITH_MATRIX), 'QUJD')).toMatchInlineSnapshot(`
      "<!-- podroute:plan -->
      <!-- podroute:reviewed QUJD -->
      ## podroute

      **2 routes to approve on 2 devices, 1 pending, 1 refused** (\`Headscale at headscale.example\`)

      Check: **no findings in 1 file**

      ### Plan

      | device | node | prefix | state | declared at |
      | --- | --- | --- | --- | --- |
      | \`oslo-1\` | \`oslo-1\` | \`10.42.0.0/24\` | **approve** | \`hosts/routes.yaml:1\` |
      | \`oslo-2\` | \`oslo-2\` | \`10.42.1.0/24\` | **approve** | \`hosts/routes.yaml:2\` |
      | \`kyoto-1\` | \`kyoto-1\` | \`10.42.2.0/24\` | pending: its device does not advertise it | \`hosts/routes.yaml:3\` |

      ### Refused

      | route | why | declared at |
      | --- | --- | --- |
      | \`10.42.3.0/24 of bergen-1\` | \`it overlaps 10.42.0.0/16, which is enabled on laptop\` | \`hosts/routes.yaml:4\` |

      ### Steps

      - \`together: oslo-1 and oslo-2, as pairs that work are cut while only some are done\`
      - \`interrupted: 2 pairs while 2 writes are under way, a few seconds at most: oslo-1 → oslo-2 and oslo-2 → oslo-1\`

      ### Paths

      | what | pairs | changed lines |
      | --- | --- | --- |
      | **mended**: leak → tailnet | 1 pair<br>\`kyoto-1 → oslo-1\`<br>\`10.42.0.0/24 of oslo-1 is not approved\` | \`hosts/routes.yaml:1\` |

      <details><summary>All pairs afterwards</summary>

      \`net\`

      **2** delivered through the tailnet

      | from \\ to | \`kyoto-1\` | \`oslo-1\` |
      | --- | :-: | :-: |
      | \`kyoto-1\` | · | tailnet |
      | \`oslo-1\` | tailnet | · |

      </details>

      ### Devices outside of the cluster

      - \`laptop learns 10.42.0.0/24 of oslo-1\`

      ### Notes

      - \`autoApprovers approve 10.42.1.0/24 by themselves at oslo-2's next change\`

      ### Files

      1 read

      ### Digest

      \`sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\`

      At the merge exactly this is done, and whatever the plan has beyond it by then is refused. What is pending or held is finished by a later run, once its device is ready. What is refused is left alone.

      By hand: \`podroute apply --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\`
      "
    `);
  });

  test('says what is not to be done', () => {
    const plan = makePlan({ wanted: [wanted(OSLO_1, '10.42.0.0/24', 'done')] });
    expect(renderPlanComment(makePlanReport(plan), 'QUJD')).toMatchInlineSnapshot(`
      "<!-- podroute:plan -->
      <!-- podroute:reviewed QUJD -->
      ## podroute

      **nothing to do** (\`Headscale at headscale.example\`)

      Check: **no findings in 1 file**

      1 declared route done already.

      ### Paths

      No pair of pods fares otherwise.

      ### Files

      1 read

      ### Digest

      \`sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\`

      At the merge nothing is to be done.
      "
    `);
  });

  test('shows no e-mail address of a user', () => {
    const note = { says: 'alice@example.com and user:bob@example.com:443 gain, alice@ too' };
    const check = makeReport({
      diagnostics: [
        makeDiagnostic(lineOf('oslo-1'), {
          message: 'carol@example.com',
          related: [{ at: lineOf('oslo-2'), label: 'dave@example.com' }],
        }),
      ],
    });
    const text = renderPlanComment(
      makePlanReport(makePlan({ notes: [note] }), { check, warnings: ['(erin@example.com)'] }),
      'QUJD',
    );
    expect(text).toContain('a…@example.com and user:b…@example.com:443 gain, alice@ too');
    for (const name of ['c', 'd', 'e']) expect(text).toContain(`${name}…@example.com`);
    expect(text).not.toMatch(/(alice|bob|carol|dave|erin)@example/);
  });

  test.each([
    ['nothing', ''],
    ['what would end the comment', 'QUJD --> @team'],
    ['lines', 'QUJD\nQUJD'],
  ])('holds no plan that is %s', (_, reviewed) => {
    const lines = renderPlanComment(makePlanReport(HOME_PLAN), reviewed).split('\n');
    expect(lines.slice(0, 2)).toEqual(['<!-- podroute:plan -->', '## podroute']);
    expect(lines.join('\n')).toContain('too large for a comment');
    expect(lines.join('\n')).not.toContain('@team');
  });

  test('holds no plan that there is no room for, and says so', () => {
    const fits = 'QUJD'.repeat(12_000);
    expect(renderPlanComment(makePlanReport(HOME_PLAN), fits)).toContain(
      `<!-- podroute:reviewed ${fits} -->\n`,
    );
    const text = renderPlanComment(makePlanReport(HOME_PLAN), 'QUJD'.repeat(15_000));
    expect(text).not.toContain('podroute:reviewed');
    expect(text).toContain('too large for a comment');
    expect(text).toContain(DIGEST);
  });

  test('holds no plan of which it does not show every route', () => {
    const reviewed = 'QUJD'.repeat(8000);
    for (const count of [50, 150, 300, 500, 1000]) {
      const comment = renderPlanComment(large(count, 'node-'), reviewed);
      const routes = Array.from({ length: count }, (_, index) => `\`10.${index >> 8}.${index % 256}.0/24\``);
      const isWhole = routes.every((route) => comment.includes(route));
      const isHeld = comment.includes('podroute:reviewed');
      expect(isHeld).toBe(count < 1000);
      if (isHeld) expect(isWhole).toBe(true);
    }
  });

  test('shows every prefix, whatever is called a secret', () => {
    const secrets = ['10.42.0.0/24', 'sha256', '10.42.'].map((value) => ({ value, span: lineOf('oslo-1') }));
    const comment = renderPlanComment(makePlanReport(HOME_PLAN, { secrets }), 'QUJD');
    expect(comment).toContain('| `oslo-1` | `oslo-1` | `10.42.0.0/24` | **approve** |');
    expect(comment).toContain(`\`podroute apply --digest ${DIGEST}\``);
  });
});

/** A plan of so many devices, each of them changed, with texts of this kind. */
function large(count: number, text: string) {
  const devices = Array.from({ length: count }, (_, index) => device(`${text}${index}`, { id: `${index}` }));
  const routes = devices.map((_, index) => `10.${index >> 8}.${index % 256}.0/24`);
  const at = [lineOf('oslo-1')];
  const pairs = devices.map(({ name }) => ({ from: name, to: 'oslo-1' }));
  const way = { via: 'tailnet', delivered: true } as const;
  const check = makeReport({
    diagnostics: devices.map(({ name }) =>
      makeDiagnostic(lineOf('oslo-1'), { message: name, related: [{ at: lineOf('oslo-2'), label: name }] }),
    ),
  });
  const access = devices.map(({ name }) => ({
    sources: [],
    sourceNames: [name],
    arrivals: [],
    destinationNames: [name],
    protocols: [6],
    ports: [{ first: 443, last: 443 }],
    because: [],
  }));
  const plan = makePlan({
    digest: DIGEST,
    wanted: devices.map((each, index) => wanted(each, routes[index]!, 'now', { because: at })),
    steps: devices.map((each, index) => ({
      changes: [change(each, routes[index]!, { because: at })],
      interrupted: pairs.slice(0, 3),
    })),
    refusals: devices.map((each, index) =>
      refusal(each.name, routes[index]!, `${each.name} overlaps`, { device: each }),
    ),
    notes: devices.map(({ name }) => ({ says: name })),
    effects: {
      paths: {
        broken: [],
        mended: [],
        moved: pairs.map((pair, index) => ({
          ...pair,
          before: way,
          after: { ...way, via: index % 2 === 0 ? 'lan' : 'none' },
          cause: `${text}${index}`,
          changed: at,
        })),
        added: [],
        removed: [],
      },
      networks: NETWORKS,
      access,
      learners: devices.map((router, index) => ({
        prefix: prefix(routes[index]!),
        router,
        devices: [device(`${text}-${index}`, { id: `x${index}` })],
      })),
    },
  });
  return makePlanReport(plan, { check, server: text, warnings: devices.map(({ name }) => name) });
}

describe.each([
  ['three', 3, 'node-'],
  ['a thousand', 1000, 'node-'],
  ['a hundred hostile', 100, '`|日<!--\u202e'.repeat(60)],
  ['hundreds of hostile', 300, '`|日@team\u{e0001}'.repeat(60)],
])('%s devices', (_, count, text) => {
  const report = large(count, text);
  const { plan, check, secrets } = report;

  test('stay below the limit of a comment, and the digest stays', () => {
    const reviewed = 'QUJD'.repeat(5000);
    const comment = renderPlanComment(report, reviewed);
    expect(sizeOf(comment)).toBeLessThan(60_001);
    const [first, second] = comment.split('\n');
    expect(first).toBe('<!-- podroute:plan -->');
    if (comment.includes('podroute:reviewed')) expect(second).toBe(`<!-- podroute:reviewed ${reviewed} -->`);
    else expect(comment).toContain('too large for a comment');
    expect(comment).toContain(DIGEST);
  });

  test('stay below the limit of a summary', () => {
    const summary = renderPlanSummary(report);
    expect(sizeOf(summary)).toBeLessThan(1_000_001);
    expect(summary).toContain(DIGEST);
  });

  test('stay below the limit of what was applied and what is declared', () => {
    const done = plan.steps.flatMap(({ changes }) =>
      changes.map((each) => applied(each, { outcome: 'failed', why: text, warnings: [text] })),
    );
    const after = renderAppliedComment({
      ...makeApplyReport(plan),
      applied: done,
      outcome: 'failed',
      why: text,
    });
    expect(sizeOf(after)).toBeLessThan(LIMIT);
    expect(after).toContain(DIGEST);
    const routes = plan.wanted.map(({ node, prefix, action }) => ({
      node,
      prefix,
      action,
      at: lineOf('oslo-1'),
    }));
    expect(sizeOf(renderDeclaredComment({ routes, check, secrets }))).toBeLessThan(LIMIT);
    expect(sizeOf(renderDeclaredSummary({ routes, check, secrets }))).toBeLessThan(1_000_001);
  });
});

test('the plan stays where the matrix, places and findings are left out', () => {
  expect(renderPlanComment(large(100, 'node-'), 'QUJD')).toContain('All pairs afterwards');
  const comment = renderPlanComment(large(190, 'node-'), 'QUJD');
  expect(comment).toContain('| `node-189` |');
  expect(comment).not.toContain('All pairs afterwards');
  expect(comment).toMatch(/findings not listed, related places not listed/);
  expect(comment).toContain('- and 185 more');
});

test('the same texts always make the same comment', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (count) => {
      const [first, second] = [large(count, 'node-'), large(count, 'node-')];
      expect(renderPlanComment(first, 'QUJD')).toBe(renderPlanComment(second, 'QUJD'));
    }),
    { numRuns: 5 },
  );
});

describe('what is declared', () => {
  test('the whole of it', () => {
    const { check, secrets } = makePlanReport(HOME_PLAN);
    const routes = [
      { node: 'oslo-1', prefix: prefix('10.42.0.0/24'), action: 'approve' as const, at: lineOf('oslo-1') },
      { node: 'kyoto-1', prefix: prefix('10.42.2.0/24'), action: 'remove' as const, at: lineOf('kyoto-1') },
    ];
    expect(renderDeclaredComment({ routes, check, secrets })).toMatchInlineSnapshot(`
      "<!-- podroute:plan -->
      ## podroute

      Check: **no findings in 1 file**

      ### Declared to be approved

      | node | prefix | to do | declared at |
      | --- | --- | --- | --- |
      | \`oslo-1\` | \`10.42.0.0/24\` | approve | \`hosts/routes.yaml:1\` |
      | \`kyoto-1\` | \`10.42.2.0/24\` | take back | \`hosts/routes.yaml:3\` |

      ### Files

      1 read

      This run has no secrets, so the control server is not asked. At the merge the plan is made and shown, and nothing is applied until somebody runs the workflow with its digest.
      "
    `);
  });
});

describe('the comment after a merge', () => {
  const [first, second] = HOME_PLAN.steps[0]!.changes;
  const RUN = 'https://github.com/o/r/actions/runs/1';

  test('the whole of it', () => {
    const done = [
      applied(first!, { warnings: ['somebody approved 10.42.7.0/24 meanwhile'] }),
      applied(second!, { outcome: 'failed', added: [], why: 'no answer' }),
    ];
    const report = makeApplyReport(HOME_PLAN, { applied: done, outcome: 'failed' });
    expect(renderAppliedComment(report, RUN)).toMatchInlineSnapshot(`
      "<!-- podroute:applied -->
      ## podroute: failed

      \`failed: 1 device changed, 1 device failed, 1 route refused\` (\`Headscale at headscale.example\`) · [the run](https://github.com/o/r/actions/runs/1)

      | device | node | outcome | done | why |
      | --- | --- | --- | --- | --- |
      | \`oslo-1\` | \`oslo-1\` | applied | \`+ 10.42.0.0/24\` | **warning**: \`somebody approved 10.42.7.0/24 meanwhile\` |
      | \`oslo-2\` | \`oslo-2\` | **failed** |  | \`no answer\` |

      ### Refused

      | route | why | declared at |
      | --- | --- | --- |
      | \`10.42.3.0/24 of bergen-1\` | \`it overlaps 10.42.0.0/16, which is enabled on laptop\` | \`hosts/routes.yaml:4\` |

      ### By hand

      - What was planned and not done, safe to run again: \`podroute apply --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\`
      - What is refused, if it is meant: \`headscale nodes approve-routes --identifier 4 --routes 10.42.9.0/24,10.42.3.0/24\`

      ### Still pending

      | device | node | prefix | state | declared at |
      | --- | --- | --- | --- | --- |
      | \`kyoto-1\` | \`kyoto-1\` | \`10.42.2.0/24\` | pending: its device does not advertise it | \`hosts/routes.yaml:3\` |

      ### Digest

      \`sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\`
      "
    `);
  });

  test('tells how to apply what nobody has reviewed', () => {
    const refusals = [refusal('oslo-1', '10.42.0.0/24', 'not in the reviewed plan')];
    const text = renderAppliedComment(makeApplyReport(makePlan({ refusals }), { outcome: 'refused' }));
    expect(text).toContain('`podroute plan` shows it with the digest to apply it by');
  });

  test('of a Tailscale tailnet leads to the page of its machines', () => {
    const report = makeApplyReport({ ...HOME_PLAN, control: 'tailscale' }, { outcome: 'refused' });
    const text = renderAppliedComment(report);
    expect(text).toContain('[machines page](https://login.tailscale.com/admin/machines)');
    expect(text).not.toContain('headscale nodes');
  });

  test.each(['javascript:alert(1)', 'https://x.example/a)b', 'https://x.example/<b>', 'https://a@b/c', ''])(
    'has no link to %j',
    (url) => {
      expect(renderAppliedComment(makeApplyReport(HOME_PLAN), url)).not.toContain('the run');
    },
  );
});

describe('the command that approves by hand on Headscale', () => {
  const REFUSED = refusal('kyoto-1', '10.42.2.0/24', 'it is too wide', { device: KYOTO });
  const EXIT = refusal('kyoto-1', '0.0.0.0/0', 'it is an exit route', { device: KYOTO });
  const PRUNED = refusal('kyoto-1', '10.42.9.0/24', 'autoApprovers cover it', { device: KYOTO });
  const pruning = change(KYOTO, '10.42.8.0/24', {
    remove: KYOTO.approved,
    after: [prefix('10.42.8.0/24')],
  });

  test.each([
    ['has what is approved already', [REFUSED], [], '10.42.9.0/24,10.42.2.0/24'],
    ['has what this run did', [REFUSED], [applied(pruning)], '10.42.8.0/24,10.42.2.0/24'],
    [
      'has what somebody else did',
      [REFUSED],
      [applied(pruning, { outcome: 'already so', added: [] })],
      '10.42.8.0/24,10.42.2.0/24',
    ],
    [
      'has what was taken back no more',
      [REFUSED],
      [applied(pruning, { outcome: 'undone' })],
      '10.42.9.0/24,10.42.2.0/24',
    ],
    ['leaves exit routes out', [REFUSED, EXIT], [], '10.42.9.0/24,10.42.2.0/24'],
    ['is none where nothing is to be approved', [EXIT, PRUNED], [], undefined],
    [
      'is none for an id that is no number',
      [{ ...REFUSED, device: { ...KYOTO, id: '3; reboot' } }],
      [],
      undefined,
    ],
    [
      'keeps what is written with host bits, and nothing that is no route',
      [{ ...REFUSED, device: { ...KYOTO, approvedAsWritten: ['10.0.0.1/8', '10.42.9.0/24', '$(reboot)'] } }],
      [],
      '10.0.0.1/8,10.42.9.0/24,10.42.2.0/24',
    ],
  ])('%s', (_, refusals, done, routes) => {
    const text = renderAppliedComment(
      makeApplyReport(makePlan({ refusals }), { applied: done, outcome: 'refused' }),
    );
    const command = /headscale nodes approve-routes[^`]*/.exec(text)?.[0];
    expect(command).toBe(routes && `headscale nodes approve-routes --identifier 3 --routes ${routes}`);
  });

  test('is none where it would be cut', () => {
    const approved = Array.from({ length: 200 }, (_, index) => prefix(`10.43.${index}.0/24`));
    const refusals = [{ ...REFUSED, device: { ...KYOTO, approved } }];
    const text = renderAppliedComment(makeApplyReport(makePlan({ refusals }), { outcome: 'refused' }));
    expect(text).not.toContain('headscale nodes');
  });
});
