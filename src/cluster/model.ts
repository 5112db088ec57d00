import type {
  AddressFact,
  Container,
  FileFacts,
  IpRoute,
  IpRule,
  K3sSetting,
  NodeFacts,
  Role,
  TailscaleFacts,
} from '../inputs/facts.ts';
import type { Address, Prefix } from '../net/prefix.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicyProblem } from '../policy/read/fields.ts';
import type { ReachTest } from '../policy/tests/read-reach-tests.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Located, Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { MapTree } from '../syntax/tree.ts';

/** A file that was read, with what it says. */
export interface ReadFile {
  readonly file: SourceFile;
  readonly facts: FileFacts;
}

/** What a file sets, or what K3s or Tailscale do where it sets nothing; unknown settings are undefined instead. */
export type Setting<T> =
  | { readonly from: 'file'; readonly value: T; readonly span: Span }
  /** `absentFrom`: where to point when it is missing. */
  | { readonly from: 'default'; readonly value: T; readonly absentFrom: Span };

/** The clusters whose devices share one tailnet, and the policies above them. Addresses and routes are compared within it. */
export interface Tailnet {
  readonly clusters: readonly Cluster[];
  /** What the control server knows, where a device list was given; undefined leaves what the files declare. */
  readonly devices: DeviceList | undefined;
  /** Whose tailnet it is, by the settings or else the device list; undefined where neither tells. */
  readonly control: DeviceList['control'] | undefined;
  /** What the settings require of its policy. */
  readonly reachTests: readonly ReachTest[];
}

/** A policy of a tailnet that parses, with what the service would refuse in it. */
export interface TailnetPolicy {
  readonly tree: MapTree;
  readonly policy: Policy;
  readonly problems: readonly PolicyProblem[];
}

/** One K3s cluster, or whatever one folder says of one tailnet. */
export interface Cluster {
  readonly name: string | undefined;
  readonly tailnet: Tailnet;
  /** The files it is built from, sorted by path. */
  readonly files: readonly ReadFile[];
  readonly nodes: readonly Node[];
  /** Every advertised prefix that could be read, by path and place. */
  readonly routes: readonly Route[];
  /** The approvals that its files want taken back, by path and place. */
  readonly prunes: readonly Prune[];
  /** The policies of its folder and those above several clusters. */
  readonly policies: readonly TailnetPolicy[];
  /** Whether any file is about K3s, podroute's own manifests among them; a tailnet alone has no pods. */
  readonly runsK3s: boolean;
  readonly clusterCidrs: readonly Setting<Prefix>[];
  readonly serviceCidrs: readonly Setting<Prefix>[];
  /** Every flannel backend that a file sets for the servers. */
  readonly backends: readonly Located<string>[];
  /** Whether there is a `Routes` manifest: then what it does not list is not declared. */
  readonly declaresRoutes: boolean;
}

/** A device of the tailnet, mostly a K3s node, joined from every file that speaks of it. */
export interface Node {
  /** Undefined where no file and no folder names it. */
  readonly name: string | undefined;
  readonly at: Span;
  /** True for a script that many nodes run: it says what a node of its roles does, and is no node itself. */
  readonly standsForMany: boolean;
  readonly facts: readonly NodeFacts[];
  /** What scripts for many say of this node's role, after its own facts. */
  readonly shared: readonly NodeFacts[];
  /** Those of `shared` that it certainly runs: what is in a script that branches on the role. */
  readonly installedBy: readonly NodeFacts[];
  readonly role: Located<Role> | undefined;
  /** Nodes of one site share a LAN. Undefined where neither a file nor the role tells. */
  readonly site: string | undefined;
  readonly isK3s: boolean;
  readonly onTailnet: boolean;
  readonly addresses: readonly NodeAddress[];
  readonly podCidrs: readonly Located<Prefix>[];
  readonly k3s: readonly K3sStart[];
  /** Undefined where no file tells. */
  readonly acceptsRoutes: Setting<boolean> | undefined;
  /** Every prefix it advertises is known: nothing computed among them, and some file lists them. */
  readonly knowsRoutes: boolean;
  /** K3s' own Tailscale integration, which accepts and advertises by itself. */
  readonly vpnAuth: boolean;
  /** Tags, or the owner; undefined where no file tells. */
  readonly identity: readonly Located<string>[] | undefined;
  readonly tailscale: readonly TailscaleFacts[];
  readonly containers: readonly Container[];
  readonly ipRules: readonly IpRule[];
  readonly ipRoutes: readonly IpRoute[];
  /** `off`, `loose` or `strict`, where a file tells. */
  readonly rpFilter: Located<string> | undefined;
}

/** An address that parses. */
export interface NodeAddress {
  readonly is: AddressFact['is'];
  readonly called: string;
  readonly address: Address;
  /** Its network, where the file gives a length. */
  readonly network: Prefix | undefined;
  readonly span: Span;
}

/** K3s as it runs on a node: one start with the configuration files under it. */
export interface K3sStart {
  readonly command: 'server' | 'agent' | undefined;
  /** What counts in the end: command line before files, a later file before an earlier one. */
  readonly settings: readonly EffectiveSetting[];
}

export interface EffectiveSetting extends K3sSetting {
  readonly by: 'command-line' | 'config-file';
}

/** A prefix that a device advertises. */
export interface Route {
  readonly prefix: Prefix;
  readonly span: Span;
  readonly node: Node;
  readonly cluster: Cluster;
  /** What a `Routes` manifest says, `true` by default there; undefined for every other place. */
  readonly approve: boolean | undefined;
  /** Where it says so. */
  readonly approveAt: Span | undefined;
  /** On purpose on several devices. */
  readonly redundant: boolean;
  readonly by: TailscaleFacts['by'];
}

/** `prune: true` of a `Routes` manifest: what is approved for a node and shall not be. No advertisement. */
export interface Prune {
  readonly prefix: Prefix;
  readonly span: Span;
  readonly node: Node;
  readonly cluster: Cluster;
}

/** A word of a file with the node it stands for, for rules that check each word by itself. */
export interface NodeWord {
  readonly node: Node;
  readonly word: Given;
}
