import { formatPrefix } from '../net/format.ts';
import type { Drift } from '../plan/drift.ts';
import { penOf, placeLine, STRONG, textOfBlocks } from './pen.ts';
import type { DriftReport } from './plan-report.ts';
import { warningLines } from './plan-text.ts';
import type { TextOptions } from './text.ts';
import { counted } from './totals.ts';

/** In the order in which they are told. */
export const DRIFTS: Readonly<Record<Drift['kind'], string>> = {
  undeclared: 'approved and not declared',
  'not-advertised': 'approved and not advertised',
  missing: 'declared and not approved',
};

/** Of one kind; the others are counted. */
const MOST_DRIFTS = 100;

/** What the control server has and the files do not, and the other way round. */
export function renderDriftText(report: DriftReport, options: TextOptions): string {
  const { drift, server, warnings, secrets } = report;
  const pen = penOf(secrets, options);
  const total = drift.length === 0 ? 'no drift' : counted(drift.length, 'difference');
  const heading = pen.paint(STRONG, pen.plain(`${server}: ${total}`));
  const blocks = driftGroups(drift).map(([kind, those]) => {
    const lines = those.slice(0, MOST_DRIFTS).map(({ prefix, says, at }) => {
      return `  ${formatPrefix(prefix)}  ${pen.plain(says)}${at ? `  ${placeLine(at, pen)}` : ''}`;
    });
    const left = those.length - lines.length;
    return [`${DRIFTS[kind]}:`, ...lines, ...(left > 0 ? [`  and ${left} more`] : [])];
  });
  return textOfBlocks([options.quiet ? [] : [heading, ...warningLines(warnings, pen)], ...blocks]);
}

/** By kind, those of none left out. */
export function driftGroups(
  drift: readonly Drift[],
): readonly (readonly [Drift['kind'], readonly Drift[]])[] {
  const kinds: readonly Drift['kind'][] = ['undeclared', 'not-advertised', 'missing'];
  return kinds
    .map((kind) => [kind, drift.filter((each) => each.kind === kind)] as const)
    .filter(([, those]) => those.length > 0);
}
