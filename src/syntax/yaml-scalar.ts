import { type Span, spanOf, textOf } from '../source/span.ts';
import type { ScalarTree, Tree } from './tree.ts';

/** How a scalar is written. */
export type ScalarStyle = 'plain' | 'quoted' | 'block';

/**
 * A scalar as a tree. `value` is typed by YAML's core schema, `content` is the text after unquoting and folding,
 * `token` covers all of it, for a block scalar from its `|` or `>` on.
 */
export function scalarTree(value: unknown, content: string, style: ScalarStyle, token: Span): ScalarTree {
  const typed = isScalarValue(value) ? value : content;
  if (typed === null) return token.start < token.end ? emptyScalar(token) : emptyAfterColon(token);
  const text = typeof typed === 'string' ? typed : content;
  const span = style === 'block' ? blockContent(token) : token;
  const textStart = style === 'quoted' ? token.start + 1 : token.start;
  const stands = style !== 'block' && token.file.text.startsWith(text, textStart);
  return { kind: 'scalar', value: typed, text, span, ...(stands && { textStart }) };
}

/** A null. */
export function emptyScalar(span: Span): ScalarTree {
  return { kind: 'scalar', value: null, text: '', span };
}

/** The library puts a value that is not written where the next token would begin. */
function emptyAfterColon({ file, start }: Span): ScalarTree {
  let at = start;
  while (at > 0 && /[ \t]/.test(file.text.charAt(at - 1))) at--;
  return emptyScalar(spanOf(file, at, at));
}

/** A tree as a map's key: a list or a map stands as its source text. */
export function keyTree(tree: Tree): ScalarTree {
  if (tree.kind === 'scalar') return tree;
  const text = textOf(tree.span);
  return { kind: 'scalar', value: text, text, span: tree.span, textStart: tree.span.start };
}

function isScalarValue(value: unknown): value is ScalarTree['value'] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** From the first character of the first line to the last one; the indicator where there are no lines. */
function blockContent(token: Span): Span {
  const text = textOf(token);
  const headerLine = text.indexOf('\n') + 1;
  const lines = text.slice(headerLine).trim();
  if (headerLine === 0 || lines === '') return spanOf(token.file, token.start, token.start + 1);
  const start = token.start + text.indexOf(lines, headerLine);
  return spanOf(token.file, start, start + lines.length);
}
