import type { PathsDifference } from '../paths/compare-paths.ts';
import { lineInWords } from './lines.ts';
import { type Quote, tableRow } from './markdown.ts';
import { CHANGES, changeGroupsOf, pairsInWords, waysOf } from './paths-difference-text.ts';
import { counted } from './totals.ts';

const MOST_ROWS = 30;
const MOST_PLACES = 3;

/** What a change makes of pairs, as a table. */
export function pathsDifferenceTable(difference: PathsDifference, quote: Quote): readonly string[] {
  const changes = changeGroupsOf(difference).map(({ kind, ways, cause, changed, pairs }) => {
    const places = [...new Set(changed.map(lineInWords))];
    const shown = places.slice(0, MOST_PLACES).map(quote);
    if (places.length > shown.length) shown.push(`and ${places.length - shown.length} more`);
    const why = cause === undefined ? '' : `<br>${quote(cause)}`;
    return [
      `**${CHANGES[kind]}**: ${ways}`,
      `${counted(pairs.length, 'pair')}<br>${quote(pairsInWords(pairs))}${why}`,
      shown.join('<br>'),
    ];
  });
  const whole = (['added', 'removed'] as const).flatMap((kind) =>
    waysOf(difference[kind]).map(([ways, pairs]) => [
      `**${CHANGES[kind]}**: ${ways}`,
      `${counted(pairs.length, 'pair')}<br>${quote(pairsInWords(pairs))}`,
      '',
    ]),
  );
  const rows = [...changes, ...whole];
  if (rows.length === 0) return ['No pair of pods fares otherwise.'];
  const columns = rows.some(([, , places]) => places !== '') ? 3 : 2;
  const table = [
    tableRow(['what', 'pairs', 'changed lines'].slice(0, columns)),
    `|${' --- |'.repeat(columns)}`,
    ...rows.slice(0, MOST_ROWS).map((row) => tableRow(row.slice(0, columns))),
  ];
  const left = rows.length - MOST_ROWS;
  return left > 0 ? [table.join('\n'), `and ${counted(left, 'row')} more`] : [table.join('\n')];
}
