import type { Span } from '../../source/span.ts';
import { type Given, joinGiven, piecesOf } from '../../syntax/given.ts';
import { ROLES, type Role } from '../facts.ts';

/** The role that one pass over a script goes by; `other` is every value that is no role. */
export interface AssumedRole {
  readonly role: Role | 'other';
  /** What `NODE_ROLE` is called. */
  readonly roleName: string | undefined;
}

/** Whether a comparison holds; undefined where only run time knows. */
export interface Comparison {
  readonly holds: boolean | undefined;
  /** The word that the role was compared with. */
  readonly at?: Span;
}

/** Compares a word with a pattern of `case`, `[[ … ]]` or `[ … ]`. */
export function compare(subject: Given, pattern: Given, assumed: AssumedRole): Comparison {
  if (pattern.text === undefined) {
    // `[ server = "$NODE_ROLE" ]`
    return isRole(pattern, assumed) && subject.text !== undefined
      ? compare(pattern, subject, assumed)
      : { holds: undefined };
  }
  if (!hasRole(subject, assumed)) {
    if (pattern.text === '*') return { holds: true };
    return { holds: subject.text === undefined ? undefined : matchesPattern(subject.text, pattern.text) };
  }
  const at = pattern.span;
  if (pattern.text === '*') return { holds: true, at };
  const text = assumed.role === 'other' ? undefined : withRole(subject, assumed.role, assumed).text;
  if (text !== undefined) return { holds: matchesPattern(text, pattern.text), at };
  // Some other word may match what is no role; a role's own name does not.
  const namesRole = isRole(subject, assumed) && ROLES.some((role) => role === pattern.text);
  return { holds: assumed.role === 'other' && namesRole ? false : undefined, at };
}

/** A word with the assumed role in place of the variable. */
export function withRole(word: Given, role: Role, assumed: AssumedRole): Given {
  const pieces = piecesOf(word).map((piece) =>
    isRole(piece, assumed) ? { text: role, span: piece.span } : piece,
  );
  return joinGiven(pieces, word.span);
}

export function isRole(word: Given, { roleName }: AssumedRole): boolean {
  return word.text === undefined && word.variable !== undefined && word.variable === roleName;
}

function hasRole(word: Given, assumed: AssumedRole): boolean {
  return piecesOf(word).some((piece) => isRole(piece, assumed));
}

/** Matches a shell pattern of `*` and `?`; undefined for one with brackets, alternatives or escapes. */
export function matchesPattern(text: string, pattern: string): boolean | undefined {
  if (text === pattern) return true;
  if (/[[\]\\()]/.test(pattern)) return undefined;
  let at = 0;
  let star = -1;
  let resume = 0;
  let next = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}
