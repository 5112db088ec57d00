import type { Located, Span } from '../source/span.ts';
import type { Given } from './given.ts';

/**
 * One tree for every format that has maps and lists (YAML, HuJSON), each part with its place.
 *
 * A tree may share parts (YAML aliases): it is a directed graph without cycles, never walked without a bound.
 */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as text: a string's content, else the source as written (`0x10`, `1e3`, `010`); empty for null. */
  readonly text: string;
  /** The whole token with its quotes. An empty YAML value has an empty span just after its colon. */
  readonly span: Span;
  /**
   * Where in the source the text begins, if `text` stands there unit for unit (plain, or quoted without an
   * escape): then a part of it has a span of its own.
   */
  readonly textStart?: number;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly span: Span;
}

export interface MapTree {
  readonly kind: 'map';
  readonly members: readonly Member[];
  readonly span: Span;
}

export interface Member {
  readonly key: ScalarTree;
  readonly value: Tree;
}

/** The place of `text.slice(start, end)` of a scalar, or of the whole scalar where escapes hide it. */
export function partSpan(scalar: ScalarTree, start: number, end: number): Span {
  if (scalar.textStart === undefined) return scalar.span;
  return { file: scalar.span.file, start: scalar.textStart + start, end: scalar.textStart + end };
}

/** The last member with this key: the later one wins in every format here. */
export function memberOf(tree: Tree | undefined, key: string): Member | undefined {
  if (tree?.kind !== 'map') return undefined;
  return tree.members.findLast((member) => member.key.text === key);
}

/** The value under a path of keys. */
export function valueAt(tree: Tree | undefined, ...keys: string[]): Tree | undefined {
  let here = tree;
  for (const key of keys) here = memberOf(here, key)?.value;
  return here;
}

/** The items of a list; a scalar or map counts as a list of one, an absent or null value as none. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** A scalar's text with its place; nothing for null, lists and maps. */
export function scalarAt(tree: Tree | undefined, ...keys: string[]): Located<string> | undefined {
  const value = valueAt(tree, ...keys);
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  return { value: value.text, span: value.span };
}

/** A scalar as a word; nothing for null, lists and maps. */
export function givenAt(tree: Tree | undefined, ...keys: string[]): Given | undefined {
  const value = valueAt(tree, ...keys);
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  const { text, span, textStart } = value;
  return { text, span, ...(textStart !== undefined && { textStart }) };
}

/** A key or another scalar as messages quote it; a very long one is cut. */
export function keyName(key: ScalarTree): string {
  return JSON.stringify(key.text.length > 60 ? `${key.text.slice(0, 59)}…` : key.text);
}
