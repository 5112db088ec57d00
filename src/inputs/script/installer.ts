import { nameOf } from '../../source/source-file.ts';
import { type Span, textOf } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import type { Command } from '../../syntax/shell-tree.ts';
import type { K3sFacts } from '../facts.ts';
import { readNodeOfSettings } from '../k3s-settings.ts';
import type { Invocation } from './invocation.ts';
import { namesInstaller, readInstall } from './k3s.ts';
import { addFacts, type Place, type Walk, wordsOfCommand } from './state.ts';
import { expandValue } from './words.ts';

/** A run of K3s' installer with these arguments. */
export function install(args: readonly Given[], at: Span, place: Place, walk: Walk): void {
  walk.installed = true;
  if (walk.repeats < 0) return;
  const start = readInstall(args, place.environment, at, !walk.readsOthers);
  // `INSTALL_K3S_EXEC` is read anew each time.
  walk.repeats -= start.settings.length;
  addStart(start, place, walk);
}

/** A start of K3s, with what its settings say of the node. */
export function addStart(start: K3sFacts, place: Place, walk: Walk): void {
  addFacts({ k3s: [start] }, place, walk);
  const { facts, secrets } = readNodeOfSettings(start.settings);
  const { nodeName, hostname, addresses, tailscale, mentionsTailscale } = facts;
  if (nodeName) addFacts({ nodeName }, place, walk);
  if (hostname) addFacts({ hostname }, place, walk);
  for (const address of addresses) addFacts({ addresses: [address] }, place, walk);
  for (const each of tailscale) addFacts({ tailscale: [each] }, place, walk);
  if (mentionsTailscale) addFacts({ mentionsTailscale: true }, place, walk);
  walk.secrets.push(...secrets);
}

/** The file in which `curl` or `wget` stores the installer, if they do. */
export function storedInstaller(
  { output }: Command,
  { name, args }: Invocation,
  { environment }: Place,
): string | undefined {
  if (!args.some(fetches)) return undefined;
  const option = name === 'curl' ? /^(-[a-zA-Z]*o|--output)$/ : /^(-[a-zA-Z]*O|--output-document)$/;
  const optionAt = args.findIndex(({ text }) => text !== undefined && option.test(text));
  const file = optionAt < 0 ? output && expandValue(output, environment) : args[optionAt + 1];
  return file && fileKey(file);
}

/** Whether a command's output is the installer: it fetches it, or prints the file it was stored in. */
export function printsInstaller(command: Command, place: Place, walk: Walk): boolean {
  const words = wordsOfCommand(command, place, walk) ?? [];
  return words.some((word) => fetches(word) || isStored(word, walk));
}

/** Whether a program or a script file is the installer. */
export function isInstaller(
  file: Given,
  { place, hasOwn }: { readonly place: Place; readonly hasOwn: boolean },
  walk: Walk,
): boolean {
  if (fetches(file) || isStored(file, walk)) return true;
  // Nobody else reads these.
  return hasOwn && [...place.environment.own.keys()].some((name) => name.startsWith('INSTALL_K3S_'));
}

function fetches({ text, span }: Given): boolean {
  return namesInstaller(text ?? textOf(span));
}

function isStored(file: Given, { installers }: Walk): boolean {
  const key = fileKey(file);
  return key !== undefined && installers.has(key);
}

/** A file by its name, for scripts change folders; `$NAME` for a computed one. */
function fileKey({ text, variable }: Given): string | undefined {
  if (text !== undefined) return nameOf(text);
  return variable === undefined ? undefined : `$${variable}`;
}
