import { type Given, partOf } from '../../syntax/given.ts';
import { choose, isPlain, parseReference, type Reference } from '../../syntax/references.ts';

/** What the references of one Compose file stand for. */
export interface ComposeVariables {
  /** The `.env` beside the file. What the shell sets over it is not known. */
  readonly values: ReadonlyMap<string, Given>;
  /** UTF-16 units that references may still copy; a word beyond them counts as computed. */
  copies: number;
}

/** Levels of `${A:-${B:-…}}` that are followed. */
const MAX_DEPTH = 10;

/**
 * A word with its references replaced [Compose specification, interpolation].
 *
 * A word that is one reference becomes the value it stands for, at the place where that is written. A variable
 * that `.env` does not set has its default; without one the word is computed.
 */
export function interpolate(word: Given, variables: ComposeVariables, depth = 0): Given {
  const { text, span } = word;
  if (text === undefined) return (word.variable && variables.values.get(word.variable)) || word;
  if (!text.includes('$')) return word;
  const whole = text.startsWith('$') ? parseReference(text, 0) : undefined;
  if (whole?.end === text.length) return standsFor(whole, word, variables, depth);

  let result = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    result += text.slice(at, dollar);
    const reference = parseReference(text, dollar);
    const value = reference ? standsFor(reference, word, variables, depth).text : '$';
    variables.copies -= value?.length ?? 0;
    if (value === undefined || variables.copies < 0) return { text: undefined, span };
    result += value;
    at = reference?.end ?? dollar + (text[dollar + 1] === '$' ? 2 : 1);
  }
  return { text: result + text.slice(at), span };
}

function standsFor(reference: Reference, word: Given, variables: ComposeVariables, depth: number): Given {
  const { span } = word;
  const value = variables.values.get(reference.name);
  const hasDefault = reference.operator === ':-' || reference.operator === '-';
  const choice =
    value === undefined
      ? hasDefault
        ? 'word'
        : 'unknown'
      : value.text === undefined
        ? 'unknown'
        : choose(reference.operator, value.text);
  if (choice === 'value' && value) return value;
  if (choice === 'nothing') return { text: '', span };
  if (choice === 'word' && depth < MAX_DEPTH) {
    return interpolate(partOf(word, reference.wordStart, reference.wordEnd), variables, depth + 1);
  }
  return { text: undefined, span, ...(isPlain(reference) && { variable: reference.name }) };
}

/**
 * Cuts a word at every unit that `isSeparator` accepts, references kept whole, and replaces the references of
 * each part: so that one computed part leaves the others known. Parts keep their place and white space.
 */
export function interpolateParts(
  word: Given,
  isSeparator: (unit: string) => boolean,
  variables: ComposeVariables,
): Given[] {
  const { text } = word;
  if (text === undefined) return [interpolate(word, variables)];
  const parts: Given[] = [];
  let start = 0;
  let at = 0;
  while (at <= text.length) {
    const unit = text.charAt(at);
    if (at === text.length || isSeparator(unit)) {
      const part = partOf(word, start, at);
      parts.push(...cut(part, interpolate(part, variables), isSeparator, variables));
      start = at + 1;
    }
    at = (unit === '$' ? parseReference(text, at)?.end : undefined) ?? at + 1;
  }
  return parts;
}

/** What a reference stands for may have separators of its own. */
function cut(
  written: Given,
  value: Given,
  isSeparator: (unit: string) => boolean,
  variables: ComposeVariables,
): Given[] {
  const { text } = value;
  if (text === undefined || written.text === text) return [value];
  variables.copies -= text.length;
  if (variables.copies < 0) return [{ text: undefined, span: value.span }];
  const parts: Given[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isSeparator(text.charAt(at))) continue;
    parts.push(partOf(value, start, at));
    start = at + 1;
  }
  return parts;
}
