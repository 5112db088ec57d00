import type { ReadFile } from '../cluster/model.ts';
import type { Diagnostic, Finding } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { FileKind } from '../inputs/facts.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Span, spanOf } from '../source/span.ts';

/** `# podroute: ignore[rule-id] reason`, `//` in HuJSON. */
interface Ignore {
  readonly at: Span;
  readonly rule: string;
  /** Offsets of the line it silences, half-open; undefined for `ignore-file`, which silences the whole file. */
  readonly line: readonly [start: number, end: number] | undefined;
}

/** What is left of some diagnostics, and a finding for each ignore that silenced none. */
export function applyIgnores(
  files: readonly ReadFile[],
  diagnostics: readonly Diagnostic[],
  rules: ReadonlySet<string>,
): { readonly left: readonly Diagnostic[]; readonly unused: readonly Finding[] } {
  const byFile = new Map(files.map((read) => [read.file, ignoresIn(read)]));
  const used = new Set<Ignore>();
  const left = diagnostics.filter((diagnostic) => {
    const those = placesOf(diagnostic).flatMap((place) =>
      (byFile.get(place.file) ?? []).filter((ignore) => silences(ignore, diagnostic.rule, place)),
    );
    for (const ignore of those) used.add(ignore);
    return those.length === 0;
  });
  const unused = [...byFile.values()].flat().filter((ignore) => !used.has(ignore));
  return { left, unused: unused.map((ignore) => ({ message: describe(ignore, rules), at: ignore.at })) };
}

/** Where an ignore may stand: at the finding, at what it is absent from, at the other place of a conflict. */
function placesOf({ at, absentFrom, related = [] }: Diagnostic): readonly Span[] {
  return [at, ...(absentFrom ? [absentFrom] : []), ...related.map((each) => each.at)];
}

function silences({ rule, line }: Ignore, found: string, at: Span): boolean {
  return rule === found && (line === undefined || (line[0] <= at.start && at.start < line[1]));
}

function describe({ rule, line }: Ignore, rules: ReadonlySet<string>): string {
  if (rules.has(rule)) return `nothing here is silenced by ${line ? 'ignore' : 'ignore-file'}[${rule}]`;
  const meant = nearest(rule, rules);
  return `there is no rule "${rule}"${meant ? `, the nearest is ${meant}` : ''}`;
}

/** An ignore stands on the line it is for, or alone on the line above it; the comment may go on between. */
function ignoresIn({ file, facts }: ReadFile): readonly Ignore[] {
  if (!file.text.includes('podroute:')) return [];
  const comment = facts.kind === 'policy' ? COMMENT.hujson : COMMENT.others;
  const found: Ignore[] = [];
  let pending: Omit<Ignore, 'line'>[] = [];
  for (const [start, end] of statementsOf(file, facts.kind)) {
    const text = file.text.slice(start, end);
    const match = comment.exec(text);
    const here = match ? rulesNamed(file, start + match.index, match) : [];
    if (match && match[2] !== undefined) {
      found.push(...here.map((ignore) => ({ ...ignore, line: undefined })));
    } else if (match && text.slice(0, match.index).trim() === '') {
      pending.push(...here);
      continue;
    } else if (pending.length > 0 && isComment(text, facts.kind)) {
      continue;
    } else {
      found.push(...here.map((ignore) => ({ ...ignore, line: [start, end] as const })));
    }
    found.push(...pending.map((ignore) => ({ ...ignore, line: [start, end] as const })));
    pending = [];
  }
  return [...found, ...pending.map((ignore) => ({ ...ignore, line: [0, 0] as const }))];
}

const COMMENT = {
  others: /(^|\s)#\s*podroute:\s*ignore(-file)?\[([^\]]*)\]/,
  hujson: /(^|.)\/\/\s*podroute:\s*ignore(-file)?\[([^\]]*)\]/,
};

function isComment(line: string, kind: FileKind): boolean {
  return line.trimStart().startsWith(kind === 'policy' ? '//' : '#');
}

function rulesNamed(file: SourceFile, start: number, match: RegExpExecArray): Omit<Ignore, 'line'>[] {
  const at = spanOf(file, start + match[1]!.length, start + match[0].length);
  return match[3]!
    .split(',')
    .map((rule) => rule.trim())
    .map((rule) => ({ at, rule }));
}

/** Lines, each with those below that belong to it and have no place for a comment. */
function* statementsOf(file: SourceFile, kind: FileKind): Generator<[number, number], void, undefined> {
  let statement: { start: number; end: number; first: string; last: string } | undefined;
  for (const [start, end] of linesOf(file)) {
    const line = file.text.slice(start, end).replace(/[\r\n]+$/, '');
    if (statement && goesOn(statement.first, statement.last, line, kind)) {
      statement.end = end;
      statement.last = line;
      continue;
    }
    if (statement) yield [statement.start, statement.end];
    statement = { start, end, first: line, last: line };
  }
  if (statement) yield [statement.start, statement.end];
}

/** A shell joins lines at a backslash; a block scalar of YAML is what is indented below its `|` or `>`. */
function goesOn(first: string, last: string, next: string, kind: FileKind): boolean {
  if (kind === 'script') return last.endsWith('\\') && !isComment(last, kind);
  if (kind === 'policy' || kind === 'env' || !BLOCK_SCALAR.test(first)) return false;
  const [indent = ''] = /^\s*(?:- +(?=[^\s|>]))*/.exec(first) ?? [];
  return next.trim() === '' || /^\s*/.exec(next)![0].length > indent.length;
}

const BLOCK_SCALAR = /(?:^\s*-|:) +[|>][-+0-9]{0,2}\s*(?:#.*)?$/;

/** Start and end of each line, its line break counted to it. */
function* linesOf({ text }: SourceFile): Generator<[number, number], void, undefined> {
  const breaks = /\r\n|\r|\n/g;
  let start = 0;
  for (const match of text.matchAll(breaks)) {
    const end = match.index + match[0].length;
    yield [start, end];
    start = end;
  }
  if (start < text.length) yield [start, text.length];
}
