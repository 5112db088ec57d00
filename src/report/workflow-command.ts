/**
 * The runner of GitHub Actions reads a job's output line by line and obeys two forms of command: `::name …::data`
 * at a line's start, white space before it ignored, and `##[name …]data` anywhere in a line
 * [actions/runner 2.336, ActionCommand.cs].
 */

const ZERO_WIDTH_SPACE = '\u200B';

/**
 * A line of output that is no command. A zero-width space parts the characters that would begin one: it is not
 * seen, and no text of a file brings one along, as `visible` has made those readable. Where the runner's comparison
 * by culture looks through it, the runner still counts the characters: the name it then reads begins with `[` or `:`
 * and is no command's.
 */
export function inert(line: string): string {
  return partMarkers(line).replace(/^\s*:(?=:)/, `$&${ZERO_WIDTH_SPACE}`);
}

/** The same for a text that never begins a line. */
export function partMarkers(text: string): string {
  return text.replaceAll('##[', `##${ZERO_WIDTH_SPACE}[`);
}

/** Properties of an annotation, in the order they are written; undefined ones are left out. */
export type Properties = Readonly<Record<string, string | number | undefined>>;

/** One command on one line. Neither a property nor the data can end it, add a property or begin another one. */
export function command(name: string, properties: Properties, data: string): string {
  const given = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeProperty(String(value))}`);
  return `::${name} ${given.join(',')}::${encodeData(data)}`;
}

/** How long a text is as a command's data, in UTF-16 units. */
export function encodedLength(text: string): number {
  return encodeData(text).length;
}

function encodeData(text: string): string {
  return partMarkers(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function encodeProperty(text: string): string {
  return encodeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
