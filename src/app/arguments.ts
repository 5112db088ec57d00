import { parseArgs } from 'node:util';
import type { Severity } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { listed } from '../diagnostics/wording.ts';
import { SettingsError } from './errors.ts';

export const COMMANDS = ['check', 'paths', 'policy', 'plan', 'apply', 'explain', 'rules'] as const;
export type Command = (typeof COMMANDS)[number];

/** Each command has some of them. */
export const FORMATS = ['text', 'json', 'github', 'sarif', 'markdown', 'dot', 'svg'] as const;
export type Format = (typeof FORMATS)[number];

export const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;
export type FailOn = Severity | 'never';

export const CONTROLS = ['tailscale', 'headscale'] as const;
export type Control = (typeof CONTROLS)[number];

/** What the command line asks for. */
export interface Arguments {
  readonly command: Command | 'help' | 'version';
  /** What follows the command: paths, or a rule's id. */
  readonly operands: readonly string[];
  readonly format: Format;
  readonly failOn: FailOn;
  readonly config?: string;
  /** A saved device list. */
  readonly devices?: string;
  /** Who connects and what to, of `policy` as `host:port`: both or neither is given. */
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  /** A protocol's name or number. */
  readonly proto?: string;
  /** The policy or the folder to compare with. */
  readonly base?: string;
  /** Each as `approved=NODE,…`, `approved=all`, `accept=none`. */
  readonly assume?: readonly string[];
  readonly control?: Control;
  /** Of the plan that was reviewed. */
  readonly digest?: string;
  /** Whether to tell what the control server has and the files do not, in place of the plan. */
  readonly drift: boolean;
  /** Where the control server is, if not as the environment says. */
  readonly tailnet?: string;
  readonly headscaleUrl?: string;
  readonly color: boolean;
  readonly quiet: boolean;
}

const OPTIONS = {
  format: { type: 'string' },
  config: { type: 'string' },
  'fail-on': { type: 'string' },
  devices: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  port: { type: 'string' },
  proto: { type: 'string' },
  assume: { type: 'string', multiple: true },
  base: { type: 'string' },
  control: { type: 'string' },
  digest: { type: 'string' },
  drift: { type: 'boolean' },
  tailnet: { type: 'string' },
  'headscale-url': { type: 'string' },
  'no-color': { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

/** The only commands that have a use for an option; the others are for all. */
const FOR: Partial<Record<keyof typeof OPTIONS, readonly Command[]>> = {
  devices: ['check', 'policy', 'paths', 'plan'],
  from: ['policy', 'paths'],
  to: ['policy', 'paths'],
  port: ['paths'],
  proto: ['policy', 'paths'],
  assume: ['paths'],
  base: ['policy', 'paths'],
  control: ['policy'],
  digest: ['apply'],
  drift: ['plan'],
  tailnet: ['plan', 'apply'],
  'headscale-url': ['plan', 'apply'],
};

/** The first means nothing without the second, whatever the command. */
const TOGETHER = [
  ['from', 'to'],
  ['to', 'from'],
] as const;

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
  const optional = (name: keyof typeof OPTIONS) => {
    const value = given(name);
    return value === undefined ? {} : { [name]: value };
  };
  const [word, ...operands] = positionals;
  const command = commandOf(word, values.help === true, values.version === true);
  for (const token of tokens) if (token.kind === 'option') checkUse(token, command);
  checkTogether(given);
  if (command === 'policy' && given('proto') !== undefined && given('to') === undefined)
    throw new SettingsError('--proto needs --to');
  const assume = Array.isArray(values.assume) ? values.assume.filter((each) => typeof each === 'string') : [];
  const control = given('control');
  const headscaleUrl = given('headscale-url');
  return {
    command,
    operands,
    format: oneOf('--format', given('format') ?? 'text', FORMATS),
    failOn: oneOf('--fail-on', given('fail-on') ?? 'error', FAIL_ON),
    ...optional('config'),
    ...optional('devices'),
    ...optional('from'),
    ...optional('to'),
    ...optional('port'),
    ...optional('proto'),
    ...optional('base'),
    ...(assume.length > 0 && { assume }),
    ...(control !== undefined && { control: oneOf('--control', control, CONTROLS) }),
    ...optional('digest'),
    drift: values.drift === true,
    ...optional('tailnet'),
    ...(headscaleUrl !== undefined && { headscaleUrl }),
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

function checkUse({ name, rawName }: OptionToken, command: Arguments['command']): void {
  if (command === 'help' || command === 'version' || !isOption(name)) return;
  if (FOR[name]?.includes(command) === false) throw new SettingsError(`${command} takes no ${rawName}`);
}

function checkTogether(given: (name: keyof typeof OPTIONS) => string | undefined): void {
  for (const [option, other] of TOGETHER) {
    if (given(option) !== undefined && given(other) === undefined)
      throw new SettingsError(`--${option} needs --${other}`);
  }
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name);
}

function quoted(word: string): string {
  return JSON.stringify(word);
}

export function expectOperands({ command, operands }: Arguments, count: number, words: string): void {
  if (operands.length !== count) throw new SettingsError(`${command} takes ${words}`);
}

/** The format that is asked for, where the command has it. */
export function formatAmong<T extends Format>({ command, format }: Arguments, formats: readonly T[]): T {
  const found = formats.find((each) => each === format);
  if (found !== undefined) return found;
  throw new SettingsError(`${command} has the formats ${listed(formats, formats.length)}, not ${format}`);
}

export function textOrJson(asked: Arguments): 'text' | 'json' {
  return formatAmong(asked, ['text', 'json']);
}
