import { nearest } from '../diagnostics/nearest.ts';
import type { Rule } from './rule.ts';

export const undefinedTag: Rule = {
  id: 'undefined-tag',
  summary: 'a policy uses a tag that its tagOwners do not define, and is refused',
  severity: 'error',
  *check(cluster) {
    for (const { tagOwners, tagUses } of cluster.policies) {
      const defined = new Set(tagOwners.map(({ tag }) => tag.value));
      for (const { value, span } of tagUses) {
        if (defined.has(value)) continue;
        const meant = nearest(nameIn(value), [...defined].map(nameIn));
        yield {
          message: `"${value}" is not in tagOwners${meant ? `, the nearest is tag:${meant}` : ''}`,
          at: span,
        };
      }
    }
  },
};

/** `tag:` is the same in all and would make short names look alike. */
function nameIn(tag: string): string {
  return tag.replace(/^tag:/, '');
}
