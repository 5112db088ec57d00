import type { Given } from '../syntax/given.ts';
import type { Secret } from './facts.ts';

/** What people write where a secret will stand: not a secret. */
const PLACEHOLDER = /^(|<.*>|\[.*\]|__.*__|@.*@|%.*%|\*+|\.{2,}|x+|…|tskey-((auth|client|api)-?)?)$/i;
/** Not joined with the whole words above: `.*` on both sides of a word takes cubic time. */
const PLACEHOLDER_WORD =
  /change[-_ ]?me|replace[-_ ]?(me|this|with)|your[-_ ]|placeholder|redacted|example|dummy|fake|not[-_ ]?a?[-_ ]?real|todo|insert[-_ ]|x{4}|^my[-_]?(node|server|agent|cluster|secret|super)*[-_]?(token|secret|key)$|\*{3}|\.{3}|…/i;
/** The name of a variable in place of its value: `K3S_TOKEN`, `TOKEN_HERE`. */
const NAME = /^(?:[A-Z\d]+_)*(?:TOKEN|SECRET|(?:AUTH)?KEY)(?:_[A-Z\d]+)*$/;
/** Where to find it: `file:/run/secrets/key`, `op://vault/k3s/token`, `ref+vault://…`. */
const SOURCE = /^(?:(?:file|env):|[a-z][a-z\d+.-]*:\/\/)/;

/** A literal secret that a word is; none for a computed, an empty or a placeholder word. */
export function secretIn(given: Given | undefined, what: string): Secret[] {
  if (given?.text === undefined) return [];
  const value = given.text.trim();
  return isPlaceholder(value) || NAME.test(value) || SOURCE.test(value)
    ? []
    : [{ value, span: given.span, what }];
}

/** Whether a word only says that something will stand here: `<node ip>`, `changeme`, `***`. */
export function isPlaceholder(word: string): boolean {
  return PLACEHOLDER.test(word) || PLACEHOLDER_WORD.test(word);
}

/** Without the ones that stand at a place that was seen before: an anchor's value is in several maps. */
export function uniqueSecrets(secrets: readonly Secret[]): readonly Secret[] {
  const places = new Map<string, Secret>();
  for (const secret of secrets) {
    const { file, start, end } = secret.span;
    const place = `${start} ${end} ${file.path}`;
    if (!places.has(place)) places.set(place, secret);
  }
  return [...places.values()];
}
