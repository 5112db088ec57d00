import type { Node, NodeAddress, Setting } from '../cluster/model.ts';
import type { IpRoute, IpRule } from '../inputs/facts.ts';
import { parseAddress, parsePrefix } from '../net/parse.ts';
import { type Address, hostPrefix, type Prefix, sameAddress } from '../net/prefix.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import type { Device } from '../policy/device-list.ts';
import type { Located, Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';

/** Something that a file says, a default, or undefined where nothing tells; with the lines that make it so. */
export interface Known<T> {
  readonly value: T | undefined;
  readonly because: readonly Span[];
}

/** A node as its kernel and its tailscaled see the network. */
export interface Host {
  readonly node: Node;
  /** From 0, among the hosts of its network. */
  readonly number: number;
  readonly name: string;
  readonly at: Span;
  /** The device that it is in the tailnet; undefined where its Tailscale address is not known. */
  readonly device: Device | undefined;
  readonly site: string | undefined;
  readonly pods: readonly Located<Prefix>[];
  /** The first address of each pod CIDR, which its bridge has. */
  readonly bridges: readonly Bridge[];
  /** Its addresses on its LAN, the one that flannel publishes first. */
  readonly lan: readonly NodeAddress[];
  readonly tailnet: readonly Located<Address>[];
  /** `kernel`: its routes are the host's; `userspace`: the host gets none; `none`: it runs no Tailscale. */
  readonly tailscale: Known<'kernel' | 'userspace' | 'none'>;
  readonly accepts: Known<boolean>;
  readonly snat: Known<boolean>;
  readonly statefulFiltering: Known<boolean>;
  /** The name or address of the exit node that it uses. */
  readonly exitNode: Located<string> | undefined;
  readonly exitNodeAllowsLan: Known<boolean>;
  readonly rpFilter: Located<string> | undefined;
  /** Its rules of policy routing in order, Tailscale's and the kernel's own among them. */
  readonly rules: readonly LookupRule[];
  readonly routes: readonly StaticRoute[];
}

export interface Bridge {
  readonly pods: Prefix;
  readonly address: Address;
}

/** An `ip rule`, as far as it matters here. */
export interface LookupRule {
  readonly priority: number;
  readonly table: string;
  readonly to: Prefix | undefined;
  readonly from: Prefix | undefined;
  readonly iif: string | undefined;
  /** A route of this length or shorter counts as none. */
  readonly suppressPrefixlength: number | undefined;
  /** What of it is not known, if something is. */
  readonly missing: string | undefined;
  readonly because: readonly Span[];
}

/** An administrator's `ip route`. */
export interface StaticRoute {
  readonly to: Prefix;
  readonly via: Address | undefined;
  readonly dev: string | undefined;
  readonly table: string;
  readonly at: Span;
}

/** Where tailscaled has its own table looked up, and the kernel `main` [Tailscale 1.98, router_linux.go; iproute2]. */
export const TAILSCALE_RULE = 5270;
const MAIN_RULE = 32_766;

export function hostOf(node: Node, number: number, device: Device | undefined): Host {
  const settings = node.tailscale;
  const flag = (
    name: 'snatSubnetRoutes' | 'statefulFiltering' | 'exitNodeAllowLanAccess',
    otherwise: boolean,
  ) => flagOf(node, name, otherwise);
  const exitNode = settings.findLast((each) => each.exitNode?.text)?.exitNode;
  return {
    node,
    number,
    name: node.name ?? '',
    at: node.at,
    device,
    site: node.site,
    pods: node.podCidrs,
    bridges: node.podCidrs.map(({ value: { family, network, length } }) => ({
      pods: { family, network, length },
      address: { family, bits: network + 1n },
    })),
    lan: lanAddresses(node),
    tailnet: tailnetAddresses(node),
    tailscale: tailscaleOf(node),
    accepts: acceptsOf(node),
    snat: flag('snatSubnetRoutes', true),
    statefulFiltering: flag('statefulFiltering', false),
    exitNode: exitNode?.text === undefined ? undefined : { value: exitNode.text, span: exitNode.span },
    exitNodeAllowsLan: flag('exitNodeAllowLanAccess', false),
    rpFilter: node.rpFilter,
    rules: lookupRules(node.ipRules),
    routes: node.ipRoutes.flatMap(staticRoute),
  };
}

/** A node's device by its Tailscale address, which it cannot choose, else by its name. */
export function deviceOf(node: Node, devices: readonly Device[]): Device | undefined {
  const own = node.addresses.filter(({ is }) => is === 'tailscale').map(({ address }) => address);
  const found = devices.find(({ addresses }) =>
    addresses.some((address) => own.some((each) => sameAddress(each, address))),
  );
  if (found !== undefined || own.length > 0) return found;
  const named = devices.filter(({ name }) => name.toLowerCase() === node.name?.toLowerCase());
  return named.length === 1 ? named[0] : undefined;
}

/** `node-ip` where no LAN address is given; a Tailscale address is none. */
function lanAddresses(node: Node): readonly NodeAddress[] {
  const ordered = [
    ...node.addresses.filter(({ is }) => is === 'lan'),
    ...node.addresses.filter(({ is }) => is === 'node'),
  ].filter(({ address }) => !isTailscaleAddress(address));
  return ordered.filter(
    ({ address }, index) => ordered.findIndex((other) => sameAddress(other.address, address)) === index,
  );
}

function tailnetAddresses(node: Node): readonly Located<Address>[] {
  const given = node.addresses.filter(
    ({ is, address }) => is === 'tailscale' || (is === 'node' && isTailscaleAddress(address)),
  );
  return given.map(({ address, span }) => ({ value: address, span }));
}

/** A container in userspace mode, or off the host's network, gives the host no routes. */
function tailscaleOf(node: Node): Host['tailscale'] {
  const because = node.tailscale.map(({ at }) => at);
  const modes = new Set(node.tailscale.flatMap(({ mode }) => mode ?? []));
  const [only] = modes;
  if (modes.size > 1) return { value: undefined, because };
  if (only !== undefined) {
    return { value: only, because: node.tailscale.filter(({ mode }) => mode === only).map(({ at }) => at) };
  }
  if (node.containers.length > 0) return { value: undefined, because };
  if (node.onTailnet || node.vpnAuth) return { value: 'kernel', because };
  // A manifest that names no Tailscale of a node means that it runs none.
  const isTold = node.facts.some(({ origin }) => origin === 'manifest');
  return { value: isTold ? 'none' : undefined, because };
}

function acceptsOf(node: Node): Known<boolean> {
  if (node.vpnAuth) return { value: true, because: node.tailscale.map(({ at }) => at) };
  return knownSetting(node.acceptsRoutes);
}

function knownSetting<T>(setting: Setting<T> | undefined): Known<T> {
  if (setting === undefined) return { value: undefined, because: [] };
  return { value: setting.value, because: [setting.from === 'file' ? setting.span : setting.absentFrom] };
}

function flagOf(
  { tailscale }: Node,
  name: 'snatSubnetRoutes' | 'statefulFiltering' | 'exitNodeAllowLanAccess',
  otherwise: boolean,
): Known<boolean> {
  const flags = tailscale.flatMap((each) => each[name] ?? []);
  const chosen = tailscale.find((each) => each.by === 'manifest')?.[name] ?? flags.at(-1);
  if (chosen === undefined) return { value: otherwise, because: [] };
  return { value: chosen.on, because: [chosen.span] };
}

function lookupRules(given: readonly IpRule[]): readonly LookupRule[] {
  const own: LookupRule[] = [
    { ...ANY, priority: TAILSCALE_RULE, table: '52' },
    { ...ANY, priority: MAIN_RULE, table: 'main' },
  ];
  // The kernel keeps rules of one priority in the order they were added; ours are there first.
  return [...own, ...given.map(lookupRule)].sort((a, b) => a.priority - b.priority);
}

const ANY = {
  to: undefined,
  from: undefined,
  iif: undefined,
  suppressPrefixlength: undefined,
  missing: undefined,
  because: [],
} as const;

function lookupRule(rule: IpRule): LookupRule {
  const priority = numberIn(rule.priority);
  const suppress = numberIn(rule.suppressPrefixlength);
  const unread = (['to', 'from', 'iif', 'table', 'suppressPrefixlength'] as const).find(
    (name) => rule[name] !== undefined && rule[name].text === undefined,
  );
  const missing =
    priority === undefined
      ? "the priority of a rule, which lands before or after Tailscale's"
      : unread !== undefined || !rule.complete
        ? 'a part of a rule that only run time knows'
        : undefined;
  return {
    // Where it is not known, the rule counts before Tailscale's, as one that may.
    priority: priority ?? TAILSCALE_RULE - 1,
    table: tableName(rule.table?.text),
    to: prefixIn(rule.to),
    from: prefixIn(rule.from),
    iif: rule.iif?.text,
    suppressPrefixlength: suppress,
    missing,
    because: [rule.at],
  };
}

function staticRoute({ at, to, via, dev, table }: IpRoute): readonly StaticRoute[] {
  const prefix = to?.text === 'default' ? DEFAULT_ROUTE : prefixIn(to);
  if (prefix === undefined) return [];
  const gateway = via?.text === undefined ? undefined : parseAddress(via.text);
  return [
    {
      to: prefix,
      via: gateway?.ok ? gateway.value : undefined,
      dev: dev?.text,
      table: tableName(table?.text),
      at,
    },
  ];
}

const DEFAULT_ROUTE: Prefix = { family: 4, network: 0n, length: 0 };

/** `main` is where routes go and rules look without a table; it is table 254 [iproute2, rt_tables]. */
function tableName(text: string | undefined): string {
  return text === undefined || text === '254' ? 'main' : text;
}

/** `ip` takes an address as its /32 and clears host bits; `all` is everything. */
function prefixIn(given: Given | undefined): Prefix | undefined {
  if (given?.text === undefined || ['all', 'any', 'default'].includes(given.text)) return undefined;
  const parsed = parsePrefix(given.text);
  if (parsed.ok) return parsed.value;
  if ('meant' in parsed.fault) return parsed.fault.meant;
  const address = parseAddress(given.text);
  return address.ok ? hostPrefix(address.value) : undefined;
}

function numberIn(given: Given | undefined): number | undefined {
  const text = given?.text;
  return text !== undefined && /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : undefined;
}
