import { type Located, type Span, spanOf, textOf } from '../source/span.ts';
import type { Policy, SelectorUse } from './policy.ts';
import { splitHostAndPorts } from './read/read-ports.ts';
import { readSelector } from './read/read-selector.ts';

/** Every place of a policy that uses a selector, its tests among them; of words that are none there is nothing. */
export function selectorUses(policy: Policy): readonly SelectorUse[] {
  return [
    ...[...policy.groups.values()].flatMap(({ members }) => members),
    ...[...policy.tagOwners.values()].flatMap(({ owners }) => owners),
    ...[...policy.ipsets.values()].flatMap(({ operations }) => operations.map(({ operand }) => operand)),
    ...policy.approvers.flatMap(({ who }) => who),
    ...policy.exitNodeApprovers,
    ...policy.serviceApprovers.flatMap(({ service, who }) => [service, ...who]),
    ...policy.rules.flatMap(({ sources, destinations, via }) => [
      ...sources,
      ...destinations.map(({ selector }) => selector),
      ...via,
    ]),
    ...policy.ssh.flatMap(({ sources, destinations }) => [...sources, ...destinations]),
    ...policy.nodeAttrs.flatMap(({ targets }) => targets),
    ...policy.sshTests.flatMap(({ destinations }) => destinations),
    ...testUses(policy),
  ];
}

/** What `tests` name, and the sources of `sshTests`: reading a policy does not judge them. */
export function testUses({ tests, sshTests }: Policy): readonly SelectorUse[] {
  const words = tests.flatMap(({ source, accept, deny }) => [
    ...(source ? [source] : []),
    ...[...accept, ...deny].map(hostOf),
  ]);
  return [...words, ...sshTests.flatMap(({ source }) => source ?? [])].flatMap(useOf);
}

/** Every place of a policy that uses a posture. */
export function postureUses({ rules, ssh, defaultPostures }: Policy): readonly Located<string>[] {
  return [...defaultPostures, ...[...rules, ...ssh].flatMap(({ postures }) => postures)];
}

/** The tags among them that `tagOwners` does not define. */
export function undefinedTagsOfTests(policy: Policy): readonly Located<string>[] {
  return testUses(policy).flatMap(({ value, span }) =>
    value.kind === 'tag' && !policy.tagOwners.has(value.name) ? [{ value: value.name, span }] : [],
  );
}

function useOf({ value: text, span }: Located<string>): readonly SelectorUse[] {
  const value = readSelector(text);
  return value ? [{ value, text, span }] : [];
}

/** The host of a test's `host:port`. */
function hostOf({ value, span }: Located<string>): Located<string> {
  const split = splitHostAndPorts(value);
  return split ? { value: split.host, span: startOf(span, value, split.hostEnd) } : { value, span };
}

/** The first units of a string, where nothing in it is escaped. */
function startOf(span: Span, value: string, length: number): Span {
  const { file, start } = span;
  return textOf(span) === `"${value}"` ? spanOf(file, start + 1, start + 1 + length) : span;
}
