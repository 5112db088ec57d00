import type { NodeFacts } from '../inputs/facts.ts';
import { folderOf, type SourceFile } from '../source/source-file.ts';

/** Facts that speak of one node, or of every node that runs one script. */
export interface FactGroup {
  readonly facts: readonly NodeFacts[];
  readonly standsForMany: boolean;
}

interface Group {
  readonly facts: NodeFacts[];
  readonly nodeNames: Set<string>;
  readonly hostnames: Set<string>;
  readonly folders: Set<string>;
}

/**
 * Joins facts into nodes: by explicit name first, then by folder and hostname, then by Tailscale address.
 * Facts with different explicit names never join, whatever their addresses.
 */
export function join(all: readonly NodeFacts[]): readonly FactGroup[] {
  const many = all.filter(standsForMany);
  const own = withoutSharedNames(all.filter((facts) => !standsForMany(facts)));
  const groups: Group[] = [];
  const byName = new Map<string, Group[]>();
  for (const facts of [...own].sort(byNaming)) {
    const keys = keysOf(facts);
    const names = [keys.nodeName, keys.hostname, keys.folder].filter((name) => name !== undefined);
    const group =
      names.length === 0
        ? groups.find((candidate) => sameUnit(candidate, facts))
        : nearestOf(
            names.flatMap((name) => byName.get(name) ?? []).filter((each) => !conflicts(each, facts, keys)),
            keys,
          );
    const joined = group ?? { facts: [], nodeNames: new Set(), hostnames: new Set(), folders: new Set() };
    if (!group) groups.push(joined);
    add(joined, facts, keys);
    for (const name of names) {
      const known = byName.get(name) ?? [];
      if (!known.includes(joined)) byName.set(name, [...known, joined]);
    }
  }
  return [
    ...joinByAddress(groups).map((group) => ({ facts: group.facts, standsForMany: false })),
    ...many.map((facts) => ({ facts: [facts], standsForMany: true })),
  ];
}

interface Keys {
  readonly nodeName: string | undefined;
  readonly hostname: string | undefined;
  readonly folder: string | undefined;
}

function keysOf(facts: NodeFacts): Keys {
  return {
    nodeName: facts.nodeName?.text?.toLowerCase(),
    hostname: facts.hostname?.text?.toLowerCase(),
    folder: facts.folderName?.toLowerCase(),
  };
}

/** Explicit names first, so that weaker names find them. */
function byNaming(a: NodeFacts, b: NodeFacts): number {
  const rank = (facts: NodeFacts) =>
    facts.nodeName?.text !== undefined ? 0 : facts.folderName !== undefined ? 1 : 2;
  return rank(a) - rank(b);
}

/** A script that names no node, no hostname and no role of its own is run on many nodes. */
function standsForMany(facts: NodeFacts): boolean {
  if (facts.origin === 'proxy-class') return true;
  if (facts.origin !== 'script') return false;
  if (facts.nodeName?.text !== undefined || facts.hostname?.text !== undefined) return false;
  return facts.roles !== undefined || (facts.folderName === undefined && facts.role?.text === undefined);
}

/** A folder with the parameter files of several nodes names none of them. */
function withoutSharedNames(all: readonly NodeFacts[]): readonly NodeFacts[] {
  const named = new Map<string, Set<SourceFile>>();
  const key = (facts: NodeFacts) => `${folderOf(facts.at.file.path)}:${facts.folderName}`;
  for (const facts of all) {
    if (facts.origin !== 'env' || facts.role === undefined) continue;
    named.set(key(facts), (named.get(key(facts)) ?? new Set()).add(facts.at.file));
  }
  return all.map((facts) => {
    if ((named.get(key(facts))?.size ?? 0) < 2) return facts;
    const { folderName: _, ...rest } = facts;
    return rest;
  });
}

/** The group with the same node name, else of the same folder: a hostname may have been copied. */
function nearestOf(groups: readonly Group[], { nodeName, folder }: Keys): Group | undefined {
  return (
    groups.find((group) => nodeName !== undefined && group.nodeNames.has(nodeName)) ??
    groups.find((group) => folder !== undefined && group.folders.has(folder)) ??
    groups[0]
  );
}

/** Two explicit names of one kind that differ, or containers of two hosts' folders. */
function conflicts(group: Group, facts: NodeFacts, keys: Keys): boolean {
  const { nodeName, hostname, folder } = keys;
  const isElsewhere = (other: NodeFacts) =>
    other.container && other.folderName !== undefined && other.folderName.toLowerCase() !== folder;
  if (facts.container && folder !== undefined && group.facts.some(isElsewhere)) return true;
  if (nodeName !== undefined && group.nodeNames.size > 0) return !group.nodeNames.has(nodeName);
  return (
    hostname !== undefined &&
    group.hostnames.size > 0 &&
    !group.hostnames.has(hostname) &&
    !group.nodeNames.has(hostname)
  );
}

/** Nameless facts of one folder are one node's unless they could not be: two role files, two containers. */
function sameUnit(group: Group, facts: NodeFacts): boolean {
  if (group.nodeNames.size + group.hostnames.size + group.folders.size > 0) return false;
  if (facts.origin === 'connector' || facts.origin === 'routes' || isAside(facts)) return false;
  const here = folderOf(facts.at.file.path);
  return group.facts.every(
    (other) =>
      other.origin !== 'connector' &&
      !isAside(other) &&
      other.origin !== facts.origin &&
      !differ(other.role?.text, facts.role?.text) &&
      nested(folderOf(other.at.file.path), here),
  );
}

/** A container that has nothing of a router is not the node's own Tailscale for all that the files tell. */
function isAside({ container, tailscale }: NodeFacts): boolean {
  if (!container || container.networkMode?.text === 'host' || container.tun === true) return false;
  return tailscale.every(
    ({ advertise, acceptRoutes }) => advertise.length === 0 && acceptRoutes === undefined,
  );
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function nested(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`) || a === '' || b === '';
}

function add(group: Group, facts: NodeFacts, keys: Keys): void {
  group.facts.push(facts);
  if (keys.nodeName !== undefined) group.nodeNames.add(keys.nodeName);
  if (keys.hostname !== undefined) group.hostnames.add(keys.hostname);
  if (keys.folder !== undefined) group.folders.add(keys.folder);
}

/** A group without an explicit name joins the only explicitly named one that has its Tailscale address. */
function joinByAddress(groups: readonly Group[]): readonly Group[] {
  const named = groups.filter((group) => group.nodeNames.size > 0);
  const byAddress = new Map<string, Group[]>();
  for (const group of named) {
    for (const address of tailscaleAddresses(group)) {
      byAddress.set(address, [...(byAddress.get(address) ?? []), group]);
    }
  }
  const result: Group[] = [...named];
  for (const group of groups) {
    if (group.nodeNames.size > 0) continue;
    const owners = new Set(tailscaleAddresses(group).flatMap((address) => byAddress.get(address) ?? []));
    const [owner] = owners;
    const hostnames = [...group.hostnames];
    const clash = owner && hostnames.some((name) => owner.hostnames.size > 0 && !owner.hostnames.has(name));
    if (owner && owners.size === 1 && !clash) owner.facts.push(...group.facts);
    else result.push(group);
  }
  return result;
}

function tailscaleAddresses(group: Group): string[] {
  const addresses = group.facts.flatMap((facts) => facts.addresses);
  return addresses.flatMap((address) =>
    address.is === 'tailscale' && address.value.text ? [address.value.text] : [],
  );
}
