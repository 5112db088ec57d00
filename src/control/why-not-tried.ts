import { formatPrefix } from '../net/format.ts';
import { overlaps, type Prefix } from '../net/prefix.ts';
import type { Change, NodePair } from '../plan/plan.ts';

export type Cuts = (changes: readonly Change[]) => readonly NodePair[];

/** How far a run has come. */
export interface Progress {
  readonly all: readonly Change[];
  /** What is as the plan wants it, so far. */
  done: readonly Change[];
  /** What is not, or perhaps not. */
  readonly notDone: Change[];
  /** How many of these were there when it was found that nothing else rests on them. */
  harmless: number;
  /** Why nothing more is tried. */
  halted: string | undefined;
  readonly cuts: Cuts | undefined;
}

export function progressOf(all: readonly Change[], cuts: Cuts | undefined): Progress {
  return { all, done: [], notDone: [], harmless: 0, halted: undefined, cuts };
}

/** Why changes that go together are left alone after what failed before; undefined if it has no bearing on them. */
export function whyNotTried(changes: readonly Change[], progress: Progress): string | undefined {
  const { halted, notDone } = progress;
  if (halted !== undefined || notDone.length === 0) return halted;
  const blocked = changes.map((change) => whyBlocked(change, notDone)).find((why) => why !== undefined);
  return blocked ?? whyCutting(changes, progress);
}

/** How many devices a reason names. */
const MOST_NAMED = 3;

/** An order of steps cuts no pair that works, but only if each is done. */
function whyCutting(changes: readonly Change[], progress: Progress): string | undefined {
  const { all, done, notDone, cuts } = progress;
  if (cuts === undefined || progress.harmless === notDone.length) return undefined;
  const before = new Set(cuts(done).map(keyOf));
  const cutAnew = (some: readonly Change[]) => cuts(some).find((pair) => !before.has(keyOf(pair)));
  // Asked of all the rest first: that takes a while in a large tailnet, and most failures concern nothing else.
  if (cutAnew(all.filter((change) => !notDone.includes(change))) === undefined) {
    progress.harmless = notDone.length;
    return undefined;
  }
  const pair = cutAnew([...done, ...changes]);
  if (pair === undefined) return undefined;
  const lacking = notDone.slice(0, MOST_NAMED).map(({ device }) => device.name);
  return `it would cut ${pair.from} from ${pair.to} while ${lacking.join(', ')} is not as planned`;
}

function keyOf({ from, to }: NodePair): string {
  return `${from}\n${to}`;
}

/** A prefix that is to move goes in two steps: the second waits for the first. */
function whyBlocked(change: Change, notDone: readonly Change[]): string | undefined {
  for (const other of notDone) {
    const kept = overlapping(change.add, other.remove);
    if (kept) return `${formatPrefix(kept)} is still approved on ${other.device.name}`;
    const lacking = overlapping(change.remove, other.add);
    if (lacking) return `${formatPrefix(lacking)} is not approved on ${other.device.name}`;
  }
  return undefined;
}

/** The first of `others` that overlaps one of `prefixes`. */
function overlapping(prefixes: readonly Prefix[], others: readonly Prefix[]): Prefix | undefined {
  return others.find((other) => prefixes.some((prefix) => overlaps(prefix, other)));
}
