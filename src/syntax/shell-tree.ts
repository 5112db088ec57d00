import type { Problem } from '../diagnostics/finding.ts';
import type { Located, Span } from '../source/span.ts';

/** A shell script as podroute needs it: what runs, in which words, under which conditions. */
export interface ShellScript {
  readonly statements: readonly Statement[];
  readonly problems: readonly Problem[];
}

export type Statement =
  | Command
  | TestStatement
  | Pipeline
  | AndOr
  | If
  | Case
  | Loop
  | Group
  | FunctionDefinition;

export interface Command {
  readonly kind: 'command';
  /** Those before the command's name; of a command without words, its own. */
  readonly assignments: readonly Assignment[];
  /** The name and the arguments. */
  readonly words: readonly Word[];
  /** Those among the arguments of `export`, `local`, `declare`, `readonly` and `typeset`. */
  readonly declared: readonly Assignment[];
  readonly hereDocs: readonly HereDoc[];
  /** Where standard output goes: the word after `>`. */
  readonly output?: Word;
  readonly span: Span;
}

export interface Assignment {
  readonly name: string;
  /** The name alone. */
  readonly at: Span;
  /** `NAME+=`. */
  readonly append: boolean;
  readonly value: AssignedValue;
}

export type AssignedValue =
  | { readonly kind: 'word'; readonly word: Word }
  /** `NAME=(…)`. */
  | { readonly kind: 'list'; readonly words: readonly Word[] }
  /** `NAME[…]=`: what the list is then is not worked out. */
  | { readonly kind: 'element'; readonly word: Word };

/** `[ … ]`, `test …`, `[[ … ]]` and `(( … ))`. */
export interface TestStatement {
  readonly kind: 'test';
  readonly test: Test;
}

export type Test =
  | { readonly kind: 'equal'; readonly left: Word; readonly right: Word }
  | { readonly kind: 'unequal'; readonly left: Word; readonly right: Word }
  /** `-n word`, or the word alone. */
  | { readonly kind: 'filled'; readonly word: Word }
  /** `-z word`. */
  | { readonly kind: 'empty'; readonly word: Word }
  | { readonly kind: 'not'; readonly test: Test }
  | { readonly kind: 'and'; readonly tests: readonly Test[] }
  | { readonly kind: 'or'; readonly tests: readonly Test[] }
  /** A test of files or numbers, or one that is not understood. */
  | { readonly kind: 'other'; readonly words: readonly Word[] };

export interface Pipeline {
  readonly kind: 'pipeline';
  /** `!` before it. */
  readonly negated: boolean;
  readonly statements: readonly Statement[];
}

/** Left-associative, as a shell runs it. */
export interface AndOr {
  readonly kind: 'and-or';
  readonly first: Statement;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly statement: Statement }[];
}

export interface If {
  readonly kind: 'if';
  /** `if` and each `elif`. */
  readonly branches: readonly {
    readonly condition: readonly Statement[];
    readonly body: readonly Statement[];
  }[];
  readonly otherwise: readonly Statement[];
}

export interface Case {
  readonly kind: 'case';
  readonly subject: Word;
  readonly branches: readonly CaseBranch[];
}

export interface CaseBranch {
  readonly patterns: readonly Word[];
  readonly body: readonly Statement[];
  /** `;&` and `;;&`: what follows may run as well. */
  readonly goesOn: boolean;
}

/** `for`, `select`, `while` and `until`. */
export interface Loop {
  readonly kind: 'loop';
  /** The variable of `for` and `select`. */
  readonly variable?: Located<string>;
  /** `select`: somebody is asked for one of the words. */
  readonly asks: boolean;
  /** What `for` goes over; absent for its arguments, and for other loops. */
  readonly words?: readonly Word[];
  readonly condition: readonly Statement[];
  readonly body: readonly Statement[];
}

export interface Group {
  readonly kind: 'group';
  /** `( … )`, or in the background: its assignments are lost. */
  readonly apart: boolean;
  readonly body: readonly Statement[];
}

export interface FunctionDefinition {
  readonly kind: 'function';
  readonly name: string;
  readonly body: readonly Statement[];
}

export interface HereDoc {
  readonly body: Span;
  /** With a quoted delimiter nothing in it is expanded. */
  readonly quoted: boolean;
  /** The body as one quoted word. */
  readonly word: Word;
}

/** A word before any expansion. */
export interface Word {
  readonly span: Span;
  readonly parts: readonly WordPart[];
  /** What is between the quotes, where one pair of them is the whole word. */
  readonly quoted?: { readonly by: 'single' | 'double'; readonly inner: Span };
}

export type WordPart = Literal | Variable | Computed;

export interface Literal {
  readonly kind: 'literal';
  readonly text: string;
  readonly span: Span;
  /** Where the text begins in the source, if it stands there unit for unit. */
  readonly textStart?: number;
  readonly quoted: boolean;
}

/** `$NAME` and `${NAME…}`. */
export interface Variable {
  readonly kind: 'variable';
  /** A name, or a digit, `@`, `*`, `#`, `?`, `$`, `!`, `-`. */
  readonly name: string;
  readonly span: Span;
  readonly quoted: boolean;
  /** `${NAME[@]}`: the items of a list. */
  readonly items: boolean;
  /** `${!NAME…}`: the variable that the value names. */
  readonly indirect: boolean;
  readonly operation?: Operation;
}

export type Operation =
  /** `:-`, `:=`, `:?`, `:+`, and each without the colon. */
  | {
      readonly kind: 'default' | 'assign' | 'assert' | 'alternative';
      readonly colon: boolean;
      readonly word: Word;
    }
  /** `${NAME,,}` and `${NAME^^}`. */
  | { readonly kind: 'letter-case' }
  | { readonly kind: 'other' };

/** `$(…)`, `<(…)`, `$((…))`, `{a,b}`. */
export interface Computed {
  readonly kind: 'computed';
  readonly span: Span;
  readonly quoted: boolean;
  /** What a substitution runs. */
  readonly statements: readonly Statement[];
}

/** A word's text if nothing in it is expanded. */
export function literalText(word: Word): string | undefined {
  let text = '';
  for (const part of word.parts) {
    if (part.kind !== 'literal') return undefined;
    text += part.text;
  }
  return text;
}
