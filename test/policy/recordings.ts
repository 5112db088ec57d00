import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import type { Address, Prefix } from '../../src/net/prefix.ts';
import type { Device, DeviceList } from '../../src/policy/device-list.ts';

/** An answer of the real service to a policy; only what the tests read. */
export interface Recording {
  readonly test_id: string;
  /** The policy that was sent, as JSON has it. */
  readonly policy: unknown;
  /** 200 accepted, 400 refused. */
  readonly response_code: number;
  readonly response_message: string | null;
  readonly topology: {
    readonly users: readonly { readonly name: string; readonly email: string }[];
    readonly nodes: Readonly<Record<string, RecordedNode>>;
  };
  readonly nodes: Readonly<Record<string, RecordedView>>;
  /** Why the recording is not complete, if it is not. */
  readonly capture_error: string | null;
}

export interface RecordedNode {
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly user?: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly routable_ips: readonly string[] | null;
  readonly approved_routes: readonly string[] | null;
}

/** What one device was told. */
export interface RecordedView {
  /** Null where it has no rules. */
  readonly packet_filter_rules: readonly RecordedRule[] | null;
  readonly peers: readonly RecordedPeer[];
}

export interface RecordedRule {
  readonly SrcIPs: readonly string[];
  readonly DstPorts?:
    | readonly { readonly IP: string; readonly Ports: { readonly First: number; readonly Last: number } }[]
    | null;
  readonly IPProto?: readonly number[] | null;
  readonly CapGrant?: unknown;
}

export interface RecordedPeer {
  readonly name: string;
  readonly allowed_ips: readonly string[] | null;
  readonly primary_routes: readonly string[] | null;
}

const FOLDER = `${process.env.PODROUTE_SHARED ?? '../shared'}/recordings`;

/** Whether there are recordings to test against. */
export const RECORDED = existsSync(FOLDER);

/** Those of one folder, as `acl_results`, in the order of their names; none where the recordings are absent. */
export function recordings(folder: string): readonly Recording[] {
  if (!RECORDED) return [];
  return readdirSync(`${FOLDER}/${folder}`)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${folder}/${name}`, 'utf8')));
}

/** The devices of a recording as the service knew them. */
export function deviceListOf({ topology }: Recording): DeviceList {
  const emails = new Map(topology.users.map(({ name, email }) => [name, email]));
  const devices = Object.entries(topology.nodes).map(([name, node]) => deviceOf(name, node, emails));
  return { control: 'tailscale', devices };
}

function deviceOf(name: string, node: RecordedNode, emails: ReadonlyMap<string, string>): Device {
  const email = node.user === undefined ? undefined : emails.get(node.user);
  return {
    id: name,
    name,
    hostname: node.hostname,
    addresses: [node.ipv4, node.ipv6].map(address),
    owner: email === undefined ? [] : [email],
    tags: node.tags,
    advertised: (node.routable_ips ?? []).map(prefix),
    approved: (node.approved_routes ?? []).map(prefix),
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: undefined,
    approvedAsWritten: [],
    expires: '',
    created: '',
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(`${text} is no address`);
  return parsed.value;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`${text} is no prefix`);
  return parsed.value;
}
