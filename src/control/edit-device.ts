import type { Device } from '../policy/device-list.ts';
import { ControlError, type ControlServer } from './control-server.ts';
import {
  changesBeside,
  doneOf,
  isNothing,
  leftOf,
  listAfter,
  NO_EDIT,
  type RouteEdit,
  unionOf,
} from './route-edit.ts';

/** What has to hold of the device each time it is read; each gives the reason why it does not. */
export interface EditRules {
  readonly whyAnother: (found: Device | undefined) => string | undefined;
  /** `left` is what is still to do. */
  readonly whyNot: (found: Device, left: RouteEdit) => string | undefined;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface Edited {
  /** `already so`: the device shows all of it, and none of it comes from this run. */
  readonly outcome: 'applied' | 'already so' | 'refused' | 'failed';
  readonly why?: string;
  /** What comes from this run and is there or, if it could not be read back, may be there. */
  readonly own: RouteEdit;
  /** As it was last read; undefined if the last write could not be read back, or if the device has left. */
  readonly device: Device | undefined;
  /** Whether that read showed another device under the same id, so that a write went to the wrong one. */
  readonly isAnother: boolean;
  readonly warnings: readonly string[];
  /** Whether other devices need not be tried: the server is not to be reached or refuses the sign-in. */
  readonly isHopeless: boolean;
}

/** How often a list is written at most: a server that answers 429 or 5xx three times is left alone. */
const MOST_WRITES = 3;
const LONGEST_PAUSE = 60_000;

/**
 * Brings a device to where the edit is done: reads it, writes the whole list that follows from what was read, and
 * reads it back. No write is ever repeated: after one that failed or that somebody else overwrote, the device is read
 * again and the list made anew.
 *
 * Neither control server has a compare-and-set. What somebody else writes between a read and the write that follows
 * it at once is overwritten, and nothing shows it afterwards; what is written after the write shows in the read-back.
 */
export async function editDevice(
  server: ControlServer,
  id: string,
  edit: RouteEdit,
  rules: EditRules,
): Promise<Edited> {
  const warnings: string[] = [];
  let own = NO_EDIT;
  let isAnother = false;
  let isHopeless = false;
  let found = await attempt(() => server.readDevice(id));
  const ends = (outcome: Edited['outcome'], why?: string): Edited => {
    const device = found.ok ? found.value : undefined;
    const reason = why === undefined ? {} : { why };
    return { outcome, ...reason, own, device, isAnother, warnings, isHopeless };
  };

  if (!found.ok) {
    isHopeless = true;
    return ends('failed', found.error.message);
  }
  /** Why no further write is tried. */
  let final: string | undefined;
  let error: ControlError | undefined;
  let isOverwritten = false;
  for (let writes = 1; ; writes++) {
    const device = found.value;
    const fails = writes === 1 ? 'refused' : 'failed';
    const another = rules.whyAnother(device);
    if (device === undefined || another !== undefined) {
      isAnother = device !== undefined;
      own = { add: own.add, remove: [] };
      const isGone = device === undefined && another !== undefined && writes > 1;
      return ends(fails, isGone ? unreadAfter(error, another) : another);
    }
    const left = leftOf(edit, device);
    if (isNothing(left)) return ends(isNothing(own) ? 'already so' : 'applied');
    if (final !== undefined) return ends('failed', final);
    const refusal = rules.whyNot(device, left);
    if (refusal !== undefined) return ends(fails, refusal);

    const written = await attempt(() => server.setRoutes(id, listAfter(edit, device)));
    error = written.ok ? undefined : written.error;
    if (error === undefined || error.mayBeDone) own = unionOf(own, left);
    if (error?.isGeneral) isHopeless = true;
    // Before the read, so that nothing stands between it and the next write; a late write may take effect meanwhile.
    if (error?.mayPass) await rules.pause(pauseAfter(error, writes));
    found = await attempt(() => server.readDevice(id));
    if (!found.ok) {
      isHopeless = true;
      return ends('failed', unreadAfter(error, found.error.message));
    }
    if (found.value !== undefined) {
      warnings.push(...changesBeside(edit, device, found.value));
      own = doneOf(own, found.value);
    }
    if (error !== undefined) {
      if (!error.mayPass || writes === MOST_WRITES) final = error.message;
    } else {
      if (isOverwritten || writes === MOST_WRITES) final = overwritten(device);
      isOverwritten = true;
    }
  }
}

function overwritten({ name }: Device): string {
  return `it was written, but is not there: another writer changes the routes of ${name}`;
}

/** `why` nobody can see what became of a write, which gave this error or none. */
function unreadAfter(error: ControlError | undefined, why: string): string {
  if (error === undefined) return `it was written, but could not be read back: ${why}`;
  if (error.mayBeDone) return `it may have been written, but could not be read back: ${error.message}`;
  return error.message;
}

/** In milliseconds. */
function pauseAfter({ retryAfter }: ControlError, writes: number): number {
  return Math.min(retryAfter ?? 1000 * 4 ** (writes - 1), LONGEST_PAUSE);
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ControlError };

/** What is no `ControlError` is a bug and is thrown on. */
async function attempt<T>(request: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await request() };
  } catch (error) {
    if (error instanceof ControlError) return { ok: false, error };
    throw error;
  }
}
