import { placeKey, type Span } from '../source/span.ts';
import { type ChangedPlaces, changesBetween, type NetworkFiles } from './changed-places.ts';
import type { Network } from './network.ts';
import type { Step, Via } from './path.ts';
import { type Asked, HTTPS, type PodPair, podPairs, podTracer } from './pod-paths.ts';

/** What becomes of pods' connections when one set of files takes the place of another. */
export interface PathsDifference {
  /** Delivered before and not after, or no longer surely; or perhaps before and not after. */
  readonly broken: readonly PairChange[];
  /** The other way round. */
  readonly mended: readonly PairChange[];
  /** By another first hop, with the same end. */
  readonly moved: readonly PairChange[];
  /** Of a node that only the files after have. */
  readonly added: readonly NamedWay[];
  /** Of a node that only the files before have. */
  readonly removed: readonly NamedWay[];
}

/** An ordered pair of nodes by their names, with their cluster's before them where there are several. */
export interface NamedWay extends Way {
  readonly from: string;
  readonly to: string;
}

/** The first hop, and whether it gets there. */
export interface Way {
  readonly via: Via;
  readonly delivered: boolean | undefined;
}

export interface PairChange {
  readonly from: string;
  readonly to: string;
  readonly before: Way;
  readonly after: Way;
  /** Why it is not delivered, or was not, where that is the difference: a sentence without a full stop. */
  readonly cause: string | undefined;
  /**
   * The changed lines that decide its way, after the change or, where there are none to see any more, before. Where
   * no step of either way rests on a changed line: all of them, if they are few.
   */
  readonly changed: readonly Span[];
}

/** One of two sets of files. */
export interface Side {
  readonly networks: readonly Network[];
  /** The folder that the paths of its files begin with, without the last `/`; empty for none. */
  readonly root: string;
}

/** Clusters are those of the same name, the only one of each side whatever its name; nodes likewise. */
export function comparePaths(before: Side, after: Side, asked: Asked = HTTPS): PathsDifference {
  const isOne = before.networks.length <= 1 && after.networks.length <= 1;
  const [earlier, later] = [before, after].map((side) => clustersOf(side, isOne));
  const difference: OpenDifference = { broken: [], mended: [], moved: [], added: [], removed: [] };
  for (const key of new Set([...later!.keys(), ...earlier!.keys()])) {
    compareClusters(earlier!.get(key), later!.get(key), asked, difference);
  }
  return difference;
}

type OpenDifference = { -readonly [Kind in keyof PathsDifference]: PathsDifference[Kind][number][] };

interface Named extends NetworkFiles {
  /** What stands before the names of nodes. */
  readonly label: string;
}

function clustersOf({ networks, root }: Side, isOne: boolean): ReadonlyMap<string, Named> {
  const named = new Map<string, Named>();
  for (const network of networks) {
    const name = network.cluster.name ?? '';
    let key = name;
    for (let number = 2; named.has(key); number++) key = `${name}#${number}`;
    named.set(isOne ? '' : key, { network, root, label: isOne || key === '' ? '' : `${key}/` });
  }
  return named;
}

function compareClusters(
  before: Named | undefined,
  after: Named | undefined,
  asked: Asked,
  difference: OpenDifference,
): void {
  const earlier = pairsByName(before, asked);
  const later = pairsByName(after, asked);
  const explain = before && after && explainer(before, after, asked);
  for (const [key, now] of later) {
    const then = earlier.get(key);
    if (then === undefined) difference.added.push(wayOf(now, after!));
    const kind = then && kindOf(then, now);
    if (explain && kind) difference[kind].push({ ...namesOf(now, after), ...explain(then, now) });
  }
  for (const [key, then] of earlier) {
    if (!later.has(key)) difference.removed.push(wayOf(then, before!));
  }
}

/** Names count whatever their case. */
function pairsByName(named: Named | undefined, asked: Asked): ReadonlyMap<string, PodPair> {
  const pairs = named ? podPairs(named.network, asked) : [];
  return new Map(pairs.map((pair) => [`${pair.from.name}\n${pair.to.name}`.toLowerCase(), pair]));
}

function namesOf({ from, to }: PodPair, { label }: Named) {
  return { from: label + from.name, to: label + to.name };
}

function wayOf(pair: PodPair, named: Named): NamedWay {
  return { ...namesOf(pair, named), via: pair.via, delivered: pair.delivered };
}

function kindOf(before: PodPair, after: PodPair): 'broken' | 'mended' | 'moved' | undefined {
  const [earlier, later] = [rankOf(before), rankOf(after)];
  if (earlier !== later) return later < earlier ? 'broken' : 'mended';
  return before.via === after.via ? undefined : 'moved';
}

/** What nobody can tell is better than what is certainly lost. */
function rankOf({ delivered }: PodPair): number {
  return delivered === undefined ? 1 : delivered ? 2 : 0;
}

function explainer(earlier: Named, later: Named, asked: Asked) {
  const changes = changesBetween(earlier, later);
  const [traceBefore, traceAfter] = [podTracer(earlier.network, asked), podTracer(later.network, asked)];
  return (before: PodPair, after: PodPair): Omit<PairChange, 'from' | 'to'> => ({
    before: { via: before.via, delivered: before.delivered },
    after: { via: after.via, delivered: after.delivered },
    cause: (rankOf(after) < rankOf(before) ? after : before).cause?.says,
    changed: decidingChanges(
      changes,
      traceBefore(before.from, before.to).steps,
      traceAfter(after.from, after.to).steps,
    ),
  });
}

function decidingChanges(
  changes: ChangedPlaces,
  before: readonly Step[],
  after: readonly Step[],
): readonly Span[] {
  const found = changes.under(linesOf(before), linesOf(after));
  return found.length > 0 ? found : changes.few;
}

function linesOf(steps: readonly Step[]): readonly Span[] {
  const spans = new Map(
    steps.flatMap(({ because }) => because.map((span) => [placeKey(span), span] as const)),
  );
  return [...spans.values()];
}
