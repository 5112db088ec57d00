import * as unbash from 'unbash';
import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Span, spanOf, textOf } from '../source/span.ts';
import { type Quoting, readLiterals } from './shell-literals.ts';
import { binaryTest, parseTest, unaryTest } from './shell-test.ts';
import {
  type AssignedValue,
  type Assignment,
  type Command,
  type HereDoc,
  type Literal,
  literalText,
  type Operation,
  type ShellScript,
  type Statement,
  type Test,
  type Word,
  type WordPart,
} from './shell-tree.ts';

/** Longer than any script that a person wrote: installers with an archive in them are not read. */
const MAX_LENGTH = 256 * 1024;
/** unbash 6.0.4 takes quadratic time for here-documents that are announced and never come. */
const MAX_HERE_DOCS = 2000;
/** Statements and words inside each other. What is deeper is left out. */
const MAX_DEPTH = 50;

/** Parses a Bash or POSIX script, and what it can of other dialects and of broken ones. Never throws. */
export function parseShell(file: SourceFile): ShellScript {
  return parseText(file.text, file, 0);
}

/**
 * Parses a part of a file that is handed to a shell: a here-document, or a string.
 *
 * @param expanded whether another shell expands it first: `\$` is then the inner shell's `$`, and what that
 * stands for is not known here
 */
export function parseShellPart(part: Span, expanded: boolean): readonly Statement[] {
  const text = textOf(part);
  return parseText(expanded ? hideEscapedDollars(text) : text, part.file, part.start).statements;
}

/** `$$` is computed too, and as long as `\$`. */
function hideEscapedDollars(text: string): string {
  return text.replaceAll('\\$(', '$( ').replaceAll('\\$', () => '$$');
}

/** Each line ends in `\n`, without a change of length: blank lines mean nothing, a line join must not be lost. */
function withUnixLines(text: string): string {
  return text.includes('\r') ? text.replaceAll('\\\r\n', '\\\n ').replaceAll('\r\n', '\n\n') : text;
}

/** One text that is being read. */
interface Scope {
  readonly file: SourceFile;
  /** Where the text begins in the file. */
  readonly offset: number;
  readonly problems: Map<number, Problem>;
  depth: number;
}

function parseText(text: string, file: SourceFile, offset: number): ShellScript {
  if (text.length > MAX_LENGTH || text.split('<<').length > MAX_HERE_DOCS)
    return { statements: [], problems: [] };
  const scope: Scope = { file, offset, problems: new Map(), depth: 0 };
  try {
    const statements = readScript(unbash.parse(withUnixLines(text)), scope);
    return { statements, problems: [...scope.problems.values()] };
  } catch (error) {
    // Not all of unbash's recursion is bounded: `coproc coproc …`.
    if (!(error instanceof RangeError)) throw error;
    return { statements: [], problems: [{ message: TOO_DEEP, at: spanOf(file, offset, offset) }] };
  }
}

const TOO_DEEP = 'the script is nested too deeply';

function addProblem(scope: Scope, message: string, pos: number): void {
  const end = scope.file.text.trimEnd().length;
  const start = Math.max(0, Math.min(scope.offset + pos, end - 1));
  const at = spanOf(scope.file, start, Math.min(start + 1, end));
  // One fault makes an error in each construct around it.
  if (!scope.problems.has(start))
    scope.problems.set(start, { message: /nesting/.test(message) ? TOO_DEEP : message, at });
}

function place(node: { readonly pos: number; readonly end: number }, { file, offset }: Scope): Span {
  return spanOf(file, offset + node.pos, offset + node.end);
}

function literalsAt(
  text: string,
  pos: number,
  quoting: Quoting,
  { file, offset }: Scope,
): readonly Literal[] {
  return readLiterals(text, quoting, file, offset + pos);
}

function readScript(script: unbash.ParsedScript, scope: Scope): readonly Statement[] {
  for (const { message, pos } of script.errors ?? []) addProblem(scope, message, pos);
  return readList(script.commands, scope);
}

function readList(list: readonly unbash.Statement[], scope: Scope): readonly Statement[] {
  if (scope.depth >= MAX_DEPTH) {
    if (list[0]) addProblem(scope, TOO_DEEP, list[0].pos);
    return [];
  }
  scope.depth++;
  const statements = list.map(({ command, background }): Statement => {
    const statement = readNode(command, scope);
    return background ? { kind: 'group', apart: true, body: [statement] } : statement;
  });
  scope.depth--;
  return statements;
}

type Node = unbash.PipelineNode | unbash.AndOr | unbash.CompoundList;

