import type { Problem } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Span } from '../source/span.ts';
import type { JsonScalar, JsonType, Schema } from './json-schema.ts';
import { keyName, type MapTree, type Member, type ScalarTree, type Tree } from './tree.ts';

/** Where a value stands, for messages and for the place of what it lacks. */
interface Context {
  /** What messages call the value: `"lanIp" of a node`, `a node`. */
  readonly called: string;
  /** The key the value stands under. */
  readonly key?: ScalarTree;
}

/**
 * Everything in which a tree breaks a schema, each with its place: an unknown key at the key, a wrong value at
 * the value, a missing key at the key of the map that lacks it, else at its first key.
 */
export function checkSchema(tree: Tree, schema: Schema): Problem[] {
  const problems: Problem[] = [];
  // Aliases and merge keys share trees: what was checked once is not walked again.
  const checked = new Map<Tree, Set<Schema>>();
  const reported = new Set<ScalarTree>();

  function check(value: Tree, expected: Schema, context: Context): void {
    const seen = checked.get(value) ?? new Set();
    if (seen.has(expected)) return;
    checked.set(value, seen.add(expected));

    if (expected.ref) check(value, expected.ref, context);
    const fault = faultOf(value, expected);
    if (fault !== undefined) {
      problems.push({ message: `${context.called} ${fault}`, at: value.span });
      return;
    }
    if (value.kind === 'map') checkMap(value, expected, context);
    if (value.kind === 'list' && expected.items) {
      for (const item of value.items) check(item, expected.items, itemContext(expected.items, context));
    }
    if (expected.anyOf.length > 0)
      for (const problem of leastOf(value, expected.anyOf)) problems.push(problem);
  }

  function checkMap(map: MapTree, expected: Schema, context: Context): void {
    const owner = expected.title ?? context.called;
    const meant = new Set<string>();
    for (const { key, value } of map.members) {
      const known = expected.properties.get(key.text) ?? expected.additional;
      if (known === false) {
        const near = nearest(key.text, expected.properties.keys());
        if (near !== undefined) meant.add(near);
        reportUnknown(key, owner, near);
      } else if (known !== true) {
        check(value, known, { called: `${keyName(key)} of ${owner}`, key });
      }
    }
    for (const name of expected.required) {
      // A misspelt key is one fault, not two.
      if (meant.has(name) || map.members.some((member) => member.key.text === name)) continue;
      problems.push({ message: `${owner} lacks "${name}"`, at: placeOfAbsence(map, context.key) });
    }
  }

  function reportUnknown(key: ScalarTree, owner: string, near: string | undefined): void {
    if (reported.has(key)) return;
    reported.add(key);
    const hint = near === undefined ? '' : `, the nearest known one is "${near}"`;
    problems.push({ message: `unknown key ${keyName(key)} of ${owner}${hint}`, at: key.span });
  }

  check(tree, schema, { called: schema.title ?? schema.ref?.title ?? 'the document' });
  return problems;
}

/** No problem where one schema fits, else the problems with the one that fits best. */
function leastOf(tree: Tree, schemas: readonly Schema[]): readonly Problem[] {
  const found = schemas.map((schema) => checkSchema(tree, schema));
  return found.reduce((least, each) => (each.length < least.length ? each : least));
}

function itemContext(item: Schema, list: Context): Context {
  return { called: item.title ?? item.ref?.title ?? `an item of ${list.called}` };
}

function placeOfAbsence(map: MapTree, key: ScalarTree | undefined): Span {
  return key?.span ?? firstKey(map)?.key.span ?? map.span;
}

/** Merged members stand first in a map, but elsewhere in the text. */
function firstKey(map: MapTree): Member | undefined {
  return map.members.find(({ key }) => key.span.start >= map.span.start && key.span.end <= map.span.end);
}

/** What is wrong with the value itself. */
function faultOf(value: Tree, { types, values, minimum, maximum }: Schema): string | undefined {
  if (types && !types.some((type) => isOf(value, type))) {
    const wanted = types.filter((type) => type !== 'null' || types.length === 1).map((type) => NAMES[type]);
    return `takes ${either(wanted)}, not ${nameOf(value)}`;
  }
  if (values && !(value.kind === 'scalar' && values.includes(value.value))) {
    const wanted = values.filter((each) => each !== null).map(shown);
    return `takes ${either(wanted)}, not ${value.kind === 'scalar' && value.value !== null ? keyName(value) : nameOf(value)}`;
  }
  if (value.kind !== 'scalar' || typeof value.value !== 'number') return undefined;
  if (value.value < minimum) return `is at least ${minimum}, not ${value.text}`;
  if (value.value > maximum) return `is at most ${maximum}, not ${value.text}`;
  return undefined;
}

const NAMES: Readonly<Record<JsonType, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
  array: 'a list',
  object: 'a map',
};

function isOf(value: Tree, type: JsonType): boolean {
  if (value.kind === 'list') return type === 'array';
  if (value.kind === 'map') return type === 'object';
  if (value.value === null) return type === 'null';
  if (type === 'integer') return Number.isInteger(value.value);
  // JSON has no infinity and no NaN, which YAML writes `.inf` and `.nan`.
  if (type === 'number') return Number.isFinite(value.value);
  return typeof value.value === type;
}

function nameOf(value: Tree): string {
  if (value.kind !== 'scalar') return value.kind === 'list' ? 'a list' : 'a map';
  if (value.value === null) return 'nothing';
  if (typeof value.value === 'boolean') return value.text;
  return typeof value.value === 'number' ? 'a number' : 'text';
}

function shown(value: JsonScalar): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function either(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
