import type { Span } from '../../source/span.ts';
import { type Given, piecesOf } from '../../syntax/given.ts';
import type { Test, Word } from '../../syntax/shell-tree.ts';
import type { Environment } from './environment.ts';
import { type AssumedRole, compare, isRole } from './roles.ts';
import { expandValue, nameOfVariable } from './words.ts';

/** What a condition comes to. */
export interface Condition {
  /** Undefined where only run time knows. */
  readonly holds: boolean | undefined;
  /** Variables that have a value if it holds, and if it does not. */
  readonly filledIf: readonly string[];
  readonly filledUnless: readonly string[];
  /** The word that the role was compared with. */
  readonly at?: Span;
}

/** A condition that says nothing of variables. */
export function condition(holds: boolean | undefined): Condition {
  return { holds, filledIf: [], filledUnless: [] };
}

export function negate({ holds, filledIf, filledUnless, at }: Condition): Condition {
  return {
    holds: holds === undefined ? undefined : !holds,
    filledIf: filledUnless,
    filledUnless: filledIf,
    ...(at && { at }),
  };
}

/** `a && b`, of conditions that have been evaluated. */
export function both(a: Condition, b: Condition): Condition {
  const holds =
    a.holds === false || b.holds === false ? false : a.holds === true && b.holds === true ? true : undefined;
  const at = a.at ?? b.at;
  return { holds, filledIf: [...a.filledIf, ...b.filledIf], filledUnless: [], ...(at && { at }) };
}

/** `a || b`. */
export function either(a: Condition, b: Condition): Condition {
  return negate(both(negate(a), negate(b)));
}

export function evaluateTest(test: Test, environment: Environment, assumed: AssumedRole): Condition {
  switch (test.kind) {
    case 'equal':
      return evaluateEqual(test.left, test.right, environment, assumed);
    case 'unequal':
      return negate(evaluateEqual(test.left, test.right, environment, assumed));
    case 'filled':
      return evaluateFilled(test.word, environment, assumed);
    case 'empty':
      return negate(evaluateFilled(test.word, environment, assumed));
    case 'not':
      return negate(evaluateTest(test.test, environment, assumed));
    case 'and':
      return test.tests.map((each) => evaluateTest(each, environment, assumed)).reduce(both);
    case 'or':
      return test.tests.map((each) => evaluateTest(each, environment, assumed)).reduce(either);
    case 'other':
      return condition(undefined);
  }
}

function evaluateEqual(left: Word, right: Word, environment: Environment, assumed: AssumedRole): Condition {
  const [value, pattern] = [expandValue(left, environment), expandValue(right, environment)];
  if (pattern.text === '') return negate(evaluateFilled(left, environment, assumed));
  const { holds, at } = compare(value, pattern, assumed);
  const filledIf = pattern.text === undefined ? [] : namesIn(left, environment);
  return { holds, filledIf, filledUnless: [], ...(at && { at }) };
}

function evaluateFilled(word: Word, environment: Environment, assumed: AssumedRole): Condition {
  const value = expandValue(word, environment);
  const names = namesIn(word, environment);
  return { holds: isFilled(value, assumed), filledIf: names, filledUnless: [] };
}

/** Whether a value is certainly some text, certainly none, or not known. */
function isFilled(value: Given, assumed: AssumedRole): boolean | undefined {
  if (value.text !== undefined) return value.text !== '';
  if (isRole(value, assumed) && assumed.role !== 'other') return true;
  return isCertainlyFilled(value) || undefined;
}

export function isCertainlyFilled(value: Given): boolean {
  return piecesOf(value).some((piece) => piece.text !== undefined && piece.text !== '');
}

/** The variable that a word is: `"$X"`, `"${X:-}"`, `"${X+x}"`. */
function namesIn(word: Word, environment: Environment): readonly string[] {
  const [part, ...others] = word.parts;
  if (part?.kind !== 'variable' || others.length > 0) return [];
  const name = nameOfVariable(part, environment);
  return name === undefined ? [] : [name];
}
