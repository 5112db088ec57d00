import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import type { PathsDifference } from '../../src/paths/compare-paths.ts';
import type { AppliedChange } from '../../src/plan/applied.ts';
import type { Change, Plan, Refusal, WantedRoute } from '../../src/plan/plan.ts';
import type { Device } from '../../src/policy/device-list.ts';
import type { ApplyReport, PlanReport } from '../../src/report/plan-report.ts';
import { type SourceFile, sourceFile } from '../../src/source/source-file.ts';
import type { Span } from '../../src/source/span.ts';
import { makeReport, placeOf } from './make-report.ts';

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

export const ROUTES = sourceFile(
  'hosts/routes.yaml',
  ['oslo-1', 'oslo-2', 'kyoto-1', 'bergen-1']
    .map((node, index) => `- {node: ${node}, prefix: 10.42.${index}.0/24}\n`)
    .join(''),
);

/** The line of a node in the file of routes. */
export function lineOf(node: string, file: SourceFile = ROUTES): Span {
  return placeOf(file, `{node: ${node}`);
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`${text} is no prefix`);
  return parsed.value;
}

export function device(name: string, parts: Partial<Device> = {}): Device {
  const address = parseAddress('100.64.0.3');
  if (!address.ok) throw new Error('no address');
  return {
    id: '3',
    name,
    hostname: name,
    addresses: [address.value],
    owner: [],
    tags: ['tag:k3s'],
    advertised: [],
    approved: [],
    approvedAsWritten: (parts.approved ?? []).map(formatPrefix),
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: true,
    created: '2026-01-02T03:04:05Z',
    expires: '',
    ...parts,
  };
}

export const OSLO_1 = device('oslo-1', { id: '1' });
export const OSLO_2 = device('oslo-2', { id: '2' });
export const KYOTO = device('kyoto-1', { id: '3', approved: [prefix('10.42.9.0/24')] });
export const LAPTOP = device('laptop', { id: '8', tags: [], owner: ['alice@example.com'] });

const NO_PATHS: PathsDifference = { broken: [], mended: [], moved: [], added: [], removed: [] };

/** A plan of these parts; everything else is empty. */
export function makePlan(parts: Partial<Plan> = {}): Plan {
  return {
    control: 'headscale',
    digest: DIGEST,
    wanted: [],
    steps: [],
    refusals: [],
    notes: [],
    effects: { paths: NO_PATHS, networks: [], access: [], learners: [] },
    ...parts,
  };
}

export function wanted(
  to: Device,
  text: string,
  state: WantedRoute['state'] = 'now',
  parts: Partial<WantedRoute> = {},
): WantedRoute {
  const because = parts.because ?? [lineOf(to.name)];
  return { node: to.name, device: to, prefix: prefix(text), action: 'approve', state, ...parts, because };
}

/** A change that approves a prefix. */
export function change(to: Device, text: string, parts: Partial<Change> = {}): Change {
  const add = [prefix(text)];
  return {
    device: to,
    node: to.name,
    before: to.approved,
    after: [...add, ...to.approved],
    add,
    remove: [],
    ...parts,
    because: parts.because ?? [lineOf(to.name)],
  };
}

export function refusal(node: string, text: string, why: string, parts: Partial<Refusal> = {}): Refusal {
  return { node, device: undefined, prefix: prefix(text), why, at: lineOf('bergen-1'), ...parts };
}

export function makePlanReport(plan: Plan, parts: Partial<PlanReport> = {}): PlanReport {
  return {
    plan,
    check: makeReport({ files: [{ path: ROUTES.path, status: 'read' }] }),
    server: 'Headscale at headscale.example',
    warnings: [],
    secrets: [],
    ...parts,
  };
}

export function makeApplyReport(plan: Plan, parts: Partial<ApplyReport> = {}): ApplyReport {
  return { ...makePlanReport(plan), applied: [], outcome: 'applied', ...parts };
}

export function applied(done: Change, parts: Partial<AppliedChange> = {}): AppliedChange {
  return { change: done, outcome: 'applied', added: done.add, removed: done.remove, warnings: [], ...parts };
}

/** Three nodes of two sites, as most plans are: two that go together, one that waits, one that is refused. */
export const HOME_PLAN = makePlan({
  wanted: [
    wanted(OSLO_1, '10.42.0.0/24'),
    wanted(OSLO_2, '10.42.1.0/24'),
    wanted(KYOTO, '10.42.2.0/24', 'pending'),
  ],
  steps: [
    {
      changes: [change(OSLO_1, '10.42.0.0/24'), change(OSLO_2, '10.42.1.0/24')],
      interrupted: [
        { from: 'oslo-1', to: 'oslo-2' },
        { from: 'oslo-2', to: 'oslo-1' },
      ],
    },
  ],
  refusals: [
    refusal('bergen-1', '10.42.3.0/24', 'it overlaps 10.42.0.0/16, which is enabled on laptop', {
      device: device('bergen-1', { id: '4', approved: [prefix('10.42.9.0/24')] }),
    }),
  ],
  notes: [{ says: "autoApprovers approve 10.42.1.0/24 by themselves at oslo-2's next change" }],
  effects: {
    paths: {
      ...NO_PATHS,
      mended: [
        {
          from: 'kyoto-1',
          to: 'oslo-1',
          before: { via: 'default', delivered: false },
          after: { via: 'tailnet', delivered: true },
          cause: '10.42.0.0/24 of oslo-1 is not approved',
          changed: [lineOf('oslo-1')],
        },
      ],
    },
    networks: [],
    access: [],
    learners: [{ prefix: prefix('10.42.0.0/24'), router: OSLO_1, devices: [LAPTOP] }],
  },
});
