import { HTTPS } from '../paths/pod-paths.ts';
import { changesOf, type Plan, type PlanNote, type Refusal, type WantedRoute } from '../plan/plan.ts';
import type { Span } from '../source/span.ts';
import { lineInWords } from './lines.ts';
import { codeSpan, joinBlocks, type Quote, tableRow } from './markdown.ts';
import { maskEmails } from './mask-emails.ts';
import { pathsDifferenceTable } from './paths-difference-markdown.ts';
import { matrixBlocks } from './paths-markdown.ts';
import { pathsOf } from './paths-report.ts';
import {
  type Detail,
  fitted,
  listOf,
  planQuoter,
  quotePrefix,
  SUMMARY_ROOM,
  tableOf,
  warningItem,
} from './plan-detail.ts';
import { type PlanReport, pendingIn } from './plan-report.ts';
import {
  applyCommand,
  deviceInWords,
  interruptionInWords,
  learnerLines,
  planInWords,
  refusalGroups,
  togetherInWords,
  waitInWords,
} from './plan-words.ts';
import { differenceLines } from './policy-difference-text.ts';
import { coverage, findingsTable } from './summary.ts';
import { counted, totalsInWords } from './totals.ts';
import { type View, viewOf } from './view.ts';

/** More nodes take longer than anybody reads their matrix. */
const MOST_NODES = 100;

/** Related places of a refusal, and places of a route. */
const MOST_RELATED = 5;
const MOST_PLACES = 3;

/** The page of a job: findings, plan and what it does to the network. */
export function renderPlanSummary(report: PlanReport): string {
  return fitted(SUMMARY_ROOM, planPages(report, SUMMARY_ROOM));
}

/** What stands on a page about a plan, by how much detail there is room for. */
export function planPages(
  report: PlanReport,
  room: number,
  closing: readonly string[] = [],
): (detail: Detail) => string {
  const { plan, check, server, warnings, secrets } = report;
  const matrix = matrixOnce(plan);
  const view = viewOf({ ...check, secrets });
  return (detail) => {
    const quote = planQuoter(secrets, detail);
    return joinBlocks([
      '## podroute',
      `**${planInWords(plan)}** (${quote(server)})`,
      ...listOf(warnings, (warning) => warningItem(warning, quote), detail),
      ...findingBlocks(view, detail, room),
      ...routeBlocks(plan, quote, detail),
      ...refusalBlocks(plan.refusals, quote, detail),
      ...stepBlocks(plan, quote, detail),
      ...pathBlocks(plan, matrix, quote, detail),
      ...accessBlocks(plan, quote, detail),
      ...noteBlocks(plan.notes, quote, detail),
      ...coverage(view, detail),
      '### Digest',
      codeSpan(plan.digest),
      ...closing,
      ...(changesOf(plan).length > 0 ? [`By hand: ${codeSpan(applyCommand(plan))}`] : []),
    ]);
  };
}

/** The totals of `check`, and its findings as far as there is room. */
export function findingBlocks(view: View, detail: Detail, room: number): readonly string[] {
  const findings = view.findings.map((finding) => ({
    ...finding,
    message: maskEmails(finding.message),
    related: finding.related.map((other) => ({ ...other, label: maskEmails(other.label) })),
  }));
  return [
    `Check: **${totalsInWords(view.totals)}**`,
    ...(detail.findings > 0 ? findingsTable({ findings }, detail, room * detail.findings) : []),
  ];
}

/** What is done in its order, what waits, and how much is done already. */
function routeBlocks(plan: Plan, quote: Quote, detail: Detail): readonly string[] {
  const places = new Map(changesOf(plan).map(({ device }, index) => [device.id, index]));
  const now = plan.wanted
    .filter(({ state }) => state === 'now')
    .toSorted((a, b) => (places.get(a.device?.id ?? '') ?? 0) - (places.get(b.device?.id ?? '') ?? 0));
  const routes = [...now, ...pendingIn(plan)];
  const done = plan.wanted.filter(({ state }) => state === 'done').length;
  return [
    ...(routes.length > 0 ? ['### Plan'] : []),
    ...routesOf(routes, quote, detail),
    ...(done > 0 ? [`${counted(done, 'declared route')} done already.`] : []),
  ];
}

const ROUTE_COLUMNS = ['device', 'node', 'prefix', 'state', 'declared at'];

