import { buildClusters, type Given } from '../cluster/build.ts';
import type { ReadFile } from '../cluster/model.ts';
import type { Diagnostic, Finding, Severity } from '../diagnostics/finding.ts';
import type { Secret } from '../inputs/facts.ts';
import { RULES } from '../rules/index.ts';
import type { Rule } from '../rules/rule.ts';
import { unusedIgnore } from '../rules/unused-ignore.ts';
import { compareSpans } from '../source/span.ts';
import { applyIgnores } from './ignores.ts';

/** What the settings make of a rule: every finding of it has this severity, or there is none. */
export type Severities = ReadonlyMap<string, Severity | 'off'>;

export interface Checked {
  /** Sorted by path, place, rule and message, each once. */
  readonly diagnostics: readonly Diagnostic[];
  /** Literal secrets of all files, also of those whose finding is silenced: no report may show them. */
  readonly secrets: readonly Secret[];
}

/** Beside the files: what the settings and the command line give. */
export interface CheckOptions extends Given {
  readonly severities?: Severities;
}

/** Runs every rule over the clusters that the files speak of. The order of the files does not matter. */
export function check(
  files: readonly ReadFile[],
  { severities = new Map(), ...given }: CheckOptions = {},
): Checked {
  const clusters = buildClusters(files, given);
  const found = RULES.flatMap((rule) =>
    clusters.flatMap((cluster) => [...rule.check(cluster)].map((finding) => stamp(rule, finding))),
  );
  // Of a rule that is switched off, too, an ignore silences something.
  const { left, unused } = applyIgnores(files, found, new Set(RULES.map((rule) => rule.id)));
  const all = [...left, ...unused.map((finding) => stamp(unusedIgnore, finding))].flatMap((diagnostic) => {
    const severity = severities.get(diagnostic.rule) ?? diagnostic.severity;
    return severity === 'off' ? [] : [{ ...diagnostic, severity }];
  });
  return { diagnostics: unique(all.sort(inOrder)), secrets: files.flatMap(({ facts }) => facts.secrets) };
}

function stamp(rule: Rule, finding: Finding): Diagnostic {
  return { ...finding, rule: rule.id, severity: finding.severity ?? rule.severity };
}

function inOrder(a: Diagnostic, b: Diagnostic): number {
  return compareSpans(a.at, b.at) || compareText(a.rule, b.rule) || compareText(a.message, b.message);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A file that several clusters share is looked at once for each of them. */
function unique(sorted: readonly Diagnostic[]): readonly Diagnostic[] {
  return sorted.filter((diagnostic, index) => index === 0 || inOrder(diagnostic, sorted[index - 1]!) !== 0);
}
