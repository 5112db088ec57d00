import type { Problem } from '../diagnostics/finding.ts';
import { nameOf, type SourceFile } from '../source/source-file.ts';
import { type Span, spanOf } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import { parseShell } from '../syntax/shell.ts';
import {
  type FileFacts,
  fileFacts,
  type NodeFacts,
  nodeFacts,
  type Parameter,
  ROLES,
  type Role,
} from './facts.ts';
import { folderNameOf } from './names.ts';
import { type Pass, runPasses } from './script/passes.ts';
import type { Found, ScriptFacts } from './script/state.ts';
import { uniqueSecrets } from './secrets.ts';

/**
 * Reads a shell script: what it starts, with which flags, for which roles, and what it insists on.
 *
 * What is the same for every role is one node's facts; what only some roles do, those roles'. A command that is
 * given a literal role, and each host that `ssh` goes to, has facts of its own.
 *
 * @param parameterNames which parameter each variable is, by the name the file uses
 */
export function readScript(file: SourceFile, parameterNames: ReadonlyMap<string, Parameter>): FileFacts {
  const { statements, problems } = parseShell(file);
  const roleName = [...parameterNames].find(([, parameter]) => parameter === 'NODE_ROLE')?.[0];
  const namesRole = roleName !== undefined && file.text.includes(roleName);
  const passes = runPasses(statements, parameterNames, namesRole);
  return {
    ...fileFacts('script'),
    problems: isCertainlyShell(file) ? withoutConsequences(problems) : [],
    nodes: nodesOf(file, passes),
    secrets: uniqueSecrets(passes.flatMap(({ walk }) => walk.secrets)),
  };
}

/** Other shells have a syntax of their own, and programs write into templates. */
function isCertainlyShell({ path, text }: SourceFile): boolean {
  if (/\{\{|\{%|%\{|<%/.test(text)) return false;
  if (text.startsWith('#!')) return /^#!.*\b(?:ba|da|a)?sh\b/.test(text);
  return /\.(?:sh|bash)$/i.test(nameOf(path));
}

/** What comes after a quote that is not closed is not what its author meant. */
function withoutConsequences(problems: readonly Problem[]): readonly Problem[] {
  const unclosed = problems.findIndex(({ message }) => message.startsWith('unterminated'));
  return unclosed < 0 ? problems : problems.slice(0, unclosed + 1);
}

/** Facts with the roles whose passes met them; undefined for all of them. */
interface Shared extends Found {
  readonly roles: readonly Role[] | undefined;
}

/** The facts of one machine for one set of roles. */
interface Bundle {
  readonly machine: string;
  readonly roles: readonly Role[] | undefined;
  readonly found: Shared[];
}

function nodesOf(file: SourceFile, passes: readonly Pass[]): readonly NodeFacts[] {
  const all = sharedFacts(passes);
  const bundles = new Map<string, Bundle>();
  for (const found of all.filter(({ facts }) => saysSomething(facts))) {
    const { machine, roles } = found;
    const key = `${machine}\n${roles}`;
    const bundle = bundles.get(key) ?? { machine, roles, found: [] };
    bundles.set(key, bundle);
    bundle.found.push(found);
  }
  const machines = new Set([...bundles.values()].map(({ machine }) => machine).filter(isCommand));
  return [...bundles.values()].map((bundle) => ({
    ...nodeOf(bundle, all, file),
    // Several nodes of one script are not named by its folder.
    ...(bundle.machine === '' || (isCommand(bundle.machine) && machines.size === 1)
      ? folderNameIn(file)
      : {}),
  }));
}

function isCommand(machine: string): boolean {
  return machine.startsWith('command ');
}

function folderNameIn(file: SourceFile): Pick<NodeFacts, 'folderName'> {
  const folderName = folderNameOf(file);
  return folderName === undefined ? {} : { folderName };
}

/** Each fact once, in the order of the passes. */
function sharedFacts(passes: readonly Pass[]): readonly Shared[] {
  const seen = new Map<string, { readonly found: Found; readonly roles: Set<Role | 'other'> }>();
  for (const { role, walk } of passes) {
    for (const found of walk.found) {
      const key = JSON.stringify([found.machine, found.facts], (name, value) =>
        name === 'file' ? '' : value,
      );
      const known = seen.get(key) ?? { found, roles: new Set() };
      known.roles.add(role);
      seen.set(key, known);
    }
  }
  return [...seen.values()].map(({ found, roles }) => {
    const everywhere = passes.length === 1 || ROLES.every((role) => roles.has(role));
    return { ...found, roles: everywhere ? undefined : ROLES.filter((role) => roles.has(role)) };
  });
}

/** Of a machine of which only this is known nothing can be said. */
const REMARKS: ReadonlySet<string> = new Set(['asserted', 'defaulted', 'readsOthers', 'mentionsTailscale']);

function saysSomething(facts: ScriptFacts): boolean {
  return Object.keys(facts).some((key) => !REMARKS.has(key));
}

function nodeOf({ machine, roles, found }: Bundle, all: readonly Shared[], file: SourceFile): NodeFacts {
  const facts = found.map((each) => each.facts);
  const here = all.filter((each) => each.machine === machine);
  const remarks = here.filter((each) => isForAll(each, roles)).map((each) => each.facts);
  const nodeName = theOnly(facts.flatMap((each) => each.nodeName ?? []));
  const hostname = theOnly(facts.flatMap((each) => each.hostname ?? []));
  const role = theOnly(facts.flatMap((each) => each.role ?? []));
  return {
    ...nodeFacts('script', placeOf(machine, roles, found) ?? firstLine(file)),
    ...(nodeName && { nodeName }),
    ...(hostname && { hostname }),
    ...(roles && { roles }),
    ...(role && { role }),
    parameters: facts.flatMap((each) => each.parameters ?? []),
    asserted: [...new Set(remarks.flatMap((each) => each.asserted ?? []))],
    defaulted: [...new Set(remarks.flatMap((each) => each.defaulted ?? []))],
    readsOthers: here.some((each) => each.facts.readsOthers),
    addresses: facts.flatMap((each) => each.addresses ?? []),
    k3s: facts.flatMap((each) => each.k3s ?? []),
    tailscale: facts.flatMap((each) => each.tailscale ?? []),
    ipRules: facts.flatMap((each) => each.ipRules ?? []),
    ipRoutes: facts.flatMap((each) => each.ipRoutes ?? []),
    mentionsTailscale: remarks.some((each) => each.mentionsTailscale),
  };
}

function isForAll(found: Shared, roles: readonly Role[] | undefined): boolean {
  return found.roles === undefined || (roles?.every((role) => found.roles?.includes(role)) ?? false);
}

/** A script that gives several names starts several nodes. */
function theOnly(given: readonly Given[]): Given | undefined {
  return new Set(given.map(({ text }) => text)).size === 1 ? given.at(-1) : undefined;
}

/** Where a branch is chosen, else what is started first. */
function placeOf(
  machine: string,
  roles: readonly Role[] | undefined,
  found: readonly Shared[],
): Span | undefined {
  const branch = roles || machine !== '' ? found.find((each) => each.branch)?.branch : undefined;
  if (branch) return branch;
  const started = found.flatMap(({ facts }) => [...(facts.k3s ?? []), ...(facts.tailscale ?? [])]);
  return started[0]?.at;
}

function firstLine(file: SourceFile): Span {
  const end = /[\r\n]|$/.exec(file.text)?.index ?? 0;
  return spanOf(file, 0, end);
}
