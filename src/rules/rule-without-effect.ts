import { acceptedPolicies } from '../cluster/accepted-policies.ts';
import { knownDevices } from '../cluster/known-devices.ts';
import { listed } from '../diagnostics/wording.ts';
import type { AccessRule, SelectorUse } from '../policy/policy.ts';
import { type Presence, presenceIn } from '../policy/presence.ts';
import { type Span, spanOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Without a device list only what no device can change: lists, groups and ipsets with nothing in them. */
export const ruleWithoutEffect: Rule = {
  id: 'rule-without-effect',
  summary: 'a rule of a policy that matches nothing',
  severity: 'warning',
  *check(cluster) {
    const { devices } = cluster.tailnet;
    const known = devices && devices.devices.length > 0 ? knownDevices(cluster.tailnet) : undefined;
    for (const { policy } of acceptedPolicies(cluster)) {
      const presence = presenceIn(policy, known ?? []);
      for (const rule of policy.rules) {
        const lack = emptySide(rule, presence) ?? (known && absentSide(rule, presence));
        if (lack) yield { message: `${lack.what}, so the rule matches nothing`, at: lack.at };
      }
    }
  },
};

/** Why a rule matches nothing. */
interface Lack {
  readonly what: string;
  readonly at: Span;
}

function emptySide(rule: AccessRule, { isEmpty }: Presence): Lack | undefined {
  const sides = { sources: rule.sources, destinations: destinationsOf(rule) };
  for (const [called, uses] of Object.entries(sides)) {
    if (!uses.every(({ value }) => isEmpty(value))) continue;
    const [first] = uses;
    if (first === undefined) return { what: `there are no ${called}`, at: headOf(rule) };
    return { what: `${namesOf(uses)} ${uses.length > 1 ? 'are' : 'is'} empty`, at: first.span };
  }
  return undefined;
}

function absentSide(rule: AccessRule, presence: Presence): Lack | undefined {
  const { sources, via } = rule;
  if (!sources.some(({ value }) => presence.isSource(value))) return nobody(sources);
  const destinations = destinationsOf(rule);
  const absent = destinations.filter(({ value }) => !presence.isDestination(value));
  // Where nothing leads is for `destination-without-route`.
  if (absent.some(({ value }) => presence.networkOf(value))) return undefined;
  if (absent.length === destinations.length) return nobody(destinations);
  const tags = via.map(({ value }) => value);
  const [router] = via;
  if (!router || destinations.some(({ value }) => presence.isBehind(value, tags))) return undefined;
  if (!tags.some(presence.isSource)) return nobody(via);
  return { what: `no device with ${namesOf(via)} has a route to ${namesOf(destinations)}`, at: router.span };
}

function nobody(uses: readonly SelectorUse[]): Lack | undefined {
  const [first] = uses;
  return (
    first && {
      what: `${namesOf(uses)} ${uses.length > 1 ? 'stand' : 'stands'} for no device`,
      at: first.span,
    }
  );
}

function namesOf(uses: readonly SelectorUse[]): string {
  return listed([...new Set(uses.map(({ text }) => text))]);
}

function destinationsOf({ destinations }: AccessRule): readonly SelectorUse[] {
  return destinations.map(({ selector }) => selector);
}

/** Its opening brace. */
function headOf({ span: { file, start } }: AccessRule): Span {
  return spanOf(file, start, start + 1);
}
