import { listed } from '../diagnostics/wording.ts';
import type { NamedWay, PairChange, PathsDifference, Way } from '../paths/compare-paths.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import { placeKey, type Span } from '../source/span.ts';
import { fateOf, STYLES } from './path-fates.ts';
import { counted } from './totals.ts';

const MOST_GROUPS = 20;
const MOST_PLACES = 4;
const MOST_PAIRS = 6;

/** Pairs that the same changed lines do the same to. */
export interface ChangeGroup {
  readonly kind: 'broken' | 'mended' | 'moved';
  /** `tailnet → leak`. */
  readonly ways: string;
  /** Of the first pair that has one: a sentence without a full stop. */
  readonly cause: string | undefined;
  readonly changed: readonly Span[];
  readonly pairs: readonly PairChange[];
}

/**
 * By what becomes of the pairs, the worst first; then by the changed lines, those of the most pairs first. Worked out
 * once, as a page is made again until it fits and there may be a million pairs.
 */
export function changeGroupsOf(difference: PathsDifference): readonly ChangeGroup[] {
  const known = groupsKnown.get(difference) ?? groupChanges(difference);
  groupsKnown.set(difference, known);
  return known;
}

const groupsKnown = new WeakMap<PathsDifference, readonly ChangeGroup[]>();

function groupChanges(difference: PathsDifference): readonly ChangeGroup[] {
  return (['broken', 'mended', 'moved'] as const).flatMap((kind) => {
    const byLines = new Map<string, Map<string, PairChange[]>>();
    for (const change of difference[kind]) {
      const byWays = entryOf(byLines, keyOf(change.changed), () => new Map());
      entryOf(byWays, waysInWords(change), (): PairChange[] => []).push(change);
    }
    const sizeOf = (byWays: ReadonlyMap<string, readonly PairChange[]>) =>
      [...byWays.values()].reduce((sum, { length }) => sum + length, 0);
    return [...byLines.values()]
      .sort((a, b) => sizeOf(b) - sizeOf(a))
      .flatMap((byWays) => [...byWays].map(([ways, pairs]) => groupOf(kind, ways, pairs)));
  });
}

function groupOf(kind: ChangeGroup['kind'], ways: string, pairs: readonly PairChange[]): ChangeGroup {
  const cause = pairs.find((pair) => pair.cause !== undefined)?.cause;
  return { kind, ways, cause, changed: pairs[0]!.changed, pairs };
}

export const CHANGES = {
  broken: 'broken',
  mended: 'mended',
  moved: 'takes another way',
  added: 'new',
  removed: 'gone',
} as const satisfies Readonly<Record<keyof PathsDifference, string>>;

/** How texts from files become lines for those who read them. */
interface Pen {
  readonly plain: (text: string) => string;
  /** The line at the start of a place, with where it is. */
  readonly line: (span: Span) => string;
}

/**
 * What a change makes of pairs: the lines that do it, the pairs below them. `unnamed` stands where no line is named;
 * empty, nothing does.
 */
export function pathsDifferenceLines(
  difference: PathsDifference,
  pen: Pen,
  unnamed = 'one of the many changed lines',
): readonly string[] {
  const groups = changeGroupsOf(difference);
  const lines = [
    ...(['broken', 'mended', 'moved'] as const).flatMap((kind) => {
      const own = groups.filter((group) => group.kind === kind);
      const told = own
        .slice(0, MOST_GROUPS)
        .flatMap((group, index) => groupLines(group, own[index - 1], pen, unnamed));
      const left = own.slice(MOST_GROUPS).reduce((sum, { pairs }) => sum + pairs.length, 0);
      return section(kind, difference[kind].length, told, left);
    }),
    ...(['added', 'removed'] as const).flatMap((kind) => {
      const told = waysOf(difference[kind]).map(
        ([ways, pairs]) => `  ${ways}: ${pen.plain(pairsInWords(pairs))}`,
      );
      return section(kind, difference[kind].length, told, 0);
    }),
  ];
  return lines.length > 0 ? lines : ['no pair of pods fares otherwise'];
}

function section(
  kind: keyof PathsDifference,
  count: number,
  told: readonly string[],
  left: number,
): readonly string[] {
  if (count === 0) return [];
  const more = left > 0 ? [`  and ${counted(left, 'pair')} more`] : [];
  return [`${CHANGES[kind]}: ${counted(count, 'pair')}`, ...told, ...more];
}

/** The places are left out where they are those of the group before. */
function groupLines(
  { ways, cause, changed, pairs }: ChangeGroup,
  before: ChangeGroup | undefined,
  { plain, line }: Pen,
  unnamed: string,
): readonly string[] {
  const places = changed.slice(0, MOST_PLACES).map((span) => `  ${line(span)}`);
  if (changed.length > MOST_PLACES)
    places.push(`  and ${counted(changed.length - MOST_PLACES, 'line')} more`);
  if (changed.length === 0 && unnamed !== '') places.push(`  ${unnamed}`);
  const isSame = before !== undefined && keyOf(before.changed) === keyOf(changed);
  return [
    ...(isSame ? [] : places),
    `    ${ways}: ${plain(pairsInWords(pairs))}`,
    ...(cause === undefined ? [] : [`      ${plain(cause)}`]),
  ];
}

function keyOf(spans: readonly Span[]): string {
  return spans.map(placeKey).join('\n');
}

/** Pairs by what becomes of them, in the order in which each comes up first. */
export function waysOf(pairs: readonly NamedWay[]): readonly (readonly [string, readonly NamedWay[]])[] {
  const byWay = new Map<string, NamedWay[]>();
  for (const pair of pairs) entryOf(byWay, wordOf(pair), () => []).push(pair);
  return [...byWay];
}

/** `a → b, a → c and 3 more`. */
export function pairsInWords(pairs: readonly Pick<NamedWay, 'from' | 'to'>[]): string {
  return listed(pairs, MOST_PAIRS, ({ from, to }) => `${from} → ${to}`);
}

function waysInWords({ before, after }: PairChange): string {
  return `${wordOf(before)} → ${wordOf(after)}`;
}

/** Of what is lost over what it was to go, as that may be all that differs. */
function wordOf(way: Way): string {
  const fate = fateOf(way);
  return fate === 'broken' && way.via !== 'none' ? `broken (${way.via})` : STYLES[fate].word;
}
