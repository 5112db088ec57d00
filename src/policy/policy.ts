import type { AddressRange } from '../net/address-set.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Located, Span } from '../source/span.ts';

/**
 * A tailnet policy as the service understands it: names resolved to nothing yet, every part with its place.
 * [Tailscale docs, policy file syntax, 2026-04]
 *
 * `acls` and `grants` are one thing here, `rules`. Of members given twice the last counts.
 */
export interface Policy {
  /** The opening brace of the whole. */
  readonly at: Span;
  readonly groups: ReadonlyMap<string, Group>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly tagOwners: ReadonlyMap<string, TagOwners>;
  readonly ipsets: ReadonlyMap<string, IpSet>;
  /** The names of `postures` and of `defaultSrcPosture`. */
  readonly postures: readonly Located<string>[];
  readonly defaultPostures: readonly Located<string>[];
  readonly approvers: readonly Approver[];
  readonly exitNodeApprovers: readonly SelectorUse[];
  readonly serviceApprovers: readonly ServiceApprover[];
  /** The keys of the two sections that rules stand in; undefined where the policy has none (null counts as none). */
  readonly sections: { readonly acls: Section | undefined; readonly grants: Section | undefined };
  /** Of `acls`, then of `grants`, in the order of the file. */
  readonly rules: readonly AccessRule[];
  readonly ssh: readonly SshRule[];
  readonly nodeAttrs: readonly NodeAttr[];
  readonly tests: readonly PolicyTest[];
  readonly sshTests: readonly SshTest[];
  /** The members of the top level as they are spelt, with their names in the service's spelling. */
  readonly members: readonly { readonly name: string; readonly key: Span }[];
}

export interface Section {
  readonly key: Span;
  readonly isEmpty: boolean;
}

/** What a rule may name as a source, a destination, an approver, an owner or a target. */
export type Selector =
  /** `*` */
  | { readonly kind: 'any' }
  /** `ada@example.com`, `ada@github`; `ada@` for Headscale. */
  | { readonly kind: 'user'; readonly name: string }
  /** `user:*@example.com` */
  | { readonly kind: 'domain'; readonly domain: string }
  /** `group:admins`: the name with its prefix, and so for all kinds below. */
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'autogroup'; readonly name: string }
  | { readonly kind: 'ipset'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string }
  /** A name of `hosts`. */
  | { readonly kind: 'host'; readonly name: string }
  /** An address, a prefix (host bits cleared) or a range. */
  | {
      readonly kind: 'addresses';
      readonly range: AddressRange;
      readonly written: 'address' | 'prefix' | 'range';
    };

/** A selector where it is used: `value` with its place, and `text` as written without white space around it. */
export interface SelectorUse extends Located<Selector> {
  readonly text: string;
}

export interface Group {
  readonly name: Located<string>;
  readonly members: readonly SelectorUse[];
}

export interface Host {
  readonly name: Located<string>;
  readonly range: AddressRange;
  /** An address stands for one host, a prefix for as many as it holds. */
  readonly written: 'address' | 'prefix';
  readonly at: Span;
}

export interface TagOwners {
  readonly tag: Located<string>;
  readonly owners: readonly SelectorUse[];
}

export interface IpSet {
  readonly name: Located<string>;
  /** In order: each adds to what those before it left, or removes from it. */
  readonly operations: readonly { readonly removes: boolean; readonly operand: SelectorUse }[];
}

/** One member of `autoApprovers.routes`. */
export interface Approver {
  readonly prefix: Located<Prefix>;
  readonly who: readonly SelectorUse[];
}

/** One member of `autoApprovers.services`: a service, or a tag that stands for several. */
export interface ServiceApprover {
  readonly service: SelectorUse;
  readonly who: readonly SelectorUse[];
}

/** Ports from the first to the last, both included; all of them are 0 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const EVERY_PORT: PortRange = { first: 0, last: 65_535 };

/** What a rule without protocols is about: TCP, UDP, ICMP and ICMPv6 [recorded packet filters, 2026-04]. */
export const DEFAULT_PROTOCOLS: readonly number[] = [6, 17, 1, 58];

/** Some protocols with some ports. */
export interface Traffic {
  /** IANA numbers; `DEFAULT_PROTOCOLS` itself, the same object, where the policy names none. */
  readonly protocols: readonly number[];
  readonly ports: readonly PortRange[];
}

/** One item of `acls` or `grants`. */
export interface AccessRule {
  readonly section: 'acls' | 'grants';
  /** From 0, in its section. */
  readonly index: number;
  /** The whole item. */
  readonly span: Span;
  readonly sources: readonly SelectorUse[];
  readonly destinations: readonly Destination[];
  /** Of a grant: only through routers with one of these tags. */
  readonly via: readonly SelectorUse[];
  /** Of a grant: the names of its `app`; a grant may have them alone. */
  readonly capabilities: readonly Located<string>[];
  readonly postures: readonly Located<string>[];
}

/** A destination with what may reach it; in a grant all have the same `traffic`, that of its `ip`. */
export interface Destination {
  /** Without its ports. */
  readonly selector: SelectorUse;
  /** With its ports. */
  readonly at: Span;
  readonly traffic: readonly Traffic[];
}

export interface SshRule {
  readonly index: number;
  readonly span: Span;
  readonly action: 'accept' | 'check';
  readonly sources: readonly SelectorUse[];
  readonly destinations: readonly SelectorUse[];
  /** Login names, `autogroup:nonroot` and `localpart:*@example.com` among them. */
  readonly users: readonly Located<string>[];
  readonly postures: readonly Located<string>[];
}

export interface NodeAttr {
  readonly index: number;
  readonly span: Span;
  readonly targets: readonly SelectorUse[];
  readonly attributes: readonly Located<string>[];
}

/** One item of `tests`: read without judging, as the service answers to what is wrong here by a failed test. */
export interface PolicyTest {
  readonly index: number;
  readonly span: Span;
  /** Undefined where it is missing or empty. */
  readonly source: Located<string> | undefined;
  readonly protocol: Located<string> | undefined;
  /** `host:port`, as written. */
  readonly accept: readonly Located<string>[];
  readonly deny: readonly Located<string>[];
}

/** One item of `sshTests`, read in the same way. */
export interface SshTest {
  readonly index: number;
  readonly span: Span;
  readonly source: Located<string> | undefined;
  readonly destinations: readonly SelectorUse[];
  readonly accept: readonly Located<string>[];
  readonly check: readonly Located<string>[];
  readonly deny: readonly Located<string>[];
}
