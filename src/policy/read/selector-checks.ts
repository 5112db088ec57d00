import { nearest } from '../../diagnostics/nearest.ts';
import type { Selector, SelectorUse } from '../policy.ts';
import type { Fault, Report } from './fields.ts';

/** The names that a policy defines. */
export interface Names {
  readonly groups: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
  readonly ipsets: ReadonlySet<string>;
  readonly postures: ReadonlySet<string>;
}

/** What all that read a policy need. */
export interface Reading {
  readonly names: Names;
  readonly report: Report;
}

/** What a selector is used as; an owner is one of a tag. */
export type Role =
  | 'src'
  | 'dst'
  | 'ssh src'
  | 'ssh dst'
  | 'recorder'
  | 'ipset'
  | 'target'
  | 'owner'
  | 'approver';

const AUTOGROUPS = [
  'member',
  'members',
  'owner',
  'admin',
  'network-admin',
  'it-admin',
  'billing-admin',
  'auditor',
  'tagged',
  'shared',
  'self',
  'internet',
  'nonroot',
  'danger-all',
].map((name) => `autogroup:${name}`);

/** [Tailscale docs, policy file syntax, 2026-04] */
const REFUSED_AUTOGROUPS: Readonly<Record<Role, readonly string[]>> = {
  src: ['self', 'internet', 'nonroot'],
  dst: ['danger-all', 'shared', 'nonroot'],
  'ssh src': ['self', 'internet', 'nonroot', 'danger-all'],
  'ssh dst': ['internet', 'nonroot', 'danger-all', 'shared'],
  recorder: [],
  ipset: [],
  target: ['self', 'internet', 'nonroot'],
  owner: ['self', 'internet', 'nonroot', 'danger-all', 'shared'],
  approver: ['self', 'internet', 'nonroot', 'danger-all', 'shared'],
};

const IDENTITIES: readonly Selector['kind'][] = ['user', 'domain', 'group', 'tag', 'autogroup'];

/** The kinds that a role may have, where it may not have all. */
const KINDS: Partial<Record<Role, readonly Selector['kind'][]>> = {
  'ssh src': IDENTITIES,
  'ssh dst': ['user', 'tag', 'autogroup'],
  recorder: ['tag'],
  owner: IDENTITIES,
  approver: IDENTITIES,
};

/** Reports a selector that may not stand where it does, or that names what the policy does not define. */
export function checkSelector(use: SelectorUse, role: Role, { names, report }: Reading): void {
  const misplaced = faultOf(use.value, use.text, role);
  const message = misplaced ?? undefinedIn(use.value, role, names);
  if (message === undefined) return;
  report(message, use.span, undefined, misplaced === undefined ? undefinedTag(use.value) : undefined);
}

/** The fault of an undefined name, if it is a tag's. */
export function undefinedTag(selector: Selector): Fault | undefined {
  return selector.kind === 'tag' ? { is: 'undefined-tag', tag: selector.name } : undefined;
}

/** A text that is no selector, in the words of the service. */
export function invalidAddress(text: string, role: Role): string {
  if (KINDS[role]) return notAllowed(text, role);
  const side = role === 'src' || role === 'dst' ? `${role}=` : '';
  return `${side}${quote(text)}: invalid address`;
}

/** A word of the policy as the service quotes it; a very long one is cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}

function faultOf(selector: Selector, text: string, role: Role): string | undefined {
  const kinds = KINDS[role];
  if (kinds && !kinds.includes(selector.kind)) return notAllowed(text, role);
  if (selector.kind !== 'autogroup') return undefined;
  if (!AUTOGROUPS.includes(selector.name)) return unknownAutogroup(selector.name);
  const name = selector.name.slice('autogroup:'.length);
  return REFUSED_AUTOGROUPS[role].includes(name) ? notAllowed(text, role) : undefined;
}

function unknownAutogroup(name: string): string {
  // The prefix is the same in all and would make short names look alike.
  const [word, ...known] = [name.slice(0, 80), ...AUTOGROUPS].map((each) => each.slice('autogroup:'.length));
  const near = nearest(word ?? '', known);
  const hint = near === undefined ? '' : `, the nearest known one is "autogroup:${near}"`;
  return `unknown autogroup ${quote(name)}${hint}`;
}

function notAllowed(text: string, role: Role): string {
  switch (role) {
    case 'src':
      return `${quote(text)} not valid on the src side of a rule`;
    case 'dst':
      return `cannot use ${text} as a dst`;
    case 'ssh src':
      return `invalid src ${quote(text)}`;
    case 'ssh dst':
      return `invalid dst ${quote(text)}`;
    case 'recorder':
      return `invalid recorder ${quote(text)}`;
    case 'ipset':
      return `${quote(text)} cannot be in an ipset`;
    case 'target':
      return `${quote(text)} cannot be the target of nodeAttrs`;
    case 'owner':
      return `${quote(text)} cannot own a tag`;
    case 'approver':
      return `${quote(text)} cannot approve anything`;
  }
}

function undefinedIn(selector: Selector, role: Role, names: Names): string | undefined {
  switch (selector.kind) {
    case 'tag':
      return names.tags.has(selector.name) ? undefined : notFound('tag', selector.name, role);
    case 'group':
      // Groups that an identity provider keeps have the domain in the name, and are in no policy.
      return names.groups.has(selector.name) || selector.name.includes('@')
        ? undefined
        : notFound('group', selector.name, role);
    case 'ipset':
      return names.ipsets.has(selector.name) ? undefined : notFound('ipset', selector.name, role);
    case 'host':
      return names.hosts.has(selector.name) ? undefined : invalidAddress(selector.name, role);
    default:
      return undefined;
  }
}

function notFound(kind: string, name: string, role: Role): string {
  const side = role.endsWith('src') ? 'src=' : role.endsWith('dst') ? `dst=${quote(name)}: ` : '';
  return `${side}${kind} not found: ${quote(name)}`;
}
