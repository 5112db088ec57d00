import { type AddressRange, covers, rangeOf } from '../../net/address-set.ts';
import { TAILSCALE_IPV4, TAILSCALE_IPV6 } from '../../net/ranges.ts';
import { type Span, textOf } from '../../source/span.ts';
import { keyName, type Member, type Tree } from '../../syntax/tree.ts';
import type { Policy, Selector, SelectorUse } from '../policy.ts';
import { readSelector } from '../read/read-selector.ts';
import {
  DIFFERENCES,
  HEADSCALE_VERSIONS,
  type HeadscaleVersion,
  MEMBERS,
  PROTOCOL_NAMES_OF_0_29,
  REFUSED_ATTRIBUTES,
  REFUSES_MEMBERS,
  ROLES,
  type Role,
  TAILSCALE_CAPABILITIES,
} from './headscale-language.ts';

/** A part of a policy that Tailscale takes, and that some versions of Headscale refuse or read in another way. */
export interface NotPortable {
  /** Names the versions, where it is not all of them. */
  readonly message: string;
  readonly at: Span;
  readonly effect: 'refused' | 'reads differently';
  /** Those that differ, in order; never empty. */
  readonly versions: readonly HeadscaleVersion[];
}

/**
 * What of a policy is not portable to Headscale, by its place. `tree` is what the policy was read from. What only
 * versions before `oldest` have is left out: 0.29 is the first that reads what it takes as Tailscale does.
 *
 * Of a difference that is in the language rather than in the policy, as what `*` stands for, only the first use is
 * reported.
 */
export function notPortable(
  policy: Policy,
  tree: Tree,
  oldest: HeadscaleVersion = '0.29',
): readonly NotPortable[] {
  const found = [
    ...memberDifferences(tree),
    ...usesIn(policy).flatMap(useDifferences),
    ...aclDifferences(policy),
    ...otherDifferences(policy),
  ];
  return found
    .filter(({ versions }) => versions.some((version) => version >= oldest))
    .sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end);
}

/** Members that Headscale does not know, and values of members that no `Policy` holds. */
function memberDifferences(tree: Tree): NotPortable[] {
  return membersOf(tree).flatMap((section) => {
    const name = nameOf(section);
    const since = known(MEMBERS.policy, name);
    const own = unknownMember(section, since, HEADSCALE_VERSIONS[0]);
    const names = known(MEMBERS, name);
    if (names === undefined || since === undefined || since === 'never') return own;
    const items = section.value.kind === 'list' ? section.value.items : [section.value];
    const members = items.flatMap(membersOf);
    return [
      ...own,
      ...members.flatMap((member) => unknownMember(member, known(names, nameOf(member)), since)),
      ...members.flatMap((member) => valueDifference(name, member)),
    ];
  });
}

/** A member that Tailscale knows and Headscale from `since` on, in a section that it knows from `from` on. */
function unknownMember(
  { key }: Member,
  since: HeadscaleVersion | 'never' | undefined,
  from: HeadscaleVersion,
): NotPortable[] {
  // What Tailscale does not know either is a fault, and no matter of portability.
  if (since === undefined) return [];
  const versions = without(since, from);
  const ignored = versions.filter((version) => version < REFUSES_MEMBERS);
  const refused = versions.filter((version) => version >= REFUSES_MEMBERS);
  return [
    ...notPortableIn(ignored, 'reads differently', `ignores the member ${keyName(key)}`, key.span),
    ...notPortableIn(refused, 'refused', `does not take the member ${keyName(key)}`, key.span),
  ];
}

function valueDifference(section: string, { key, value }: Member): NotPortable[] {
  if (value.kind !== 'scalar') return [];
  const text = value.text.toLowerCase();
  switch (`${section} ${key.text.toLowerCase()}`) {
    case 'acls proto':
      if (text === 'icmp') return differs('icmp', value.span);
      return PROTOCOL_NAMES_OF_0_29.includes(text) ? differs('protocol', value.span, text) : [];
    case 'ssh action':
      return text === 'check' ? differs('check', value.span) : [];
    case 'ssh checkperiod':
      return text === 'always' ? differs('always', value.span) : [];
    default:
      return [];
  }
}

