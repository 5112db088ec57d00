import type { Drift } from '../plan/drift.ts';
import { DRIFTS, driftGroups } from './drift-text.ts';
import { lineInWords } from './lines.ts';
import { joinBlocks, tableRow } from './markdown.ts';
import {
  fitted,
  listOf,
  planQuoter,
  quotePrefix,
  SUMMARY_ROOM,
  tableOf,
  warningItem,
} from './plan-detail.ts';
import type { DriftReport } from './plan-report.ts';
import { counted } from './totals.ts';

/** Drift for the page of a scheduled job. */
export function renderDriftSummary({ drift, server, warnings, secrets }: DriftReport): string {
  return fitted(SUMMARY_ROOM, (detail) => {
    const quote = planQuoter(secrets, detail);
    const rowOf = ({ kind, prefix, says, at }: Drift) =>
      tableRow([DRIFTS[kind], quotePrefix(prefix), quote(says), at ? quote(lineInWords(at)) : '']);
    const sorted = driftGroups(drift).flatMap(([, those]) => those);
    return joinBlocks([
      '## podroute: drift',
      `**${drift.length === 0 ? 'no drift' : counted(drift.length, 'difference')}** (${quote(server)})`,
      ...listOf(warnings, (warning) => warningItem(warning, quote), detail),
      ...tableOf(['what', 'prefix', 'why', 'declared at'], sorted, rowOf, detail),
    ]);
  });
}
