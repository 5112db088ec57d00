/** References to variables, in the spelling that the shell, env files and Compose share. */

/** `$NAME`, `${NAME}` or `${NAME:-word}` in a text; offsets count from the start of that text. */
export interface Reference {
  readonly name: string;
  /** `other` for what only a shell can work out (`${NAME%.*}`), and for a brace that is not closed. */
  readonly operator: '' | ':-' | '-' | ':+' | '+' | ':?' | '?' | 'other';
  readonly wordStart: number;
  readonly wordEnd: number;
  readonly end: number;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:[-+?]|[-+?]/y;

/** The reference that begins at a `$` and ends before `limit`; undefined if the `$` stands for itself. */
export function parseReference(text: string, at: number, limit = text.length): Reference | undefined {
  const braced = text[at + 1] === '{' && at + 1 < limit;
  const nameStart = at + (braced ? 2 : 1);
  const name = matchAt(NAME, text, nameStart, limit);
  const nameEnd = nameStart + name.length;
  if (!braced) {
    return name === ''
      ? undefined
      : { name, operator: '', wordStart: nameEnd, wordEnd: nameEnd, end: nameEnd };
  }
  const close = closingBrace(text, nameEnd, limit);
  const operator = matchAt(OPERATOR, text, nameEnd, close);
  const wordStart = nameEnd + operator.length;
  return {
    name,
    operator: name !== '' && close < limit && isOperator(operator, wordStart, close) ? operator : 'other',
    wordStart,
    wordEnd: close,
    end: Math.min(close + 1, limit),
  };
}

function matchAt(pattern: RegExp, text: string, at: number, limit: number): string {
  pattern.lastIndex = at;
  const match = at < limit ? (pattern.exec(text)?.[0] ?? '') : '';
  return match.slice(0, limit - at);
}

function isOperator(found: string, wordStart: number, close: number): found is Reference['operator'] {
  return found !== '' || wordStart === close;
}

/** The `}` that closes a `${`, or `limit`. */
function closingBrace(text: string, from: number, limit: number): number {
  let depth = 1;
  for (let i = from; i < limit; i++) {
    if (text[i] === '}' && --depth === 0) return i;
    if (text[i] === '$' && text[i + 1] === '{') depth++;
  }
  return limit;
}

/** Which part of a reference stands for it. */
export type Choice = 'value' | 'word' | 'nothing' | 'unknown';

/** What a reference to a variable with this value stands for. An error that `:?` asks for is not modelled. */
export function choose(operator: Reference['operator'], value: string): Choice {
  switch (operator) {
    case ':-':
      return value === '' ? 'word' : 'value';
    case ':+':
      return value === '' ? 'nothing' : 'word';
    case '+':
      return 'word';
    case 'other':
      return 'unknown';
    default:
      return 'value';
  }
}

/** Whether a reference is its variable and nothing else: `$NAME`, `${NAME}`, `${NAME:?message}`. */
export function isPlain(reference: Reference): boolean {
  return reference.operator === '' || reference.operator === ':?' || reference.operator === '?';
}
