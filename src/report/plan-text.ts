import type { Diagnostic } from '../diagnostics/finding.ts';
import { formatPrefix } from '../net/format.ts';
import { changesOf, type Plan, type PlanStep, type Refusal, type WantedRoute } from '../plan/plan.ts';
import type { Located } from '../source/span.ts';
import { pathsDifferenceLines } from './paths-difference-text.ts';
import { DIM, type Pen, penOf, placeLine, STRONG, textOfBlocks } from './pen.ts';
import { changedRoutes, type PlanReport, pendingIn } from './plan-report.ts';
import {
  applyCommand,
  deviceInWords,
  interruptionInWords,
  learnerLines,
  planInWords,
  type RefusalGroup,
  refusalGroups,
  togetherInWords,
  waitInWords,
} from './plan-words.ts';
import { differenceLines } from './policy-difference-text.ts';
import { padded, widest } from './terminal.ts';
import { renderText, type TextOptions } from './text.ts';
import { severitiesInWords, totalsOf } from './totals.ts';
import { placeInWords, viewOf } from './view.ts';

const GREEN = '32';
const RED = '31';
const YELLOW = '33';

/** Routes of one kind, findings, and lines of the effects; the others are counted. */
const MOST_ROUTES = 100;
const MOST_REFUSALS = 20;
const MOST_FINDINGS = 5;
const MOST_LINES = 6;

/**
 * A plan for somebody at a terminal: what is done in which order and the line that declares it, what waits, what is
 * refused, what that does to the network, and the command that does it.
 */
export function renderPlanText(report: PlanReport, options: TextOptions): string {
  const { plan, server, secrets } = report;
  const pen = penOf(secrets, options);
  const isEmpty = changesOf(plan).length === 0;
  const heading = pen.paint(STRONG, pen.plain(`${server}: ${planInWords(plan)}`));
  const blocks = [
    options.quiet ? [] : [heading, ...warningLines(report.warnings, pen)],
    stepLines(plan, pen),
    waitingLines(plan, pen),
    ...refusalBlocks(plan.refusals, secrets, options),
    options.quiet ? [] : findingLines(report, pen),
    ...(isEmpty || options.quiet ? [] : effectBlocks(plan, pen)),
    options.quiet ? [] : noteLines(plan, pen),
    nextLines(plan),
  ];
  return textOfBlocks(blocks);
}

export function warningLines(warnings: readonly string[], { paint, plain }: Pen): readonly string[] {
  return warnings.map((warning) => `${paint(YELLOW, 'warning:')} ${plain(warning)}`);
}

/** The command that does the plan, or will do what waits. */
function nextLines(plan: Plan): readonly string[] {
  if (changesOf(plan).length > 0) return [`next: ${applyCommand(plan)}`];
  return pendingIn(plan).length > 0 ? [`later: ${applyCommand(plan)}`] : [];
}

/** Every route of every step, in the order in which they are applied. */
function stepLines({ steps, wanted }: Plan, pen: Pen): readonly string[] {
  const rows = steps.flatMap((step) => stepRows(step, wanted, pen));
  const columns = rows.flatMap((row) => ('name' in row ? [row] : []));
  const [names, prefixes] = [
    widest(columns.map(({ name }) => name)),
    widest(columns.map(({ what }) => what)),
  ];
  const lines = rows
    .slice(0, MOST_ROUTES)
    .map((row) =>
      'name' in row
        ? `  ${pen.paint(row.sgr, padded(row.what, prefixes))}  ${padded(row.name, names)}  ${row.where}`
        : `  ${row.says}`,
    );
  return lines.length < rows.length ? [...lines, `  and ${rows.length - lines.length} more`] : lines;
}

type StepRow =
  | { readonly sgr: string; readonly name: string; readonly what: string; readonly where: string }
  | { readonly says: string };

