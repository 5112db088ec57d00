/** Shows on a terminal how many files were looked at, once it has waited for half a second. */
export interface Progress {
  /** To be called often: it writes at most ten times a second. */
  readonly looked: (files: number) => void;
  /** Takes the line away. */
  readonly done: () => void;
}

const PATIENCE_MS = 500;
const INTERVAL_MS = 100;

/** The terminal is asked for only after the wait: a short run does not open it. */
export function progressOn(
  terminal: () => NodeJS.WritableStream & { readonly isTTY?: boolean },
  now: () => number = Date.now,
): Progress {
  let next = now() + PATIENCE_MS;
  let shown = false;
  return {
    looked: (files) => {
      if (now() < next) return;
      next = now() + INTERVAL_MS;
      if (!terminal().isTTY) return;
      shown = true;
      terminal().write(`\r${files} files looked at`);
    },
    done: () => {
      if (shown) terminal().write('\r\u001b[K');
    },
  };
}
