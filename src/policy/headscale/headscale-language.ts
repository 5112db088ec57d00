import type { Selector } from '../policy.ts';

/**
 * What of the policy language Headscale takes, and since when: the data that `portability.ts` judges by.
 *
 * Read in Headscale's source at v0.26.0, v0.27.0, v0.28.0, v0.29.0 to v0.29.2 and main f20f1f1 of 2026-07-21, which
 * will be 0.30: hscontrol/policy/v2/{types,filter,compiled,utils,test}.go, policyutil/reduce.go and CHANGELOG.md.
 * The versions are in order, and compare as texts.
 */
export const HEADSCALE_VERSIONS = ['0.26', '0.27', '0.28', '0.29', '0.30'] as const;

export type HeadscaleVersion = (typeof HEADSCALE_VERSIONS)[number];

/** The first version that takes a thing. */
type Since<Name extends string = string> = Readonly<Partial<Record<Name, HeadscaleVersion>>>;

type Members = Readonly<Record<string, HeadscaleVersion | 'never'>>;

/** Unknown members are ignored before this version, and refused from it on [Headscale 0.27.0 CHANGELOG, #2764]. */
export const REFUSES_MEMBERS: HeadscaleVersion = '0.27';

/**
 * The members that Tailscale knows: of the policy, and under the name of a section of its items, or of itself where it
 * is an object; and since when Headscale does. Names are in lower case: Headscale takes them in any [json struct tags
 * of Policy, ACL, Grant, SSH, NodeAttrGrant, AutoApproverPolicy, PolicyTest, SSHPolicyTest; 0.29: CHANGELOG #2180,
 * #3229, #3251 and #3263]. `ipPool` is parsed, and refused where it is not empty.
 */
export const MEMBERS: { readonly policy: Members } & Readonly<Record<string, Members>> = {
  policy: {
    acls: '0.26',
    grants: '0.29',
    ssh: '0.26',
    groups: '0.26',
    hosts: '0.26',
    tagowners: '0.26',
    autoapprovers: '0.26',
    ipsets: 'never',
    postures: 'never',
    defaultsrcposture: 'never',
    nodeattrs: '0.29',
    tests: '0.29',
    sshtests: '0.29',
    attrconfig: 'never',
    derpmap: 'never',
    disableipv4: 'never',
    onecgnatroute: 'never',
    randomizeclientport: '0.29',
  },
  acls: {
    action: '0.26',
    src: '0.26',
    users: 'never',
    proto: '0.26',
    dst: '0.26',
    ports: 'never',
    srcposture: 'never',
  },
  grants: { src: '0.29', dst: '0.29', ip: '0.29', app: '0.29', via: '0.29', srcposture: 'never' },
  ssh: {
    action: '0.26',
    src: '0.26',
    dst: '0.26',
    users: '0.26',
    checkperiod: '0.26',
    acceptenv: '0.29',
    recorder: 'never',
    enforcerecorder: 'never',
    srcposture: 'never',
  },
  autoapprovers: { routes: '0.26', exitnode: '0.26', services: 'never' },
  nodeattrs: { target: '0.29', attr: '0.29', app: 'never', ippool: 'never' },
  tests: {
    src: '0.29',
    user: 'never',
    srcpostureattrs: 'never',
    proto: '0.29',
    accept: '0.29',
    allow: 'never',
    deny: '0.29',
  },
  sshtests: {
    src: '0.29',
    srcpostureattrs: 'never',
    dst: '0.29',
    accept: '0.29',
    check: '0.29',
    deny: '0.29',
  },
};

/** What a selector may stand as, and which are taken there. */
export interface Role {
  readonly called: string;
  readonly kinds: Since<Selector['kind']>;
  /** By their names with `autogroup:`; those of a role that takes none are refused for their kind. */
  readonly autogroups: Since;
}

const PEOPLE = { user: '0.26', domain: '0.26', group: '0.26' } as const;
const ANYTHING = { any: '0.26', ...PEOPLE, tag: '0.26', host: '0.26', addresses: '0.26' } as const;

/**
 * [parseAlias, parseOwner, parseAutoApprover, autogroupFor… and Policy.validate; autogroups besides `internet`:
 * Headscale 0.27.0 CHANGELOG, #2572 and #2789; `danger-all`: 0.29.0, #2180; tags that own tags: 0.28.0, #2930]
 */
