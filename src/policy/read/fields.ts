import type { Problem, Related } from '../../diagnostics/finding.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { type Span, spanOf } from '../../source/span.ts';
import { givenTwice, quoted } from '../../syntax/hujson-value.ts';
import type { Member, ScalarTree, Tree } from '../../syntax/tree.ts';

/** What is wrong with a policy. */
export interface PolicyProblem extends Problem {
  /** Of the faults that `check` has a rule of its own for. */
  readonly fault?: Fault;
}

export type Fault =
  | { readonly is: 'undefined-tag'; readonly tag: string }
  | { readonly is: 'prefix' }
  | { readonly is: 'given-twice' };

/** Whether the service refuses a policy for it. */
export function isRefusal({ fault }: PolicyProblem): boolean {
  return fault?.is !== 'given-twice';
}

/** Takes down what is wrong; of one text a hundred at most. */
export type Report = (message: string, at: Span, related?: readonly Related[], fault?: Fault) => void;

/**
 * A part of a policy by the shape that it should have. A part of another shape is a problem and counts as absent;
 * null is absent without one, as for the service.
 */
export interface Part {
  /** What a message calls it. */
  readonly called: string;
  readonly tree: Tree;
}

/** A part that an object holds under a name. */
export interface Field extends Part {
  readonly key: ScalarTree;
}

/** A file that is wrong throughout need not be told so more often. */
export const MOST_PROBLEMS = 100;

/** A list of problems, and what puts one into it while there are fewer than `MOST_PROBLEMS`. */
export function problemList(): { readonly problems: readonly PolicyProblem[]; readonly report: Report } {
  const problems: PolicyProblem[] = [];
  const report: Report = (message, at, related, fault) => {
    if (problems.length >= MOST_PROBLEMS) return;
    problems.push({ message, at, ...(related && { related }), ...(fault && { fault }) });
  };
  return { problems, report };
}

/**
 * The members of an object whose names are known, under those names: they may be spelt in any case. Of two
 * spellings of one name the later counts.
 */
export function fieldsOf<Name extends string>(
  part: Part | undefined,
  known: readonly Name[],
  report: Report,
): ReadonlyMap<Name, Field> {
  const byLowerCase = new Map(known.map((name) => [name.toLowerCase(), name]));
  const fields = new Map<Name, Field>();
  for (const { key, value } of membersOf(part, report)) {
    const name = byLowerCase.get(key.text.toLowerCase());
    if (name === undefined) {
      report(unknownMember(key.text, part?.called ?? '', known), key.span);
      continue;
    }
    const earlier = fields.get(name)?.key;
    // Those spelt alike are reported for every object of the text.
    if (earlier && earlier.text !== key.text) {
      const { message, at, related } = givenTwice(key.text, key.span, earlier.span);
      report(message, at, related, { is: 'given-twice' });
    }
    fields.set(name, { key, called: quoted(key.text), tree: value });
  }
  return fields;
}

function unknownMember(name: string, called: string, known: readonly string[]): string {
  const near = nearest(name.slice(0, 80), known);
  const hint = near === undefined ? '' : `, the nearest known one is "${near}"`;
  return `unknown field ${quoted(name)} in ${called}${hint}`;
}

/** The members of an object whose names the user chooses; of those with one name the last. */
export function entriesOf(part: Part | undefined, report: Report): readonly Field[] {
  const byName = new Map(membersOf(part, report).map((member) => [member.key.text, member]));
  return [...byName.values()].map(({ key, value }) => ({ key, called: quoted(key.text), tree: value }));
}

/** The items of an array, each called after it. */
export function itemsOf(part: Part | undefined, report: Report): readonly Part[] {
  if (part === undefined || isNull(part.tree)) return [];
  if (part.tree.kind === 'list') {
    const called = `an item of ${part.called}`;
    return part.tree.items.map((tree) => ({ called, tree }));
  }
  report(mismatch(part, 'an array'), headOf(part.tree));
  return [];
}

/** The string that a part is, if it is one. */
export function stringOf(part: Part | undefined, report: Report): ScalarTree | undefined {
  if (part === undefined || isNull(part.tree)) return undefined;
  if (part.tree.kind === 'scalar' && typeof part.tree.value === 'string') return part.tree;
  report(mismatch(part, 'a string'), headOf(part.tree));
  return undefined;
}

/** The strings of an array. */
export function stringsOf(part: Part | undefined, report: Report): readonly ScalarTree[] {
  return itemsOf(part, report).flatMap((item) => stringOf(item, report) ?? []);
}

/** Reports a part that is neither a boolean nor absent. */
export function checkBoolean(part: Part | undefined, report: Report): void {
  if (part === undefined || isNull(part.tree)) return;
  if (part.tree.kind !== 'scalar' || typeof part.tree.value !== 'boolean') {
    report(mismatch(part, 'a boolean'), headOf(part.tree));
  }
}

/** A scalar as it stands; the opening bracket of an object or an array, not all that is in it. */
export function headOf({ kind, span }: Tree): Span {
  return kind === 'scalar' ? span : spanOf(span.file, span.start, span.start + 1);
}

/** Not given, or null. */
export function isAbsent(part: Part | undefined): boolean {
  return part === undefined || isNull(part.tree);
}

/** Not given, or an array or an object without anything in it. */
export function isEmpty(part: Part | undefined): boolean {
  if (part === undefined) return true;
  switch (part.tree.kind) {
    case 'list':
      return part.tree.items.length === 0;
    case 'map':
      return part.tree.members.length === 0;
    case 'scalar':
      return isNull(part.tree);
  }
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

function membersOf(part: Part | undefined, report: Report): readonly Member[] {
  if (part === undefined || isNull(part.tree)) return [];
  if (part.tree.kind === 'map') return part.tree.members;
  report(mismatch(part, 'an object'), headOf(part.tree));
  return [];
}

function mismatch({ called, tree }: Part, wanted: string): string {
  const found =
    tree.kind === 'map' ? 'an object' : tree.kind === 'list' ? 'an array' : `a ${typeof tree.value}`;
  return `${called} is ${found}, not ${wanted}`;
}
