import type { Diagnostic, Problem, Severity } from '../diagnostics/finding.ts';
import type { Prefix } from '../net/prefix.ts';
import type { AccessDifference } from '../policy/access/compare-access.ts';
import type { AccessAnswer, AccessQuestion } from '../policy/access/explain-access.ts';
import type { QuestionInWords } from '../policy/access/read-question.ts';
import { autoApproved } from '../policy/auto-approve.ts';
import { type CompiledPolicy, filterOf } from '../policy/compile.ts';
import type { Device } from '../policy/device-list.ts';
import type { FilterLine } from '../policy/filter.ts';
import { type Peer, visibilityOf } from '../policy/visibility.ts';
import type { Located } from '../source/span.ts';
import type { Report } from './report.ts';

/** What `podroute policy` found. */
export interface PolicyReport {
  /** The policy's path. */
  readonly path: string;
  /** Why it is refused; none if it is accepted. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The tests of podroute's settings that fail. */
  readonly unmet: readonly Problem[];
  /** How many tests of the policy were not run, as they need devices. */
  readonly unrunTests: number;
  /** Every literal secret of the policy: shown nowhere. */
  readonly secrets: readonly Located<string>[];
  /** An accepted policy in the tailnet that was given. */
  readonly compiled?: CompiledPolicy;
  /** A question with its answer; like a difference it stands instead of what the policy means for each device. */
  readonly asked?: Asked;
  /** Who gains and who loses access by it. */
  readonly difference?: AccessDifference;
}

export interface Asked {
  readonly words: QuestionInWords;
  readonly question: AccessQuestion;
  readonly answer: AccessAnswer;
}

/** What a policy means for a device. */
export interface DevicePolicy {
  readonly device: Device;
  readonly filter: readonly FilterLine[];
  readonly autoApproved: readonly Prefix[];
  readonly sees: readonly Peer[];
}

/**
 * For each device in the order of the list, one after the other, as all of them together are large. None of a refused
 * policy, and none beside an answer or a difference.
 */
export function* devicePolicies(report: PolicyReport): Generator<DevicePolicy> {
  const { compiled, asked, difference } = report;
  if (compiled === undefined || asked !== undefined || difference !== undefined) return;
  const peersOf = visibilityOf(compiled);
  for (const device of compiled.list.devices) {
    yield {
      device,
      filter: filterOf(compiled, device),
      autoApproved: autoApproved(compiled.policy, device),
      sees: peersOf(device),
    };
  }
}

/** Problems of a policy as the encoders of `check` show findings. */
export function diagnosticsOf(problems: readonly Problem[], severity: Severity): readonly Diagnostic[] {
  return problems.map((problem) => ({ ...problem, rule: 'policy', severity }));
}

/** Findings in a policy as a report of their own. */
export function reportOf(diagnostics: readonly Diagnostic[], { secrets }: PolicyReport): Report {
  return { diagnostics, files: [], rules: [], secrets };
}
