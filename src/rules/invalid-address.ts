import { addressesOf, areDistinct, callNode } from '../cluster/devices.ts';
import type { Cluster, Node, NodeAddress } from '../cluster/model.ts';
import type { Finding } from '../diagnostics/finding.ts';
import type { AddressFact } from '../inputs/facts.ts';
import { isPlaceholder } from '../inputs/secrets.ts';
import { formatAddress } from '../net/format.ts';
import { parseAddress } from '../net/parse.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import type { Rule } from './rule.ts';

export const invalidAddress: Rule = {
  id: 'invalid-address',
  summary: 'an address that is none, is of the wrong kind, or belongs to two nodes',
  severity: 'error',
  *check(cluster) {
    for (const node of cluster.nodes) {
      for (const facts of node.facts) for (const fact of facts.addresses) yield* malformed(fact);
      yield* wrongKind(node);
    }
    yield* givenTwice(cluster);
  },
};

function* malformed(fact: AddressFact): Generator<Finding, void, undefined> {
  const { text, span } = fact.value;
  if (!text?.trim()) return;
  const parsed = parseAddress(text);
  if (parsed.ok || isPlaceholder(text.trim())) return;
  const { fault } = parsed;
  if (fact.is.startsWith('master') && fault.kind === 'not-an-address' && isHost(text.trim())) return;
  if (fault.kind === 'has-length') {
    if (fact.is === 'lan' && fact.called === 'lanIp') return;
    yield {
      message: `${fact.called} "${text}" has a length where an address is wanted`,
      at: span,
      ...write(fault.meant, span),
    };
  } else if (fault.kind === 'not-an-address') {
    yield { message: `${fact.called} "${text}" is not an address`, at: span };
  } else {
    const why = fault.kind === 'spaces' ? 'has spaces in it' : 'has leading zeros';
    yield { message: `${fact.called} "${text}" ${why}`, at: span, ...write(fault.meant, span) };
  }
}

/** What may stand for a server in a URL: its name, or an IPv6 address in brackets. Numbers alone are no name. */
function isHost(text: string): boolean {
  if (text.startsWith('[') && text.endsWith(']')) return parseAddress(text.slice(1, -1)).ok;
  return /^[a-z\d_](?:[\w.-]*[\w.])?$/i.test(text) && !/^[\d.]+$/.test(text);
}

function write(
  meant: Parameters<typeof formatAddress>[0],
  at: AddressFact['value']['span'],
): Pick<Finding, 'fix'> {
  const newText = formatAddress(meant);
  return { fix: { title: `write ${newText}`, at, newText } };
}

/** Tailscale gives its devices addresses from 100.64.0.0/10 and fd7a:115c:a1e0::/48, and nobody else should. */
function* wrongKind(node: Node): Generator<Finding, void, undefined> {
  for (const { is, called, address, span } of node.addresses) {
    const text = formatAddress(address);
    if (is === 'tailscale' && !isTailscaleAddress(address)) {
      yield {
        message: `${called} ${text} is outside 100.64.0.0/10 and fd7a:115c:a1e0::/48, where Tailscale's addresses are`,
        at: span,
      };
    }
    if (is === 'lan' && isTailscaleAddress(address)) {
      yield { message: `${called} ${text} is a Tailscale address and not one of a LAN`, at: span };
    }
  }
}

/** Tailscale addresses are unique in a tailnet, LAN addresses at a site. */
function* givenTwice(cluster: Cluster): Generator<Finding, void, undefined> {
  const seen = new Map<string, { node: Node; held: NodeAddress; own: boolean }[]>();
  const holders = cluster.tailnet.clusters.flatMap((each) =>
    each.nodes.flatMap((node) => [
      ...addressesOf(node, 'tailscale').map((held) => ({
        node,
        held,
        own: each === cluster,
        scope: 'tailnet',
      })),
      ...addressesOf(node, 'lan')
        .filter(() => each === cluster && node.site !== undefined)
        .map((held) => ({ node, held, own: true, scope: `site ${node.site}` })),
    ]),
  );
  for (const { node, held, own, scope } of holders) {
    const key = `${scope} ${formatAddress(held.address)}`;
    const others = seen.get(key) ?? [];
    seen.set(key, [...others, { node, held, own }]);
    const other = others.find((each) => areDistinct(each.node, node));
    if (!other || !(own || other.own)) continue;
    yield {
      message: `${held.called} ${formatAddress(held.address)} is given for ${callNode(node)} and for ${callNode(other.node)}`,
      at: held.span,
      related: [{ at: other.held.span, label: `the address of ${callNode(other.node)}` }],
    };
  }
}
