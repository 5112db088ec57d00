import {
  type AddressFact,
  type K3sFacts,
  type NodeFacts,
  ROLES,
  type Role,
  type TailscaleFacts,
} from '../inputs/facts.ts';
import { parseAddress, parsePrefix } from '../net/parse.ts';
import type { Prefix } from '../net/prefix.ts';
import { prefixOf } from '../net/prefix.ts';
import { compareSpans, type Located } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { FactGroup } from './join.ts';
import { commandOf, k3sStarts } from './k3s-starts.ts';
import type { Node, NodeAddress, Setting } from './model.ts';

/** One node of a group of facts, with what scripts for many say of its role. */
export function buildNode(group: FactGroup, scripts: readonly NodeFacts[]): Node {
  const facts = [...group.facts].sort(
    (a, b) => ORIGINS.indexOf(a.origin) - ORIGINS.indexOf(b.origin) || compareSpans(a.at, b.at),
  );
  const role = roleOf(facts);
  const isK3s = facts.some(speaksOfK3s);
  const shared =
    group.standsForMany || !isK3s ? [] : scripts.filter((script) => appliesTo(script, role?.value));
  const installedBy = shared.filter((script) => branchesOnRole(script, scripts));
  const all = [...facts, ...shared];
  const tailscale = all.flatMap((each) => each.tailscale);
  const name = nameOfNode(facts);
  const k3s = k3sStarts([...facts, ...shared.map((script) => startsFor(script, role?.value))], role?.value);
  const vpnAuth = tailscale.some((each) => each.by === 'vpn-auth');
  return {
    name,
    at: facts[0]!.at,
    standsForMany: group.standsForMany,
    facts,
    shared,
    installedBy,
    role,
    site: siteOf(facts, role?.value),
    isK3s,
    onTailnet: all.some((each) => each.mentionsTailscale || each.tailscale.length > 0),
    addresses: facts.flatMap((each) => each.addresses).flatMap(addressOf),
    podCidrs: facts.flatMap((each) => each.podCidrs).flatMap(knownPrefix),
    k3s,
    acceptsRoutes: acceptsRoutes(tailscale),
    knowsRoutes: knowsRoutes(tailscale, [...facts, ...installedBy]),
    vpnAuth,
    identity: identityOf(tailscale),
    tailscale,
    containers: facts.flatMap((each) => each.container ?? []),
    ipRules: all.flatMap((each) => each.ipRules),
    ipRoutes: all.flatMap((each) => each.ipRoutes),
    rpFilter: rpFilterOf(facts),
  };
}

/** The most explicit first: it names the node and is pointed at. */
const ORIGINS: readonly NodeFacts['origin'][] = [
  'manifest',
  'kubernetes-node',
  'env',
  'k3s-config',
  'compose',
  'script',
  'connector',
  'proxy-class',
  'routes',
];

function nameOfNode(facts: readonly NodeFacts[]): string | undefined {
  const named = facts.find((each) => each.nodeName?.text !== undefined)?.nodeName?.text;
  if (named !== undefined) return named;
  return (
    facts.find((each) => each.folderName !== undefined)?.folderName ??
    facts.find((each) => each.hostname?.text)?.hostname?.text
  );
}

/** The first role that is one of the three; a misspelt one is for `unknown-role`. */
function roleOf(facts: readonly NodeFacts[]): Located<Role> | undefined {
  for (const { role } of facts) {
    const known = ROLES.find((each) => each === role?.text);
    if (known && role) return { value: known, span: role.span };
  }
  const branches = new Set(facts.flatMap((each) => each.roles ?? []));
  const [only] = branches;
  return branches.size === 1 && only ? { value: only, span: facts[0]!.at } : undefined;
}

/** By default servers and LAN agents share a LAN, and each remote agent is alone at its site. */
function siteOf(facts: readonly NodeFacts[], role: Role | undefined): string | undefined {
  const given = facts.find((each) => each.site?.text)?.site?.text;
  if (given !== undefined) return given;
  if (role === 'remote-agent')
    return `remote ${nameOfNode(facts) ?? `${facts[0]!.at.file.path}:${facts[0]!.at.start}`}`;
  const roles = new Set(facts.flatMap((each) => each.roles ?? (role ? [role] : [])));
  return roles.size > 0 && !roles.has('remote-agent') ? 'lan' : undefined;
}

