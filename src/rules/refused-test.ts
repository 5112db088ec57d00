import type { TailnetPolicy } from '../cluster/model.ts';
import type { Problem } from '../diagnostics/finding.ts';
import { refusedSshTestShapes } from '../policy/tests/run-ssh-tests.ts';
import { refusedTestShapes } from '../policy/tests/test-shapes.ts';
import { undefinedTagsOfTests } from '../policy/uses.ts';
import type { Span } from '../source/span.ts';
import type { Rule } from './rule.ts';

export const refusedTest: Rule = {
  id: 'refused-test',
  summary: 'a test that no policy can pass, so that the policy is refused',
  severity: 'error',
  *check(cluster) {
    for (const policy of cluster.policies) yield* refusedTests(policy);
  },
};

/** Tags that are not defined, and what reading the policy has met, are for other rules. */
function refusedTests({ policy, problems }: TailnetPolicy): readonly Problem[] {
  const told = [...undefinedTagsOfTests(policy).map(({ span }) => span), ...problems.map(({ at }) => at)];
  return [...refusedTestShapes(policy), ...refusedSshTestShapes(policy)].filter(
    ({ at }) => !told.some((span) => isWithin(span, at)),
  );
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;
}
