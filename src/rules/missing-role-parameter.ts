import { addressesOf } from '../cluster/devices.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { type AddressFact, type NodeFacts, type Parameter, ROLES, type Role } from '../inputs/facts.ts';
import { formatAddress } from '../net/format.ts';
import { parseAddress } from '../net/parse.ts';
import type { Address } from '../net/prefix.ts';
import { folderOf } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { Rule } from './rule.ts';

/** What the installer needs of each role; a server's LAN address only where a LAN agent joins it. */
const NEEDED: Readonly<Record<Role, readonly Parameter[]>> = {
  server: ['TAILSCALE_IP'],
  'lan-agent': ['TAILSCALE_IP', 'LAN_IP', 'MASTER_LAN_IP', 'K3S_TOKEN'],
  'remote-agent': ['TAILSCALE_IP', 'MASTER_TAILSCALE_IP', 'K3S_TOKEN'],
};

/** What a manifest calls them. */
const IN_MANIFESTS: Readonly<Partial<Record<Parameter, string>>> = {
  TAILSCALE_IP: 'tailscaleIp',
  LAN_IP: 'lanIp',
  MASTER_LAN_IP: 'masterLanIp',
  MASTER_TAILSCALE_IP: 'masterTailscaleIp',
  K3S_TOKEN: 'tokenFrom',
};

/** Which address fact is the same thing as a parameter. */
const AS_ADDRESS: Readonly<Partial<Record<Parameter, AddressFact['is']>>> = {
  TAILSCALE_IP: 'tailscale',
  LAN_IP: 'lan',
  MASTER_LAN_IP: 'master-lan',
  MASTER_TAILSCALE_IP: 'master-tailscale',
};

/** What one env file may give to several nodes. */
const COMMON: ReadonlySet<Parameter> = new Set([
  'MASTER_LAN_IP',
  'MASTER_TAILSCALE_IP',
  'K3S_TOKEN',
  'K3S_TOKEN_FILE',
]);

export const missingRoleParameter: Rule = {
  id: 'missing-role-parameter',
  summary: 'a node lacks a parameter that its role needs to join',
  severity: 'error',
  *check(cluster) {
    const commonFiles = cluster.nodes.flatMap((node) => node.facts.filter(isEnvWithoutRole));
    const isJoined = joinedOverLan(cluster, commonFiles);
    for (const node of cluster.nodes) {
      const places = node.facts.flatMap((facts) => roleIn(facts) ?? []);
      // A manifest describes what an installer is given by other files, where there are any.
      const place = places.find(({ facts }) => facts.origin !== 'manifest') ?? places[0];
      // What a file lacks may stand in one that it reads.
      if (!place || places.some(({ facts }) => facts.readsOthers)) continue;
      const extra: readonly Parameter[] = place.role === 'server' && isJoined(node) ? ['LAN_IP'] : [];
      const needed = [...NEEDED[place.role], ...extra];
      yield* missingAt(
        place,
        needed.filter((name) => !isGiven(name, node, commonFiles)),
      );
    }
  },
};

interface RolePlace {
  readonly facts: NodeFacts;
  readonly role: Role;
  readonly at: Span;
}

function roleIn(facts: NodeFacts): RolePlace | undefined {
  const role = ROLES.find((known) => known === facts.role?.text);
  return role && facts.role && { facts, role, at: facts.role.span };
}

function* missingAt(
  { facts, role, at }: RolePlace,
  missing: readonly Parameter[],
): Generator<Finding, void, undefined> {
  const called = (name: Parameter) => (facts.origin === 'manifest' ? (IN_MANIFESTS[name] ?? name) : name);
  const onlyToken = facts.origin === 'env' && missing.every((name) => name === 'K3S_TOKEN');
  const shared = { absentFrom: facts.at, ...(onlyToken && { severity: 'warning' as const }) };
  const absent: string[] = [];
  for (const name of missing) {
    const empty = lastValue(facts, name)?.span;
    if (empty)
      yield { message: `a ${role} needs ${called(name)}, which is empty here`, at: empty, ...shared };
    else absent.push(called(name));
  }
  if (absent.length > 0) {
    const names = listed(absent);
    yield { message: `a ${role} needs ${names}, which no file gives for this node`, at, ...shared };
  }
}

