import type { Redaction } from './redact.ts';
import { clip, visible } from './terminal.ts';
import { partMarkers } from './workflow-command.ts';

/** GitHub's Markdown knows no fence of a code span above 80 backticks [cmark-gfm 0.29, MAXBACKTICKS]. */
const LONGEST_RUN = 20;

/**
 * A text as a code span, the only form in which anything from a file enters Markdown: there GitHub makes no mention,
 * reference, link, image or HTML of it. Two sequences are parted by a zero-width space, as the raw text is read too:
 * `<!--`, which begins the markers of our own comments, and the runner's `##[`.
 */
export function codeSpan(text: string): string {
  const content = partMarkers(visible(text))
    .replaceAll('<!--', '<\u200B!--')
    .replaceAll(RUN_TOO_LONG, (run) => `${run.slice(0, LONGEST_RUN - 1)}…`);
  if (content === '') return '` `';
  let fence = '`';
  while (content.includes(fence)) fence += '`';
  // One space at each end belongs to the fence.
  const space = /^[ `]|[ `]$/.test(content) ? ' ' : '';
  return fence + space + content + space + fence;
}

const RUN_TOO_LONG = new RegExp(`\`{${LONGEST_RUN},}`, 'g');

/**
 * Markdown as one cell of a table. A row is split before its code spans are seen, at every `|` with an even number
 * of backslashes before it.
 */
export function escapeCell(markdown: string): string {
  return markdown.replace(/(\\*)\|/g, (_, slashes: string) =>
    slashes.length % 2 === 0 ? `${slashes}\\|` : `${slashes}\\\\|`,
  );
}

/** A row of a table, of Markdown without line ends. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

/** Makes of a text from a file or a server what GitHub takes for nothing else. */
export type Quote = (text: string) => string;

/** Code spans of at most so many UTF-16 units of each text, without secrets. */
export function quoterOf(redaction: Redaction, longest: number): Quote {
  return (text) => codeSpan(clip(redaction.text(text), longest));
}

/** Paragraphs, tables and headings below each other. */
export function joinBlocks(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

/** In UTF-8; never less than the UTF-16 units. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
