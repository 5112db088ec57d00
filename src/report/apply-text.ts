import { listed } from '../diagnostics/wording.ts';
import { formatPrefix } from '../net/format.ts';
import type { AppliedChange } from '../plan/applied.ts';
import { type Pen, penOf, STRONG, textOfBlocks } from './pen.ts';
import { type ApplyReport, outcomesOf } from './plan-report.ts';
import { refusalBlocks, waitingLines, warningLines } from './plan-text.ts';
import { applyCommand, deviceInWords, outcomeInWords } from './plan-words.ts';
import type { TextOptions } from './text.ts';

/** Parameters of the terminal's `SGR` sequence [ECMA-48]. */
const STYLES: Readonly<Record<AppliedChange['outcome'], string>> = {
  applied: '32',
  'already so': '2',
  refused: '1;33',
  failed: '1;31',
  undone: '1;31',
};

/** Devices that are listed; the others are counted. */
const MOST_DEVICES = 200;

/** What has been done to which device, what has not and why, and what still waits. */
export function renderApplyText(report: ApplyReport, options: TextOptions): string {
  const { plan, server, warnings, secrets, outcome } = report;
  const pen = penOf(secrets, options);
  const all = outcomesOf(report).filter((done) => !options.quiet || isUndone(done));
  const lines = all.slice(0, MOST_DEVICES).flatMap((done) => appliedLines(done, pen));
  if (all.length > MOST_DEVICES) lines.push(`  and ${all.length - MOST_DEVICES} devices more`);
  const heading = [
    pen.paint(STRONG, pen.plain(`${server}: ${outcomeInWords(report)}`)),
    ...warningLines(warnings, pen),
  ];
  const isAgain = outcome === 'failed' && lines.length > 0;
  return textOfBlocks([
    options.quiet && (outcome === 'applied' || outcome === 'nothing-to-do') ? [] : heading,
    lines,
    options.quiet ? [] : waitingLines(plan, pen),
    ...refusalBlocks(plan.refusals, secrets, options),
    isAgain ? [`safe to run again: ${applyCommand(plan)}`] : [],
  ]);
}

function isUndone({ outcome }: AppliedChange): boolean {
  return outcome !== 'applied' && outcome !== 'already so';
}

function appliedLines(
  { change, outcome, why, added, removed, warnings }: AppliedChange,
  pen: Pen,
): readonly string[] {
  const what = [
    ...added.map((prefix) => `+ ${formatPrefix(prefix)}`),
    ...removed.map((prefix) => `- ${formatPrefix(prefix)}`),
  ];
  const done = what.length > 0 ? `: ${listed(what, 12)}` : '';
  const because = why === undefined ? '' : ` (${why})`;
  const says = pen.plain(`${deviceInWords(change.node, change.device)}${done}${because}`);
  return [
    `  ${pen.paint(STYLES[outcome], outcome.padEnd(10))}  ${says}`,
    ...warningLines(warnings, pen).map((line) => `    ${line}`),
  ];
}
