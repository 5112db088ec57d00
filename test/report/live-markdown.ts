/** All that a summary may say outside code spans: its own headings, totals, table and lists. */
const OURS = [
  /^(## podroute|### Files|)$/,
  /^\*\*(no findings|\d+ (error|warning|note)s?(, \d+ (warning|note)s?)*) in \d+ files?\*\*$/,
  /^\| severity \| rule \| place \| message \|$/,
  /^\| --- \| --- \| --- \| --- \|$/,
  /^\d+ (read|templated|skipped|not understood)(, \d+ (templated|skipped|not understood))*$/,
  /^<details><summary>\d+ (templated|skipped|not understood)<\/summary>$/,
  /^<\/details>$/,
  /^- CODE(: CODE)?$/,
];

/** Of Markdown that `renderSummary` wrote: what GitHub would take for more than words of ours and code. */
export function liveMarkdown(markdown: string): string[] {
  return markdown.split('\n').flatMap((line) => {
    if (OURS.some((ours) => ours.test(withoutCode(line)))) return [];
    // Implementations differ in what a backslash before a backslash before a `|` is: both readings must hold.
    return [cellsByPairs(line), cellsByLast(line)].every(isFindingRow) ? [] : [line];
  });
}

/**
 * Of a page about a plan: the lines on which GitHub would take anything for more than plain words, emphasis, headings,
 * lists, tables, code, and the few tags and links of ours. A row must have as many cells as its table's head.
 */
export function liveLines(markdown: string): string[] {
  let columns = 0;
  return markdown.split('\n').filter((line) => {
    if (!line.startsWith('| ')) columns = 0;
    if (PAGE_TAGS.test(line)) return false;
    if (columns === 0 && !line.startsWith('| ')) return !PLAIN.test(withoutOurs(withoutCode(line)));
    const readings = [cellsByPairs(line), cellsByLast(line)];
    columns ||= readings[0]!.length;
    return !readings.every(
      (cells) =>
        cells.length === columns &&
        cells.every((cell) => PLAIN.test(withoutOurs(withoutCode(cell.replaceAll('\\|', '|'))))),
    );
  });
}

const PAGE_TAGS =
  /^(<details><summary>(All pairs afterwards|\d+ (templated|skipped|not understood))<\/summary>|<\/details>)$/;
const PLAIN = /^(#{2,3} |- )?[\w .,:;*→·()\\/+-]*$/;

function withoutOurs(text: string): string {
  return text
    .replaceAll('<br>', ' ')
    .replace('[the run](https://github.com/o/r/actions/runs/1)', '')
    .replace('[machines page](https://login.tailscale.com/admin/machines)', '');
}

function isFindingRow(cells: readonly string[]): boolean {
  return (
    cells.length === 6 &&
    cells
      .map((cell) => withoutCode(cell.replaceAll('\\|', '|')).trim())
      .join('¦')
      .match(/^¦(error|warning|note)¦CODE¦CODE¦CODE(<br>CODE)*¦$/) !== null
  );
}

/** A backslash and the character after it belong together, as cmark-gfm reads a row. */
function cellsByPairs(row: string): string[] {
  const cells = [''];
  for (const [part] of row.matchAll(/\\[!-/:-@[-`{-~]|[\s\S]/gu)) {
    if (part === '|') cells.push('');
    else cells[cells.length - 1] += part;
  }
  return cells;
}

/** Only the character just before a `|` counts, as markdown-it reads a row. */
function cellsByLast(row: string): string[] {
  return row.split(/(?<!\\)\|/);
}

/** Replaces each code span by `CODE`, as CommonMark finds them; a fence of more than 80 backticks is none on GitHub. */
function withoutCode(text: string): string {
  let rest = text;
  let result = '';
  for (;;) {
    const open = /`+/.exec(rest);
    if (!open) return result + rest;
    const after = rest.slice(open.index + open[0].length);
    const close = [...after.matchAll(/`+/g)].find(([run]) => run.length === open[0].length);
    if (!close || open[0].length > 80) {
      result += rest.slice(0, open.index) + open[0];
      rest = after;
    } else {
      result += `${rest.slice(0, open.index)}CODE`;
      rest = after.slice(close.index + close[0].length);
    }
  }
}
