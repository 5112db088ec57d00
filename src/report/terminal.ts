/** A text from a file on one line and without power over a terminal: what cannot be seen becomes `\n`, `\u001b`. */
export function visible(text: string): string {
  return isAscii(text) ? text : replaceUnseen(text, escapeOf);
}

/**
 * Replaces everything a terminal or a reader's eye would not take as a character: control characters with tabs and
 * line ends, format characters (bidirectional overrides, zero-width spaces and joiners), lone surrogates. The emoji
 * selector U+FE0F stays.
 */
export function replaceUnseen(text: string, by: (unseen: string) => string): string {
  return text.replace(/(?!\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, by);
}

/**
 * Printable ASCII only, as nearly all text is: expressions with Unicode properties take long to prepare, so each
 * stands where it is used and is asked last.
 */
export function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** How a character is written that cannot be shown; backslashes of the text itself stay as they are. */
export function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** At most `most` UTF-16 units, the last one `…` where something is left out; no character is halved. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = most - 1;
  const halved = /[\uD800-\uDBFF]/.test(text[end - 1] ?? '');
  return `${text.slice(0, halved ? end - 1 : end)}…`;
}

/** How many terminal cells a code point takes, if it is not one that `visible` escapes. */
export function cellsOf(character: string): 0 | 1 | 2 {
  if (isAscii(character)) return 1;
  if (/^[\p{Mn}\p{Me}\p{Emoji_Modifier}]/u.test(character)) return 0;
  return isWide(character) ? 2 : 1;
}

/** How many terminal cells the widest text takes; 0 for none. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, cellsIn(text)), 0);
}

/** A text with spaces after it, so many terminal cells wide. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellsIn(text)));
}

function cellsIn(text: string): number {
  return [...text].reduce((sum, character) => sum + cellsOf(character), 0);
}

/** East Asian wide and full-width blocks [UAX #11], and what is an emoji by itself; half a flag is one cell. */
function isWide(character: string): boolean {
  return /^(?!\p{Regional_Indicator})[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18CFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u.test(
    character,
  );
}
