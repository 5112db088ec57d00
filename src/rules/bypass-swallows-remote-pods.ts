import { callNode } from '../cluster/devices.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Fix } from '../diagnostics/finding.ts';
import type { IpRule } from '../inputs/facts.ts';
import { callPairs, causesOf, podNetwork } from '../paths/pod-network.ts';
import type { PodPair } from '../paths/pod-paths.ts';
import { placeKey, type Span, textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** One rule for each neighbour on the LAN is right, and so is one that does not let the default route count. */
export const bypassSwallowsRemotePods: Rule = {
  id: 'bypass-swallows-remote-pods',
  summary: 'an ip rule looks up pods of other sites in main, where only the default route matches',
  severity: 'error',
  *check(cluster) {
    for (const { rule, at, pairs } of swallowing(cluster)) {
      const to = rule?.to?.text ?? 'everything';
      const [first] = pairs;
      yield {
        message: `the rule for ${to} sends pods of other sites out through the default route: ${callPairs(pairs)}`,
        at,
        related: first!.to.pods.slice(0, 1).map(({ span }) => ({
          at: span,
          label: `pods of ${callNode(first!.to.node)}`,
        })),
        ...(rule && fixOf(rule)),
      };
    }
  },
};

interface Swallowing {
  readonly rule: IpRule | undefined;
  readonly at: Span;
  readonly pairs: PodPair[];
}

/** A rule in a script is one place, whoever runs it. */
function swallowing(cluster: Cluster): Iterable<Swallowing> {
  const byPlace = new Map<string, Swallowing>();
  const pods = podNetwork(cluster);
  if (pods === undefined || pods.network.hosts.every(({ node }) => node.ipRules.length === 0)) return [];
  // What a rule by hand does is certain, whatever the tailnet does.
  const bypassed = pods.allPairs.filter(({ cause }) => cause?.kind === 'bypassed');
  for (const { cause, pairs } of causesOf(pods.network, bypassed)) {
    const [at] = cause.because;
    if (at === undefined) continue;
    const key = placeKey(at);
    const rule = cause.host.node.ipRules.find((each) => placeKey(each.at) === key);
    const found = byPlace.get(key) ?? { rule, at, pairs: [] };
    byPlace.set(key, found);
    found.pairs.push(...pairs);
  }
  return byPlace.values();
}

/** In a command after `add`, in a manifest before the first key. */
function fixOf({ at, suppressPrefixlength }: IpRule): { readonly fix?: Fix } {
  if (suppressPrefixlength !== undefined) return {};
  const written = textOf(at);
  if (/\sadd$/.test(written)) return insertion({ ...at, start: at.end }, ' suppress_prefixlength 0');
  const before = at.file.text.slice(0, at.start);
  const place = { ...at, end: at.start };
  const key = written.startsWith('"') ? '"suppressPrefixlength": 0' : 'suppressPrefixlength: 0';
  if (/\{\s*$/.test(before)) return insertion(place, `${key}, `);
  const [indent] = /(?<=^|[\r\n])[ -]*$/.exec(before) ?? [];
  return indent === undefined ? {} : insertion(place, `${key}\n${' '.repeat(indent.length)}`);
}

function insertion(at: Span, newText: string): { readonly fix: Fix } {
  return { fix: { title: `add ${newText.trim().replace(/,$/, '')}`, at, newText } };
}
