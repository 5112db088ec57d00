import type { Severity } from '../diagnostics/finding.ts';
import type { Span } from '../source/span.ts';
import { endsOf, type Position } from './lines.ts';
import { type Redaction, redactionOf } from './redact.ts';
import type { Report, ReportedFile, RuleSummary } from './report.ts';
import { type Totals, totalsOf } from './totals.ts';

/** A report as every encoder tells it: places in lines and columns, and no text that has a secret in it. */
export interface View {
  readonly findings: readonly FindingView[];
  readonly files: readonly ReportedFile[];
  readonly rules: readonly RuleSummary[];
  readonly totals: Totals;
  /** For what is shown of the files themselves. */
  readonly redaction: Redaction;
}

export interface FindingView {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  readonly related: readonly RelatedView[];
  readonly fix?: FixView;
}

export interface RelatedView {
  readonly label: string;
  readonly place: Place;
}

export interface FixView {
  readonly title: string;
  readonly place: Place;
  readonly newText: string;
}

/** A span with its lines and columns. Only `path`, `start` and `end` may be printed as they are. */
export interface Place {
  readonly path: string;
  readonly start: Position;
  readonly end: Position;
  readonly span: Span;
}

export function viewOf(report: Report): View {
  const redaction = redactionOf(report.secrets);
  const placeOf = (span: Span): Place => ({ path: redaction.text(span.file.path), ...endsOf(span), span });
  return {
    findings: report.diagnostics.map(({ rule, severity, message, at, related = [], fix }) => ({
      rule,
      severity,
      message: redaction.text(message),
      place: placeOf(at),
      related: related.map(({ label, at }) => ({ label: redaction.text(label), place: placeOf(at) })),
      // A fix with a mask in it would write the mask.
      ...(fix &&
        redaction.text(fix.newText) === fix.newText && {
          fix: { title: redaction.text(fix.title), place: placeOf(fix.at), newText: fix.newText },
        }),
    })),
    files: report.files.map(({ path, why, ...file }) => ({
      path: redaction.text(path),
      ...file,
      ...(why !== undefined && { why: redaction.text(why) }),
    })),
    rules: report.rules,
    totals: totalsOf(report),
    redaction,
  };
}

/** `hosts/oslo.yaml:9:18`: the form that editors and terminals make a link of. */
export function placeInWords({ path, start }: Place): string {
  return `${path}:${start.line}:${start.column}`;
}
