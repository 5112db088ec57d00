import { readPolicyFile } from '../inputs/policy.ts';
import { differenceOf } from '../policy/access/compare-access.ts';
import { explainAccess } from '../policy/access/explain-access.ts';
import { type QuestionInWords, readQuestion } from '../policy/access/read-question.ts';
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts';
import { judgePolicy } from '../policy/judge.ts';
import type { Policy } from '../policy/policy.ts';
import { failedReachTests } from '../policy/tests/run-reach-tests.ts';
import { renderPolicyJson } from '../report/policy-json.ts';
import type { Asked, PolicyReport } from '../report/policy-report.ts';
import { renderPolicyText } from '../report/policy-text.ts';
import { type Arguments, expectOperands, textOrJson } from './arguments.ts';
import { readDeviceFile } from './device-file.ts';
import { SettingsError } from './errors.ts';
import { readGivenFile } from './given-file.ts';
import type { Outcome, Surroundings } from './outcome.ts';
import { problemsInWords } from './problems-in-words.ts';
import { readSettings } from './settings.ts';

/** 16 MiB, far more than a person writes. */
const LARGEST = 16 * 1024 * 1024;

/** `podroute policy`: what the service makes of a policy, and with a device list what it means there. */
export function judgeFile(asked: Arguments, { cwd, color }: Surroundings): Outcome {
  expectOperands(asked, 1, 'one policy file');
  const format = textOrJson(asked);
  const question = questionIn(asked);
  for (const option of ['from', 'base'] as const) {
    if (asked[option] !== undefined && asked.devices === undefined)
      throw new SettingsError(`--${option} needs --devices`);
  }
  const { tests, ...settings } = readSettings(cwd, asked.config);
  const control = asked.control ?? settings.control;
  const list = asked.devices === undefined ? undefined : readDeviceFile(asked.devices, cwd, control);
  const base = asked.base === undefined ? undefined : readBase(asked.base, cwd);

  const file = readGivenFile(asked.operands[0]!, cwd, 'a policy', LARGEST);
  const { compiled, problems, warnings, unrunTests } = judgePolicy(file, list, control);
  const accepted = problems.length === 0 ? compiled : undefined;
  const unmet = accepted ? failedReachTests(tests, accepted) : [];
  const report: PolicyReport = {
    path: file.path,
    problems,
    warnings,
    unmet,
    unrunTests,
    secrets: readPolicyFile(file).secrets,
    ...(accepted && { compiled: accepted }),
    ...(accepted && question && { asked: answerTo(question, accepted) }),
    ...(accepted && base && { difference: differenceOf(compilePolicy(base, accepted.list), accepted) }),
  };
  const output =
    format === 'json'
      ? renderPolicyJson(report)
      : renderPolicyText(report, { color: color && asked.color, quiet: asked.quiet });
  if (output === undefined) {
    throw new SettingsError('--format json: what so many devices see of each other is too much for one text');
  }
  return { output, exitCode: problems.length + unmet.length > 0 ? 1 : 0 };
}

function questionIn({ from, to, proto }: Arguments): QuestionInWords | undefined {
  if (from === undefined || to === undefined) return undefined;
  return { from, to, ...(proto !== undefined && { proto }) };
}

/** The policy that --base names: one that the service refuses was never in force. */
function readBase(path: string, cwd: string): Policy {
  const { policy, problems } = judgePolicy(readGivenFile(path, cwd, 'a policy', LARGEST), undefined);
  if (policy === undefined || problems.length > 0) throw new SettingsError(problemsInWords(problems));
  return policy;
}

function answerTo(words: QuestionInWords, compiled: CompiledPolicy): Asked {
  const question = readQuestion(words, compiled);
  if (!question.ok) throw new SettingsError(`--${question.fault.part}: ${question.fault.message}`);
  const answer = explainAccess(compiled, question.value);
  if (answer === undefined) {
    throw new SettingsError('--to: the answer falls into more pieces than can be worked out');
  }
  return { words, question: question.value, answer };
}
