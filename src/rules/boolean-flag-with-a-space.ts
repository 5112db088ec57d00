import type { Fix } from '../diagnostics/finding.ts';
import { type Located, textOf } from '../source/span.ts';
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
        const fix = joined(flag, word);
        yield {
          message: `"${word.value}" after ${flag.value} is a stray argument, at which the command aborts`,
          at: word.span,
          related: [{ at: flag.span, label: 'the flag, which takes no separate word' }],
          ...(fix && { fix }),
        };
      }
    }
  },
};

/** Go knows no `yes` and no `on`. Nothing where the word is no truth or does not stand just after the flag. */
function joined(flag: Located<string>, word: Located<string>): Fix | undefined {
  const isOn = /^(true|yes|on|1)$/i.test(word.value);
  const gap = { ...word.span, start: flag.span.end, end: word.span.start };
  const isNext = flag.span.file === word.span.file && /^[ \t]+$/.test(textOf(gap));
  if (!isNext || !(isOn || /^(false|no|off|0)$/i.test(word.value))) return undefined;
  const newText = `=${isOn}`;
  return { title: `write ${flag.value}${newText}`, at: { ...gap, end: word.span.end }, newText };
}
