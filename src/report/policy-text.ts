import type { Diagnostic } from '../diagnostics/finding.ts';
import { namesOf } from '../policy/access/name-addresses.ts';
import { namesOfPolicy } from '../policy/access/policy-names.ts';
import { compareSpans } from '../source/span.ts';
import { answerLines, groundsOf } from './policy-answer-text.ts';
import { deviceLines } from './policy-device-text.ts';
import { differenceLines } from './policy-difference-text.ts';
import { devicePolicies, diagnosticsOf, type PolicyReport, reportOf } from './policy-report.ts';
import { redactionOf } from './redact.ts';
import { clip, visible } from './terminal.ts';
import { renderText, type TextOptions } from './text.ts';
import { counted } from './totals.ts';
import { inert } from './workflow-command.ts';

/** Of one line, in UTF-16 units. */
const LONGEST_LINE = 1000;

/**
 * For somebody at a terminal: the findings in a policy as `check` prints them, what it means for each device or the
 * answer that was asked for, and whether it is accepted.
 */
export function renderPolicyText(report: PolicyReport, options: TextOptions): string {
  const { problems, warnings, unmet, compiled, asked, difference } = report;
  const redaction = redactionOf(report.secrets);
  const strong = (text: string) => (options.color ? `\u001b[1m${text}\u001b[0m` : text);
  const shown = (line: string) => inert(visible(clip(redaction.text(line), LONGEST_LINE)));
  const block = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const section = ([heading = '', ...lines]: readonly string[]) =>
    block([strong(shown(heading)), ...lines.map(shown)]);
  const findings = (some: readonly Diagnostic[]) =>
    renderText(reportOf(some, report), { ...options, quiet: true });

  const faults = [...diagnosticsOf([...problems, ...unmet], 'error'), ...diagnosticsOf(warnings, 'warning')];
  const blocks = [findings(faults.sort((a, b) => compareSpans(a.at, b.at)))];
  if (compiled !== undefined) {
    const names = namesOf(compiled.list.devices, namesOfPolicy(compiled.policy, compiled.resolver));
    for (const each of devicePolicies(report)) blocks.push(section(deviceLines(each, names)));
    if (asked) {
      blocks.push(section(answerLines(asked, names)));
      blocks.push(findings(diagnosticsOf(groundsOf(asked.answer), 'note')));
    }
    if (difference) blocks.push(block(differenceLines(difference).map(shown)));
  }
  if (!options.quiet) blocks.push(block([strong(shown(verdictOf(report)))]));
  return blocks.filter((each) => each !== '').join('\n');
}

function verdictOf({ path, problems, unmet, unrunTests }: PolicyReport): string {
  if (problems.length > 0) return `${path} is refused: ${counted(problems.length, 'error')}`;
  const unrun = unrunTests > 0 ? `, ${counted(unrunTests, 'test')} not run without a device list` : '';
  const failing =
    unmet.length > 0 ? `, and what the settings ask for fails: ${counted(unmet.length, 'error')}` : '';
  return `${path} is accepted${unrun}${failing}`;
}
