import { renderGithub } from '../report/github.ts';
import { renderJson } from '../report/json.ts';
import type { Report } from '../report/report.ts';
import { renderSarif } from '../report/sarif.ts';
import { renderSummary } from '../report/summary.ts';
import { renderText } from '../report/text.ts';
import { RULES } from '../rules/index.ts';
import { type Arguments, expectOperands, formatAmong, meant, textOrJson } from './arguments.ts';
import { rulePage, version } from './built-in.ts';
import { checkFolder } from './check-folder.ts';
import { SettingsError } from './errors.ts';
import { fails } from './fail-on.ts';
import { HELP } from './help.ts';
import type { Outcome, Surroundings } from './outcome.ts';
import { showPaths } from './paths-command.ts';
import { judgeFile } from './policy-command.ts';

/** The commands that may ask a control server: `online.ts` runs them. */
type Online = 'plan' | 'apply';

export function isOnline(command: Arguments['command']): command is Online {
  return command === 'plan' || command === 'apply';
}

/** Runs a command that works on files alone; a `SettingsError` is thrown for what is wrong with what was asked. */
export function runCommand(asked: Arguments, surroundings: Surroundings): Outcome {
  switch (asked.command) {
    case 'help':
      return { output: HELP, exitCode: 0 };
    case 'version':
      return { output: `${version()}\n`, exitCode: 0 };
    case 'check':
      return check(asked, surroundings);
    case 'rules':
      return { output: listRules(asked), exitCode: 0 };
    case 'explain':
      return { output: explain(asked), exitCode: 0 };
    case 'policy':
      return judgeFile(asked, surroundings);
    case 'paths':
      return showPaths(asked, surroundings);
    case 'plan':
    case 'apply':
      throw new Error(`${asked.command} may ask a control server`);
  }
}

const CHECK_FORMATS = ['text', 'json', 'github', 'sarif', 'markdown'] as const;

function check(asked: Arguments, { cwd, color, progress }: Surroundings): Outcome {
  const { config, devices } = asked;
  const format = formatAmong(asked, CHECK_FORMATS);
  const { report } = checkFolder(asked.operands, { cwd, config, devices, progress });
  const output = render(report, format, { color: color && asked.color, quiet: asked.quiet });
  return { output, exitCode: fails(report.diagnostics, asked.failOn) ? 1 : 0 };
}

function render(
  report: Report,
  format: (typeof CHECK_FORMATS)[number],
  options: { readonly color: boolean; readonly quiet: boolean },
): string {
  switch (format) {
    case 'text':
      return renderText(report, options);
    case 'json':
      return renderJson(report);
    case 'github':
      return renderGithub(report);
    case 'sarif':
      return renderSarif(report);
    case 'markdown':
      return renderSummary(report);
  }
}

function listRules(asked: Arguments): string {
  expectOperands(asked, 0, 'no operand');
  if (textOrJson(asked) === 'json') {
    const rules = RULES.map(({ id, severity, summary }) => ({ id, severity, summary }));
    return `${JSON.stringify({ version: 1, rules }, null, 2)}\n`;
  }
  const width = Math.max(...RULES.map(({ id }) => id.length));
  return RULES.map(
    ({ id, severity, summary }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${summary}\n`,
  ).join('');
}

function explain(asked: Arguments): string {
  expectOperands(asked, 1, "one rule's id");
  const id = asked.operands[0]!;
  const rule = RULES.find((candidate) => candidate.id === id);
  const page = rulePage(id);
  if (rule === undefined || page === undefined) {
    const near = meant(
      id,
      RULES.map((candidate) => candidate.id),
    );
    throw new SettingsError(`there is no rule ${JSON.stringify(id)}${near || ': podroute rules lists them'}`);
  }
  if (textOrJson(asked) === 'text') return page;
  return `${JSON.stringify({ version: 1, id, severity: rule.severity, summary: rule.summary, page }, null, 2)}\n`;
}
