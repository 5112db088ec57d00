import type { PathsDifference } from '../paths/compare-paths.ts';
import type { Span } from '../source/span.ts';
import { positionAt } from './lines.ts';
import { tableRow } from './markdown.ts';
import { CHANGES, changeGroupsOf, pairsInWords, waysOf } from './paths-difference-text.ts';
import { counted } from './totals.ts';

const MOST_ROWS = 30;
const MOST_PLACES = 3;

/** What a change makes of pairs, as a table; `quote` makes of a text from a file what GitHub takes for nothing else. */
export function pathsDifferenceTable(
  difference: PathsDifference,
  quote: (text: string) => string,
): readonly string[] {
  const changes = changeGroupsOf(difference).map(({ kind, ways, cause, changed, pairs }) => {
    const places = [...new Set(changed.map(placeOf))];
    const shown = places.slice(0, MOST_PLACES).map(quote);
    if (places.length > shown.length) shown.push(`and ${places.length - shown.length} more`);
    const why = cause === undefined ? '' : `<br>${quote(cause)}`;
    return tableRow([
      `**${CHANGES[kind]}**: ${ways}`,
      `${counted(pairs.length, 'pair')}<br>${quote(pairsInWords(pairs))}${why}`,
      shown.join('<br>'),
    ]);
  });
  const whole = (['added', 'removed'] as const).flatMap((kind) =>
    waysOf(difference[kind]).map(([ways, pairs]) =>
      tableRow([
        `**${CHANGES[kind]}**: ${ways}`,
        `${counted(pairs.length, 'pair')}<br>${quote(pairsInWords(pairs))}`,
        '',
      ]),
    ),
  );
  const rows = [...changes, ...whole];
  if (rows.length === 0) return ['No pair of pods fares otherwise.'];
  const table = [
    tableRow(['what', 'pairs', 'changed lines']),
    '| --- | --- | --- |',
    ...rows.slice(0, MOST_ROWS),
  ];
  const left = rows.length - MOST_ROWS;
  return left > 0 ? [table.join('\n'), `and ${counted(left, 'row')} more`] : [table.join('\n')];
}

function placeOf({ file, start }: Span): string {
  return `${file.path}:${positionAt(file, start).line}`;
}
