import type { Rule } from './rule.ts';

/** The value itself appears in no message; reports mask it in the lines they show. */
export const plaintextToken: Rule = {
  id: 'plaintext-token',
  summary: 'a join token or an auth key is committed in clear',
  severity: 'error',
  *check(cluster) {
    for (const { facts } of cluster.files) {
      for (const secret of facts.secrets)
        yield { message: `${secret.what} is committed in clear`, at: secret.span };
    }
  },
};