/** All of them in one form or the other, or how many they are: some without the others would hide these. */
export function routesOf(routes: readonly WantedRoute[], quote: Quote, detail: Detail): readonly string[] {
  const whole = { ...detail, rows: routes.length, lines: routes.length };
  if (detail.routes === 'rows')
    return tableOf(ROUTE_COLUMNS, routes, (route) => routeRow(route, quote), whole);
  if (detail.routes === 'names') return listOf(routes, (route) => routeItem(route, quote), whole);
  return routes.length > 0 ? [`${counted(routes.length, 'route')} not listed`] : [];
}

function routeItem({ state, action, node, device, prefix }: WantedRoute, quote: Quote): string {
  const what = action === 'approve' ? 'approve' : 'take back';
  const when = state === 'now' ? '' : `, ${state}`;
  return `${what} ${quotePrefix(prefix)} on ${quote(deviceInWords(node, device))}${when}`;
}

function routeRow(route: WantedRoute, quote: Quote): string {
  const { node, device, prefix, because } = route;
  return tableRow([
    device === undefined ? '' : quote(device.name),
    quote(node),
    quotePrefix(prefix),
    stateInWords(route),
    placesOf(because, quote),
  ]);
}

function stateInWords(route: WantedRoute): string {
  const { state, action } = route;
  if (state === 'now') return action === 'approve' ? '**approve**' : '**take back**';
  return `${state}: ${waitInWords(route)}`;
}

export function refusalBlocks(refusals: readonly Refusal[], quote: Quote, detail: Detail): readonly string[] {
  return [
    ...(refusals.length > 0 ? ['### Refused'] : []),
    ...tableOf(
      ['route', 'why', 'declared at'],
      refusalGroups(refusals),
      ({ routes, first: { why, at, related = [] } }) => {
        const others = related
          .slice(0, MOST_RELATED)
          .map((other) => `${other.label}: ${lineInWords(other.at)}`);
        return tableRow([quote(routes), [why, ...others].map(quote).join('<br>'), quote(lineInWords(at))]);
      },
      detail,
    ),
  ];
}

/** Devices that are changed together, and what is interrupted meanwhile. */
function stepBlocks({ steps }: Plan, quote: Quote, detail: Detail): readonly string[] {
  const says = steps.flatMap((step) => [togetherInWords(step), interruptionInWords(step)]);
  return listOf(
    says.filter((each) => each !== undefined),
    quote,
    detail,
    '### Steps',
  );
}

type Matrix = (quote: Quote) => readonly string[];

/** The paths after the plan; worked out once, however often a page is made. Nothing of too many nodes. */
function matrixOnce({ effects }: Plan): Matrix {
  let clusters: ReturnType<typeof pathsOf> | undefined;
  const nodes = effects.networks.reduce((sum, { hosts }) => sum + hosts.length, 0);
  if (nodes > MOST_NODES) return () => [];
  return (quote) => {
    clusters ??= pathsOf(effects.networks, HTTPS).filter(({ nodes }) => nodes.length > 1);
    return clusters.flatMap((cluster) => [
      ...(cluster.name === undefined ? [] : [quote(cluster.name)]),
      ...matrixBlocks(cluster, quote),
    ]);
  };
}

function pathBlocks(plan: Plan, matrix: Matrix, quote: Quote, detail: Detail): readonly string[] {
  const { paths } = plan.effects;
  const count = Object.values(paths).reduce((sum, { length }) => sum + length, 0);
  if (detail.rows === 0) return ['### Paths', `${counted(count, 'pair')} of pods fare otherwise.`];
  const whole = detail.matrix ? matrix(quote) : [];
  return [
    '### Paths',
    ...pathsDifferenceTable(paths, quote),
    ...(whole.length > 0 ? ['<details><summary>All pairs afterwards</summary>', ...whole, '</details>'] : []),
  ];
}

/** Who gains access, and who outside of the clusters learns a route. */
function accessBlocks({ effects }: Plan, quote: Quote, detail: Detail): readonly string[] {
  const { access, learners } = effects;
  const opened = access && access.length > 0 ? differenceLines({ gains: access, losses: [] }) : [];
  const opens =
    access === undefined
      ? ['### Access', 'What access this opens is too much to work out.']
      : listOf(opened, quote, detail, '### Access');
  return [...opens, ...listOf(learnerLines(learners), quote, detail, '### Devices outside of the cluster')];
}

function noteBlocks(notes: readonly PlanNote[], quote: Quote, detail: Detail): readonly string[] {
  const itemOf = ({ says, at }: PlanNote) => quote(says) + (at ? ` (${quote(lineInWords(at))})` : '');
  return listOf(notes, itemOf, detail, '### Notes');
}

function placesOf(spans: readonly Span[], quote: Quote): string {
  return [...new Set(spans.map(lineInWords))].slice(0, MOST_PLACES).map(quote).join('<br>');
}
