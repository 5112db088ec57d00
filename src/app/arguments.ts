import { parseArgs } from 'node:util';
import type { Severity } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { SettingsError } from './errors.ts';

export const COMMANDS = ['check', 'paths', 'policy', 'plan', 'apply', 'explain', 'rules'] as const;
export type Command = (typeof COMMANDS)[number];

export const FORMATS = ['text', 'json', 'github', 'sarif', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;
export type FailOn = Severity | 'never';

/** What the command line asks for. */
export interface Arguments {
  readonly command: Command | 'help' | 'version';
  /** What follows the command: paths, or a rule's id. */
  readonly operands: readonly string[];
  readonly format: Format;
  readonly failOn: FailOn;
  readonly config?: string;
  readonly devices?: string;
  readonly color: boolean;
  readonly quiet: boolean;
}

const OPTIONS = {
  format: { type: 'string' },
  config: { type: 'string' },
  'fail-on': { type: 'string' },
  devices: { type: 'string' },
  'no-color': { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

/** Reads the words after `podroute`; a `SettingsError` names what is nearest to a misspelt one. */
export function parseArguments(words: readonly string[]): Arguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: OPTIONS,
    allowPositionals: true,
    // Not strict: our own messages name the nearest option.
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === 'option') checkOption(token);

  const given = (name: keyof typeof OPTIONS) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [command, ...operands] = positionals;
  const config = given('config');
  const devices = given('devices');
  return {
    command: commandOf(command, values.help === true, values.version === true),
    operands,
    format: oneOf('--format', given('format') ?? 'text', FORMATS),
    failOn: oneOf('--fail-on', given('fail-on') ?? 'error', FAIL_ON),
    ...(config !== undefined && { config }),
    ...(devices !== undefined && { devices }),
    color: values['no-color'] !== true,
    quiet: values.quiet === true,
  };
}

/** A word of a closed list, for options and for the Action's inputs alike. */
export function oneOf<T extends string>(what: string, word: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === word);
  if (found !== undefined) return found;
  throw new SettingsError(`${what} is ${quoted(word)}, not one of ${known.join(', ')}${meant(word, known)}`);
}

/** `: did you mean …?`, where a known word is near. */
export function meant(word: string, known: Iterable<string>, before = ''): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `: did you mean ${before}${near}?`;
}

function commandOf(word: string | undefined, help: boolean, version: boolean): Arguments['command'] {
  if (help || word === 'help') return 'help';
  if (version) return 'version';
  if (word === undefined) throw new SettingsError(`no command was given: one of ${COMMANDS.join(', ')}`);
  const command = COMMANDS.find((candidate) => candidate === word);
  if (command !== undefined) return command;
  throw new SettingsError(`there is no command ${quoted(word)}${meant(word, COMMANDS)}`);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function checkOption({ name, rawName, value }: OptionToken): void {
  if (!isOption(name)) {
    throw new SettingsError(
      `there is no option ${quoted(rawName)}${meant(name, Object.keys(OPTIONS), '--')}`,
    );
  }
  const takesValue = OPTIONS[name].type === 'string';
  if (takesValue && (value === undefined || value === ''))
    throw new SettingsError(`${rawName} needs a value`);
  if (!takesValue && value !== undefined) throw new SettingsError(`${rawName} takes no value`);
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name);
}

function quoted(word: string): string {
  return JSON.stringify(word);
}
