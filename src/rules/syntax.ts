import type { Rule } from './rule.ts';

/** Every error that reading a file met: text that does not parse, keys and shapes its schema does not know. */
export const syntax: Rule = {
  id: 'syntax',
  summary: 'a file that does not parse or breaks its schema',
  severity: 'error',
  *check(cluster) {
    for (const { facts } of cluster.files) yield* facts.problems;
    // In a policy one member may be spelt in two ways.
    for (const { problems } of cluster.policies) {
      for (const { fault, ...problem } of problems) if (fault?.is === 'given-twice') yield problem;
    }
  },
};
