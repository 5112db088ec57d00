import type { Rule } from './rule.ts';

/** The engine makes these findings: only it knows what an ignore has silenced. */
export const unusedIgnore: Rule = {
  id: 'unused-ignore',
  summary: 'a comment that silences nothing',
  severity: 'note',
  check: () => [],
};