export const ROLES = {
  source: {
    called: 'a source',
    kinds: { ...ANYTHING, autogroup: '0.26' },
    autogroups: {
      'autogroup:member': '0.27',
      'autogroup:tagged': '0.27',
      'autogroup:danger-all': '0.29',
    },
  },
  destination: {
    called: 'a destination',
    kinds: { ...ANYTHING, autogroup: '0.26' },
    autogroups: {
      'autogroup:internet': '0.26',
      'autogroup:member': '0.27',
      'autogroup:tagged': '0.27',
      'autogroup:self': '0.27',
    },
  },
  sshSource: {
    called: 'the source of an SSH rule',
    kinds: { ...PEOPLE, tag: '0.26', autogroup: '0.26' },
    autogroups: { 'autogroup:member': '0.27', 'autogroup:tagged': '0.27' },
  },
  sshDestination: {
    called: 'the destination of an SSH rule',
    kinds: { user: '0.26', domain: '0.26', tag: '0.26', autogroup: '0.26' },
    autogroups: { 'autogroup:member': '0.27', 'autogroup:tagged': '0.27', 'autogroup:self': '0.27' },
  },
  target: {
    called: 'a target of node attributes',
    kinds: { ...ANYTHING, autogroup: '0.29' },
    autogroups: { 'autogroup:member': '0.29', 'autogroup:tagged': '0.29' },
  },
  member: { called: 'a member of a group', kinds: { user: '0.26', domain: '0.26' }, autogroups: {} },
  owner: { called: 'the owner of a tag', kinds: { ...PEOPLE, tag: '0.28' }, autogroups: {} },
  approver: { called: 'an approver', kinds: { ...PEOPLE, tag: '0.26' }, autogroups: {} },
} satisfies Readonly<Record<string, Role>>;

/**
 * The capabilities of Tailscale's own that a grant may give [tailscaleCapAllowlist; `secrets` is in main and not in
 * v0.29.2]. Names of other domains are free.
 */
export const TAILSCALE_CAPABILITIES: Since = {
  'tailscale.com/cap/drive': '0.29',
  'tailscale.com/cap/relay': '0.29',
  'tailscale.com/cap/webui': '0.29',
  'tailscale.com/cap/kubernetes': '0.29',
  'tailscale.com/cap/tsidp': '0.29',
  'tailscale.com/cap/secrets': '0.30',
};

/** Attributes that Headscale has not the machinery for, and refuses [nodeAttrUnsupportedCaps, #2527]. */
export const REFUSED_ATTRIBUTES: readonly string[] = ['funnel'];

/** Names of protocols that are no names before 0.29 [Protocol.validate]. */
export const PROTOCOL_NAMES_OF_0_29: readonly string[] = ['ipv6-icmp', 'fc'];

/**
 * What Headscale reads in another way, or does not take, and which versions do: the message's end, after the name and
 * the versions. `WHAT` stands for the text it is about.
 */
export const DIFFERENCES = {
  /** [Asterix.Resolve; Headscale 0.29.0 CHANGELOG, #3036] */
  anySource: {
    until: '0.28',
    effect: 'reads differently',
    message: 'takes * as a source for all addresses, those outside the tailnet too',
  },
  /** [policyutil.ReduceFilterRules; Headscale 0.29.0 CHANGELOG, #3175] */
  subnet: {
    until: '0.28',
    effect: 'reads differently',
    message: 'lets traffic to WHAT through routers that only advertise it, approved or not',
  },
  /** [Prefix.Resolve and Host.Resolve; Headscale 0.29.0 CHANGELOG, #2180] */
  tailnetAddress: {
    until: '0.28',
    effect: 'reads differently',
    message: 'takes WHAT for all addresses of the device that has it',
  },
  /** [Protocol.parseProtocol; Headscale 0.29.0 CHANGELOG, #3036] */
  icmp: { until: '0.28', effect: 'reads differently', message: 'takes "icmp" for ICMPv6 too' },
  protocol: { until: '0.28', effect: 'refused', message: 'does not take the protocol WHAT' },
  /** [splitDestinationAndPort; v0.29.0, 49744cd] */
  brackets: { until: '0.28', effect: 'refused', message: 'does not take brackets around an IPv6 address' },
  /** [SSHActionCheck in compileSSHPolicy; Headscale 0.29.0 CHANGELOG, #1850] */
  check: {
    until: '0.28',
    effect: 'reads differently',
    message: 'takes "check" for "accept" and asks nobody',
  },
  /** [SSH.CheckPeriod, a Prometheus duration until then] */
  always: { until: '0.28', effect: 'refused', message: 'does not take "always" as a checkPeriod' },
  /** [Headscale 0.29.0 CHANGELOG, #3091] */
  localpart: { until: '0.28', effect: 'reads differently', message: 'takes WHAT for one login name' },
  /** [parseAlias: whatever has an @ is the name of one user] */
  someUser: {
    effect: 'reads differently',
    message: "takes WHAT for one user's name, so that it stands for nobody",
  },
  /** [compileNodeAttrs: a target that does not resolve is an error] */
  nobody: { effect: 'refused', message: "takes WHAT for one user's name, and knows no such user" },
  /** [Username.resolveUser] */
  provider: {
    effect: 'reads differently',
    message: 'takes WHAT for the name or e-mail address of a user as it stands',
  },
  /** [Username.Validate; Headscale 0.26.0 CHANGELOG] */
  bareUser: { effect: 'refused', message: 'does not take WHAT for a user, as it has no @' },
  /** [Prefix.parseString takes an address or a prefix] */
  range: { effect: 'refused', message: 'does not take the address range WHAT' },
  attribute: { effect: 'refused', message: 'does not take the node attribute WHAT' },
} as const satisfies Readonly<
  Record<string, { until?: HeadscaleVersion; effect: 'refused' | 'reads differently'; message: string }>
>;
