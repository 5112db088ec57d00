import { formatPrefix } from '../net/format.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Located } from '../source/span.ts';
import { bytesOf, codeSpan, type Quote, quoterOf, tableRow } from './markdown.ts';
import { maskEmails } from './mask-emails.ts';
import { redactionOf } from './redact.ts';

/** GitHub takes 1 MiB of a step's summary and nothing of a larger one; in UTF-8 bytes, with room for others. */
export const SUMMARY_ROOM = 1_000_000;

/** What a page shows of a plan when there is too much for it. */
export interface Detail {
  /** The names of files that were not read. */
  readonly fileLists: boolean;
  /** Related places of findings. */
  readonly related: boolean;
  /** The whole matrix beside what changes in it. */
  readonly matrix: boolean;
  /** Lines of each list, as of access. */
  readonly lines: number;
  /** Rows of each table; none of them where it is 0. */
  readonly rows: number;
  /** The routes of the plan: all as a table, all by name, or no more than their number. */
  readonly routes: 'rows' | 'names' | 'number';
  /** Of one text, in UTF-16 units. */
  readonly longest: number;
  /** How much of the room the findings may take. */
  readonly findings: number;
}

const EVERYTHING: Detail = {
  fileLists: true,
  related: true,
  matrix: true,
  lines: 100,
  rows: Number.POSITIVE_INFINITY,
  routes: 'rows',
  longest: 500,
  findings: 0.5,
};

const FEWER = { ...EVERYTHING, fileLists: false, related: false };
const NAMES: Detail = { ...FEWER, matrix: false, routes: 'names', longest: 120, findings: 0.1 };

/** The first that fits is shown; the last always does. */
const DETAILS: readonly Detail[] = [
  EVERYTHING,
  { ...EVERYTHING, fileLists: false },
  { ...FEWER, findings: 0.3 },
  { ...FEWER, findings: 0.3, matrix: false },
  { ...FEWER, findings: 0.2, matrix: false, lines: 5 },
  { ...FEWER, findings: 0.1, matrix: false, lines: 5, rows: 50, longest: 200 },
  { ...NAMES, lines: 3, rows: 50 },
  { ...NAMES, lines: 3, rows: 10 },
  { ...NAMES, lines: 0, rows: 0, findings: 0 },
  { ...NAMES, lines: 0, rows: 0, findings: 0, routes: 'number' },
];

/** A page of at most `room` bytes of UTF-8, with as much detail as there is room for. */
export function fitted(room: number, pageOf: (detail: Detail) => string): string {
  return firstFitting(room, DETAILS, pageOf) ?? pageOf(DETAILS.at(-1)!);
}

/** The same, unless there is no room to name every route of the plan. */
export function fittedWhole(room: number, pageOf: (detail: Detail) => string): string | undefined {
  const whole = DETAILS.filter(({ routes }) => routes !== 'number');
  return firstFitting(room, whole, pageOf);
}

function firstFitting(
  room: number,
  details: readonly Detail[],
  pageOf: (detail: Detail) => string,
): string | undefined {
  for (const detail of details) {
    const page = pageOf(detail);
    if (bytesOf(page) <= room) return page;
  }
  return undefined;
}

/** Of texts from files and servers: code spans without secrets and users' addresses. */
export function planQuoter(secrets: readonly Located<string>[], { longest }: Pick<Detail, 'longest'>): Quote {
  const redaction = redactionOf(secrets);
  return quoterOf({ ...redaction, text: (text) => maskEmails(redaction.text(text)) }, longest);
}

/** Without redaction: a file could name a route's prefix as its token to hide the route. */
export function quotePrefix(prefix: Prefix): string {
  return codeSpan(formatPrefix(prefix));
}

export function warningItem(warning: string, quote: Quote): string {
  return `**warning**: ${quote(warning)}`;
}

/** A table of as many rows as there is room for, and how many more there are; nothing of none. */
export function tableOf<Item>(
  head: readonly string[],
  items: readonly Item[],
  rowOf: (item: Item) => string,
  detail: Detail,
): readonly string[] {
  const shown = items.slice(0, detail.rows);
  const left = items.length - shown.length;
  const table = [tableRow(head), `|${' --- |'.repeat(head.length)}`, ...shown.map(rowOf)].join('\n');
  return [...(shown.length > 0 ? [table] : []), ...(left > 0 ? [moreInWords(left, shown.length)] : [])];
}

/** A list under a heading, as long as there is room for; nothing of none. */
export function listOf<Item>(
  items: readonly Item[],
  itemOf: (item: Item) => string,
  detail: Detail,
  heading?: string,
): readonly string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, detail.lines);
  const left = items.length - shown.length;
  const lines = [...shown.map(itemOf), ...(left > 0 ? [moreInWords(left, shown.length)] : [])];
  return [...(heading === undefined ? [] : [heading]), lines.map((line) => `- ${line}`).join('\n')];
}

function moreInWords(left: number, shown: number): string {
  return shown === 0 ? `${left} not listed` : `and ${left} more`;
}