function stepRows(step: PlanStep, wanted: readonly WantedRoute[], pen: Pen): readonly StepRow[] {
  const routes = step.changes.flatMap((change) =>
    changedRoutes(change, wanted).map(({ action, prefix, because: [at] }): StepRow => {
      const isNew = action === 'approve';
      return {
        sgr: isNew ? GREEN : RED,
        name: pen.plain(deviceInWords(change.node, change.device)),
        what: `${isNew ? '+' : '-'} ${formatPrefix(prefix)}`,
        where: at ? placeLine(at, pen) : '',
      };
    }),
  );
  const told = [togetherInWords(step), interruptionInWords(step)];
  return [...routes, ...told.flatMap((says) => (says === undefined ? [] : [{ says: pen.plain(says) }]))];
}

/** What waits for its device, and for what. */
export function waitingLines(plan: Pick<Plan, 'wanted'>, pen: Pen): readonly string[] {
  const waiting = pendingIn(plan);
  const shown = waiting.slice(0, MOST_ROUTES).map((route) => {
    const { node, device, prefix, state, because } = route;
    return {
      what: `${state}: ${formatPrefix(prefix)} of ${pen.plain(deviceInWords(node, device))}, ${waitInWords(route)}`,
      where: because[0] ? placeLine(because[0], pen) : '',
    };
  });
  const width = widest(shown.map(({ what }) => what));
  const lines = shown.map(({ what, where }) => `${padded(what, width)}  ${where}`);
  const left = waiting.length - lines.length;
  return left > 0 ? [...lines, `and ${left} more`] : lines;
}

/** What is refused, as `check` shows findings; what is refused for one reason all over stands once. */
export function refusalBlocks(
  refusals: readonly Refusal[],
  secrets: readonly Located<string>[],
  options: TextOptions,
): readonly (readonly string[])[] {
  const all = refusalGroups(refusals).map(refusalDiagnostic);
  const diagnostics = all.slice(0, MOST_REFUSALS);
  if (diagnostics.length === 0) return [];
  const text = renderText({ diagnostics, files: [], rules: [], secrets }, { ...options, quiet: true });
  const left = all.length - diagnostics.length;
  return [text.trimEnd().split('\n'), left > 0 ? [`and ${left} more refused`] : []];
}

function refusalDiagnostic({ first, routes, count }: RefusalGroup): Diagnostic {
  const { why, at, related = [] } = first;
  const message = `${routes} ${count === 1 ? 'is' : 'are'} refused: ${why}`;
  return { rule: 'refused-route', severity: 'error', message, at, related };
}

/** The errors of `check`, in brief. */
function findingLines({ check }: PlanReport, { plain, paint }: Pen): readonly string[] {
  const { findings } = viewOf(check);
  const { errors, warnings } = totalsOf(check);
  const faults = findings.filter(({ severity }) => severity === 'error');
  if (faults.length === 0) return [];
  const lines = faults
    .slice(0, MOST_FINDINGS)
    .map(({ rule, message, place }) => plain(`  ${placeInWords(place)} ${message} [${rule}]`));
  const more = faults.length > lines.length ? [`  and ${faults.length - lines.length} more`] : [];
  return [`check: ${paint(RED, severitiesInWords([errors, warnings]))}`, ...lines, ...more];
}

/** What the plan does to the paths and to access, and who learns a route. */
function effectBlocks({ effects }: Plan, pen: Pen): readonly (readonly string[])[] {
  const { paths, access, learners } = effects;
  const line = pen.plain;
  const others = [
    ...(access === undefined
      ? ['what access this opens is too much to work out']
      : access.length === 0
        ? ['no access is opened']
        : brief(differenceLines({ gains: access, losses: [] }))),
    ...brief(learnerLines(learners)),
  ];
  return [
    pathsDifferenceLines(paths, { plain: line, line: (span) => placeLine(span, pen) }, ''),
    others.map(line),
  ];
}

function brief(lines: readonly string[]): readonly string[] {
  const left = lines.length - MOST_LINES;
  return left > 0 ? [...lines.slice(0, MOST_LINES), `and ${left} more`] : lines;
}

function noteLines({ notes }: Plan, pen: Pen): readonly string[] {
  const lines = notes.map(({ says, at }) => {
    const where = at ? `  ${pen.paint(DIM, placeLine(at, { ...pen, paint: (_, text) => text }))}` : '';
    return `note: ${pen.plain(says)}${where}`;
  });
  return brief(lines);
}
