import { formatPrefix } from '../net/format.ts';
import type { Prefix } from '../net/prefix.ts';
import type { AppliedChange } from '../plan/applied.ts';
import { NOT_REVIEWED } from '../plan/plan-approvals.ts';
import { headscaleCommands } from './by-hand.ts';
import { bytesOf, codeSpan, joinBlocks, type Quote, tableRow } from './markdown.ts';
import {
  type Detail,
  fitted,
  listOf,
  planQuoter,
  SUMMARY_ROOM,
  tableOf,
  warningItem,
} from './plan-detail.ts';
import { refusalBlocks, routesOf } from './plan-markdown.ts';
import { type ApplyReport, outcomesOf, pendingIn } from './plan-report.ts';
import { applyCommand, outcomeInWords } from './plan-words.ts';

/** The first line of the comment that tells what a merge has done. */
export const APPLIED_MARKER = '<!-- podroute:applied -->';

/** The second line where nothing is left that a later run would have to do. */
export const FINISHED_MARKER = '<!-- podroute:finished -->';

/** Longer ones are not shown, in UTF-16 units. */
const LONGEST_COMMAND = 2000;

const MACHINES_PAGE = 'https://login.tailscale.com/admin/machines';

/** The comment after a merge. `runUrl`: the page of the run, linked if it is a plain https address. */
export function renderAppliedComment(report: ApplyReport, runUrl?: string, room = 60_000): string {
  const isFinished = report.outcome === 'applied' || report.outcome === 'nothing-to-do';
  const head = `${APPLIED_MARKER}\n${isFinished ? `${FINISHED_MARKER}\n` : ''}`;
  return head + appliedPage(report, runUrl, room - bytesOf(head));
}

/** The same for the page of a job. */
export function renderAppliedSummary(report: ApplyReport): string {
  return appliedPage(report, undefined, SUMMARY_ROOM);
}

function appliedPage(report: ApplyReport, runUrl: string | undefined, room: number): string {
  const { plan, server, warnings, secrets } = report;
  return fitted(room, (detail) => {
    const quote = planQuoter(secrets, detail);
    const link = runUrl !== undefined && isPlainAddress(runUrl) ? ` · [the run](${runUrl})` : '';
    return joinBlocks([
      `## podroute: ${report.outcome}`,
      `${quote(outcomeInWords(report))} (${quote(server)})${link}`,
      ...listOf(warnings, (warning) => warningItem(warning, quote), detail),
      ...outcomeBlocks(report, quote, detail),
      ...refusalBlocks(plan.refusals, quote, detail),
      ...byHandBlocks(report, detail),
      ...pendingBlocks(report, quote, detail),
      '### Digest',
      codeSpan(plan.digest),
    ]);
  });
}

function isPlainAddress(url: string): boolean {
  return url.length < 500 && /^https:\/\/[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(url);
}

/** Device by device, in the order of the plan. */
function outcomeBlocks(report: ApplyReport, quote: Quote, detail: Detail): readonly string[] {
  const head = ['device', 'node', 'outcome', 'done', 'why'];
  return tableOf(head, outcomesOf(report), (done) => outcomeRow(done, quote), detail);
}

function outcomeRow({ change, outcome, why, added, removed, warnings }: AppliedChange, quote: Quote): string {
  return tableRow([
    quote(change.device.name),
    quote(change.node),
    outcome === 'applied' || outcome === 'already so' ? outcome : `**${outcome}**`,
    [...signed('+', added), ...signed('-', removed)].map(quote).join('<br>'),
    [...(why === undefined ? [] : [quote(why)]), ...warnings.map((each) => warningItem(each, quote))].join(
      '<br>',
    ),
  ]);
}

function signed(sign: string, prefixes: readonly Prefix[]): readonly string[] {
  return prefixes.map((prefix) => `${sign} ${formatPrefix(prefix)}`);
}

/** How to do what was not done; nothing where all of it was. */
function byHandBlocks(report: ApplyReport, detail: Detail): readonly string[] {
  const { plan } = report;
  const isWhole = outcomesOf(report).every(
    ({ outcome }) => outcome === 'applied' || outcome === 'already so',
  );
  const again = isWhole
    ? []
    : [`What was planned and not done, safe to run again: ${codeSpan(applyCommand(plan))}`];
  const isUnreviewed = plan.refusals.some(({ why }) => why.includes(NOT_REVIEWED));
  const unreviewed = isUnreviewed
    ? [
        `What is not in the reviewed plan: ${codeSpan('podroute plan')} shows it with the digest to apply it by`,
      ]
    : [];
  const isRefused = plan.refusals.some(({ device }) => device !== undefined);
  const tailscale =
    isRefused && plan.control === 'tailscale'
      ? [`What is refused, if it is meant: on the [machines page](${MACHINES_PAGE}) of the admin console`]
      : [];
  const commands = plan.control === 'headscale' ? headscaleCommands(report) : [];
  // Half of a list would take back the other half.
  const headscale = commands
    .filter(({ length }) => length <= LONGEST_COMMAND)
    .map((command) => `What is refused, if it is meant: ${codeSpan(command)}`);
  return listOf([...again, ...unreviewed, ...tailscale, ...headscale], (item) => item, detail, '### By hand');
}

function pendingBlocks({ plan }: ApplyReport, quote: Quote, detail: Detail): readonly string[] {
  const routes = pendingIn(plan);
  return [...(routes.length > 0 ? ['### Still pending'] : []), ...routesOf(routes, quote, detail)];
}
