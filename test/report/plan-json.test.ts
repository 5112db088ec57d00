import { describe, expect, test } from 'vitest';
import { renderApplyJson, renderDriftJson, renderPlanJson } from '../../src/report/plan-json.ts';
import {
  applied,
  change,
  DIGEST,
  HOME_PLAN,
  KYOTO,
  LAPTOP,
  lineOf,
  makeApplyReport,
  makePlan,
  makePlanReport,
  prefix,
  refusal,
} from './make-plan.ts';

const APPROVE = change(KYOTO, '10.42.2.0/24');

describe('the plan', () => {
  test('has the documented shape', () => {
    const plan = makePlan({
      steps: [{ changes: [APPROVE], interrupted: [] }],
      refusals: [
        refusal('oslo-1', '0.0.0.0/0', 'it is an exit route', { device: LAPTOP }),
        refusal('bergen-1', '10.42.3.0/24', 'two devices could be bergen-1'),
      ],
    });
    expect(JSON.parse(renderPlanJson(makePlanReport(plan)))).toMatchObject({
      version: 1,
      control: 'headscale',
      digest: DIGEST,
      changes: [
        { device: '3', name: 'kyoto-1', before: ['10.42.9.0/24'], after: ['10.42.2.0/24', '10.42.9.0/24'] },
      ],
      refusals: [
        { device: '8', name: 'laptop', prefix: '0.0.0.0/0', why: 'it is an exit route' },
        { device: '', name: 'bergen-1', prefix: '10.42.3.0/24', why: 'two devices could be bergen-1' },
      ],
      nothingToDo: false,
    });
    expect(JSON.parse(renderPlanJson(makePlanReport(makePlan()))).nothingToDo).toBe(true);
  });

  test('the whole of it', () => {
    expect(JSON.parse(renderPlanJson(makePlanReport(HOME_PLAN)))).toMatchInlineSnapshot(`
      {
        "access": [],
        "changes": [
          {
            "add": [
              "10.42.0.0/24",
            ],
            "after": [
              "10.42.0.0/24",
            ],
            "before": [],
            "device": "1",
            "name": "oslo-1",
            "node": "oslo-1",
            "places": [
              {
                "end": {
                  "column": 16,
                  "line": 1,
                },
                "path": "hosts/routes.yaml",
                "start": {
                  "column": 3,
                  "line": 1,
                },
              },
            ],
            "remove": [],
          },
          {
            "add": [
              "10.42.1.0/24",
            ],
            "after": [
              "10.42.1.0/24",
            ],
            "before": [],
            "device": "2",
            "name": "oslo-2",
            "node": "oslo-2",
            "places": [
              {
                "end": {
                  "column": 16,
                  "line": 2,
                },
                "path": "hosts/routes.yaml",
                "start": {
                  "column": 3,
                  "line": 2,
                },
              },
            ],
            "remove": [],
          },
        ],
        "check": {
          "errors": 0,
          "files": 1,
          "notes": 0,
          "warnings": 0,
        },
        "control": "headscale",
        "difference": {
          "added": [],
          "broken": [],
          "mended": [
            {
              "after": {
                "delivered": true,
                "via": "tailnet",
              },
              "before": {
                "delivered": false,
                "via": "default",
              },
              "cause": "10.42.0.0/24 of oslo-1 is not approved",
              "changed": [
                {
                  "end": {
                    "column": 16,
                    "line": 1,
                  },
                  "path": "hosts/routes.yaml",
                  "start": {
                    "column": 3,
                    "line": 1,
                  },
                },
              ],
              "from": "kyoto-1",
              "to": "oslo-1",
            },
          ],
          "moved": [],
          "removed": [],
        },
        "digest": "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "held": 0,
        "learners": [
          {
            "devices": [
              {
                "device": "8",
                "name": "laptop",
              },
            ],
            "prefix": "10.42.0.0/24",
            "router": {
              "device": "1",
              "name": "oslo-1",
            },
          },
        ],
        "notes": [
          {
            "says": "autoApprovers approve 10.42.1.0/24 by themselves at oslo-2's next change",
          },
        ],
        "nothingToDo": false,
        "pending": 1,
        "refusals": [
          {
            "device": "4",
            "end": {
              "column": 18,
              "line": 4,
            },
            "name": "bergen-1",
            "node": "bergen-1",
            "path": "hosts/routes.yaml",
            "prefix": "10.42.3.0/24",
            "related": [],
            "start": {
              "column": 3,
              "line": 4,
            },
            "why": "it overlaps 10.42.0.0/16, which is enabled on laptop",
          },
        ],
        "server": "Headscale at headscale.example",
        "steps": [
          {
            "devices": [
              "1",
              "2",
            ],
            "interrupted": [
              {
                "from": "oslo-1",
                "to": "oslo-2",
              },
              {
                "from": "oslo-2",
                "to": "oslo-1",
              },
            ],
          },
        ],
        "version": 1,
        "wanted": [
          {
            "action": "approve",
            "device": "1",
            "name": "oslo-1",
            "node": "oslo-1",
            "places": [
              {
                "end": {
                  "column": 16,
                  "line": 1,
                },
                "path": "hosts/routes.yaml",
                "start": {
                  "column": 3,
                  "line": 1,
                },
              },
            ],
            "prefix": "10.42.0.0/24",
            "state": "now",
          },
          {
            "action": "approve",
            "device": "2",
            "name": "oslo-2",
            "node": "oslo-2",
            "places": [
              {
                "end": {
                  "column": 16,
                  "line": 2,
                },
                "path": "hosts/routes.yaml",
                "start": {
                  "column": 3,
                  "line": 2,
                },
              },
            ],
            "prefix": "10.42.1.0/24",
            "state": "now",
          },
          {
            "action": "approve",
            "device": "3",
            "name": "kyoto-1",
            "node": "kyoto-1",
            "places": [
              {
                "end": {
                  "column": 17,
                  "line": 3,
                },
                "path": "hosts/routes.yaml",
                "start": {
                  "column": 3,
                  "line": 3,
                },
              },
            ],
            "prefix": "10.42.2.0/24",
            "state": "pending",
            "why": "its device does not advertise it",
          },
        ],
        "warnings": [],
      }
    `);
  });

  test('says so where access was too much to work out', () => {
    const { effects } = HOME_PLAN;
    const plan = makePlan({ effects: { ...effects, access: undefined } });
    expect(JSON.parse(renderPlanJson(makePlanReport(plan))).access).toBe(null);
  });
});