function readNode(node: Node, scope: Scope): Statement {
  const list = (commands: unbash.CompoundList | undefined) => readList(commands?.commands ?? [], scope);
  switch (node.type) {
    case 'Command':
      return readCommand(node, scope);
    case 'Pipeline': {
      const negations = node.prefixes.filter((prefix) => prefix.type === 'Negation');
      const statements = node.commands.map((command) => readNode(command, scope));
      return { kind: 'pipeline', negated: negations.length % 2 === 1, statements };
    }
    case 'AndOr': {
      const [first, ...others] = node.commands.map((command) => readNode(command, scope));
      const rest = others.map((statement, index) => ({ operator: node.operators[index] ?? '&&', statement }));
      return { kind: 'and-or', first: first!, rest };
    }
    case 'If': {
      const branches = [node, ...node.elif].map(({ clause, then }) => ({
        condition: list(clause),
        body: list(then),
      }));
      return { kind: 'if', branches, otherwise: list(node.else) };
    }
    case 'Case': {
      const branches = node.items.map(({ pattern, body, terminator }) => ({
        patterns: readWords(pattern, scope),
        body: list(body),
        goesOn: terminator === ';&' || terminator === ';;&',
      }));
      return { kind: 'case', subject: readWord(node.word, scope), branches };
    }
    case 'For':
    case 'Select': {
      const words = node.wordlist && readWords(node.wordlist, scope);
      const variable = { value: node.name.value, span: place(node.name, scope) };
      const asks = node.type === 'Select';
      return { kind: 'loop', variable, asks, ...(words && { words }), condition: [], body: list(node.body) };
    }
    case 'While':
      return { kind: 'loop', asks: false, condition: list(node.clause), body: list(node.body) };
    case 'ArithmeticFor':
      return { kind: 'loop', asks: false, condition: [], body: list(node.body) };
    case 'Subshell':
    case 'BraceGroup':
      return { kind: 'group', apart: node.type === 'Subshell', body: list(node.body) };
    case 'CompoundList':
      return { kind: 'group', apart: false, body: list(node) };
    case 'Function':
      return { kind: 'function', name: node.name.value, body: [readNode(node.body, scope)] };
    case 'Coproc':
      return { kind: 'group', apart: true, body: [readNode(node.body, scope)] };
    case 'Redirected':
      return readNode(node.command, scope);
    case 'TestCommand':
      return { kind: 'test', test: readTest(node.expression, scope) };
    case 'ArithmeticCommand':
      return { kind: 'test', test: { kind: 'other', words: [] } };
  }
}

function readCommand(node: unbash.Command, scope: Scope): Statement {
  const given = [...node.prefix, ...node.suffix];
  const words = [node.name, ...node.suffix].flatMap((word) =>
    word?.type === 'Word' ? [readWord(word, scope)] : [],
  );
  const test = testWords(words);
  if (test) return { kind: 'test', test: parseTest(test) };
  const output = given.findLast((each) => each.type === 'Redirect' && /^(>|>>|>\||&>)$/.test(each.operator));
  const target = output?.type === 'Redirect' && output.descriptor === undefined ? output.target : undefined;
  const isAssignment = (each: (typeof given)[number]) => each.type === 'Assignment';
  const command: Command = {
    kind: 'command',
    assignments: node.prefix.filter(isAssignment).map((each) => readAssignment(each, scope)),
    words,
    declared: node.suffix.filter(isAssignment).map((each) => readAssignment(each, scope)),
    hereDocs: given.flatMap((each) => (each.type === 'HereDoc' ? [readHereDoc(each, scope)] : [])),
    ...(target && { output: readWord(target, scope) }),
    span: place(node, scope),
  };
  return command;
}

/** The words of a test that is written as a command. */
function testWords(words: readonly Word[]): readonly Word[] | undefined {
  const name = words[0] && literalText(words[0]);
  if (name === 'test') return words.slice(1);
  return name === '[' && literalText(words.at(-1)!) === ']' ? words.slice(1, -1) : undefined;
}

function readTest(node: unbash.TestExpression, scope: Scope): Test {
  switch (node.type) {
    case 'TestUnary':
      return unaryTest(node.operator === '' ? undefined : node.operator, readWord(node.operand, scope));
    case 'TestBinary':
      return binaryTest(node.operator, readWord(node.left, scope), readWord(node.right, scope));
    case 'TestLogical': {
      const tests = node.operands.map((operand) => readTest(operand, scope));
      return { kind: node.operator === '&&' ? 'and' : 'or', tests };
    }
    case 'TestNot': {
      const test = readTest(node.operand, scope);
      return node.negations.length % 2 === 1 ? { kind: 'not', test } : test;
    }
    case 'TestGroup':
      return readTest(node.expression, scope);
  }
}

