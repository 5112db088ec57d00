import type { SourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import type { Given } from './given.ts';
import { choose, isPlain, type Reference } from './references.ts';

/** What the values of one file share. */
export interface EnvScope {
  /** See `lineEndFinder`. */
  readonly lineEnd: (at: number) => number;
  /** The last value of each variable that was assigned so far. */
  readonly assigned: Map<string, Given>;
  /** UTF-16 units that references may still copy: a file could double a value on each of its lines. */
  copies: number;
  /** Quotes that may still be looked for beyond their line: each that is not closed costs a walk over the file. */
  unclosed: number;
}

/** A value that is put together from its parts, in the order of the text. */
export interface EnvWord {
  /** A text as the value has it, and where its source begins. */
  addText(piece: string, at: number): void;
  addReference(reference: Reference): void;
  /** A part that only run time knows. */
  addComputed(): void;
  /** Where the text would begin if nothing is added: after an opening quote. */
  begin(at: number): void;
  finish(start: number, end: number): Given;
}

export function envWord(file: SourceFile, scope: EnvScope): EnvWord {
  /** Undefined once a part is computed. */
  let text: string | undefined = '';
  let textStart: number | undefined;
  let parts = 0;
  /** What the last reference stands for. */
  let referred: Given | undefined;
  let variable: string | undefined;

  function begin(at: number): void {
    textStart ??= at;
  }

  function addText(piece: string, at: number): void {
    parts++;
    begin(at);
    if (text !== undefined) text += piece;
  }

  function addComputed(): void {
    parts++;
    text = undefined;
  }

  function addReference(reference: Reference): void {
    const value = scope.assigned.get(reference.name);
    // A variable that is not assigned before may stand in the environment, whatever its default is here.
    const choice = value?.text === undefined ? 'unknown' : choose(reference.operator, value.text);
    const word = file.text.slice(reference.wordStart, reference.wordEnd);
    if (choice === 'unknown' || (choice === 'word' && /[$`"'\\]/.test(word))) {
      addComputed();
      if (isPlain(reference)) variable = reference.name;
    } else if (choice === 'word') {
      addText(word, reference.wordStart);
    } else {
      parts++;
      if (choice === 'value') addCopy(value);
    }
  }

  function addCopy(value: Given | undefined): void {
    referred = value;
    const copy = value?.text ?? '';
    scope.copies -= copy.length;
    if (scope.copies < 0) text = undefined;
    else if (text !== undefined) text += copy;
  }

  function finish(start: number, end: number): Given {
    if (parts === 1 && referred !== undefined) return referred;
    const span = spanOf(file, start, end);
    if (text === undefined) {
      return { text, span, ...(parts === 1 && variable !== undefined && { variable }) };
    }
    const stands = textStart !== undefined && file.text.startsWith(text, textStart);
    return { text, span, ...(stands && textStart !== undefined && { textStart }) };
  }

  return { addText, addReference, addComputed, begin, finish };
}
