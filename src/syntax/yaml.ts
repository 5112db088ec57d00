import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Span, spanOf, textOf } from '../source/span.ts';
import type { ListTree, MapTree, Member, ScalarTree, Tree } from './tree.ts';
import { aliasesOfDocument, MAX_DEPTH } from './yaml-aliases.ts';
import { isMergeKey, joinMembers } from './yaml-members.ts';
import { syntaxProblem } from './yaml-problem.ts';
import { emptyScalar, keyTree, type ScalarStyle, scalarTree } from './yaml-scalar.ts';

/** One document of a YAML stream. */
export interface YamlDocument {
  /** Undefined for an empty document, and for one that is nested too deeply or expands to too much. */
  readonly tree: Tree | undefined;
  /** Every error, in the order of the text. A document with errors still has the tree of what was understood. */
  readonly problems: readonly Problem[];
  /** Up to the next document. */
  readonly span: Span;
}

/** Errors in one file after which the rest of it is not read. */
const MAX_PROBLEMS = 1_000;

/**
 * `core`: YAML 1.2, whatever `%YAML` says: `no` and `on` are strings and `010` is ten. Our readers look at a
 * scalar's text where a program behind a file reads it by YAML 1.1. Merge keys and duplicate keys are ours.
 */
const COMPOSING = {
  schema: 'core',
  version: '1.2',
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Control characters that YAML forbids [YAML 1.2.2, 5.1]; the library uses some of them as marks of its own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/**
 * Parses a YAML stream: at least one document, also for an empty text. Never throws.
 *
 * An alias gives the very tree of its anchor, so a tree may share parts; merge keys (`<<`) are expanded.
 */
export function parseYaml(file: SourceFile): readonly YamlDocument[] {
  const forbidden = file.text.search(FORBIDDEN);
  if (forbidden >= 0) {
    const code = file.text.charCodeAt(forbidden).toString(16).padStart(4, '0').toUpperCase();
    const document = unread(file, `the control character U+${code} is not allowed in YAML`, forbidden);
    return [{ ...document, span: spanOf(file, 0, file.text.length) }];
  }
  const documents: YamlDocument[] = [];
  const cuts = new Map<number, number>();
  const tokens = cutDeep(new Parser().parse(file.text), cuts);
  try {
    for (const document of new Composer(COMPOSING).compose(tokens, true, file.text.length)) {
      documents.push(readDocument(file, document, cuts.get(document.range[0])));
    }
  } catch {
    documents.push(unread(file, 'not readable as YAML', documents.at(-1)?.span.end ?? 0));
  }
  return documents.map((document, index) => {
    const end = documents[index + 1]?.span.start ?? file.text.length;
    return { ...document, span: { ...document.span, end } };
  });
}

function unread(file: SourceFile, message: string, at: number): YamlDocument {
  return {
    tree: undefined,
    problems: [{ message, at: spanOf(file, at, Math.min(at + 1, file.text.length)) }],
    span: spanOf(file, at, file.text.length),
  };
}

/**
 * Empties the documents that are nested too deeply, before they are composed: that recurses, tokenizing does not.
 * `cuts` gets the place in each, by the document's offset.
 */
function* cutDeep(tokens: Iterable<CST.Token>, cuts: Map<number, number>): Generator<CST.Token> {
  let errors = 0;
  for (const token of tokens) {
    if (token.type === 'error' && ++errors > MAX_PROBLEMS) return;
    const tooDeep = token.type === 'document' ? firstTooDeep(token) : undefined;
    if (token.type === 'document' && tooDeep !== undefined) {
      cuts.set(token.offset, tooDeep);
      const { value: _, ...empty } = token;
      yield empty;
    } else {
      yield token;
    }
  }
}

/** The offset of the first list or map that is more than `MAX_DEPTH` levels down. */
function firstTooDeep(document: CST.Document): number | undefined {
  let level: CST.Token[] = document.value ? [document.value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    const below: CST.Token[] = [];
    for (const token of level) {
      if (!('items' in token)) continue;
      if (depth >= MAX_DEPTH) return token.offset;
      for (const { key, value } of token.items) {
        if (key) below.push(key);
        if (value) below.push(value);
      }
    }
    level = below;
  }
  return undefined;
}

/** `cut`: where the document was too deep, if it was. */
function readDocument(file: SourceFile, document: Document.Parsed, cut: number | undefined): YamlDocument {
  const [start, end] = document.range;
  const reader = treeReader(file);
  const tree = isEmpty(document.contents) ? undefined : reader.tree(document.contents);
  const problems = document.errors
    .map((error) => syntaxProblem(file, error, reader.openQuotes))
    .concat(reader.problems());
  if (cut !== undefined) problems.push({ message: 'nested too deeply', at: spanOf(file, cut, cut + 1) });
  problems.sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end);
  return {
    tree: reader.exceeded() ? undefined : tree,
    problems: problems.slice(0, MAX_PROBLEMS),
    span: spanOf(file, start, end),
  };
}

