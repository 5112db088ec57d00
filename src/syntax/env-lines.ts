/** Where lines and their parts end in an env file. A line ends at LF, CR LF or CR. */

export function skipBlanks(text: string, at: number): number {
  let i = at;
  while (isBlank(text, i)) i++;
  return i;
}

/** The end of a stretch without the blanks at its end. */
export function withoutBlanks(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlank(text, i - 1)) i--;
  return i;
}

export function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

export function isLineEnd(text: string, at: number): boolean {
  return at >= text.length || text[at] === '\n' || text[at] === '\r';
}

/** Finds the offset of the line break that ends a line, or of the text's end; walks each line once. */
export function lineEndFinder(text: string): (at: number) => number {
  let start = 0;
  let end = -1;
  return (at) => {
    if (at < start || at > end) {
      start = at;
      end = at;
      while (!isLineEnd(text, end)) end++;
    }
    return end;
  };
}

/** 0 where no line break stands, 2 for CR LF. */
export function lineBreakLength(text: string, at: number): number {
  if (text[at] === '\r') return text[at + 1] === '\n' ? 2 : 1;
  return text[at] === '\n' ? 1 : 0;
}

/** A `;` that ends a command; one inside a value is followed by more of the value. */
export function isSeparator(text: string, at: number): boolean {
  return text[at] === ';' && (isLineEnd(text, at + 1) || isBlank(text, at + 1));
}

/** The offset of the quote that closes the one at `at`, before `limit`, or -1. */
export function closingQuote(text: string, at: number, limit: number): number {
  const quote = text[at];
  for (let i = at + 1; i < limit; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

/**
 * The offset after the `)` of the `$(` at `at`, or the end of the line if it is not closed there.
 *
 * @param joins whether a backslash at the end of a line continues it
 */
export function substitutionEnd(text: string, at: number, joins: boolean): number {
  const open: ('(' | '"' | "'")[] = ['('];
  let i = at + 2;
  while (i < text.length && open.length > 0) {
    const unit = text[i];
    const inside = open.at(-1);
    const join = joins ? lineBreakLength(text, i + 1) : 0;
    if (unit === '\\' && inside !== "'" && (join > 0 || !isLineEnd(text, i + 1))) i += Math.max(1, join);
    else if (isLineEnd(text, i)) return i;
    else if (unit === inside && inside !== '(') open.pop();
    else if (unit === ')' && inside === '(') open.pop();
    else if (unit === '$' && text[i + 1] === '(' && inside !== "'") {
      open.push('(');
      i++;
    } else if (inside === '(' && (unit === '(' || unit === '"' || unit === "'")) open.push(unit);
    i++;
  }
  return Math.min(i, text.length);
}
