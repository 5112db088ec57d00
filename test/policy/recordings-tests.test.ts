import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { readPolicy } from '../../src/policy/read-policy.ts';
import { failedSshTests } from '../../src/policy/run-ssh-tests.ts';
import { failedTests } from '../../src/policy/run-tests.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';
import { deviceListOf, RECORDED, type Recording, recordings } from './recordings.ts';

/** The state of an earlier policy was recorded. */
const STALE = 'policytest-allpass-grants-only-tag-src-ipv6-literal-dst';

function refusals(recording: Recording): string[] {
  const file = sourceFile('policy.hujson', JSON.stringify(recording.policy, null, 2));
  const { root } = parseHujson(file);
  if (root === undefined) throw new Error(`${recording.test_id} has no policy`);
  const { policy, problems } = readPolicy(treeOf(file, root));
  const compiled = compilePolicy(policy, deviceListOf(recording));
  return [...problems, ...failedTests(compiled), ...failedSshTests(compiled)].map(({ message }) => message);
}

describe.skipIf(!RECORDED)('a policy is accepted as the service accepts it', () => {
  test.each(['policytest_results', 'sshtest_results'])('%s', (folder) => {
    const judged = recordings(folder).filter(
      ({ test_id, capture_error, response_code }) =>
        test_id !== STALE && capture_error === null && response_code !== 500,
    );
    expect(judged.length).toBeGreaterThan(10);
    for (const recording of judged) {
      const messages = refusals(recording);
      expect([recording.test_id, messages.length === 0, messages]).toEqual([
        recording.test_id,
        recording.response_code === 200,
        messages,
      ]);
      const words = recording.response_message ?? '';
      expect(messages.join('\n')).toContain(words);
    }
  });
});