/** Nothing at all between `---` marks; `null` in words is something. */
function isEmpty(contents: unknown): boolean {
  if (!isScalar(contents)) return contents === null;
  return contents.source === '' && contents.value === null && contents.anchor === undefined;
}

/** Reads the nodes of one document, in the order of the text. */
function treeReader(file: SourceFile) {
  const aliases = aliasesOfDocument();
  const problems: Problem[] = [];
  /** Where a quoted scalar without its closing quote ends, which is where the library reports it, and begins. */
  const openQuotes = new Map<number, number>();
  /** What stands for aliases that have no tree. */
  const unresolved = new Set<Tree>();

  /** `depth`: levels of lists and maps above this node. `after`: where a node stands that is not written. */
  function read(node: unknown, depth: number, after: number): Tree {
    if (isAlias(node)) {
      const span = spanAt(node.range, after);
      return aliases.resolve(node.source, span, depth) ?? unresolvedAt(span);
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return emptyScalar(spanOf(file, after, after));
    const close = node.anchor === undefined ? undefined : aliases.open(node.anchor);
    const tree = readContent(node, spanAt(node.range, after), depth);
    close?.(tree);
    return tree;
  }

  function spanAt(range: readonly number[] | null | undefined, after: number): Span {
    return spanOf(file, range?.[0] ?? after, range?.[1] ?? after);
  }

  function unresolvedAt(span: Span): ScalarTree {
    const tree = emptyScalar(span);
    unresolved.add(tree);
    return tree;
  }

  /** Whether each alias of a merge key's value has a tree; one that has none is reported as an alias. */
  function isResolved(value: Tree): boolean {
    return value.kind === 'list' ? !value.items.some((item) => unresolved.has(item)) : !unresolved.has(value);
  }

  function readContent(node: Scalar | YAMLMap | YAMLSeq, span: Span, depth: number): Tree {
    if (isMap(node)) return readMap(node.items, span, depth);
    if (isSeq(node)) return readList(node.items, span, depth);
    const style = STYLES[node.type ?? 'PLAIN'] ?? 'plain';
    if (style === 'quoted' && !isClosed(textOf(span))) openQuotes.set(span.end, span.start);
    return scalarTree(node.value, node.source ?? '', style, span);
  }

  function readList(nodes: readonly unknown[], span: Span, depth: number): ListTree {
    const items = nodes.map((node) => read(node, depth + 1, span.end));
    const tree: ListTree = { kind: 'list', items, span };
    aliases.measure(tree, items);
    return tree;
  }

  function readMap(pairs: readonly Pair[], span: Span, depth: number): MapTree {
    const written: Member[] = [];
    for (const pair of pairs) {
      const key = readKey(pair.key, depth + 1, span.start);
      const value = read(pair.value, depth + 1, key.span.end);
      if (!isMergeKey(key) || isResolved(value)) written.push({ key, value });
    }
    const joined = joinMembers(written);
    for (const problem of joined.problems) problems.push(problem);
    const tree: MapTree = { kind: 'map', members: joined.members, span };
    aliases.measure(
      tree,
      joined.members.map((member) => member.value),
    );
    return tree;
  }

  /** A key that is an alias has the text of its anchor and a place of its own. */
  function readKey(node: unknown, depth: number, after: number): ScalarTree {
    const { textStart, ...key } = keyTree(read(node, depth, after));
    if (isAlias(node)) return { ...key, span: spanAt(node.range, after) };
    return textStart === undefined ? key : { ...key, textStart };
  }

  return {
    tree: (contents: unknown) => read(contents, 0, 0),
    problems: () => problems.concat(aliases.problems),
    exceeded: aliases.exceeded,
    openQuotes,
  };
}

const STYLES: Partial<Record<string, ScalarStyle>> = {
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
  QUOTE_DOUBLE: 'quoted',
  QUOTE_SINGLE: 'quoted',
};

function isClosed(token: string): boolean {
  return token.length > 1 && token.endsWith(token.charAt(0));
}