/** A selector, what it stands as, and the first version that knows the section it stands in. */
interface Use {
  readonly selector: Selector;
  readonly text: string;
  readonly at: Span;
  readonly role: keyof typeof ROLES;
  readonly from: HeadscaleVersion;
}

function usesIn(policy: Policy): readonly Use[] {
  const of = (role: Use['role'], from: HeadscaleVersion, uses: readonly SelectorUse[]): Use[] =>
    uses.map(({ value, text, span }) => ({ selector: value, text, at: span, role, from }));
  const inTest = (role: Use['role'], text: string, at: Span): Use[] => {
    const selector = readSelector(text);
    return selector ? [{ selector, text, at, role, from: '0.29' }] : [];
  };
  const withoutPorts = (text: string) => text.slice(0, Math.max(text.lastIndexOf(':'), 0));

  return [
    ...[...policy.groups.values()].flatMap(({ members }) => of('member', '0.26', members)),
    ...[...policy.tagOwners.values()].flatMap(({ owners }) => of('owner', '0.26', owners)),
    ...policy.approvers.flatMap(({ who }) => of('approver', '0.26', who)),
    ...of('approver', '0.26', policy.exitNodeApprovers),
    ...policy.rules.flatMap(({ section, sources, destinations }) => {
      const from = section === 'acls' ? '0.26' : '0.29';
      const selectors = destinations.map(({ selector }) => selector);
      return [...of('source', from, sources), ...of('destination', from, selectors)];
    }),
    ...policy.ssh.flatMap(({ sources, destinations }) => [
      ...of('sshSource', '0.26', sources),
      ...of('sshDestination', '0.26', destinations),
    ]),
    ...policy.nodeAttrs.flatMap(({ targets }) => of('target', '0.29', targets)),
    ...policy.tests.flatMap(({ source, accept, deny }) => [
      ...(source ? inTest('source', source.value.trim(), source.span) : []),
      ...[...accept, ...deny].flatMap(({ value, span }) => inTest('destination', withoutPorts(value), span)),
    ]),
    ...policy.sshTests.flatMap(({ source, destinations }) => [
      ...(source ? inTest('source', source.value.trim(), source.span) : []),
      ...of('destination', '0.29', destinations),
    ]),
  ];
}

function useDifferences({ selector, text, at, role, from }: Use): NotPortable[] {
  // Whatever has an @ is a user for Headscale, whatever stands before it.
  if (selector.kind === 'domain' || (selector.kind === 'group' && text.includes('@'))) {
    return differs(role === 'target' ? 'nobody' : 'someUser', at, text, from);
  }
  const { called, kinds, autogroups }: Role = ROLES[role];
  const isAutogroup = selector.kind === 'autogroup' && kinds.autogroup !== undefined;
  const since = isAutogroup ? autogroups[selector.name] : kinds[selector.kind];
  const versions = without(since, from);
  if (versions.length > 0) {
    return notPortableIn(versions, 'refused', `does not take ${shown(text)} as ${called}`, at);
  }
  if (selector.kind === 'user') {
    if (!text.includes('@')) return differs('bareUser', at, text, from);
    return /@(github|passkey)$/.test(text) ? differs('provider', at, text, from) : [];
  }
  if (selector.kind === 'addresses' && selector.written === 'range') return differs('range', at, text, from);
  return [];
}