/** What starts a server is not run on an agent, and the other way round. */
function appliesTo(script: NodeFacts, role: Role | undefined): boolean {
  if (script.origin !== 'script') return false;
  if (script.roles !== undefined) return role !== undefined && script.roles.includes(role);
  const commands = script.k3s.flatMap(({ command }) => command ?? []);
  return role === undefined || commands.length === 0 || commands.includes(commandOf(role));
}

/** Then every node runs it; another script may be for one machine only. */
function branchesOnRole(script: NodeFacts, scripts: readonly NodeFacts[]): boolean {
  return scripts.some(({ at, roles }) => roles !== undefined && at.file === script.at.file);
}

/** Of a script for many, the starts that this node's role takes; a node whose role is unknown takes none. */
function startsFor(script: NodeFacts, role: Role | undefined): NodeFacts {
  const command = role && commandOf(role);
  const fits = (start: K3sFacts) => command !== undefined && (start.command ?? command) === command;
  return { ...script, k3s: script.k3s.filter(fits) };
}

function speaksOfK3s(facts: NodeFacts): boolean {
  return (
    ['manifest', 'kubernetes-node', 'k3s-config'].includes(facts.origin) ||
    facts.k3s.length > 0 ||
    facts.role !== undefined ||
    facts.parameters.length > 0
  );
}

function addressOf(fact: AddressFact): NodeAddress[] {
  const { text, span } = fact.value;
  if (text === undefined) return [];
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address.ok) return [];
  const length = slash < 0 ? Number.NaN : Number(text.slice(slash + 1));
  const bits = address.value.family === 4 ? 32 : 128;
  const network =
    Number.isInteger(length) && length >= 0 && length <= bits ? prefixOf(address.value, length) : undefined;
  return [{ is: fact.is, called: fact.called, address: address.value, network, span }];
}

export function knownPrefix(given: Given): Located<Prefix>[] {
  const prefix = given.text === undefined ? undefined : parsePrefix(given.text);
  return prefix?.ok ? [{ value: prefix.value, span: given.span }] : [];
}

/** Tailscale on Linux accepts no routes unless told to [Tailscale 1.98, ipn/prefs.go]. */
function acceptsRoutes(all: readonly TailscaleFacts[]): Setting<boolean> | undefined {
  const given = all.filter((each) => each.acceptRoutes !== undefined);
  // A later `tailscale set` beats an earlier `up`; a manifest says what shall be.
  const chosen = given.find((each) => each.by === 'manifest') ?? given.at(-1);
  if (chosen?.acceptRoutes) {
    const { on, span } = chosen.acceptRoutes;
    return on === undefined ? undefined : { from: 'file', value: on, span };
  }
  const starts = all.filter((each) => each.by === 'up' || each.by === 'container');
  const [start] = starts;
  if (!start || all.some((each) => !each.complete)) return undefined;
  return { from: 'default', value: false, absentFrom: start.at };
}

/** `certain`: the facts that are this node's without a doubt. */
function knowsRoutes(all: readonly TailscaleFacts[], certain: readonly NodeFacts[]): boolean {
  if (all.some((each) => !each.complete || each.advertise.some(({ prefix }) => prefix.text === undefined)))
    return false;
  const starts = certain.flatMap((facts) => facts.tailscale);
  return starts.some((each) => each.by === 'routes' || each.by === 'up' || each.by === 'container');
}

function identityOf(all: readonly TailscaleFacts[]): readonly Located<string>[] | undefined {
  const tags = all.flatMap((each) => each.tags);
  if (tags.length === 0) {
    const users = all.flatMap((each) => each.user ?? []);
    return users.length > 0 ? known(users) : undefined;
  }
  return known(tags);
}

function rpFilterOf(facts: readonly NodeFacts[]): Located<string> | undefined {
  const given = facts.find((each) => each.rpFilter?.text)?.rpFilter;
  return given?.text === undefined ? undefined : { value: given.text, span: given.span };
}

/** Undefined as soon as one word is computed. */
function known(words: readonly Given[]): readonly Located<string>[] | undefined {
  const texts = words.flatMap(({ text, span }) => (text === undefined ? [] : [{ value: text, span }]));
  return texts.length === words.length ? texts : undefined;
}
