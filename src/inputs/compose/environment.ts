import { folderOf, type SourceFile } from '../../source/source-file.ts';
import { type Located, located } from '../../source/span.ts';
import { type EnvAssignment, parseEnv } from '../../syntax/env.ts';
import { type Given, partOf } from '../../syntax/given.ts';
import { givenAt, itemsOf, type Tree, valueAt } from '../../syntax/tree.ts';
import { type ComposeVariables, interpolate } from './interpolation.ts';

/** A variable of a service. */
export interface ServiceVariable {
  readonly name: Located<string>;
  /** With its references replaced. */
  readonly value: Given;
  /** As it is written, where the Compose file itself says it. */
  readonly written?: Given;
}

export interface ServiceEnvironment {
  /** What each variable is in the end. */
  readonly variables: ReadonlyMap<string, ServiceVariable>;
  /** Every place that gives a variable, those that are overridden too. */
  readonly all: readonly ServiceVariable[];
  /** False where a part of it cannot be read. */
  readonly complete: boolean;
}

/** What the services of one Compose file share. */
export interface ComposeProject {
  readonly variables: ComposeVariables;
  /** The assignments of an env file by its path as the Compose file has it, as often as the budget allows. */
  readonly envFile: (path: string) => readonly EnvAssignment[] | undefined;
}

/** Assignments that all `env_file`s of one Compose file may bring in: many services can name one large file. */
const MAX_ASSIGNMENTS = 100_000;
const MAX_COPIES = 1_000_000;

export function composeProject(
  file: SourceFile,
  fileNamed: (path: string) => SourceFile | undefined,
): ComposeProject {
  const parsed = new Map<string, readonly EnvAssignment[] | undefined>();
  let left = MAX_ASSIGNMENTS;

  function envFile(path: string): readonly EnvAssignment[] | undefined {
    const resolved = resolvePath(folderOf(file.path), path);
    if (resolved === undefined) return undefined;
    if (!parsed.has(resolved)) {
      const found = fileNamed(resolved);
      parsed.set(resolved, found && parseEnv(found).assignments);
    }
    const assignments = parsed.get(resolved);
    left -= assignments?.length ?? 0;
    return left < 0 ? undefined : assignments;
  }

  const values = new Map((envFile('.env') ?? []).map(({ name, value }) => [name.value, value]));
  return { variables: { values, copies: MAX_COPIES }, envFile };
}

/** A path relative to a folder; nothing for one that leaves the repository's own terms (`/etc/…`, `~/…`). */
function resolvePath(folder: string, path: string): string | undefined {
  if (/^([/~]|[A-Za-z]:)/.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Reads what a service's container finds in its environment: `env_file` first, `environment` over it. */
export function readEnvironment(service: Tree, project: ComposeProject): ServiceEnvironment {
  const files = itemsOf(valueAt(service, 'env_file')).map((entry) => readEnvFile(entry, project));
  const own = readOwn(valueAt(service, 'environment'), project.variables);
  const all = [...files.flatMap((file) => file ?? []), ...own.variables];
  return {
    variables: new Map(all.map((variable) => [variable.name.value, variable])),
    all,
    complete: own.complete && !files.includes(undefined) && valueAt(service, 'extends') === undefined,
  };
}

/** An entry of `env_file`: a path, or a map with one. */
function readEnvFile(entry: Tree, project: ComposeProject): ServiceVariable[] | undefined {
  const path = givenAt(entry) ?? givenAt(entry, 'path');
  const { text } = path ? interpolate(path, project.variables) : {};
  const assignments = text === undefined ? undefined : project.envFile(text);
  return assignments?.map(({ name, value }) => ({
    name,
    value: value.text === undefined ? interpolate(value, project.variables) : value,
  }));
}

function readOwn(
  environment: Tree | undefined,
  variables: ComposeVariables,
): { readonly variables: readonly ServiceVariable[]; readonly complete: boolean } {
  if (environment?.kind === 'map') {
    const all = environment.members.map(({ key, value }) => {
      const name = located(key.text, key.span);
      return value.kind === 'scalar'
        ? variableOf(name, givenAt(value), variables)
        : { name, value: { text: undefined, span: value.span } };
    });
    return { variables: all, complete: true };
  }
  const items = itemsOf(environment).map((item) => readListItem(item, variables));
  return { variables: items.filter((item) => item !== undefined), complete: !items.includes(undefined) };
}

/** `NAME=value` or `NAME`. */
function readListItem(item: Tree, variables: ComposeVariables): ServiceVariable | undefined {
  const word = givenAt(item);
  if (word?.text === undefined) return undefined;
  const equals = word.text.indexOf('=');
  const name = partOf(word, 0, equals < 0 ? word.text.length : equals);
  if (name.text === undefined || name.text.includes('$')) return undefined;
  const value = equals < 0 ? undefined : partOf(word, equals + 1, word.text.length);
  return variableOf(located(name.text, name.span), value, variables);
}

/** A variable without a value is taken over from the shell or `.env`. */
function variableOf(
  name: Located<string>,
  written: Given | undefined,
  variables: ComposeVariables,
): ServiceVariable {
  if (written) return { name, written, value: interpolate(written, variables) };
  const takenOver: Given = { text: undefined, span: name.span, variable: name.value };
  return { name, value: interpolate(takenOver, variables) };
}
