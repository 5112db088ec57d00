/**
 * Path patterns as `.podroute.yaml` has them: `*` and `?` within a name, `**` for any folders. A pattern that
 * matches a folder matches everything below it. The time is at most pattern × path: settings come from forks.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  const wanted = pattern.split('/').filter((part) => part !== '' && part !== '.');
  if (wanted.length === 0) return false;
  const names = path.split('/');

  // Which parts of the pattern may come next; all at once, so nothing is tried twice.
  let next = reach(wanted, [0]);
  for (const name of names) {
    const after: number[] = [];
    for (const at of next) {
      const part = wanted[at]!;
      if (part === '**') after.push(at, at + 1);
      else if (matchesName(part, name)) after.push(at + 1);
    }
    next = reach(wanted, after);
    if (next.has(wanted.length)) return true;
    if (next.size === 0) return false;
  }
  return false;
}

/** Adds what a `**` lets through: it may stand for no folder at all. A final `**` needs at least one name. */
function reach(wanted: readonly string[], from: readonly number[]): Set<number> {
  const reached = new Set<number>();
  for (let at of from) {
    reached.add(at);
    while (wanted[at] === '**' && at + 1 < wanted.length) reached.add(++at);
  }
  return reached;
}

/** `*` and `?` within one name, going back only to the last `*`. */
function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let here = 0; here < name.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      starAt = here;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[here])) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
