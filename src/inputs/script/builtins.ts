import type { Span } from '../../source/span.ts';
import { cutGiven, type Given, joinGiven, piecesOf } from '../../syntax/given.ts';
import type { Assignment } from '../../syntax/shell-tree.ts';
import { assign, assignUnknown, type Environment, lookUp } from './environment.ts';
import { addFacts, assertFilled, assignVariable, type Place, type Walk } from './state.ts';
import { expandValue, expandWord } from './words.ts';

/** `NAME=value`, `NAME+=value`, `NAME=(…)`: evaluated and stored at the same place. */
export function runAssignment({ name, at, append, value }: Assignment, place: Place, walk: Walk): void {
  const { environment } = place;
  const before = append ? lookUp(environment, name) : undefined;
  if (value.kind === 'element') {
    assignVariable(name, { at, value: { text: undefined, span: at } }, place, walk);
  } else if (value.kind === 'list') {
    const added = value.words.flatMap((word) => expandWord(word, environment));
    const items = [...(before?.items ?? []), ...added];
    assignVariable(name, { at, value: items[0] ?? { text: '', span: at }, items }, place, walk);
  } else {
    const given = expandValue(value.word, environment);
    assignVariable(
      name,
      { at, value: append ? appended(name, at, before?.value, given) : given },
      place,
      walk,
    );
  }
}

function appended(name: string, at: Span, before: Given | undefined, given: Given): Given {
  const start = before ?? { text: undefined, span: at, variable: name };
  return joinGiven([...piecesOf(start), ...piecesOf(given)], given.span);
}

/** `NAME=value` as one word, as `sudo` and `env` take it. */
export function assignWord(word: Given, place: Place, walk: Walk): void {
  const [name, value] = cutGiven(word, '=') ?? [];
  if (name?.text !== undefined && value) assignVariable(name.text, { at: name.span, value }, place, walk);
}

const DECLARATIONS = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);

export function isDeclaration(name: string): boolean {
  return DECLARATIONS.has(name);
}

/** `export`, `local` and the like. */
export function runDeclaration(
  name: string,
  args: readonly Given[],
  declared: readonly Assignment[],
  place: Place,
  walk: Walk,
): void {
  const isLocal = name !== 'export' && name !== 'readonly' && place.calls.length > 0;
  for (const assignment of declared) {
    if (isLocal) place.locals.add(assignment.name);
    runAssignment(assignment, place, walk);
  }
  for (const word of args) {
    if (word.text?.startsWith('-')) continue;
    if (cutGiven(word, '=')) assignWord(word, place, walk);
    else if (word.text !== undefined) declare(word.text, word.span, isLocal, place, walk);
    // `export $(grep -v '^#' .env)`
    else if (word.variable === undefined) addFacts({ readsOthers: true }, place, walk);
  }
}

/** A name without a value: what it has comes from elsewhere. */
function declare(name: string, at: Span, isLocal: boolean, place: Place, walk: Walk): void {
  if (isLocal) {
    place.locals.add(name);
    assignUnknown(place.environment, name, at);
  } else if (!lookUp(place.environment, name)) {
    assertFilled([name], place, walk);
    assign(place.environment, name, { at, value: { text: undefined, span: at, variable: name } });
  }
}

/** `read [-r] [-p prompt] NAME…`: somebody is asked. */
export function runRead(args: readonly Given[], place: Place, walk: Walk): void {
  for (let index = 0; index < args.length; index++) {
    const { text, span } = args[index]!;
    if (text === undefined) continue;
    if (text.startsWith('-')) {
      if (/[adiNnptu]$/.test(text)) index++;
      continue;
    }
    assertFilled([text], place, walk);
    assignVariable(text, { at: span, value: { text: undefined, span } }, place, walk);
  }
}

/** The arguments of a function or a script: `$1`, `$2`, …, `$@`. */
export function setArguments(args: readonly Given[], at: Span, environment: Environment): void {
  const none = { text: '', span: at };
  assign(environment, '@', { at, value: args[0] ?? none, items: args });
  for (let index = 0; index < 9; index++)
    assign(environment, String(index + 1), { at, value: args[index] ?? none });
}

export function isArgument(name: string): boolean {
  return /^[@\d]/.test(name);
}

export function runShift(args: readonly Given[], at: Span, { environment }: Place): void {
  const items = lookUp(environment, '@')?.items;
  const count = Number(args[0]?.text ?? 1);
  if (items && Number.isInteger(count) && count >= 0) setArguments(items.slice(count), at, environment);
}
