import { nameOf } from '../../source/source-file.ts';
import { type Given, piecesOf } from '../../syntax/given.ts';

/** A command without the programs that only start it: `sudo`, `env`, `docker exec`. */
export interface Invocation {
  /** The program's name without its folder. */
  readonly name: string;
  readonly word: Given;
  readonly args: readonly Given[];
  /** `NAME=value` words that `sudo` and `env` take. */
  readonly assignments: readonly Given[];
  /** `env $(cat .env) …`: variables come from elsewhere. */
  readonly takesComputed: boolean;
  /** `exec`: the script ends here. */
  readonly replaces: boolean;
}

interface Starter {
  /** Options whose value is the next word. */
  readonly valued: readonly string[];
  /** Words between the options and the command. */
  readonly operands: number;
}

const NO_OPERANDS = (valued = ''): Starter => ({ valued: valued.split(' '), operands: 0 });

const STARTERS: ReadonlyMap<string, Starter> = new Map([
  ['sudo', NO_OPERANDS('-u -g -h -p -C -c -r -t -T -D -R --user --group --host --prompt --chdir --chroot')],
  ['doas', NO_OPERANDS('-u -C')],
  ['env', NO_OPERANDS('-u -C --unset --chdir')],
  ['exec', NO_OPERANDS('-a')],
  ['command', NO_OPERANDS()],
  ['builtin', NO_OPERANDS()],
  ['nohup', NO_OPERANDS()],
  ['setsid', NO_OPERANDS()],
  ['nice', NO_OPERANDS('-n --adjustment')],
  ['ionice', NO_OPERANDS('-c -n --class --classdata')],
  ['stdbuf', NO_OPERANDS('-i -o -e')],
  ['timeout', { valued: ['-s', '-k', '--signal', '--kill-after'], operands: 1 }],
]);

/** `docker exec [options] container`, also of `docker compose`. */
const IN_CONTAINER: Starter = {
  valued: ['-e', '-u', '-w', '--env', '--user', '--workdir', '--index'],
  operands: 1,
};
const CONTAINER_PROGRAMS = new Set(['docker', 'podman', 'nerdctl', 'docker-compose']);

/** The program that words start, if it can be told: a computed word before it (`$SUDO`) counts as one more starter. */
export function readInvocation(words: readonly Given[]): Invocation | undefined {
  const assignments: Given[] = [];
  let takesComputed = false;
  let replaces = false;
  let starters = 0;
  let at = 0;
  while (at < words.length) {
    const word = words[at]!;
    // Of `NAME="$(…)"` only the beginning is known.
    if (starters > 0 && /^[A-Za-z_]\w*\+?=/.test(piecesOf(word)[0]?.text ?? '')) {
      assignments.push(word);
      at++;
      continue;
    }
    if (word.text === undefined) {
      // A name that is computed, as `install_$ROLE`.
      if (word.pieces || at === words.length - 1) break;
      takesComputed ||= starters > 0 && word.variable === undefined;
      at++;
      continue;
    }
    const name = nameOf(word.text);
    const execAt = CONTAINER_PROGRAMS.has(name) ? execWord(words, at) : undefined;
    const starter = execAt === undefined ? STARTERS.get(name) : IN_CONTAINER;
    if (!starter) return { name, word, args: words.slice(at + 1), assignments, takesComputed, replaces };
    starters++;
    replaces ||= name === 'exec';
    at = skipOptions(words, (execAt ?? at) + 1, starter);
  }
  const word = words[at];
  return word && { name: '', word, args: words.slice(at + 1), assignments, takesComputed, replaces };
}

/** Where `exec` stands among the first words of `docker … exec`. */
function execWord(words: readonly Given[], at: number): number | undefined {
  const index = words.slice(at + 1, at + 8).findIndex((word) => word.text === 'exec');
  return index < 0 ? undefined : at + 1 + index;
}

function skipOptions(words: readonly Given[], from: number, { valued, operands }: Starter): number {
  let at = from;
  while (words[at]?.text?.startsWith('-')) {
    const option = words[at]!.text!;
    at++;
    if (option === '--') break;
    if (valued.includes(option)) at++;
  }
  // `env NAME=value` and `sudo NAME=value` stand where operands would.
  return at + operands;
}
