import { describe, expect, test } from 'vitest';
import type { Drift } from '../../src/plan/drift.ts';
import { renderApplyText } from '../../src/report/apply-text.ts';
import { renderDriftText } from '../../src/report/drift-text.ts';
import { renderPlanText } from '../../src/report/plan-text.ts';
import {
  applied,
  change,
  device,
  HOME_PLAN,
  KYOTO,
  LAPTOP,
  lineOf,
  makeApplyReport,
  makePlan,
  makePlanReport,
  OSLO_1,
  OSLO_2,
  prefix,
  refusal,
  wanted,
} from './make-plan.ts';
import { makeDiagnostic, makeReport } from './make-report.ts';

const PLAIN = { color: false, quiet: false };
const QUIET = { color: false, quiet: true };

describe('a plan', () => {
  test('the whole of it', () => {
    expect(renderPlanText(makePlanReport(HOME_PLAN), PLAIN)).toMatchInlineSnapshot(`
      "Headscale at headscale.example: 2 routes to approve on 2 devices, 1 pending, 1 refused

        + 10.42.0.0/24  oslo-1  hosts/routes.yaml:1  - {node: oslo-1, prefix: 10.42.0.0/24}
        + 10.42.1.0/24  oslo-2  hosts/routes.yaml:2  - {node: oslo-2, prefix: 10.42.1.0/24}
        together: oslo-1 and oslo-2, as pairs that work are cut while only some are done
        interrupted: 2 pairs while 2 writes are under way, a few seconds at most: oslo-1 → oslo-2 and oslo-2 → oslo-1

      pending: 10.42.2.0/24 of kyoto-1, its device does not advertise it  hosts/routes.yaml:3  - {node: kyoto-1, prefix: 10.42.2.0/24}

      hosts/routes.yaml

        4:3 error: 10.42.3.0/24 of bergen-1 is refused: it overlaps 10.42.0.0/16, which is enabled on laptop [refused-route]
        4 │ - {node: bergen-1, prefix: 10.42.3.0/24}
          │   ^^^^^^^^^^^^^^^

      mended: 1 pair
        hosts/routes.yaml:1  - {node: oslo-1, prefix: 10.42.0.0/24}
          leak → tailnet: kyoto-1 → oslo-1
            10.42.0.0/24 of oslo-1 is not approved

      no access is opened
      laptop learns 10.42.0.0/24 of oslo-1

      note: autoApprovers approve 10.42.1.0/24 by themselves at oslo-2's next change

      next: podroute apply --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      "
    `);
  });

  test('of three devices fits on a screen', () => {
    const devices = [OSLO_1, OSLO_2, KYOTO];
    const plan = makePlan({
      wanted: devices.map((each, index) => wanted(each, `10.42.${index}.0/24`)),
      steps: devices.map((each, index) => ({
        changes: [change(each, `10.42.${index}.0/24`)],
        interrupted: [],
      })),
    });
    const text = renderPlanText(makePlanReport(plan), PLAIN);
    expect(text.split('\n').length).toBeLessThan(15);
    expect(text).not.toMatch(/together|interrupted/);
  });

  test('with nothing to do is one line', () => {
    const plan = makePlan({ wanted: [wanted(OSLO_1, '10.42.0.0/24', 'done')] });
    expect(renderPlanText(makePlanReport(plan), PLAIN)).toBe(
      'Headscale at headscale.example: nothing to do\n',
    );
    expect(renderPlanText(makePlanReport(plan), QUIET)).toBe('');
  });

  test('tells what waits for what, and what is taken back', () => {
    const plan = makePlan({
      wanted: [
        wanted(KYOTO, '10.42.9.0/24', 'now', { action: 'remove' }),
        wanted(OSLO_1, '10.42.0.0/24', 'held'),
        wanted(OSLO_2, '10.42.1.0/24', 'pending', { device: undefined }),
      ],
      steps: [
        {
          changes: [change(KYOTO, '10.42.9.0/24', { add: [], remove: [prefix('10.42.9.0/24')], after: [] })],
          interrupted: [{ from: 'oslo-1', to: 'kyoto-1' }],
        },
      ],
    });
    expect(renderPlanText(makePlanReport(plan), QUIET)).toMatchInlineSnapshot(`
      "  - 10.42.9.0/24  kyoto-1  hosts/routes.yaml:3  - {node: kyoto-1, prefix: 10.42.2.0/24}
        interrupted: 1 pair while 1 write is under way, a few seconds at most: oslo-1 → kyoto-1

      held: 10.42.0.0/24 of oslo-1, its device is offline              hosts/routes.yaml:1  - {node: oslo-1, prefix: 10.42.0.0/24}
      pending: 10.42.1.0/24 of oslo-2, its node is not in the tailnet  hosts/routes.yaml:2  - {node: oslo-2, prefix: 10.42.1.0/24}

      next: podroute apply --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      "
    `);
  });

  test('shows warnings and the errors of check in brief', () => {
    const check = makeReport({ diagnostics: Array(7).fill(makeDiagnostic(lineOf('oslo-1'))) });
    const report = makePlanReport(makePlan(), { check, warnings: ['the address has no https'] });
    expect(renderPlanText(report, PLAIN)).toMatchInlineSnapshot(`
      "Headscale at headscale.example: nothing to do
      warning: the address has no https

      check: 7 errors
        hosts/routes.yaml:1:3 10.42.0.7/24 has host bits set [invalid-prefix]
        hosts/routes.yaml:1:3 10.42.0.7/24 has host bits set [invalid-prefix]
        hosts/routes.yaml:1:3 10.42.0.7/24 has host bits set [invalid-prefix]
        hosts/routes.yaml:1:3 10.42.0.7/24 has host bits set [invalid-prefix]
        hosts/routes.yaml:1:3 10.42.0.7/24 has host bits set [invalid-prefix]
        and 2 more
      "
    `);
  });

  test('tells a reason that many are refused for once', () => {
    const refusals = Array.from({ length: 900 }, (_, index) =>
      refusal(`node-${index}`, `10.43.${index % 256}.0/24`, 'check has 2 errors'),
    );
    const text = renderPlanText(makePlanReport(makePlan({ refusals })), PLAIN);
    expect(text.split('\n').length).toBeLessThan(10);
    expect(text).toContain(
      '10.43.0.0/24 of node-0, 10.43.1.0/24 of node-1, 10.43.2.0/24 of node-2 and 897 more are refused: check has 2 errors',
    );
  });

  test('has colours only where they are asked for', () => {
    const [colored, plain] = [true, false].map((color) =>
      renderPlanText(makePlanReport(HOME_PLAN), { color, quiet: false }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own sequences
    expect(colored?.replaceAll(/\u001b\[[\d;]+m/g, '')).toBe(plain);
    expect(colored).not.toBe(plain);
  });

  test('masks secrets and makes control characters seen', () => {
    const secret = { value: 'hunter22', span: lineOf('oslo-1') };
    const evil = device('a\u001b[2J\n::error::b hunter22');
    const plan = makePlan({
      steps: [{ changes: [change(evil, '10.42.0.0/24', { because: [] })], interrupted: [] }],
    });
    const text = renderPlanText(
      makePlanReport(plan, { secrets: [secret], server: 'hunter22', warnings: ['x hunter22'] }),
      PLAIN,
    );
    expect(text).not.toContain('hunter22');
    expect(text).toContain('a\\u001b[2J\\n::error::b •••');
  });
});

describe('what was applied', () => {
  const changes = [change(OSLO_1, '10.42.0.0/24'), change(OSLO_2, '10.42.1.0/24')];

  test('device by device, with what was not tried', () => {
    const plan = makePlan({
      ...HOME_PLAN,
      steps: [{ changes: [...changes, change(KYOTO, '10.42.2.0/24')], interrupted: [] }],
    });
    const done = [
      applied(changes[0]!, { warnings: ['somebody approved 10.42.7.0/24 meanwhile'] }),
      applied(changes[1]!, { outcome: 'undone', added: [], why: 'kyoto-1 failed' }),
    ];
    expect(
      renderApplyText(makeApplyReport(plan, { applied: done, outcome: 'failed' }), PLAIN),
    ).toMatchInlineSnapshot(`
      "Headscale at headscale.example: failed: 1 device changed, 1 device failed, 1 device taken back, 1 route refused

        applied     oslo-1: + 10.42.0.0/24
          warning: somebody approved 10.42.7.0/24 meanwhile
        undone      oslo-2 (kyoto-1 failed)
        failed      kyoto-1 (not tried)

      pending: 10.42.2.0/24 of kyoto-1, its device does not advertise it  hosts/routes.yaml:3  - {node: kyoto-1, prefix: 10.42.2.0/24}

      hosts/routes.yaml

        4:3 error: 10.42.3.0/24 of bergen-1 is refused: it overlaps 10.42.0.0/16, which is enabled on laptop [refused-route]
        4 │ - {node: bergen-1, prefix: 10.42.3.0/24}
          │   ^^^^^^^^^^^^^^^

      safe to run again: podroute apply --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      "
    `);
  });

  test('of a run that is refused as a whole nothing is said to be done', () => {
    const plan = makePlan({ steps: [{ changes, interrupted: [] }] });
    const report = makeApplyReport(plan, { outcome: 'refused', why: 'the digest is another one' });
    expect(renderApplyText(report, PLAIN)).toMatchInlineSnapshot(`
      "Headscale at headscale.example: refused: the digest is another one; 2 devices refused

        refused     oslo-1 (the digest is another one)
        refused     oslo-2 (the digest is another one)
      "
    `);
  });

  test('quiet: only what went wrong', () => {
    const plan = makePlan({ steps: [{ changes, interrupted: [] }] });
    expect(
      renderApplyText(makeApplyReport(plan, { applied: changes.map((each) => applied(each)) }), QUIET),
    ).toBe('');
    expect(renderApplyText(makeApplyReport(makePlan(), { outcome: 'nothing-to-do' }), PLAIN)).toBe(
      'Headscale at headscale.example: nothing to do\n',
    );
  });
});

test('drift by its kinds', () => {
  const drift: readonly Drift[] = [
    {
      kind: 'missing',
      prefix: prefix('10.42.1.0/24'),
      says: 'oslo-2 is not in the tailnet',
      at: lineOf('oslo-2'),
    },
    {
      kind: 'undeclared',
      device: LAPTOP,
      prefix: prefix('10.0.0.0/8'),
      says: 'laptop has 10.0.0.0/8 approved',
    },
  ];
  const report = { drift, server: 'Tailscale', warnings: [], secrets: [] };
  expect(renderDriftText(report, PLAIN)).toMatchInlineSnapshot(`
    "Tailscale: 2 differences

    approved and not declared:
      10.0.0.0/8  laptop has 10.0.0.0/8 approved

    declared and not approved:
      10.42.1.0/24  oslo-2 is not in the tailnet  hosts/routes.yaml:2  - {node: oslo-2, prefix: 10.42.1.0/24}
    "
  `);
  expect(renderDriftText({ ...report, drift: [] }, PLAIN)).toBe('Tailscale: no drift\n');
  expect(renderDriftText({ ...report, drift: [] }, QUIET)).toBe('');
});
