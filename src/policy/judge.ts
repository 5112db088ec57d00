import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { compareSpans } from '../source/span.ts';
import { parseHujson } from '../syntax/hujson.ts';
import { duplicateMembers, treeOf } from '../syntax/hujson-value.ts';
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import type { DeviceList } from './device-list.ts';
import { foreignDomains } from './foreign-domains.ts';
import { HEADSCALE_VERSIONS } from './headscale/headscale-language.ts';
import { type NotPortable, notPortable } from './headscale/portability.ts';
import type { Policy } from './policy.ts';
import { isRefusal } from './read/fields.ts';
import { readPolicy } from './read/read-policy.ts';
import { failedSshTests } from './tests/run-ssh-tests.ts';
import { failedTests } from './tests/run-tests.ts';
import { refusedTestShapes } from './tests/test-shapes.ts';

/** What the service makes of a policy; it is accepted if there are no problems. */
export interface Judgement {
  /** What could be read; undefined for a text that does not parse. */
  readonly policy: Policy | undefined;
  /** In the tailnet that was given. */
  readonly compiled: CompiledPolicy | undefined;
  /** In the order of the text. */
  readonly problems: readonly Problem[];
  /** What the service accepts and nobody means, and for Headscale what it refuses or reads in another way. */
  readonly warnings: readonly Problem[];
  /** How many tests could not be run for want of devices. */
  readonly unrunTests: number;
}

/**
 * Judges a policy's text: its syntax, else what is refused of it, else which of its tests fail. Those need a device
 * list; without one they are read only.
 *
 * A text that does not parse is not read: behind a missing bracket one section would be taken for another.
 */
export function judgePolicy(
  file: SourceFile,
  list: DeviceList | undefined,
  control: DeviceList['control'] | undefined = list?.control,
): Judgement {
  const { root, problems: syntax } = parseHujson(file);
  if (root === undefined || syntax.length > 0) {
    return { policy: undefined, compiled: undefined, problems: syntax, warnings: [], unrunTests: 0 };
  }
  const tree = treeOf(file, root);
  const { policy, problems: found } = readPolicy(tree);
  const [refusals, twice] = [found.filter(isRefusal), found.filter((problem) => !isRefusal(problem))];
  const isHeadscale = control === 'headscale';
  const differences = isHeadscale ? notPortable(policy, tree) : [];
  const problems = [
    ...refusals,
    ...(list && !isHeadscale ? foreignDomains(policy, list) : []),
    ...differences.filter(isRefusedByAll),
  ].sort(byPlace);
  const compiled = list && compilePolicy(policy, list);
  return {
    policy,
    compiled,
    problems: problems.length > 0 ? problems : failuresIn(policy, compiled),
    warnings: [
      ...duplicateMembers(file, root),
      ...twice,
      ...differences.filter((each) => !isRefusedByAll(each)),
    ].sort(byPlace),
    unrunTests: compiled ? 0 : policy.tests.length + policy.sshTests.length,
  };
}

/** Whether no version of Headscale that is judged by takes it. */
function isRefusedByAll({ effect, versions }: NotPortable): boolean {
  return effect === 'refused' && JUDGED_VERSIONS.every((version) => versions.includes(version));
}

/** Those that read what they take as Tailscale does. */
const JUDGED_VERSIONS = HEADSCALE_VERSIONS.filter((version) => version >= '0.29');

function failuresIn(policy: Policy, compiled: CompiledPolicy | undefined): readonly Problem[] {
  if (compiled === undefined) return refusedTestShapes(policy);
  return [...failedTests(compiled), ...failedSshTests(compiled)].sort(byPlace);
}

function byPlace(a: Problem, b: Problem): number {
  return compareSpans(a.at, b.at);
}
