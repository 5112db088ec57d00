import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Located, located, spanOf, textOf } from '../source/span.ts';
import { isLineEnd, lineEndFinder, skipBlanks, withoutBlanks } from './env-lines.ts';
import { parseEnvValue } from './env-value.ts';
import type { EnvScope } from './env-word.ts';
import type { Given } from './given.ts';

/** One `NAME=value`. */
export interface EnvAssignment {
  readonly name: Located<string>;
  /** For a value that is one reference to a variable assigned before: that variable's value and place. */
  readonly value: Given;
}

export interface EnvFile {
  readonly assignments: readonly EnvAssignment[];
  readonly problems: readonly Problem[];
  /** Whether the file reads others (`source`, `.`), which may assign what it lacks. */
  readonly readsOthers: boolean;
}

/** UTF-16 units that all references of one file may copy; later ones count as computed. */
const MAX_COPIES = 1_000_000;
/** Quotes without their other one, after which each is looked for on its own line only. */
const MAX_UNCLOSED = 5;

const ASSIGNMENT =
  /(?<export>(?:export|readonly|declare|typeset)[ \t]+(?:-[A-Za-z]+[ \t]+)*)?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?<operator>\+?=)/y;
/** A variable that is taken over from the environment: `export NAME`, or `NAME` alone in Docker's files. */
const TAKEN_OVER = /(?<export>export[ \t]+)?(?<name>[A-Z_][A-Z0-9_]*)[ \t]*(?=[\r\n#;]|$)/y;
/** Commands that make sense in a file that a shell sources. */
const COMMAND =
  /(?:export|unset|set|source|\.|readonly|declare|typeset|shopt|alias|umask|true|:|if|then|else|elif|fi|test|\[{1,2}|echo|printf)(?![^ \t\r\n;])/y;
const READS_OTHERS = /(?:^|[ \t;&|])(?:source|\.)[ \t]+[^ \t;&|]/;

/**
 * Parses an env file: what shells source, and what systemd, Docker and Compose read. Never throws; linear time.
 *
 * References are resolved from assignments before them in the file and are computed otherwise.
 */
export function parseEnv(file: SourceFile): EnvFile {
  const { text } = file;
  const lineEnd = lineEndFinder(text);
  const scope: EnvScope = { lineEnd, assigned: new Map(), copies: MAX_COPIES, unclosed: MAX_UNCLOSED };
  const assignments: EnvAssignment[] = [];
  const problems: Problem[] = [];
  let readsOthers = false;

  function add(name: string, nameStart: number, value: Given): void {
    scope.assigned.set(name, value);
    assignments.push({ name: located(name, spanOf(file, nameStart, nameStart + name.length)), value });
  }

  /** Reads one statement; returns the offset after it, which may be inside its line. */
  function readStatement(at: number): number {
    const assignment = matchAt(ASSIGNMENT, text, at);
    if (assignment) return readAssignment(at, assignment);
    const takenOver = matchAt(TAKEN_OVER, text, at);
    if (takenOver) {
      const { export: exported = '', name = '' } = takenOver.groups ?? {};
      const nameStart = at + exported.length;
      const span = spanOf(file, nameStart + name.length, nameStart + name.length);
      if (!scope.assigned.has(name)) add(name, nameStart, { text: undefined, span, variable: name });
      return lineEnd(at);
    }
    const end = lineEnd(at);
    const line = spanOf(file, at, withoutBlanks(text, at, end));
    if (!matchAt(COMMAND, text, at)) problems.push({ message: 'this line assigns no variable', at: line });
    else readsOthers ||= READS_OTHERS.test(textOf(line));
    return end;
  }

  function readAssignment(at: number, match: RegExpExecArray): number {
    const { export: exported = '', name = '', operator } = match.groups ?? {};
    const equals = at + match[0].length;
    const { value, end, problem } = parseEnvValue(file, equals, exported !== '', scope);
    // `+=` appends in a shell and is no operator elsewhere.
    add(name, at + exported.length, operator === '+=' ? { text: undefined, span: value.span } : value);
    if (problem) problems.push(problem);
    return problem ? end : readRest(name, end);
  }

  /** After a value: another assignment, a comment, a `;`, or what does not belong there. */
  function readRest(name: string, at: number): number {
    const next = skipBlanks(text, at);
    if (isLineEnd(text, next) || text[next] === ';' || text[next] === '#') return next;
    if (next > at && matchAt(ASSIGNMENT, text, next)) return next;
    const end = lineEnd(next);
    const rest = spanOf(file, next, withoutBlanks(text, next, end));
    problems.push({ message: `text follows the value of ${name}`, at: rest });
    return end;
  }

  let at = 0;
  while (at < text.length) {
    if (/[ \t\r\n;]/.test(text.charAt(at))) at++;
    else if (text[at] === '#') at = lineEnd(at);
    else at = readStatement(at);
  }
  return { assignments, problems, readsOthers };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
