import type { PortRange } from '../policy.ts';
import type { Because, Permitted } from './access-places.ts';
import { entryOf } from './entry-of.ts';
import { haveCommon, type NumberSet, numberSet, numberSetKey } from './number-set.ts';
import type { Permit } from './permits.ts';
import type { SourceClasses } from './source-classes.ts';

/** Some classes of sources that may send some protocols to some ports at some places. */
export interface AccessRow {
  readonly sources: NumberSet;
  /** Indexes of places. */
  readonly places: NumberSet;
  /** In order. */
  readonly protocols: readonly number[];
  /** In order, neither overlapping nor touching. */
  readonly ports: readonly PortRange[];
  readonly because: ReadonlySet<Because>;
}

/**
 * What the permits `of` a place allow and those `without` do not: each permit that no other narrows as it is, so that
 * it can be named as the policy names it, and what is left of the others.
 *
 * For n permits and c classes of sources O(n²·c/32) for what overlaps what, and O(n·c) a protocol for the rest.
 */
export function subtractAccess(
  { of, without }: { readonly of: Permitted; readonly without: Permitted },
  place: NumberSet,
  classes: SourceClasses,
): AccessRow[] {
  const taken = [...without.keys()];
  const changed = [...of.keys()].filter((permit) => !without.has(permit));
  const overlapsTaken = (permit: Permit) => taken.some((other) => permitsOverlap(permit, other, classes));
  const [narrowed, whole] = partition(changed, overlapsTaken);
  const rows = whole.map(
    (permit): AccessRow => ({
      sources: classes.classesOf(permit.sources),
      places: place,
      protocols: permit.protocols,
      ports: [permit.ports],
      because: of.get(permit)!,
    }),
  );
  for (const { permits, others, protocols } of byProtocols(narrowed, taken)) {
    for (const { sources, ports } of leftOver(permits, others, classes)) {
      const because = permits
        .filter((permit) => ports.some((range) => portsOverlap(range, permit.ports)))
        .filter((permit) => haveCommon(classes.classesOf(permit.sources), sources))
        .flatMap((permit) => [...of.get(permit)!]);
      rows.push({ sources, places: place, protocols, ports, because: new Set(because) });
    }
  }
  return rows;
}

function permitsOverlap(a: Permit, b: Permit, classes: SourceClasses): boolean {
  return (
    portsOverlap(a.ports, b.ports) &&
    (a.protocols === b.protocols || a.protocols.some((protocol) => b.protocols.includes(protocol))) &&
    (a.sources === b.sources || haveCommon(classes.classesOf(a.sources), classes.classesOf(b.sources)))
  );
}

export function portsOverlap(a: PortRange, b: PortRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The permits that have a protocol, and those among `others`; protocols for which these are the same are one. */
function byProtocols(permits: readonly Permit[], others: readonly Permit[]) {
  const groups = new Map<string, { permits: Permit[]; others: Permit[]; protocols: number[] }>();
  const protocols = new Set(permits.flatMap((permit) => permit.protocols));
  for (const protocol of [...protocols].sort((a, b) => a - b)) {
    const has = (permit: Permit) => permit.protocols.includes(protocol);
    const [mine, theirs] = [permits.filter(has), others.filter(has)];
    const key = [mine, theirs].map((each) => each.map(({ id }) => id).join()).join('|');
    entryOf(groups, key, () => ({ permits: mine, others: theirs, protocols: [] })).protocols.push(protocol);
  }
  return groups.values();
}

/** Sweeps over the ports, with a count for each class of how many permits and how many others hold it there. */
function leftOver(permits: readonly Permit[], others: readonly Permit[], classes: SourceClasses) {
  const changes = new Map<number, { permit: Permit; by: number; isOther: boolean }[]>();
  const changeAt = (port: number) => entryOf(changes, port, () => []);
  for (const [list, isOther] of [[permits, false] as const, [others, true] as const]) {
    for (const permit of list) {
      changeAt(permit.ports.first).push({ permit, by: 1, isOther });
      changeAt(permit.ports.last + 1).push({ permit, by: -1, isOther });
    }
  }
  const [held, blocked] = [new Int32Array(classes.count), new Int32Array(classes.count)];
  const left = new Set<number>();
  const found = new Map<string, { sources: NumberSet; ports: PortRange[] }>();
  const stops = [...changes.keys()].sort((a, b) => a - b);
  for (const [index, stop] of stops.entries()) {
    for (const { permit, by, isOther } of changes.get(stop)!) {
      const counts = isOther ? blocked : held;
      for (const number of classes.numbersOf(permit.sources)) {
        counts[number]! += by;
        if (held[number]! > 0 && blocked[number] === 0) left.add(number);
        else left.delete(number);
      }
    }
    if (left.size === 0) continue;
    const sources = numberSet(classes.count, left);
    const row = entryOf(found, numberSetKey(sources), () => ({ sources, ports: [] }));
    row.ports.push({ first: stop, last: stops[index + 1]! - 1 });
  }
  return [...found.values()].map(({ sources, ports }) => ({ sources, ports: joinedPorts(ports) }));
}

/** Some ranges as few, in order. */
export function joinedPorts(ranges: readonly PortRange[]): PortRange[] {
  const all: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const before = all.at(-1);
    if (before === undefined || range.first > before.last + 1) all.push(range);
    else if (range.last > before.last) all[all.length - 1] = { first: before.first, last: range.last };
  }
  return all;
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const value of values) (test(value) ? yes : no).push(value);
  return [yes, no];
}
