import type { K3sFacts, NodeFacts, Role } from '../inputs/facts.ts';
import { nameOf } from '../source/source-file.ts';
import type { EffectiveSetting, K3sStart } from './model.ts';

/** What `NODE_ROLE` makes of K3s. */
export function commandOf(role: Role): 'server' | 'agent' {
  return role === 'server' ? 'server' : 'agent';
}

/**
 * Every start of K3s on a node with what counts in the end. The command line beats the files, a later file
 * beats an earlier one, `key+` appends [K3s v1.31 docs, installation/configuration].
 */
export function k3sStarts(facts: readonly NodeFacts[], role: Role | undefined): readonly K3sStart[] {
  const files = mergeFiles(facts);
  const command = role && commandOf(role);
  const starts = facts.flatMap((each) =>
    each.k3s
      .filter((start) => start.by === 'command-line')
      .map((start) => ({
        command: start.command ?? commandOfRoles(each.roles) ?? command,
        settings: over(files, start),
      })),
  );
  if (starts.length > 0) return starts;
  return files.length > 0 ? [{ command, settings: files }] : [];
}

function commandOfRoles(roles: readonly Role[] | undefined): 'server' | 'agent' | undefined {
  const commands = new Set(roles?.map(commandOf));
  return commands.size === 1 ? [...commands][0] : undefined;
}

function mergeFiles(facts: readonly NodeFacts[]): readonly EffectiveSetting[] {
  const files = facts
    .flatMap((each) => each.k3s)
    .filter((each) => each.by === 'config-file')
    .sort((a, b) => inFileOrder(a.at.file.path, b.at.file.path));
  let merged: EffectiveSetting[] = [];
  for (const file of files) {
    const replaced = new Set(
      file.settings.filter((setting) => !setting.append).map((setting) => setting.name),
    );
    merged = merged.filter((setting) => !replaced.has(setting.name));
    merged.push(...file.settings.map((setting) => ({ ...setting, by: 'config-file' as const })));
  }
  return merged;
}

/** `config.yaml` before the drop-ins, and those by name. */
function inFileOrder(a: string, b: string): number {
  const dropIn = (path: string) => /\.d\/[^/]+$/.test(path);
  if (dropIn(a) !== dropIn(b)) return dropIn(a) ? 1 : -1;
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function over(files: readonly EffectiveSetting[], start: K3sFacts): readonly EffectiveSetting[] {
  const given = new Set(start.settings.map((setting) => setting.name));
  return [
    ...files.filter((setting) => !given.has(setting.name)),
    ...start.settings.map((setting) => ({ ...setting, by: 'command-line' as const })),
  ];
}
