/** The tokens of HuJSON in a text: where they end and what they say. Offsets count UTF-16 units. */

/** The offset after the white space and comments that begin at `at`; a comment that nothing closes stops it. */
export function skipExtra(text: string, at: number): number {
  let end = at;
  for (;;) {
    if (isSpace(text[end])) {
      end++;
    } else if (text.startsWith('//', end)) {
      end = nextLine(text, end);
    } else if (text.startsWith('/*', end)) {
      const close = text.indexOf('*/', end + 2);
      if (close < 0) return end;
      end = close + 2;
    } else {
      return end;
    }
  }
}

/** The offset of the next line, or of the end of the text. Only LF ends a line here, as it ends a comment. */
export function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** What stands at `at` up to white space, punctuation or a comment. */
export function wordAt(text: string, at: number): string {
  return matchAt(WORD, text, at);
}

/** The same with the words of the line that follow, colons between them included: `tag:k3s`, `accept all`. */
export function phraseAt(text: string, at: number): string {
  return matchAt(PHRASE, text, at);
}

const WORD = /(?:[^ \t\r\n,:{}[\]"/]|\/(?![/*]))+/y;
const PHRASE = new RegExp(`${WORD.source}(?:(?:[ \\t]+|:[ \\t]*)${WORD.source})*`, 'y');

/** What a word says if it is a constant or a number. */
export function literalOf(word: string): number | boolean | null | undefined {
  const constant = CONSTANTS.get(word);
  return constant === undefined && NUMBER.test(word) ? Number(word) : constant;
}

const CONSTANTS = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

export interface StringToken {
  /** After the closing quote. */
  readonly end: number;
  readonly closed: boolean;
  /** What the string says; its source between the quotes if it is not closed or has faults. */
  readonly value: string;
  /** Escapes that JSON does not have, and control characters. */
  readonly faults: readonly { readonly start: number; readonly end: number }[];
}

/** The string whose quote, double or single, stands at `start`. It ends with its line at the latest. */
export function stringAt(text: string, start: number): StringToken {
  const quote = text[start];
  let end = start + 1;
  while (end < text.length && text[end] !== quote && !isLineEnd(text[end])) {
    end += text[end] === '\\' && end + 1 < text.length && !isLineEnd(text[end + 1]) ? 2 : 1;
  }
  const closed = text[end] === quote;
  // Punctuation that ends the line of an unclosed string is the text's, hardly the string's: `"dst": ["*],`
  while (!closed && end > start + 1 && ' \t,:[]{}'.includes(text.charAt(end - 1))) end--;
  const content = text.slice(start + 1, end);
  const faults = faultsIn(text, start + 1, end);
  const escaped = quote === '"' && closed && faults.length === 0 && content.includes('\\');
  const value = escaped ? String(JSON.parse(`"${content}"`)) : content;
  return { end: closed ? end + 1 : end, closed, value, faults };
}

function faultsIn(text: string, from: number, to: number): StringToken['faults'] {
  const faults = [];
  for (let at = from; at < to; ) {
    const backslash = text[at] === '\\';
    let length = backslash ? matchAt(ESCAPE, text, at).length : Number(text.charAt(at) >= ' ');
    if (length === 0) {
      length = backslash && at + 1 < to ? 2 : 1;
      faults.push({ start: at, end: at + length });
    }
    at += length;
  }
  return faults;
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

function isSpace(unit: string | undefined): boolean {
  return unit === ' ' || unit === '\t' || isLineEnd(unit);
}

function isLineEnd(unit: string | undefined): boolean {
  return unit === '\n' || unit === '\r';
}
