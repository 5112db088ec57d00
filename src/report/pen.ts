import type { Located, Span } from '../source/span.ts';
import { endsOf } from './lines.ts';
import { type Redaction, redactionOf } from './redact.ts';
import { snippetOf } from './snippet.ts';
import { clip, visible } from './terminal.ts';
import type { TextOptions } from './text.ts';
import { inert } from './workflow-command.ts';

/** A text in a colour of the terminal, or as it is. */
export type Paint = (sgr: string, text: string) => string;

/** How lines for a terminal are made of texts from files and servers. */
export interface Pen {
  readonly redaction: Redaction;
  /** On one line, without secrets and without power over a terminal. */
  readonly plain: (text: string) => string;
  readonly paint: Paint;
}

/** Parameters of the terminal's `SGR` sequence [ECMA-48]. */
export const DIM = '2';
export const STRONG = '1';

/** Of one text, in UTF-16 units. */
const LONGEST_TEXT = 1000;

export function penOf(secrets: readonly Located<string>[], { color }: Pick<TextOptions, 'color'>): Pen {
  const redaction = redactionOf(secrets);
  return {
    redaction,
    plain: (text) => visible(clip(redaction.text(text), LONGEST_TEXT)),
    paint: (sgr, text) => (color ? `\u001b[${sgr}m${text}\u001b[0m` : text),
  };
}

/** `routes.yaml:4  - {node: kyoto-1, prefix: 10.42.3.0/24}`: the line at the start of a place, with where it is. */
export function placeLine(span: Span, { redaction, plain, paint }: Pen): string {
  const ends = endsOf(span);
  const place = { path: redaction.text(span.file.path), ...ends, span };
  const { text } = snippetOf(place, redaction);
  return `${plain(`${place.path}:${ends.start.line}`)}  ${paint(DIM, text.trim())}`;
}

/** Blocks of lines with an empty line between them; empty blocks are left out. */
export function textOfBlocks(blocks: readonly (readonly string[])[]): string {
  const shown = blocks.filter((lines) => lines.length > 0);
  return shown.map((lines) => lines.map((line) => `${inert(line.trimEnd())}\n`).join('')).join('\n');
}
