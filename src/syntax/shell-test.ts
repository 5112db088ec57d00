import { literalText, type Test, type Word } from './shell-tree.ts';

/** Brackets and `!` inside each other, beyond which a test is not understood. */
const MAX_DEPTH = 20;

/**
 * Parses the words between `[` and `]`, or after `test` [POSIX.1-2024, test]. What is not understood becomes a test
 * that may turn out either way.
 */
export function parseTest(words: readonly Word[]): Test {
  const texts = words.map(literalText);
  let at = 0;
  let depth = 0;
  let understood = true;

  function take(text: string): boolean {
    if (texts[at] !== text) return false;
    at++;
    return true;
  }

  function parseOr(): Test {
    const tests = [parseAnd()];
    while (understood && take('-o')) tests.push(parseAnd());
    return tests.length === 1 ? tests[0]! : { kind: 'or', tests };
  }

  function parseAnd(): Test {
    const tests = [parseNot()];
    while (understood && take('-a')) tests.push(parseNot());
    return tests.length === 1 ? tests[0]! : { kind: 'and', tests };
  }

  function parseNot(): Test {
    if (isBinary(texts[at + 1])) return parseBinary();
    if (depth >= MAX_DEPTH) return fail();
    depth++;
    const test = take('!') ? negate(parseNot()) : take('(') ? parseGroup() : parseUnary();
    depth--;
    return test;
  }

  function parseGroup(): Test {
    const test = parseOr();
    return take(')') ? test : fail();
  }

  function parseBinary(): Test {
    const [left, , right] = words.slice(at, at + 3);
    const test = left && right && binaryTest(texts[at + 1]!, left, right);
    at += 3;
    return test ?? fail();
  }

  function parseUnary(): Test {
    const word = words[at];
    if (word === undefined) return fail();
    const operator = /^-[a-zA-Z]$/.test(texts[at] ?? '') && at + 1 < words.length ? texts[at] : undefined;
    at += operator === undefined ? 1 : 2;
    return unaryTest(operator, operator === undefined ? word : words[at - 1]!);
  }

  function fail(): Test {
    understood = false;
    return { kind: 'other', words };
  }

  const test = parseOr();
  return understood && at === words.length ? test : { kind: 'other', words };
}

const BINARY = /^(=|==|!=|<|>|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef|=~)$/;

function isBinary(text: string | undefined): boolean {
  return text !== undefined && BINARY.test(text);
}

function negate(test: Test): Test {
  return { kind: 'not', test };
}

/** A comparison of two words; of numbers, orders and files it is not worked out. */
export function binaryTest(operator: string, left: Word, right: Word): Test {
  if (operator === '=' || operator === '==') return { kind: 'equal', left, right };
  if (operator === '!=') return { kind: 'unequal', left, right };
  return { kind: 'other', words: [left, right] };
}

/** `-n word`, `-z word`, a word alone, or a test of something else than the word. */
export function unaryTest(operator: string | undefined, word: Word): Test {
  if (operator === '-z') return { kind: 'empty', word };
  if (operator === undefined || operator === '-n') return { kind: 'filled', word };
  return { kind: 'other', words: [word] };
}
