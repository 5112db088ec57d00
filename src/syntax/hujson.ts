import type { Problem, Related } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { compareSpans, spanOf } from '../source/span.ts';
import { literalOf, nextLine, phraseAt, skipExtra, stringAt, wordAt } from './hujson-tokens.ts';
import {
  type Bracketed,
  type HujsonArray,
  type HujsonMember,
  type HujsonObject,
  type HujsonScalar,
  type HujsonValue,
  type Placed,
  quoted,
} from './hujson-value.ts';

// HuJSON is JSON with `//` and `/* */` comments and trailing commas, and nothing else: no `#`, no single
// quotes, no bare keys. White space is space, tab, CR and LF; only LF ends a `//` comment.
// [tailscale/hujson c9ca02e, parse.go]
//
// One leniency: a `//` comment may end with the text. That parser wants a line feed there, but what the
// service makes of such a policy is not known.

/** Brackets deeper than this are a problem, and what is in them counts as null. */
const DEEPEST = 500;
/** A text that is no HuJSON at all need not be told so more often. */
const MOST_PROBLEMS = 100;

/**
 * Parses a text without a byte order mark. Never throws, and takes linear time.
 *
 * Every syntax error is a problem, sorted by place, and parsing goes on after it: the tree then holds what could
 * be made out. A text without a value has no root.
 */
export function parseHujson(file: SourceFile): {
  readonly root: HujsonValue | undefined;
  readonly problems: readonly Problem[];
} {
  const { text } = file;
  const cursor: Cursor = { file, at: 0, valueEnd: 0, open: { '}': 0, ']': 0 }, problems: [], cut: false };
  const root = readValue(cursor, readExtra(cursor));
  const { at } = cursor;
  if (at < text.length) {
    const rest = wordAt(text, at) || text.charAt(at);
    const where = root ? ' after the end of the value' : '';
    report(cursor, `unexpected ${named(rest)}${where}`, at, at + rest.length);
  } else if (!root) {
    report(cursor, 'expected a value, found the end of the text', at, at);
  }
  return { root, problems: cursor.problems.sort((a, b) => compareSpans(a.at, b.at)) };
}

interface Cursor {
  readonly file: SourceFile;
  at: number;
  /** Where the last value ended, without the extra after it: a missing comma belongs there. */
  valueEnd: number;
  /** How many open brackets wait for each closing one. */
  readonly open: Record<'}' | ']', number>;
  readonly problems: Problem[];
  /** An unclosed comment hides the rest of the text: what seems to be missing may stand in it. */
  cut: boolean;
}

/** What a value is, without its place. */
type Bare<Value> = Omit<Value, keyof Placed>;

/** Undefined, and nothing read, where no value begins. */
function readValue(cursor: Cursor, before: string): HujsonValue | undefined {
  const start = cursor.at;
  const bare = readBare(cursor);
  return bare && { ...bare, ...placed(cursor, before, start) };
}

function readBare(cursor: Cursor): Bare<HujsonScalar> | Bare<HujsonArray> | Bare<HujsonObject> | undefined {
  const next = cursor.file.text[cursor.at];
  switch (next) {
    case undefined:
    case ',':
    case ':':
    case ']':
    case '}':
      return undefined;
    case '"':
    case "'":
      return readString(cursor);
    case '[':
    case '{':
      if (cursor.open[']'] + cursor.open['}'] >= DEEPEST) return readTooDeep(cursor);
      if (next === '[') return { kind: 'array', ...readItems(cursor, ']', readValue) };
      return { kind: 'object', ...readItems(cursor, '}', readMember) };
    default:
      return readWord(cursor);
  }
}

/** Ends a value at the cursor and reads the extra after it. */
function placed(cursor: Cursor, before: string, start: number): Placed {
  const end = cursor.at;
  cursor.valueEnd = end;
  return { before, start, end, after: readExtra(cursor) };
}

/** From the opening bracket to its closing one, or to what shows that this is missing. */
function readItems<Item>(
  cursor: Cursor,
  close: '}' | ']',
  readItem: (cursor: Cursor, before: string) => Item | undefined,
): Bracketed<Item> {
  const { text } = cursor.file;
  const start = cursor.at++;
  const items: Item[] = [];
  let last: 'bracket' | 'item' | 'comma' | 'stray' = 'bracket';
  cursor.open[close]++;
  for (;;) {
    const before = readExtra(cursor);
    const { at } = cursor;
    const next = text[at];
    if (next === undefined || ((next === ']' || next === '}') && cursor.open[next] > 0)) {
      if (next === close) cursor.at++;
      else reportUnclosed(cursor, start, close);
      cursor.open[close]--;
      return { items, trailingComma: last === 'comma', inside: before };
    }
    if (next === ',') {
      if (last === 'bracket' || last === 'comma') report(cursor, 'no value before this comma', at, at + 1);
      last = 'comma';
      cursor.at++;
    } else if (next === ':' || next === ']' || next === '}') {
      report(cursor, `unexpected ${next}`, at, at + 1);
      last = 'stray';
      cursor.at++;
      if (next === ':') readValue(cursor, readExtra(cursor));
    } else {
      if (last === 'item') report(cursor, 'a comma is missing here', cursor.valueEnd, cursor.valueEnd);
      const item = readItem(cursor, before);
      if (item !== undefined) items.push(item);
      last = item === undefined ? 'stray' : 'item';
    }
  }
}

