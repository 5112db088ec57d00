import type { PortRange } from '../policy.ts';
import type { Because } from './access-places.ts';
import { entryOf } from './entry-of.ts';
import { isSubset, joined, numberSetKey } from './number-set.ts';
import { type AccessRow, joinedPorts } from './subtract-access.ts';

/** Of more rows than this no pairs are compared: there are too many to be read anyway. */
const MOST_COMPARED = 3000;

/**
 * The same access in fewer rows: rows that differ in one respect alone become one, and what another row says is left
 * out. The least number of rows is not looked for, as finding it takes exponential time.
 *
 * O(n log n) a round for n rows, each round leaves fewer; O(m²) for at most `MOST_COMPARED` rows that are compared.
 */
export function mergeAccess(rows: readonly AccessRow[]): AccessRow[] {
  let [merged, count] = [withoutRepeated(mergeBy('places', rows)), Number.POSITIVE_INFINITY];
  while (merged.length < count) {
    count = merged.length;
    for (const respect of ['sources', 'ports', 'protocols', 'places'] as const)
      merged = mergeBy(respect, merged);
    merged = withoutRepeated(merged);
  }
  return merged;
}

type Respect = 'sources' | 'places' | 'protocols' | 'ports';

/** Joins the rows that differ at most in one respect. */
function mergeBy(respect: Respect, rows: readonly AccessRow[]): AccessRow[] {
  const groups = new Map<string, AccessRow[]>();
  for (const row of rows) entryOf(groups, keyOf(row, respect), () => []).push(row);
  return [...groups.values()].map((group) => (group.length === 1 ? group[0]! : mergedRow(respect, group)));
}

function mergedRow(respect: Respect, rows: readonly AccessRow[]): AccessRow {
  const first = rows[0]!;
  const because = new Set<Because>(rows.flatMap((row) => [...row.because]));
  switch (respect) {
    case 'sources':
      return { ...first, because, sources: rows.map(({ sources }) => sources).reduce(joined) };
    case 'places':
      return { ...first, because, places: rows.map(({ places }) => places).reduce(joined) };
    case 'protocols': {
      const protocols = [...new Set(rows.flatMap((row) => row.protocols))].sort((a, b) => a - b);
      return { ...first, because, protocols };
    }
    case 'ports':
      return { ...first, because, ports: joinedPorts(rows.flatMap(({ ports }) => ports)) };
  }
}

function keyOf({ sources, places, protocols, ports }: AccessRow, without: Respect): string {
  return [
    without === 'sources' ? '' : numberSetKey(sources),
    without === 'places' ? '' : numberSetKey(places),
    without === 'protocols' ? '' : protocols.join(),
    without === 'ports' ? '' : ports.map(({ first, last }) => `${first}-${last}`).join(),
  ].join('|');
}

/** No two rows are the same, so no row is left out for one that is left out itself. */
function withoutRepeated(rows: readonly AccessRow[]): AccessRow[] {
  if (rows.length > MOST_COMPARED) return [...rows];
  return rows.filter((row) => !rows.some((other) => other !== row && holds(other, row)));
}

function holds(outer: AccessRow, inner: AccessRow): boolean {
  return (
    inner.protocols.every((protocol) => outer.protocols.includes(protocol)) &&
    inner.ports.every((range) => outer.ports.some((each) => holdsPorts(each, range))) &&
    isSubset(inner.sources, outer.sources) &&
    isSubset(inner.places, outer.places)
  );
}

function holdsPorts(outer: PortRange, inner: PortRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}
