import type { Span } from '../../source/span.ts';
import { type Given, joinGiven, piecesOf, wordsOf } from '../../syntax/given.ts';
import type { Literal, Variable, Word } from '../../syntax/shell-tree.ts';
import { type Environment, lookUp } from './environment.ts';

/**
 * The words that a word becomes, each at the place where its text stands: a value that was assigned before points
 * to the assignment. What only run time knows is one computed word, whatever number of words it will be.
 */
export function expandWord(word: Word, environment: Environment): readonly Given[] {
  const words: Given[][] = [];
  let open = false;
  function add(given: Given): void {
    if (!open) words.push([]);
    words.at(-1)!.push(...piecesOf(given));
    open = true;
  }
  function addEach(list: readonly Given[]): void {
    for (const [index, given] of list.entries()) {
      if (index > 0) open = false;
      add(given);
    }
  }
  for (const part of word.parts) {
    if (part.kind !== 'variable') {
      add(part.kind === 'literal' ? literal(part) : { text: undefined, span: part.span });
      continue;
    }
    const { value, items } = valueOfVariable(part, environment);
    if (items) addEach(items);
    else if (part.quoted) add(value);
    else {
      const pieces = piecesOf(value);
      if (/^\s/.test(pieces[0]?.text ?? '')) open = false;
      addEach(wordsOf(value));
      if (/\s$/.test(pieces.at(-1)?.text ?? '')) open = false;
    }
  }
  return words.map((pieces) => wordOf(pieces, word.span));
}

/** The value that a word gives to a variable: it is not split. */
export function expandValue(word: Word, environment: Environment): Given {
  const pieces = word.parts.flatMap((part): readonly Given[] => {
    if (part.kind === 'literal') return [literal(part)];
    if (part.kind === 'computed') return [{ text: undefined, span: part.span }];
    const { value, items } = valueOfVariable(part, environment);
    if (!items) return piecesOf(value);
    // `"${args[*]}"`
    return items.flatMap((item, index) => (index > 0 ? [{ text: ' ', span: part.span }, item] : [item]));
  });
  return wordOf(pieces, word.span);
}

/** A word of pieces; one that stands in the word itself takes the word's place, with its quotes. */
function wordOf(pieces: readonly Given[], whole: Span): Given {
  const joined = joinGiven(pieces, whole);
  const { span } = joined;
  const inside = span.file === whole.file && whole.start <= span.start && span.end <= whole.end;
  return inside ? { ...joined, span: whole } : joined;
}

interface Value {
  readonly value: Given;
  readonly items?: readonly Given[];
}

/** The variable that `$NAME` or `${!NAME}` is. */
export function nameOfVariable({ name, indirect }: Variable, environment: Environment): string | undefined {
  return indirect ? lookUp(environment, name)?.value.text : name;
}

function valueOfVariable(part: Variable, environment: Environment): Value {
  const { span, operation } = part;
  const name = nameOfVariable(part, environment);
  if (name === undefined) return { value: { text: undefined, span } };
  const isArguments = name === '@' || name === '*';
  const variable = lookUp(environment, isArguments ? '@' : name);
  const value = variable?.value;
  const unknown = { value: { text: undefined, span } };
  switch (operation?.kind) {
    case undefined:
    case 'assert':
      if (part.items || isArguments)
        return variable?.items ? { value: variable.value, items: variable.items } : unknown;
      return { value: valueAt(name, span, value) };
    case 'default':
    case 'assign':
      if (value?.text === '' && operation.colon) return { value: expandValue(operation.word, environment) };
      return { value: valueAt(name, span, value) };
    case 'alternative':
      if (value?.text === undefined) return unknown;
      if (value.text === '' && operation.colon) return { value: { text: '', span } };
      return { value: expandValue(operation.word, environment) };
    case 'letter-case':
      // Roles and addresses mean the same in lower case.
      return { value: valueAt(name, span, value && { text: undefined, span, ...nameOf(value) }) };
    case 'other':
      return unknown;
  }
}

/** A variable's value where it is used. One that was not assigned stays known by its name. */
function valueAt(name: string, span: Span, value: Given | undefined): Given {
  if (value === undefined)
    return { text: undefined, span, ...(/^[A-Za-z_]\w*$/.test(name) && { variable: name }) };
  return value.text !== undefined || value.pieces ? value : { text: undefined, span, ...nameOf(value) };
}

function nameOf({ variable }: Given): Pick<Given, 'variable'> {
  return variable === undefined ? {} : { variable };
}

function literal({ text, span, textStart }: Literal): Given {
  return { text, span, ...(textStart !== undefined && { textStart }) };
}
