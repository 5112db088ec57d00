import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import {
  closingQuote,
  isBlank,
  isLineEnd,
  isSeparator,
  lineBreakLength,
  skipBlanks,
  substitutionEnd,
} from './env-lines.ts';
import { type EnvScope, envWord } from './env-word.ts';
import type { Given } from './given.ts';
import { parseReference } from './references.ts';

export interface EnvValue {
  readonly value: Given;
  /** Just after the value. What follows on the line belongs to the statement. */
  readonly end: number;
  readonly problem?: Problem;
}

const NEXT_ASSIGNMENT = /[A-Za-z_][A-Za-z0-9_]*=/y;
const PLAIN = /[^ \t\r\n"'\\$`;]+/y;
const PLAIN_IN_QUOTES = /[^"\\$`\r\n]+/y;
/** What a backslash makes of a letter in double quotes in Compose and dotenv; a shell keeps both. */
const CONTROLS = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Parses the value after `NAME=`.
 *
 * Shells, Compose and systemd read env files differently; each value counts as the most lenient of them has
 * it: quotes, escapes and joined words of a shell, white space inside an unquoted value as Compose.
 *
 * @param equals the offset just after the `=`
 * @param exported whether further assignments may follow on the line, as after `export`
 */
export function parseEnvValue(
  file: SourceFile,
  equals: number,
  exported: boolean,
  scope: EnvScope,
): EnvValue {
  const { text } = file;
  const start = skipBlanks(text, equals);
  if (isLineEnd(text, start) || isSeparator(text, start) || (start > equals && text[start] === '#')) {
    return { value: { text: '', span: spanOf(file, equals, equals), textStart: equals }, end: start };
  }

  const word = envWord(file, scope);
  let i = start;
  /** Just after the quotes that the value begins with. */
  let quotedEnd: number | undefined;

  function readPlain(pattern: RegExp): void {
    pattern.lastIndex = i;
    const piece = pattern.exec(text)?.[0] ?? text.charAt(i);
    word.addText(piece, i);
    i += piece.length;
  }

  /** A reference, a command substitution or a mere `$`. */
  function readDollar(inQuotes: boolean): void {
    const next = text.charAt(i + 1);
    const reference = parseReference(text, i, scope.lineEnd(i));
    if (next === '(') {
      i = substitutionEnd(text, i, !inQuotes);
      word.addComputed();
    } else if (/[0-9@*#?$!-]/.test(next)) {
      // `$1`, `$$`: run time in a shell, themselves elsewhere.
      i += 2;
      word.addComputed();
    } else if (reference) {
      i = reference.end;
      word.addReference(reference);
    } else {
      word.addText('$', i++);
    }
  }

  function readBackslash(inQuotes: boolean): void {
    const next = text.charAt(i + 1);
    const joined = lineBreakLength(text, i + 1);
    if (joined === 0 && (!inQuotes || /["\\$`]/.test(next))) word.addText(next, i + 1);
    else if (joined === 0) word.addText(CONTROLS.get(next) ?? `\\${next}`, i);
    i = Math.min(i + 1 + Math.max(1, joined), text.length);
  }

  function readBackticks(): void {
    const close = text.indexOf('`', i + 1);
    i = close < 0 || close > scope.lineEnd(i) ? scope.lineEnd(i) : close + 1;
    word.addComputed();
  }

  function readSpecial(inQuotes: boolean): void {
    if (text[i] === '\\') readBackslash(inQuotes);
    else if (text[i] === '$') readDollar(inQuotes);
    else if (text[i] === '`') readBackticks();
    else readPlain(inQuotes ? PLAIN_IN_QUOTES : PLAIN);
  }

  /** Reads up to the closing quote before `stop`; false if there is none. */
  function readQuotes(stop: number): boolean {
    const quote = text[i];
    word.begin(++i);
    if (quote === "'") {
      const close = text.indexOf(quote, i);
      if (close < 0 || close >= stop) return false;
      word.addText(text.slice(i, close), i);
      i = close;
    }
    while (i < stop && text[i] !== quote) readSpecial(true);
    if (i >= stop) return false;
    i++;
    return true;
  }

  /** A value that begins with a quote may go on over several lines, if what follows the other quote agrees. */
  function readQuotedValue(): boolean {
    const closed = readQuotes(scope.unclosed > 0 ? text.length : scope.lineEnd(i));
    quotedEnd = i;
    const severalLines = i > scope.lineEnd(start);
    return closed && (!severalLines || isLineEnd(text, i) || /[ \t;#]/.test(text.charAt(i)));
  }

  /** White space inside an unquoted value belongs to it, before a comment or the next assignment it does not. */
  function endsAtBlank(): boolean {
    const next = skipBlanks(text, i);
    NEXT_ASSIGNMENT.lastIndex = next;
    if (quotedEnd !== undefined || isLineEnd(text, next) || text[next] === '#') return true;
    if (exported && NEXT_ASSIGNMENT.test(text)) return true;
    word.addText(text.slice(i, next), i);
    i = next;
    return false;
  }

  while (!isLineEnd(text, i) && !isSeparator(text, i)) {
    if (isBlank(text, i)) {
      if (endsAtBlank()) break;
    } else if (text[i] === '#' && i === quotedEnd) {
      break;
    } else if (text[i] !== '"' && text[i] !== "'") {
      readSpecial(false);
    } else if (i === start) {
      if (!readQuotedValue()) return unclosed(file, start, scope);
    } else if (closingQuote(text, i, scope.lineEnd(i)) < 0) {
      word.addText(text.charAt(i), i++);
    } else if (!readQuotes(scope.lineEnd(i))) {
      word.addComputed();
    }
  }
  return { value: word.finish(start, i), end: i };
}

/** What the rest of the line would have been is not known: the value is neither missing nor wrong. */
function unclosed(file: SourceFile, start: number, scope: EnvScope): EnvValue {
  scope.unclosed--;
  const end = scope.lineEnd(start);
  const span = spanOf(file, start, end);
  const quote = file.text[start] === "'" ? 'single' : 'double';
  return {
    value: { text: undefined, span },
    end,
    problem: { message: `the ${quote} quote is not closed`, at: span },
  };
}
