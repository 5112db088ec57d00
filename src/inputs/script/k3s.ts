import type { Span } from '../../source/span.ts';
import { type Given, partOf, wordsOf } from '../../syntax/given.ts';
import type { K3sFacts, K3sSetting } from '../facts.ts';
import { readFlagWord } from '../flag-words.ts';
import { isServerOnly, K3S_VARIABLES, readK3sFlags } from '../k3s-flags.ts';
import { splitSetting } from '../k3s-settings.ts';
import { type Environment, lookUp } from './environment.ts';
import { isCertainlyFilled } from './tests.ts';

/** Whether a word of `curl` or `wget` names K3s' installer, or a mirror of it. */
export function namesInstaller(text: string): boolean {
  return /get\.k3s\.io|k3s-install\.sh|k3s-io\/k3s\/[^ ]*install\.sh/.test(text);
}

/**
 * A run of K3s' installer: the words of `INSTALL_K3S_EXEC`, then its own. The first one may be the command; where
 * it is a flag, or there is none, `K3S_URL` makes an agent [K3s v1.31, install.sh].
 *
 * @param at where to point if no word is the command
 * @param knowsUrl false where `K3S_URL` may come from outside the script
 */
export function readInstall(
  args: readonly Given[],
  environment: Environment,
  at: Span,
  knowsUrl: boolean,
): K3sFacts {
  const exec = lookUp(environment, 'INSTALL_K3S_EXEC')?.value;
  const words = [...(exec ? execWords(exec) : []), ...args];
  const [first] = words;
  const command = asCommand(first);
  if (command) return start(command, first!.span, words.slice(1), environment);
  const byUrl = first === undefined || readFlagWord(first).kind === 'flag';
  return start(byUrl ? commandByUrl(environment, knowsUrl) : undefined, at, words, environment);
}

/** `k3s server …` and `k3s agent …`. */
export function readK3sCommand(args: readonly Given[], environment: Environment): K3sFacts | undefined {
  const [first, ...flags] = args;
  const command = asCommand(first);
  return command && start(command, first!.span, flags, environment);
}

function asCommand(word: Given | undefined): K3sFacts['command'] {
  return word?.text === 'server' || word?.text === 'agent' ? word.text : undefined;
}

function commandByUrl(environment: Environment, knowsUrl: boolean): K3sFacts['command'] {
  const url = lookUp(environment, 'K3S_URL')?.value;
  if (url === undefined) return knowsUrl ? 'server' : undefined;
  if (url.text !== undefined) return url.text === '' ? 'server' : 'agent';
  return isCertainlyFilled(url) ? 'agent' : undefined;
}

function start(
  command: K3sFacts['command'],
  at: Span,
  words: readonly Given[],
  environment: Environment,
): K3sFacts {
  const flags = readK3sFlags(words).flatMap(splitSetting);
  const given = new Set(flags.map(({ name }) => name));
  const settings = settingsIn(environment).filter(
    // An agent does not look at a server's variables.
    ({ name }) => !given.has(name) && (command === 'server' || !isServerOnly(name)),
  );
  return { by: 'command-line', ...(command && { command }), at, settings: [...settings, ...flags] };
}

function settingsIn(environment: Environment): K3sSetting[] {
  return [...K3S_VARIABLES].flatMap(([variable, name]) => {
    const assigned = lookUp(environment, variable);
    if (!assigned || assigned.value.text === '') return [];
    return [{ name, key: assigned.at, value: assigned.value, append: false }];
  });
}

/** The installer evaluates `INSTALL_K3S_EXEC`, so that quotes inside of it group; only whole words in quotes are read. */
function execWords(exec: Given): Given[] {
  return wordsOf(exec).map((word) => {
    const { text, span } = word;
    if (text === undefined || !/["'`$\\]/.test(text)) return word;
    const quoted = /^(--?[\w-]+=)?(["'])([^"'`$\\]*)\2$/.exec(text);
    if (!quoted) return { text: undefined, span };
    const [, flag = '', , value = ''] = quoted;
    const inner = partOf(word, flag.length + 1, flag.length + 1 + value.length);
    return flag === '' ? inner : { text: flag + value, span, pieces: [partOf(word, 0, flag.length), inner] };
  });
}
