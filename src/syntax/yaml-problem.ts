import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';

/** An error as the YAML library has it: `pos` is a half-open stretch, which may lie behind the text. */
export interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** Messages that would quote the file, which may be a secret, in words that do not. */
const WITHOUT_QUOTE = new Map([
  ['BAD_DIRECTIVE', 'this directive is not one of YAML'],
  ['BAD_DQ_ESCAPE', 'this is no escape sequence of YAML'],
  ['RESOURCE_EXHAUSTION', 'nested too deeply'],
  ['TAG_RESOLVE_FAILED', 'this tag is not one of YAML'],
]);

/** `openQuotes`: where quoted texts without a closing quote end, and where they begin. */
export function syntaxProblem(
  file: SourceFile,
  { code, message, pos: [from, to] }: SyntaxError,
  openQuotes: ReadonlyMap<number, number>,
): Problem {
  const quote = message.startsWith('Missing closing') ? openQuotes.get(from) : undefined;
  if (quote !== undefined) {
    return { message: 'this quote is not closed', at: spanOf(file, quote, quote + 1) };
  }
  const start = Math.min(Math.max(from, 0), file.text.length);
  const end = Math.min(Math.max(to, start), file.text.length);
  return { message: WITHOUT_QUOTE.get(code) ?? plainSentence(message), at: spanOf(file, start, end) };
}

/** The library's sentence in our form. What it quotes of the file follows a colon: `Unexpected … token: "…"`. */
function plainSentence(message: string): string {
  const [sentence = ''] = message.split(/(?<=\w): /, 1);
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
