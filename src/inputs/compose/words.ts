import { type Given, partOf } from '../../syntax/given.ts';
import { parseReference } from '../../syntax/references.ts';
import { givenAt, itemsOf, type Tree } from '../../syntax/tree.ts';
import { type ComposeVariables, interpolate, interpolateParts } from './interpolation.ts';

/** Words as Tailscale's container cuts `TS_EXTRA_ARGS`: at white space, quotes not understood [Tailscale 1.98, cmd/containerboot]. */
export function argumentWords(word: Given, variables: ComposeVariables): Given[] {
  const isBlank = (unit: string) => /\s/.test(unit);
  return interpolateParts(word, isBlank, variables).filter(({ text }) => text !== '');
}

/** The words of a `command` or an `entrypoint`: a list, or a text that is cut as a shell would. */
export function commandWords(command: Tree | undefined, variables: ComposeVariables): Given[] {
  if (command?.kind === 'list') {
    return itemsOf(command).flatMap((item) => {
      const word = givenAt(item);
      return word ? [interpolate(word, variables)] : [];
    });
  }
  const text = givenAt(command);
  return text ? splitWords(text).map((word) => withoutQuotes(interpolate(word, variables))) : [];
}

/** Cuts at white space outside quotes and references. */
function splitWords(word: Given): Given[] {
  const { text } = word;
  if (text === undefined) return [word];
  const words: Given[] = [];
  let start: number | undefined;
  let quote = '';
  let at = 0;
  while (at <= text.length) {
    const unit = text.charAt(at);
    if (unit === '' || (quote === '' && /\s/.test(unit))) {
      if (start !== undefined) words.push(partOf(word, start, at));
      start = undefined;
    } else {
      start ??= at;
      if (unit === quote) quote = '';
      else if (quote === '' && (unit === '"' || unit === "'")) quote = unit;
    }
    at = (unit === '$' ? parseReference(text, at)?.end : undefined) ?? at + 1;
  }
  return words;
}

function withoutQuotes(word: Given): Given {
  const { text, span } = word;
  if (text === undefined || !/["']/.test(text)) return word;
  const [, quote, content] = /^(["'])([^"']*)["']$/.exec(text) ?? [];
  if (quote !== undefined && content !== undefined) return partOf(word, 1, text.length - 1);
  return { text: text.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'), span };
}
