/** A command that GitHub's runner would obey. */
export interface LiveCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const REGISTERED = new Set(
  'add-mask add-matcher remove-matcher debug error warning notice group endgroup echo stop-commands set-output save-state set-env add-path internal-set-repo-path'.split(
    ' ',
  ),
);

/** Reads output as the runner does, both forms of command [actions/runner 2.336, ActionCommand.cs]. */
export function liveCommands(output: string): LiveCommand[] {
  const isRegistered = (found: LiveCommand | undefined) => found !== undefined && REGISTERED.has(found.name);
  return output.split(/\r\n|\r|\n/).flatMap((line) => [current(line), old(line)].find(isRegistered) ?? []);
}

/** .NET compares by culture here and may look through zero-width spaces; the offsets it goes on with do not. */
function indexOf(text: string, sign: string, from = 0): number {
  const loose = new RegExp(sign.replaceAll(/(?<=.)(?=.)/g, '\u200B*').replaceAll('[', '\\['));
  const found = loose.exec(text.slice(from));
  return found ? from + found.index : -1;
}

/** `::name key=value,…::data` at a line's start. */
function current(line: string): LiveCommand | undefined {
  const trimmed = line.trimStart();
  const end = indexOf(trimmed, '::', 2);
  if (indexOf(trimmed, '::') !== 0 || end < 0) return undefined;
  const info = trimmed.slice(2, end);
  const space = info.indexOf(' ');
  const name = space < 0 ? info : info.slice(0, space);
  const properties = space < 0 ? [] : info.slice(space + 1).split(',');
  return {
    name,
    properties: Object.fromEntries(
      properties.flatMap((each) => {
        const equals = each.indexOf('=');
        return equals > 0 ? [[each.slice(0, equals), decode(each.slice(equals + 1))]] : [];
      }),
    ),
    data: decode(trimmed.slice(end + 2)),
  };
}

/** `##[name key=value;…]data` anywhere in a line. */
function old(line: string): LiveCommand | undefined {
  const start = indexOf(line, '##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < start + 3) return undefined;
  const [name = ''] = line.slice(start + 3, end).split(' ');
  return { name, properties: {}, data: line.slice(end + 1) };
}

function decode(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
