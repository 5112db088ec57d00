import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import { toldDevices } from '../cluster/declared-devices.ts';
import type { Tailnet } from '../cluster/model.ts';
import type { Problem } from '../diagnostics/finding.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Policy } from '../policy/policy.ts';
import { failedReachTests } from '../policy/tests/run-reach-tests.ts';
import { failedSshTests, refusedSshTestShapes } from '../policy/tests/run-ssh-tests.ts';
import { failedTests } from '../policy/tests/run-tests.ts';
import { surelyFailedReachTests, surelyFailedTests } from '../policy/tests/sure-tests.ts';
import { refusedTestShapes } from '../policy/tests/test-shapes.ts';
import { placeKey } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Of a policy that is refused no test is run: what it lets through is not known. */
export const failingPolicyTest: Rule = {
  id: 'failing-policy-test',
  summary: 'a test of the policy, or of the settings, that fails',
  severity: 'error',
  *check(cluster) {
    for (const { policy } of acceptedPolicies(cluster)) {
      const refused = new Set([...refusedTestShapes(policy), ...refusedSshTestShapes(policy)].map(keyOf));
      yield* failures(policy, cluster.tailnet).filter((problem) => !refused.has(keyOf(problem)));
    }
  },
};

/** Without a device list only what no device that the files do not name could mend; SSH depends on too much else. */
function failures(policy: Policy, tailnet: Tailnet): readonly Problem[] {
  const { devices, reachTests } = tailnet;
  if (policy.tests.length + policy.sshTests.length + reachTests.length === 0) return [];
  if (devices === undefined) {
    const known = toldDevices(tailnet);
    return [...surelyFailedTests(policy, known), ...surelyFailedReachTests(reachTests, policy, known)];
  }
  const compiled = compilePolicy(policy, devices);
  return [...failedTests(compiled), ...failedSshTests(compiled), ...failedReachTests(reachTests, compiled)];
}

function keyOf({ at, message }: Problem): string {
  return `${placeKey(at)} ${message}`;
}
