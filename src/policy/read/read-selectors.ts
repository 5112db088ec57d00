import type { Located } from '../../source/span.ts';
import type { SelectorUse } from '../policy.ts';
import { type Part, stringsOf } from './fields.ts';
import { selectorUse, trimmed } from './read-selector.ts';
import { checkSelector, invalidAddress, quote, type Reading, type Role } from './selector-checks.ts';

/** The selectors of a list, checked for the role that they have there. Those that cannot be read are left out. */
export function readSelectors(part: Part | undefined, role: Role, reading: Reading): SelectorUse[] {
  return stringsOf(part, reading.report).flatMap((scalar) => {
    const use = selectorUse(scalar);
    if (use === undefined) {
      const { value, span } = trimmed(scalar);
      reading.report(invalidAddress(value, role), span);
      return [];
    }
    checkSelector(use, role, reading);
    return [use];
  });
}

/** The words of a list with their places, without white space around them. */
export function readWords(part: Part | undefined, reading: Reading): Located<string>[] {
  return stringsOf(part, reading.report).map((scalar) => trimmed(scalar));
}

/** The postures that a rule asks for. */
export function readPostures(part: Part | undefined, reading: Reading): Located<string>[] {
  const postures = readWords(part, reading);
  for (const { value, span } of postures) {
    if (!reading.names.postures.has(value)) reading.report(`posture not found: ${quote(value)}`, span);
  }
  return postures;
}