describe('what was applied', () => {
  const plan = makePlan({ steps: [{ changes: [APPROVE], interrupted: [] }] });
  const parse = (parts: Parameters<typeof makeApplyReport>[1]) =>
    JSON.parse(renderApplyJson(makeApplyReport(plan, parts)));

  test.each(['applied', 'already so', 'refused', 'failed', 'undone'] as const)('%s', (outcome) => {
    const added = outcome === 'applied' ? APPROVE.add : [];
    const done = applied(APPROVE, { outcome, added, why: 'so it is', warnings: ['odd'] });
    expect(parse({ applied: [done], outcome: 'failed' })).toMatchObject({
      version: 1,
      outcome: 'failed',
      changes: [
        {
          device: '3',
          outcome,
          why: 'so it is',
          added: outcome === 'applied' ? ['10.42.2.0/24'] : [],
          removed: [],
          warnings: ['odd'],
        },
      ],
    });
  });

  test('what was not tried is not said to be done', () => {
    expect(parse({ outcome: 'refused', why: 'another digest' })).toMatchObject({
      outcome: 'refused',
      why: 'another digest',
      changes: [{ outcome: 'refused', why: 'another digest', added: [] }],
    });
    expect(parse({ outcome: 'failed' }).changes).toMatchObject([{ outcome: 'failed', why: 'not tried' }]);
  });
});

test('drift', () => {
  const report = {
    drift: [
      {
        kind: 'missing' as const,
        node: 'oslo-2',
        prefix: prefix('10.42.1.0/24'),
        says: 'x',
        at: lineOf('oslo-2'),
      },
      { kind: 'undeclared' as const, device: LAPTOP, prefix: prefix('10.0.0.0/8'), says: 'y' },
    ],
    control: 'tailscale' as const,
    server: 'Tailscale',
    warnings: [],
    secrets: [],
  };
  expect(JSON.parse(renderDriftJson(report))).toEqual({
    version: 1,
    control: 'tailscale',
    server: 'Tailscale',
    drift: [
      {
        kind: 'missing',
        device: '',
        name: '',
        node: 'oslo-2',
        prefix: '10.42.1.0/24',
        says: 'x',
        path: 'hosts/routes.yaml',
        start: { line: 2, column: 3 },
        end: { line: 2, column: 16 },
      },
      { kind: 'undeclared', device: '8', name: 'laptop', prefix: '10.0.0.0/8', says: 'y' },
    ],
    warnings: [],
  });
});
