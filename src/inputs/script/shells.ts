import type { Given } from '../../syntax/given.ts';

/** What a shell is told to run. */
export interface ShellArguments {
  /** `-c string`. */
  readonly string?: Given;
  /** A script file; without one and without a string it runs standard input. */
  readonly file?: Given;
  /** What the script is given. */
  readonly args: readonly Given[];
}

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'su']);

export function isShell(name: string): boolean {
  return SHELLS.has(name);
}

/** Reads the words after `sh`, `bash`, …: `-c string [name args]`, `-s [-] args`, `file args`. */
export function readShellArguments(name: string, words: readonly Given[]): ShellArguments {
  let reads = false;
  let at = 0;
  for (; at < words.length; at++) {
    const { text } = words[at]!;
    if (text === '-' || text === '--') {
      at++;
      break;
    }
    // `--flag` is K3s' own, misplaced: no shell has long options that matter here.
    if (text === undefined || !/^[-+][a-zA-Z]/.test(text)) break;
    if (/^-[a-zA-Z]*c$/.test(text)) return ofString(words.slice(at + 1));
    if (/^-[a-zA-Z]*s/.test(text)) reads = true;
    if (/^[-+][a-zA-Z]*o$/.test(text)) at++;
  }
  const rest = words.slice(at);
  if (name === 'su') return readUser(rest);
  return reads || rest.length === 0 ? { args: rest } : { file: rest[0]!, args: rest.slice(1) };
}

/** `su - user -c string`. */
function readUser(words: readonly Given[]): ShellArguments {
  const at = words.findIndex(({ text }) => text === '-c' || text === '--command');
  return at < 0 ? { args: [] } : ofString(words.slice(at + 1));
}

/** The word after the string is the script's name. */
function ofString([string, , ...args]: readonly Given[]): ShellArguments {
  return string ? { string, args } : { args };
}

/** What `ssh` runs elsewhere. */
export interface RemoteCommand {
  /** The host, or the source of a computed one. */
  readonly host: Given;
  readonly words: readonly Given[];
}

/** `ssh [options] [user@]host [command …]` [OpenSSH 9.7, ssh(1)]. */
export function readRemoteCommand(words: readonly Given[]): RemoteCommand | undefined {
  let at = 0;
  while (words[at]?.text?.startsWith('-'))
    at += /^-[a-zA-Z]*[BbcDEeFIiJLlmOopQRSWw]$/.test(words[at]!.text!) ? 2 : 1;
  const host = words[at];
  return host && { host, words: words.slice(at + 1) };
}
