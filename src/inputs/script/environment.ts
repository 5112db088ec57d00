import type { Span } from '../../source/span.ts';
import { type Given, piecesOf } from '../../syntax/given.ts';

/** What a script has assigned to a name. */
export interface ScriptVariable {
  /** The name, where it is assigned. */
  readonly at: Span;
  /** Of a list, its first item. */
  readonly value: Given;
  /** The items of a list. */
  readonly items?: readonly Given[];
}

/**
 * The variables of a script at one point. A name that is not there was not assigned: it may come from outside.
 *
 * A path that may not be taken gets a fork, which sees what is above it and keeps its own changes.
 */
export interface Environment {
  readonly own: Map<string, ScriptVariable>;
  readonly above?: Environment;
  /** What `NODE_ROLE` is called: a role that only run time knows is still known to be the role. */
  readonly roleName: string | undefined;
}

export function newEnvironment(roleName: string | undefined): Environment {
  return { own: new Map(), roleName };
}

export function fork(above: Environment): Environment {
  return { own: new Map(), above, roleName: above.roleName };
}

export function lookUp(environment: Environment, name: string): ScriptVariable | undefined {
  for (let here: Environment | undefined = environment; here; here = here.above) {
    const variable = here.own.get(name);
    if (variable) return variable;
  }
  return undefined;
}

/** A script could double a value on each of its lines. */
const MAX_PIECES = 200;
const MAX_ITEMS = 200;
const MAX_UNITS = 8192;

export function assign(environment: Environment, name: string, variable: ScriptVariable): void {
  const { at, value, items = [] } = variable;
  const tooMuch =
    items.length > MAX_ITEMS ||
    [value, ...items].some((each) => piecesOf(each).length > MAX_PIECES) ||
    [value, ...items].reduce((units, each) => units + (each.text?.length ?? 0), 0) > MAX_UNITS;
  const kept: ScriptVariable = tooMuch ? { at, value: { text: undefined, span: at } } : variable;
  const isRole = name === environment.roleName && kept.value.text === undefined;
  environment.own.set(name, isRole ? { ...kept, value: { ...kept.value, variable: name } } : kept);
}

/** Something unknown is assigned. */
export function assignUnknown(environment: Environment, name: string, at: Span): void {
  assign(environment, name, { at, value: { text: undefined, span: at } });
}

/** After paths of which one is taken: what they agree on is known, everything else they assign is not. */
export function joinPaths(environment: Environment, paths: readonly Environment[]): void {
  for (const name of new Set(paths.flatMap((path) => [...path.own.keys()]))) {
    const variables = paths.map((path) => path.own.get(name) ?? lookUp(environment, name));
    const assigned = variables.find((variable) => variable !== undefined)!;
    if (variables.every((variable) => agrees(variable, assigned))) assign(environment, name, assigned);
    else assignUnknown(environment, name, assigned.at);
  }
}

function agrees(a: ScriptVariable | undefined, b: ScriptVariable): boolean {
  if (a === b) return true;
  if (a === undefined || a.items || b.items) return false;
  return a.value.text !== undefined && a.value.text === b.value.text;
}
