import type { TailnetPolicy } from '../cluster/model.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { undefinedTagsOfTests } from '../policy/uses.ts';
import type { Located } from '../source/span.ts';
import type { Rule } from './rule.ts';

export const undefinedTag: Rule = {
  id: 'undefined-tag',
  summary: 'a policy uses a tag that its tagOwners do not define, and is refused',
  severity: 'error',
  *check(cluster) {
    for (const policy of cluster.policies) {
      const defined = [...policy.policy.tagOwners.keys()].map(nameIn);
      for (const { value, span } of undefinedTags(policy)) {
        const meant = nearest(nameIn(value), defined);
        yield {
          message: `"${value}" is not in tagOwners${meant ? `, the nearest is tag:${meant}` : ''}`,
          at: span,
        };
      }
    }
  },
};

/** Those of tests make the test fail, and so the policy is refused for them as well. */
function undefinedTags({ policy, problems }: TailnetPolicy): readonly Located<string>[] {
  const elsewhere = problems.flatMap(({ fault, at }) =>
    fault?.is === 'undefined-tag' ? [{ value: fault.tag, span: at }] : [],
  );
  return [...elsewhere, ...undefinedTagsOfTests(policy)];
}

/** `tag:` is the same in all and would make short names look alike. */
function nameIn(tag: string): string {
  return tag.replace(/^tag:/, '');
}
