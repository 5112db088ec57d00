import type { Rule } from './rule.ts';

/** Go's flag package takes a boolean's value after `=` only; the command aborts [Tailscale 1.98, cmd/tailscale/cli/up.go]. */
export const booleanFlagWithASpace: Rule = {
  id: 'boolean-flag-with-a-space',
  summary: 'a word after a boolean flag of tailscale, which aborts the command',
  severity: 'error',
  *check(cluster) {
    for (const { strayWords } of cluster.nodes
      .flatMap((node) => node.facts)
      .flatMap((facts) => facts.tailscale)) {
      for (const { flag, word } of strayWords) {
        const isTruth = /^(true|false|yes|no|on|off|0|1)$/i.test(word.value);
        yield {
          message: `"${word.value}" after ${flag.value} is a stray argument, at which the command aborts`,
          at: word.span,
          related: [{ at: flag.span, label: 'the flag, which takes no separate word' }],
          ...(isTruth && {
            fix: {
              title: `write ${flag.value}=${word.value}`,
              at: { ...word.span, start: flag.span.end },
              newText: `=${word.value}`,
            },
          }),
        };
      }
    }
  },
};
