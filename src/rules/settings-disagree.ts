import { callNode } from '../cluster/devices.ts';
import type { Node } from '../cluster/model.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { type AddressFact, type NodeFacts, ROLES } from '../inputs/facts.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { parseAddress, parsePrefix } from '../net/parse.ts';
import { compareSpans, type Located, type Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { Rule } from './rule.ts';

export const settingsDisagree: Rule = {
  id: 'settings-disagree',
  summary: 'two files say different things of one node',
  severity: 'error',
  *check(cluster) {
    for (const node of cluster.nodes) {
      if (node.standsForMany) continue;
      for (const [what, told] of toldOf(node)) yield* disagreement(node, what, told);
    }
  },
};

/** All that one file says of one thing, as a set: two addresses of a node are one answer. */
interface Told {
  readonly at: Span;
  readonly values: ReadonlySet<string>;
}

function toldOf(node: Node): ReadonlyMap<string, readonly Told[]> {
  const byThing = new Map<string, Told[]>();
  for (const facts of node.facts) {
    for (const [what, answers] of answersOf(facts)) {
      const [first] = answers;
      if (!first) continue;
      const told = byThing.get(what) ?? [];
      byThing.set(what, told);
      const same = told.findIndex(({ at }) => at.file === first.span.file);
      const values = new Set(answers.map(({ value }) => value));
      if (same < 0) told.push({ at: first.span, values });
      else told[same] = { at: told[same]!.at, values: new Set([...told[same]!.values, ...values]) };
    }
  }
  return byThing;
}

type Answers = readonly [what: string, answers: readonly Located<string>[]];

/** What facts of every kind say in common terms; nothing for a computed or malformed value, and no secret. */
function answersOf(facts: NodeFacts): readonly Answers[] {
  const addresses = (is: AddressFact['is']) =>
    facts.addresses.filter((each) => each.is === is).flatMap(({ value }) => asAddress(value));
  return [
    ['role', asRole(facts.role)],
    ['site', asText(facts.site)],
    ...ofEachFamily('Tailscale address', addresses('tailscale')),
    ...ofEachFamily('LAN address', addresses('lan')),
    ...ofEachFamily("server's LAN address", addresses('master-lan')),
    ...ofEachFamily("server's Tailscale address", addresses('master-tailscale')),
    ...ofEachFamily('pod CIDR', facts.podCidrs.flatMap(asPrefix)),
    [
      'acceptance of routes',
      facts.tailscale.flatMap(({ acceptRoutes }) =>
        acceptRoutes?.on === undefined
          ? []
          : [{ value: acceptRoutes.on ? 'on' : 'off', span: acceptRoutes.span }],
      ),
    ],
  ];
}

/** One file may give a node's IPv4 address and another its IPv6 address. */
function ofEachFamily(what: string, answers: readonly Located<string>[]): readonly Answers[] {
  const isIpv6 = ({ value }: Located<string>) => value.includes(':');
  return [
    [what, answers.filter((answer) => !isIpv6(answer))],
    [`${what} (IPv6)`, answers.filter(isIpv6)],
  ];
}

/** A misspelt role is for `unknown-role`. */
function asRole(role: Given | undefined): Located<string>[] {
  return asText(role).filter(({ value }) => ROLES.some((known) => known === value));
}

function asText(given: Given | undefined): Located<string>[] {
  return given?.text ? [{ value: given.text, span: given.span }] : [];
}

function asAddress({ text, span }: Given): Located<string>[] {
  const parsed = parseAddress(text?.split('/', 1)[0] ?? '');
  return parsed.ok ? [{ value: formatAddress(parsed.value), span }] : [];
}

function asPrefix({ text, span }: Given): Located<string>[] {
  const parsed = parsePrefix(text ?? '');
  return parsed.ok ? [{ value: formatPrefix(parsed.value), span }] : [];
}

/** One answer may hold more than another; they disagree where neither holds the other. */
function* disagreement(node: Node, what: string, told: readonly Told[]): Generator<Finding, void, undefined> {
  const [first, ...others] = [...told].sort((a, b) => compareSpans(a.at, b.at));
  for (const other of others) {
    if (isWithin(first!.values, other.values) || isWithin(other.values, first!.values)) continue;
    const [mine, theirs] = [other, first!].map(({ values }) => [...values].join(' and '));
    yield {
      message: `the ${what} of ${callNode(node)} is ${mine} here and ${theirs} in another file`,
      at: other.at,
      related: [{ at: first!.at, label: `the other ${what}` }],
    };
  }
}

function isWithin(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].every((value) => b.has(value));
}
