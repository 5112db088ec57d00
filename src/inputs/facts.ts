import type { Problem } from '../diagnostics/finding.ts';
import type { Located, Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { MapTree } from '../syntax/tree.ts';

/**
 * What one file says, in the shape of its own format: the readers in this folder make these facts, and
 * `cluster/` joins them into nodes. Nothing is judged here and nothing is filled in.
 */

/** A yes or no that a file gives, with the same meaning of undefined. */
export interface GivenFlag {
  readonly on: boolean | undefined;
  readonly span: Span;
}

/** `NODE_ROLE` as the installer knows it. */
export type Role = 'server' | 'lan-agent' | 'remote-agent';
export const ROLES: readonly Role[] = ['server', 'lan-agent', 'remote-agent'];

/** The install parameters by the name that an env file uses for them. */
export type Parameter =
  | 'NODE_ROLE'
  | 'MASTER_LAN_IP'
  | 'MASTER_TAILSCALE_IP'
  | 'LAN_IP'
  | 'TAILSCALE_IP'
  | 'K3S_TOKEN'
  | 'K3S_TOKEN_FILE';

/** Every kind of file podroute reads. */
export type FileKind = 'manifest' | 'policy' | 'env' | 'k3s-config' | 'script' | 'compose';

/** What one file says. */
export interface FileFacts {
  readonly kind: FileKind;
  /** Syntax and schema errors, all of them. A file may have problems and facts. */
  readonly problems: readonly Problem[];
  readonly clusters: readonly ClusterFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly policies: readonly PolicyFacts[];
  /** Every literal secret, reported or not: reports mask them. */
  readonly secrets: readonly Secret[];
}

/** A `Cluster` manifest without its nodes. */
export interface ClusterFacts {
  readonly at: Span;
  readonly name?: Located<string>;
  readonly tailnet?: Located<string>;
  readonly clusterCidrs: readonly Given[];
  readonly serviceCidrs: readonly Given[];
  readonly flannelBackend?: Given;
}

/** Which input a fact about a node comes from. */
export type Origin =
  | 'manifest' // a node of a Cluster manifest
  | 'routes' // an entry of a Routes manifest
  | 'kubernetes-node'
  | 'connector'
  | 'proxy-class'
  | 'env'
  | 'k3s-config'
  | 'script'
  | 'compose';

/** What one place of one file says of one node, or of every node of some roles. */
export interface NodeFacts {
  readonly origin: Origin;
  /** Where to point at the node itself: its name in a manifest, else the smallest thing that stands for it. */
  readonly at: Span;
  /** An explicit node name: a manifest's `name`, a Kubernetes `Node`'s, `K3S_NODE_NAME`, `node-name`. */
  readonly nodeName?: Given;
  /** The Tailscale hostname, if one is given (`--hostname`, `TS_HOSTNAME`). */
  readonly hostname?: Given;
  /** The name the folder or the file's stem gives; weaker than an explicit one, absent if generic. */
  readonly folderName?: string;
  /**
   * For code that branches on the role: the roles of the branch, of a script that is for many nodes.
   * Absent: whatever the role.
   */
  readonly roles?: readonly Role[];
  /** A manifest's role or the value of `NODE_ROLE`. */
  readonly role?: Given;
  readonly site?: Given;
  /** Install parameters of an env file or a script, each place that gives one; an empty text is an absence. */
  readonly parameters: readonly { readonly name: Parameter; readonly value: Given }[];
  /** Parameters that a script asserts, asks for or gives a default: present, whatever they are. */
  readonly asserted: readonly Parameter[];
  /** Those of them that a script fills in by itself where nobody gives them. */
  readonly defaulted: readonly Parameter[];
  /** Every other variable an env file sets: what a role script's `$NAME` stands for on this node. */
  readonly variables: readonly { readonly name: string; readonly value: Given }[];
  /** True for a script that reads other files (`source`, `.`): what it lacks may stand there. */
  readonly readsOthers: boolean;
  readonly addresses: readonly AddressFact[];
  readonly podCidrs: readonly Given[];
  readonly k3s: readonly K3sFacts[];
  readonly tailscale: readonly TailscaleFacts[];
  readonly ipRules: readonly IpRule[];
  readonly ipRoutes: readonly IpRoute[];
  /** `off`, `loose` or `strict`, in a manifest. */
  readonly rpFilter?: Given;
  readonly container?: Container;
  /** The tokens it joins with, in a manifest: `tokenFrom`. */
  readonly tokenFrom?: Given;
  /** A script that starts Tailscale, or names a Tailscale address. */
  readonly mentionsTailscale: boolean;
  /** Prefixes whose approval is to be taken back: `prune: true` of a Routes manifest. No advertisements. */
  readonly prunes: readonly Given[];
}

/** An address of a node. `lan` and `tailscale` are its own; `master-…` are where it joins. */
export interface AddressFact {
  readonly is:
    | 'lan'
    | 'tailscale'
    | 'master-lan'
    | 'master-tailscale'
    | 'node'
    | 'node-external'
    | 'advertise';
  /** As the file calls it, for messages: `LAN_IP`, `lanIp`, `node-ip`. */
  readonly called: string;
  readonly value: Given;
}

/** One start of K3s, or one of its configuration files. */
export interface K3sFacts {
  readonly by: 'command-line' | 'config-file';
  /** The command word; for a start without one what the installer makes of it; unknown for a file. */
  readonly command?: 'server' | 'agent';
  readonly at: Span;
  readonly settings: readonly K3sSetting[];
}

/** One flag or one key; a repeated flag and a list give one each. */
export interface K3sSetting {
  /** The flag's long name without dashes: `flannel-backend`, also for `-t` and `t:`. */
  readonly name: string;
  /** The flag or the key as written, without its value. */
  readonly key: Span;
  readonly value: Given;
  /** `key+`: appends to what files before it gave. */
  readonly append: boolean;
}

/** One `tailscale up|set`, one container, one Connector, one manifest's `tailscale:` map. */
export interface TailscaleFacts {
  readonly by: 'manifest' | 'routes' | 'up' | 'set' | 'container' | 'connector' | 'proxy-class' | 'vpn-auth';
  readonly at: Span;
  /** False where some of its words are computed: what is absent may be in them. */
  readonly complete: boolean;
  readonly mode?: 'kernel' | 'userspace';
  readonly acceptRoutes?: GivenFlag;
  /** Advertised prefixes in order, each its own place. A computed one stands for any number of them. */
  readonly advertise: readonly Advertised[];
  readonly tags: readonly Given[];
  readonly user?: Given;
  readonly advertiseExitNode?: GivenFlag;
  readonly exitNode?: Given;
  readonly exitNodeAllowLanAccess?: GivenFlag;
  readonly snatSubnetRoutes?: GivenFlag;
  readonly statefulFiltering?: GivenFlag;
  /** A boolean flag followed by a word: `--accept-routes true`. */
  readonly strayWords: readonly { readonly flag: Located<string>; readonly word: Located<string> }[];
}

export interface Advertised {
  readonly prefix: Given;
  /** A Routes manifest's entry; the default of `approve` there is true. */
  readonly approve?: GivenFlag;
  readonly redundant: boolean;
}

/** `ip rule add`, or an entry of a manifest's `ipRules`. */
export interface IpRule {
  readonly at: Span;
  readonly to?: Given;
  readonly from?: Given;
  /** Only for packets that came in here. */
  readonly iif?: Given;
  readonly priority?: Given;
  readonly table?: Given;
  readonly suppressPrefixlength?: Given;
  /** False where some of its words are computed. */
  readonly complete: boolean;
}

/** `ip route add`, or an entry of a manifest's `ipRoutes`. */
export interface IpRoute {
  readonly at: Span;
  readonly to?: Given;
  readonly via?: Given;
  readonly dev?: Given;
  readonly table?: Given;
}

/** A Compose service that runs Tailscale. */
export interface Container {
  readonly service: Located<string>;
  /** The official image or one that cannot be told; other images may know other variables. */
  readonly official: boolean;
  readonly environment: readonly { readonly name: Located<string>; readonly value: Given }[];
  /** False where an `env_file` cannot be read: what is absent may stand there. */
  readonly complete: boolean;
  readonly networkMode?: Given;
  /** A service of K3s shares its network: its routes are the node's without the host's network. */
  readonly carriesK3s: boolean;
  /** Undefined where it cannot be told. */
  readonly tun: boolean | undefined;
  /** Mount points inside the container. */
  readonly mounts: readonly Given[];
}

/** A tailnet policy that parses; what it says is read in `policy/`. */
export interface PolicyFacts {
  readonly tree: MapTree;
}

/** A literal secret in a file. */
export interface Secret extends Located<string> {
  /** What it is, for messages: `a join token`, `a Tailscale auth key`. */
  readonly what: string;
}

/** A node's facts with everything empty: readers fill in what their format has. */
export function nodeFacts(origin: Origin, at: Span): NodeFacts {
  return {
    origin,
    at,
    parameters: [],
    asserted: [],
    defaulted: [],
    variables: [],
    readsOthers: false,
    addresses: [],
    podCidrs: [],
    k3s: [],
    tailscale: [],
    ipRules: [],
    ipRoutes: [],
    mentionsTailscale: false,
    prunes: [],
  };
}

/** A file's facts with everything empty. */
export function fileFacts(kind: FileKind): FileFacts {
  return { kind, problems: [], clusters: [], nodes: [], policies: [], secrets: [] };
}
