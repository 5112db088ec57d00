import type { Problem } from '../diagnostics/finding.ts';
import { spanOf } from '../source/span.ts';
import { givenTwice, quoted } from '../syntax/hujson-value.ts';
import type { Member, ScalarTree, Tree } from '../syntax/tree.ts';

/**
 * Reads the parts of a policy by the shape they should have. A part of another shape is a problem and counts as
 * absent; null is absent without one, as for the service.
 */
export interface Part {
  /** What a message calls it. */
  readonly called: string;
  readonly tree: Tree;
}

/** The members of an object whose names are known, by their names in lower case: they may be spelt in any. */
export function fieldsOf(part: Part | undefined, problems: Problem[]): ReadonlyMap<string, Part> {
  const keys = new Map<string, ScalarTree>();
  const fields = new Map<string, Part>();
  for (const { key, value } of membersOf(part, problems)) {
    const name = key.text.toLowerCase();
    const earlier = keys.get(name);
    // Those spelt alike are reported for every object of the text.
    if (earlier && earlier.text !== key.text) problems.push(givenTwice(key.text, key.span, earlier.span));
    keys.set(name, key);
    fields.set(name, { called: quoted(key.text), tree: value });
  }
  return fields;
}

/** The members of an object whose names the user chooses; of those with one name the last. */
export function entriesOf(
  part: Part | undefined,
  problems: Problem[],
): readonly { readonly key: ScalarTree; readonly value: Part }[] {
  const byName = new Map(membersOf(part, problems).map((member) => [member.key.text, member]));
  return [...byName.values()].map(({ key, value }) => ({
    key,
    value: { called: quoted(key.text), tree: value },
  }));
}

/** The items of an array, each called after it. */
export function itemsOf(part: Part | undefined, problems: Problem[]): readonly Part[] {
  if (part === undefined || isNull(part.tree)) return [];
  if (part.tree.kind === 'list') {
    return part.tree.items.map((tree) => ({ called: `an item of ${part.called}`, tree }));
  }
  problems.push(mismatch(part, 'an array'));
  return [];
}

/** The string that a part is, or none. */
export function stringOf(part: Part | undefined, problems: Problem[]): readonly ScalarTree[] {
  if (part === undefined || isNull(part.tree)) return [];
  if (part.tree.kind === 'scalar' && typeof part.tree.value === 'string') return [part.tree];
  problems.push(mismatch(part, 'a string'));
  return [];
}

/** The strings of an array. */
export function stringsOf(part: Part | undefined, problems: Problem[]): readonly ScalarTree[] {
  return itemsOf(part, problems).flatMap((item) => stringOf(item, problems));
}

function membersOf(part: Part | undefined, problems: Problem[]): readonly Member[] {
  if (part === undefined || isNull(part.tree)) return [];
  if (part.tree.kind === 'map') return part.tree.members;
  problems.push(mismatch(part, 'an object'));
  return [];
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

/** Points at the bracket of an object or an array, not at all that is in it. */
function mismatch({ called, tree }: Part, wanted: string): Problem {
  const { file, start, end } = tree.span;
  const at = spanOf(file, start, tree.kind === 'scalar' ? end : start + 1);
  const found =
    tree.kind === 'map' ? 'an object' : tree.kind === 'list' ? 'an array' : `a ${typeof tree.value}`;
  return { message: `${called} is ${found}, not ${wanted}`, at };
}
