import type { Cluster } from '../cluster/model.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { formatPrefix } from '../net/format.ts';
import { type PrefixFault, parsePrefix } from '../net/parse.ts';
import { prefixWords } from '../policy/prefix-words.ts';
import { type Span, spanOf } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { Rule } from './rule.ts';

export const invalidPrefix: Rule = {
  id: 'invalid-prefix',
  summary: 'a prefix that Tailscale or K3s refuses',
  severity: 'error',
  *check(cluster) {
    for (const given of prefixesOf(cluster)) yield* invalid(given);
  },
};

/** Every word that has to be a prefix; what `ip` takes may be a bare address and is not among them. */
function* prefixesOf(cluster: Cluster): Generator<Given, void, undefined> {
  for (const { facts } of cluster.files) {
    for (const manifest of facts.clusters) yield* [...manifest.clusterCidrs, ...manifest.serviceCidrs];
    for (const node of facts.nodes) {
      yield* node.podCidrs;
      for (const { settings } of node.k3s) {
        for (const { name, value } of settings)
          if (name === 'cluster-cidr' || name === 'service-cidr') yield value;
      }
    }
  }
  for (const { tree } of cluster.policies) yield* prefixWords(tree);
  for (const node of cluster.nodes) {
    for (const { advertise } of node.tailscale) for (const { prefix } of advertise) yield prefix;
  }
}

function* invalid({ text, span }: Given): Generator<Finding, void, undefined> {
  if (text === undefined) return;
  const parsed = parsePrefix(text);
  if (parsed.ok) return;
  const { fault } = parsed;
  const message = `"${text}" ${describe(fault)}`;
  if (!('meant' in fault)) yield { message, at: span };
  else {
    const newText = formatPrefix(fault.meant);
    yield { message, at: span, fix: { title: `write ${newText}`, at: withoutQuotes(text, span), newText } };
  }
}

/** Quotes stay: a policy needs them. */
function withoutQuotes(text: string, { file, start, end }: Span): Span {
  const at = file.text.indexOf(text, start);
  return at >= 0 && at + text.length <= end ? spanOf(file, at, at + text.length) : spanOf(file, start, end);
}

function describe(fault: PrefixFault): string {
  switch (fault.kind) {
    case 'not-a-prefix':
      return 'is not a prefix';
    case 'length':
      return 'has a length that its family does not have';
    case 'bare-address':
      return `is an address without a length, ${formatPrefix(fault.meant)} as a prefix`;
    case 'leading-zeros':
      return 'has leading zeros';
    case 'spaces':
      return 'has spaces in it';
    case 'host-bits':
      return `has host bits set, the prefix is ${formatPrefix(fault.meant)}`;
  }
}