/** What the rules of `acls` meant before Headscale 0.29, the first of each, and their brackets. */
function aclDifferences(policy: Policy): NotPortable[] {
  const acls = policy.rules.filter(({ section }) => section === 'acls');
  const sources = acls.flatMap((rule) => rule.sources);
  const destinations = acls.flatMap((rule) => rule.destinations);
  const selectors = destinations.map(({ selector }) => selector);
  const anySource = sources.find(({ value }) => value.kind === 'any');
  const subnet = selectors.find(({ value }) => isSubnet(rangeIn(policy, value)));
  const address = [...sources, ...selectors].find(({ value }) => isTailnetAddress(rangeIn(policy, value)));
  return [
    ...(anySource ? differs('anySource', anySource.span) : []),
    ...(subnet ? differs('subnet', subnet.span, subnet.text) : []),
    ...(address ? differs('tailnetAddress', address.span, address.text) : []),
    ...destinations
      .filter(({ at }) => /^"?\s*\[/.test(textOf(at)))
      .flatMap(({ at }) => differs('brackets', at)),
  ];
}

function otherDifferences(policy: Policy): NotPortable[] {
  const logins = policy.ssh.flatMap(({ users }) =>
    users.filter(({ value }) => /^localpart:\*@./.test(value)),
  );
  const attributes = policy.nodeAttrs.flatMap((item) => item.attributes);
  const refused = attributes.filter(({ value }) => REFUSED_ATTRIBUTES.includes(value));
  const capabilities = policy.rules.flatMap((rule) => rule.capabilities);
  return [
    ...logins.flatMap(({ value, span }) => differs('localpart', span, value)),
    ...refused.flatMap(({ value, span }) => differs('attribute', span, value, '0.29')),
    ...capabilities
      .filter(({ value }) => value.startsWith('tailscale.com/'))
      .flatMap(({ value, span }) => {
        const versions = without(TAILSCALE_CAPABILITIES[value], '0.29');
        return notPortableIn(versions, 'refused', `does not take the capability ${shown(value)}`, span);
      }),
  ];
}

function differs(
  which: keyof typeof DIFFERENCES,
  at: Span,
  what = '',
  from: HeadscaleVersion = HEADSCALE_VERSIONS[0],
): NotPortable[] {
  const difference: { until?: HeadscaleVersion; effect: NotPortable['effect']; message: string } =
    DIFFERENCES[which];
  const { until, effect, message } = difference;
  const versions = HEADSCALE_VERSIONS.filter(
    (version) => from <= version && (until === undefined || version <= until),
  );
  return notPortableIn(
    versions,
    effect,
    message.replace('WHAT', () => shown(what)),
    at,
  );
}

/** None for no version. */
function notPortableIn(
  versions: readonly HeadscaleVersion[],
  effect: NotPortable['effect'],
  message: string,
  at: Span,
): NotPortable[] {
  return versions.length === 0 ? [] : [{ message: `${inWords(versions)} ${message}`, at, effect, versions }];
}

/** `Headscale`, or with those versions of it that follow each other. */
function inWords(versions: readonly HeadscaleVersion[]): string {
  const [first, last] = [versions[0], versions.at(-1)];
  const isFromStart = first === HEADSCALE_VERSIONS[0];
  const isToEnd = last === HEADSCALE_VERSIONS.at(-1);
  if (isFromStart && isToEnd) return 'Headscale';
  if (first === last) return `Headscale ${first}`;
  if (isToEnd) return `Headscale from ${first}`;
  return isFromStart ? `Headscale up to ${last}` : `Headscale ${first} to ${last}`;
}

/** The versions from `from` on that do not take yet what others take since `since`. */
function without(
  since: HeadscaleVersion | 'never' | undefined,
  from: HeadscaleVersion,
): readonly HeadscaleVersion[] {
  const never = since === undefined || since === 'never';
  return HEADSCALE_VERSIONS.filter((version) => from <= version && (never || version < since));
}

function membersOf(tree: Tree): readonly Member[] {
  return tree.kind === 'map' ? tree.members : [];
}

/** The value under a name that a user may have chosen: `constructor` is not known. */
function known<T>(names: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

function nameOf({ key }: Member): string {
  return key.text.toLowerCase();
}

function rangeIn(policy: Policy, selector: Selector): AddressRange | undefined {
  if (selector.kind === 'addresses') return selector.range;
  return selector.kind === 'host' ? policy.hosts.get(selector.name)?.range : undefined;
}

const TAILNET = [rangeOf(TAILSCALE_IPV4), rangeOf(TAILSCALE_IPV6)];

function isSubnet(range: AddressRange | undefined): boolean {
  return range !== undefined && !covers(TAILNET, [range]);
}

function isTailnetAddress(range: AddressRange | undefined): boolean {
  return range !== undefined && range.first === range.last && covers(TAILNET, [range]);
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
