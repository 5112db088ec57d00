import { lineInWords } from './lines.ts';
import { bytesOf, joinBlocks, tableRow } from './markdown.ts';
import { PLAN_MARKER } from './plan-comment.ts';
import { fitted, planQuoter, quotePrefix, SUMMARY_ROOM, tableOf } from './plan-detail.ts';
import { findingBlocks } from './plan-markdown.ts';
import type { DeclaredReport, DeclaredRoute } from './plan-report.ts';
import { coverage } from './summary.ts';
import { viewOf } from './view.ts';

/** The comment of a pull request whose run has no secrets, as a fork's. `room` is in bytes of UTF-8. */
export function renderDeclaredComment(report: DeclaredReport, room = 60_000): string {
  const head = `${PLAN_MARKER}\n`;
  return head + declaredPage(report, room - bytesOf(head));
}

/** The same for the page of a job. */
export function renderDeclaredSummary(report: DeclaredReport): string {
  return declaredPage(report, SUMMARY_ROOM);
}

function declaredPage({ routes, check, secrets }: DeclaredReport, room: number): string {
  const view = viewOf({ ...check, secrets });
  return fitted(room, (detail) => {
    const quote = planQuoter(secrets, detail);
    const rowOf = ({ node, prefix, action, at }: DeclaredRoute) =>
      tableRow([
        quote(node),
        quotePrefix(prefix),
        action === 'approve' ? 'approve' : 'take back',
        quote(lineInWords(at)),
      ]);
    return joinBlocks([
      '## podroute',
      ...findingBlocks(view, detail, room),
      '### Declared to be approved',
      ...(routes.length === 0
        ? ['Nothing is declared to be approved.']
        : tableOf(['node', 'prefix', 'to do', 'declared at'], routes, rowOf, detail)),
      ...coverage(view, detail),
      'This run has no secrets, so the control server is not asked. At the merge the plan is made and shown, and nothing is applied until somebody runs the workflow with its digest.',
    ]);
  });
}