function readAssignment(node: unbash.Assignment, scope: Scope): Assignment {
  const at = place({ pos: node.pos, end: node.pos + node.name.length }, scope);
  return { name: node.name, at, append: node.append === true, value: readValue(node, scope) };
}

function readValue({ value, index }: unbash.Assignment, scope: Scope): AssignedValue {
  if (value.type === 'ArrayValue') return { kind: 'list', words: readWords(value.elements, scope) };
  return { kind: index ? 'element' : 'word', word: readWord(value, scope) };
}

function readHereDoc({ body, delimiter }: unbash.HereDoc, scope: Scope): HereDoc {
  const span = place(body, scope);
  const quoted = delimiter?.quoted === true;
  const parts: readonly WordPart[] =
    quoted || !body.parts
      ? literalsAt(body.text, body.pos, quoted ? 'single' : 'here', scope)
      : body.parts.flatMap((part) => readPart(part, 'here', scope));
  return { body: span, quoted, word: { span, parts } };
}

function readWords(words: readonly unbash.Word[], scope: Scope): readonly Word[] {
  return words.map((word) => readWord(word, scope));
}

function readWord(node: unbash.Word, scope: Scope): Word {
  const span = place(node, scope);
  const parts =
    node.parts?.flatMap((part) => readPart(part, 'bare', scope)) ??
    literalsAt(node.text, node.pos, 'bare', scope);
  const [only] = node.parts ?? [];
  if (node.parts?.length !== 1 || (only?.type !== 'DoubleQuoted' && only?.type !== 'SingleQuoted'))
    return { span, parts };
  const inner = place({ pos: node.pos + 1, end: Math.max(node.pos + 1, node.end - 1) }, scope);
  return { span, parts, quoted: { by: only.type === 'DoubleQuoted' ? 'double' : 'single', inner } };
}

function readPart(part: unbash.WordPart, quoting: Quoting, scope: Scope): readonly WordPart[] {
  const span = place(part, scope);
  const quoted = quoting !== 'bare';
  switch (part.type) {
    case 'Literal':
      return literalsAt(part.text, part.pos, quoting, scope);
    case 'Glob':
      return [{ kind: 'literal', text: part.text, span, textStart: span.start, quoted: false }];
    case 'SingleQuoted':
      return literalsAt(part.value, part.pos + 1, 'single', scope);
    case 'AnsiCQuoted':
      return [{ kind: 'literal', text: part.value, span, quoted: true }];
    case 'DoubleQuoted':
    case 'LocaleString':
      if (part.parts.length === 0) return literalsAt('', part.pos + 1, 'double', scope);
      return part.parts.flatMap((child) => readPart(child, 'double', scope));
    case 'SimpleExpansion':
      return [{ kind: 'variable', name: part.text.slice(1), span, quoted, items: false, indirect: false }];
    case 'ParameterExpansion':
      return [readExpansion(part, span, quoted, scope)];
    case 'CommandExpansion':
    case 'ProcessSubstitution': {
      // The places of a script in escaped backticks count from a text of its own.
      const inPlace = part.script?.source === undefined ? part.script : undefined;
      return [{ kind: 'computed', span, quoted, statements: inPlace ? readScript(inPlace, scope) : [] }];
    }
    case 'ArithmeticExpansion':
    case 'ExtendedGlob':
    case 'BraceExpansion':
      return [{ kind: 'computed', span, quoted, statements: [] }];
  }
}

const OPERATIONS: ReadonlyMap<string, 'default' | 'assign' | 'assert' | 'alternative'> = new Map([
  ['-', 'default'],
  ['=', 'assign'],
  ['?', 'assert'],
  ['+', 'alternative'],
]);

function readExpansion(
  part: unbash.ParameterExpansionPart,
  span: Span,
  quoted: boolean,
  scope: Scope,
): WordPart {
  const { parameter: name, prefix, index } = part;
  if (prefix === '#') return { kind: 'computed', span, quoted, statements: [] };
  const items = index?.value === '@' || index?.value === '*';
  const operation = index && !items ? ({ kind: 'other' } as const) : readOperation(part, scope);
  const indirect = prefix === '!';
  return { kind: 'variable', name, span, quoted, items, indirect, ...(operation && { operation }) };
}

function readOperation({ operation }: unbash.ParameterExpansionPart, scope: Scope): Operation | undefined {
  if (operation === undefined) return undefined;
  if (operation.type === 'CaseModification' && !operation.operand) return { kind: 'letter-case' };
  if (operation.type !== 'Default' || scope.depth >= MAX_DEPTH) return { kind: 'other' };
  scope.depth++;
  const word = readWord(operation.operand, scope);
  scope.depth--;
  const kind = OPERATIONS.get(operation.operator.at(-1)!) ?? 'default';
  return { kind, colon: operation.operator.startsWith(':'), word };
}
