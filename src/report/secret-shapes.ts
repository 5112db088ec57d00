import type { Range } from './lines.ts';

/**
 * What a secret looks like to somebody who does not know the file: the net below the readers, so it errs towards
 * masking. Every expression is linear in the text: quantifiers are bounded or followed by what they cannot match.
 */

/** Keys of Tailscale and Headscale, and K3s' full token [K3s docs, cli/token]. */
const TOKEN = /[th]skey-\w{1,64}-[\w-]{3,}|K10[\da-f]{0,128}::[^\s"'`]+/gi;

const NAME = '(?:token|(?:auth|api|join)[-_]?key|(?:client[-_]?)?secret|passw(?:or)?d)';

/** Quoted up to its own quote; else up to white space or a quote that something like a delimiter follows. */
const VALUE = [
  /"(?:[^"\\]|\\[\s\S])*"?/,
  /'[^']*'?/,
  /(?:[&!]\S*\s+)?[^\s"'`]+(?:["'`](?![\s,;:)}\]]|$)[^\s"'`]*)*/,
]
  .map(({ source }) => source)
  .join('|');

/** `K3S_TOKEN=…`, `"authKey": "…"`, `${K3S_TOKEN:-…}`, `--token=…`; and `--token …`. */
const ASSIGNED = new RegExp(`${NAME}\\\\?["']?\\s*(?::[-=]|==?|:(?![?+]))\\s*(${VALUE})`, 'gi');
const FLAG = new RegExp(`--[\\w-]{0,40}?${NAME}\\s+(${VALUE})`, 'gi');

/**
 * What stands where a secret would, and is none: a variable, a command's output, a template's expression, a
 * placeholder, where the secret is to be found, a list or map, another flag, YAML's words and signs.
 */
const NO_SECRET = new RegExp(
  [
    /(?:\$\w+|\$\{\w+(?::?[?+-])?\}|true|false|null|~|\*\w+)[,;)}\]]*/,
    /\$\{\w+:?[?+].*/,
    /(?:\$?\(|\$?\{\{|[[{]|--\w|env:|file:).*/,
    /<[^>]*>?/,
    /[|>][-+\d]*|\}/,
  ]
    .map(({ source }) => `^(?:${source})$`)
    .join('|'),
  'is',
);

/** Asked first: few texts hold one of these, and the expressions above take longer to compile than to run. */
const MAY_BE_TOKEN = /skey-|K10/i;
const MAY_BE_ASSIGNED = new RegExp(NAME, 'i');

/** Tokens that are known by their look alone. */
export function tokenShapes(text: string): Range[] {
  if (!MAY_BE_TOKEN.test(text)) return [];
  return [...text.matchAll(TOKEN)].map(({ index, 0: token }) => ({
    start: index,
    end: index + token.length,
  }));
}

/** Values of a line that are given to something called a token, a key, a secret or a password. */
export function assignedSecrets(line: string): Range[] {
  if (!MAY_BE_ASSIGNED.test(line)) return [];
  const found = [...line.matchAll(ASSIGNED), ...line.matchAll(FLAG)];
  return found.flatMap((match) => secretIn(match[1]!, match.index + match[0].length - match[1]!.length));
}

function secretIn(value: string, at: number): Range[] {
  const quote = /^["']/.exec(value)?.[0];
  const start = quote ? 1 : 0;
  let end = value.length;
  if (quote) {
    if (end > 1 && value.endsWith(quote)) end--;
  } else {
    // `joinKey=…,extraArgs=…`: what follows is another setting.
    const next = value.search(/,[\w-]{1,40}=/);
    if (next > 0) end = next;
  }
  if (NO_SECRET.test(value.slice(start, end))) return [];
  if (!quote) while (end > start && ',;)}]'.includes(value[end - 1]!)) end--;
  return end > start ? [{ start: at + start, end: at + end }] : [];
}