function reportUnclosed(cursor: Cursor, start: number, close: string): void {
  const { file, at } = cursor;
  const label = `expected ${close} before this`;
  const related = at < file.text.length ? [{ at: spanOf(file, at, at + 1), label }] : undefined;
  report(cursor, `this ${file.text[start]} is not closed`, start, start + 1, related);
}

function readMember(cursor: Cursor, before: string): HujsonMember | undefined {
  const key = readKey(cursor, before);
  const colon = cursor.file.text[cursor.at] === ':';
  if (colon) {
    cursor.at++;
  } else if (key?.raw.endsWith('"')) {
    report(cursor, `a colon is missing after ${quoted(key.value)}`, key.end, key.end);
  }
  const value = readValue(cursor, readExtra(cursor));
  if (key && colon && !value) report(cursor, `${quoted(key.value)} has no value`, key.start, key.end);
  return key && value && { key, value };
}

/** Undefined where a bracket stands instead of a key; what is in it is passed over. */
function readKey(cursor: Cursor, before: string): HujsonScalar<string> | undefined {
  const { text } = cursor.file;
  const start = cursor.at;
  if (text[start] === '"' || text[start] === "'") {
    return { ...readString(cursor), ...placed(cursor, before, start) };
  }
  const raw = wordAt(text, start);
  const found = raw || text.charAt(start);
  report(cursor, `expected a key in double quotes, found ${named(found)}`, start, start + found.length);
  cursor.at += raw.length;
  if (raw !== '') return { kind: 'scalar', raw, value: raw, ...placed(cursor, before, start) };
  readValue(cursor, before);
  return undefined;
}

/** A string; one in single quotes is read as it was meant. */
function readString(cursor: Cursor): Bare<HujsonScalar<string>> {
  const { text } = cursor.file;
  const start = cursor.at;
  const { end, closed, value, faults } = stringAt(text, start);
  cursor.at = end;
  if (!closed) report(cursor, 'the string is not closed', start, end);
  if (text[start] === "'") {
    if (closed) report(cursor, 'the string is in single quotes', start, end);
  } else {
    for (const fault of faults) {
      const found = named(text.slice(fault.start, fault.end));
      const message =
        text[fault.start] === '\\' ? `${found} is not a JSON escape` : `the string holds ${found}`;
      report(cursor, message, fault.start, fault.end);
    }
  }
  return { kind: 'scalar', raw: text.slice(start, end), value };
}

/** A constant, a number, or words that are no value, with all further ones of their line. */
function readWord(cursor: Cursor): Bare<HujsonScalar> {
  const { text } = cursor.file;
  const { at } = cursor;
  const word = wordAt(text, at);
  const value = literalOf(word);
  const raw = value === undefined ? phraseAt(text, at) : word;
  cursor.at += raw.length;
  if (value !== undefined) return { kind: 'scalar', raw, value };
  const numeric = /^[-+.]?\d/.test(raw);
  const message = numeric ? `${named(raw)} is not a JSON number` : `expected a value, found ${named(raw)}`;
  report(cursor, message, at, cursor.at);
  return { kind: 'scalar', raw, value: raw };
}

/** A bracket and all in it, passed over without going deeper. */
function readTooDeep(cursor: Cursor): Bare<HujsonScalar> {
  const { text } = cursor.file;
  const start = cursor.at;
  report(cursor, `nested deeper than ${DEEPEST} levels`, start, start + 1);
  let depth = 0;
  do {
    const next = text.charAt(cursor.at);
    if (next === '"') readString(cursor);
    else cursor.at++;
    if (next === '[' || next === '{') depth++;
    if (next === ']' || next === '}') depth--;
    if (depth > 0) readExtra(cursor);
  } while (depth > 0 && cursor.at < text.length);
  return { kind: 'scalar', raw: text.slice(start, cursor.at), value: null };
}

function readExtra(cursor: Cursor): string {
  const { text } = cursor.file;
  const start = cursor.at;
  for (;;) {
    const at = skipExtra(text, cursor.at);
    cursor.at = at;
    if (text[at] === '#') {
      report(cursor, '# does not begin a comment', at, at + 1);
      cursor.at = nextLine(text, at);
    } else if (text.startsWith('/*', at)) {
      report(cursor, 'the comment is not closed', at, at + 2);
      cursor.at = text.length;
      cursor.cut = true;
    } else {
      return text.slice(start, at);
    }
  }
}

function report(
  { file, problems, cut }: Cursor,
  message: string,
  start: number,
  end: number,
  related?: readonly Related[],
): void {
  if (cut || problems.length >= MOST_PROBLEMS) return;
  problems.push({ message, at: spanOf(file, start, end), ...(related && { related }) });
}

/** A piece of the text as a message can show it. */
function named(piece: string): string {
  if (piece.length > 40) return 'a long word';
  const hidden = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(piece)?.[0].codePointAt(0);
  return hidden === undefined
    ? piece
    : `the character U+${hidden.toString(16).toUpperCase().padStart(4, '0')}`;
}