/** Which servers LAN agents may join: all of their site, unless the address that an agent joins is known to be one's. */
function joinedOverLan(cluster: Cluster, commonFiles: readonly NodeFacts[]): (server: Node) => boolean {
  const servers = new Map<string, Node>();
  for (const node of cluster.nodes) {
    if (node.role?.value !== 'server') continue;
    for (const { address } of addressesOf(node, 'lan')) servers.set(formatAddress(address), node);
  }
  const joined = new Set<Node>();
  const sites = new Set<string | undefined>();
  for (const agent of cluster.nodes) {
    if (agent.role?.value !== 'lan-agent') continue;
    const [own] = addressesOf(agent, 'master-lan');
    const master = own?.address ?? commonFiles.filter((file) => isFor(file, agent)).flatMap(masterOnLan)[0];
    const server = master && servers.get(formatAddress(master));
    if (server) joined.add(server);
    else sites.add(agent.site);
  }
  return (server) => joined.has(server) || sites.has(server.site);
}

function masterOnLan({ addresses }: NodeFacts): Address[] {
  return addresses.flatMap(({ is, value }) => {
    const parsed = parseAddress(value.text ?? '');
    return is === 'master-lan' && parsed.ok ? [parsed.value] : [];
  });
}

function isEnvWithoutRole(facts: NodeFacts): boolean {
  return facts.origin === 'env' && facts.role === undefined;
}

/** A file that names no node, or that stands above a node's own file. */
function isFor(file: NodeFacts, node: Node): boolean {
  if (file.folderName === undefined && file.nodeName === undefined) return true;
  const folder = folderOf(file.at.file.path);
  return node.facts.some(({ at }) => at.file.path.startsWith(`${folder}/`));
}

/** Whether a node's own files give a parameter, those for several nodes, or a script that all of a role run. */
function isGiven(name: Parameter, node: Node, commonFiles: readonly NodeFacts[]): boolean {
  if (name === 'K3S_TOKEN' && isGiven('K3S_TOKEN_FILE', node, commonFiles)) return true;
  // K3s' own Tailscale integration asks Tailscale [K3s v1.31, pkg/agent/config].
  if (name === 'TAILSCALE_IP' && node.vpnAuth) return true;
  return (
    node.facts.some((facts) => gives(facts, name) || facts.asserted.includes(name)) ||
    node.shared.some((script) => suppliesAll(script, name)) ||
    (COMMON.has(name) && commonFiles.some((file) => gives(file, name) && isFor(file, node)))
  );
}

/** A computed value is given, an empty one is not. */
function gives(facts: NodeFacts, name: Parameter): boolean {
  const last = lastValue(facts, name);
  if (last) return last.text?.trim() !== '';
  return name === 'K3S_TOKEN' ? tokensOf(facts).some(({ text }) => text !== '') : joinsByUrl(facts, name);
}

/** What a script that every node of the role runs brings along; `$K3S_TOKEN` there only takes what the node has. */
function suppliesAll(script: NodeFacts, name: Parameter): boolean {
  if (script.defaulted.includes(name)) return true;
  // It insists on a token, so whoever runs it brings one.
  if (name === 'K3S_TOKEN' && script.asserted.includes(name)) return true;
  const given = script.parameters.filter((each) => each.name === name).map(({ value }) => value);
  if (name === 'K3S_TOKEN') given.push(...tokensOf(script));
  return joinsByUrl(script, name) || given.some(({ text, variable }) => text !== '' && variable !== name);
}

function tokensOf(facts: NodeFacts): readonly Given[] {
  const settings = facts.k3s.flatMap((start) => start.settings);
  return settings.filter((setting) => /^token(-file)?$/.test(setting.name)).map(({ value }) => value);
}

/** A URL that is written out leaves nothing to a server's address. */
function joinsByUrl(facts: NodeFacts, name: Parameter): boolean {
  if (name !== 'MASTER_LAN_IP' && name !== 'MASTER_TAILSCALE_IP') return false;
  const settings = facts.k3s.flatMap((start) => start.settings);
  const urls = [
    ...settings.filter((setting) => setting.name === 'server'),
    ...facts.variables.filter((variable) => variable.name === 'K3S_URL'),
  ];
  return urls.some(({ value }) => /^https:\/\/[^$]+$/.test(value.text?.trim() ?? ''));
}

/** What a file says of a parameter in the end. */
function lastValue(facts: NodeFacts, name: Parameter): Given | undefined {
  const parameter = facts.parameters.findLast((each) => each.name === name);
  if (parameter) return parameter.value;
  if (name === 'K3S_TOKEN' && facts.tokenFrom) return facts.tokenFrom;
  return facts.addresses.find(({ is }) => is === AS_ADDRESS[name])?.value;
}
