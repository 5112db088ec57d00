import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Span, spanOf } from '../source/span.ts';
import type { ScalarTree, Tree } from './tree.ts';

/**
 * A value with all that stands around it, so that a text and its tree say the same.
 *
 * The extra (white space and comments) between two tokens belongs to the value before it; after a comma, a
 * colon or an opening bracket it belongs to the value that follows.
 */
export type HujsonValue = HujsonScalar | HujsonArray | HujsonObject;

/** Where a value stands. */
export interface Placed {
  /** The extra before the value, as written. */
  readonly before: string;
  /** The value without its extras: UTF-16 offsets into the text, half-open. */
  readonly start: number;
  readonly end: number;
  /** The extra after the value, as written. */
  readonly after: string;
}

export interface HujsonScalar<Value = string | number | boolean | null> extends Placed {
  readonly kind: 'scalar';
  /** The token as written, with its quotes. */
  readonly raw: string;
  /** What it says; the text as it stands for a token that JSON does not have. */
  readonly value: Value;
}

export interface HujsonArray extends Placed, Bracketed<HujsonValue> {
  readonly kind: 'array';
}

export interface HujsonObject extends Placed, Bracketed<HujsonMember> {
  readonly kind: 'object';
}

/** What stands between two brackets. */
export interface Bracketed<Item> {
  readonly items: readonly Item[];
  readonly trailingComma: boolean;
  /** The extra before the closing bracket if it follows a trailing comma or the opening bracket. */
  readonly inside: string;
}

/** The extra around the colon belongs to the key and to the value. */
export interface HujsonMember {
  readonly key: HujsonScalar<string>;
  readonly value: HujsonValue;
}

/** The text of a tree: unit for unit the one it was parsed from, if that had no syntax error. */
export function printHujson(root: HujsonValue): string {
  const parts: string[] = [];
  print(root, parts);
  return parts.join('');
}

/** Members that an object gives more than once: JSON allows it, and all but the last count for nothing. */
export function duplicateMembers(file: SourceFile, root: HujsonValue): Problem[] {
  if (root.kind === 'scalar') return [];
  if (root.kind === 'array') return root.items.flatMap((item) => duplicateMembers(file, item));
  const first = new Map<string, Span>();
  return root.items.flatMap(({ key, value }) => {
    const at = spanOf(file, key.start, key.end);
    const earlier = first.get(key.value);
    if (earlier === undefined) first.set(key.value, at);
    const own = earlier ? [givenTwice(key.value, at, earlier)] : [];
    return [...own, ...duplicateMembers(file, value)];
  });
}

/** What is said of a member at `at` that stands in the text before, too. */
export function givenTwice(name: string, at: Span, first: Span): Problem {
  const related = [{ at: first, label: 'the first one' }];
  return { message: `${quoted(name)} is given twice, the later one counts`, at, related };
}

/** A member's name as a message shows it. */
export function quoted(name: string): string {
  return name.length > 40 ? 'a long key' : `"${name}"`;
}

/** The same values in the form that all formats share. */
export function treeOf(file: SourceFile, root: HujsonValue): Tree {
  const span = spanOf(file, root.start, root.end);
  switch (root.kind) {
    case 'scalar':
      return scalarTreeOf(file, root);
    case 'array':
      return { kind: 'list', items: root.items.map((item) => treeOf(file, item)), span };
    case 'object': {
      const members = root.items.map(({ key, value }) => ({
        key: scalarTreeOf(file, key),
        value: treeOf(file, value),
      }));
      return { kind: 'map', members, span };
    }
  }
}

function print(value: HujsonValue, parts: string[]): void {
  parts.push(value.before);
  if (value.kind === 'scalar') {
    parts.push(value.raw);
  } else {
    parts.push(value.kind === 'array' ? '[' : '{');
    value.items.forEach((item, index) => {
      if (index > 0) parts.push(',');
      if ('key' in item) {
        print(item.key, parts);
        parts.push(':');
        print(item.value, parts);
      } else {
        print(item, parts);
      }
    });
    parts.push(value.trailingComma ? ',' : '', value.inside, value.kind === 'array' ? ']' : '}');
  }
  parts.push(value.after);
}

function scalarTreeOf(file: SourceFile, { raw, value, start, end }: HujsonScalar): ScalarTree {
  const span = spanOf(file, start, end);
  if (typeof value !== 'string') return { kind: 'scalar', value, text: value === null ? '' : raw, span };
  const plain = raw === `"${value}"`;
  return { kind: 'scalar', value, text: value, span, ...(plain && { textStart: start + 1 }) };
}
