import { type Span, textOf } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import { parseShellPart } from '../../syntax/shell.ts';
import type { Assignment, Command } from '../../syntax/shell-tree.ts';
import { readTailscaleFlags } from '../tailscale-flags.ts';
import {
  assignWord,
  isDeclaration,
  runAssignment,
  runDeclaration,
  runRead,
  runShift,
  setArguments,
} from './builtins.ts';
import { assignUnknown, fork, newEnvironment } from './environment.ts';
import { callFunction, functionName } from './functions.ts';
import { addStart, install, isInstaller, storedInstaller } from './installer.ts';
import { type Invocation, readInvocation } from './invocation.ts';
import { readIpCommand } from './ip.ts';
import { namesInstaller, readK3sCommand } from './k3s.ts';
import { isShell, readRemoteCommand, readShellArguments } from './shells.ts';
import {
  addFacts,
  addParameters,
  apart,
  assertFilled,
  noteWord,
  type Outcome,
  type Place,
  type RunList,
  type Walk,
  wordsOfCommand,
} from './state.ts';
import { condition } from './tests.ts';

const UNKNOWN: Outcome = condition(undefined);
const TRUE: Outcome = condition(true);

/** A command that is about to run. */
interface Started {
  readonly command: Command;
  readonly invocation: Invocation;
  readonly place: Place;
  /** Whether it has variables of its own. */
  readonly hasOwn: boolean;
}

export function runCommand(command: Command, place: Place, walk: Walk, run: RunList): Outcome {
  noteCommand(command, place, walk, run);
  if (command.words.length === 0) {
    for (const assignment of command.assignments) runAssignment(assignment, place, walk);
    return command.assignments.some(isSubstituted) ? UNKNOWN : TRUE;
  }
  const words = wordsOfCommand(command, place, walk);
  const invocation = words && readInvocation(words);
  if (!invocation) return UNKNOWN;
  const builtin = runBuiltin(command, invocation, place, walk);
  if (builtin) return builtin;

  const hasOwn = command.assignments.length + invocation.assignments.length > 0;
  if (invocation.takesComputed) addFacts({ readsOthers: true }, place, walk);
  const there = hasOwn ? placeOf(command, invocation, place, walk) : place;
  const outcome = runProgram({ command, invocation, place: there, hasOwn }, walk, run);
  return invocation.replaces ? { ...outcome, ends: 'script' } : outcome;
}

/** `X=$(…)` fails where what it runs does. */
function isSubstituted({ value }: Assignment): boolean {
  return value.kind !== 'list' && value.word.parts.some((part) => part.kind === 'computed');
}

function noteCommand(command: Command, place: Place, walk: Walk, run: RunList): void {
  const { words, assignments, declared, hereDocs } = command;
  for (const word of words) noteWord(word, place, walk, run);
  for (const { value } of [...assignments, ...declared]) {
    for (const word of value.kind === 'list' ? value.words : [value.word]) noteWord(word, place, walk, run);
  }
  for (const { word } of hereDocs) noteWord(word, place, walk, run);
}

/** What changes the script's own variables, or ends it. */
function runBuiltin(
  { declared }: Command,
  { name, word, args }: Invocation,
  place: Place,
  walk: Walk,
): Outcome | undefined {
  if (walk.functions.has(name)) return undefined;
  if (isDeclaration(name)) {
    runDeclaration(name, args, declared, place, walk);
    return TRUE;
  }
  switch (name) {
    case ':':
    case 'true':
    case 'echo':
    case 'printf':
      return TRUE;
    case 'false':
      return condition(false);
    case 'exit':
      return { ...UNKNOWN, ends: 'script' };
    case 'return':
      return {
        ...condition(args[0]?.text === undefined ? undefined : args[0].text === '0'),
        ends: 'function',
      };
    case 'break':
    case 'continue':
      return { ...UNKNOWN, ends: 'loop' };
    case 'read':
      runRead(args, place, walk);
      return UNKNOWN;
    case 'unset':
      for (const { text, span } of args) if (text !== undefined) assignUnknown(place.environment, text, span);
      return TRUE;
    case 'shift':
      runShift(args, word.span, place);
      return TRUE;
    case 'set':
      if (args[0]?.text === '--') setArguments(args.slice(1), word.span, place.environment);
      return TRUE;
    case 'source':
    case '.':
    case 'eval':
      addFacts({ readsOthers: true }, place, walk);
      return UNKNOWN;
  }
  return undefined;
}

/** Where a command runs that has variables of its own: one that is given its role is a machine of its own. */
function placeOf(command: Command, invocation: Invocation, place: Place, walk: Walk): Place {
  const own = apart(place);
  for (const assignment of command.assignments) runAssignment(assignment, own, walk);
  for (const word of invocation.assignments) assignWord(word, own, walk);
  const { roleName } = walk.assumed;
  const role = roleName === undefined ? undefined : own.environment.own.get(roleName)?.value;
  if (!role?.text) return own;
  const machine = { ...own, machine: `command ${command.span.start}`, branch: role.span };
  addFacts({ asserted: [...walk.asserted], readsOthers: walk.readsOthers }, machine, walk);
  addParameters(machine, walk);
  return machine;
}

function runProgram(started: Started, walk: Walk, run: RunList): Outcome {
  const { invocation, place } = started;
  const { name, word, args } = invocation;
  const called = functionName(invocation, walk);
  if (called !== undefined) return callFunction(called, invocation, place, walk, run);
  if (isShell(name)) return runShell(started, walk, run);
  if (args.some(({ text }) => text?.includes('tailscale.com/install.sh')))
    addFacts({ mentionsTailscale: true }, place, walk);
  switch (name) {
    case 'ssh':
      return runRemote(started, walk, run);
    case 'k3s': {
      const start = readK3sCommand(args, place.environment);
      if (start) addStart(start, place, walk);
      return UNKNOWN;
    }
    case 'tailscale':
      runTailscale(word, args, place, walk);
      return UNKNOWN;
    case 'ip': {
      const addition = readIpCommand(args, word.span);
      if (addition?.kind === 'rule') addFacts({ ipRules: [addition.rule] }, place, walk);
      if (addition?.kind === 'route') addFacts({ ipRoutes: [addition.route] }, place, walk);
      return UNKNOWN;
    }
    case 'curl':
    case 'wget':
      noteDownload(started, walk);
      return UNKNOWN;
  }
  if (isInstaller(word, started, walk)) install(args, word.span, place, walk);
  else if (INSISTS.test(name))
    assertFilled(
      args.flatMap(({ text }) => text ?? []),
      place,
      walk,
    );
  return DIES.test(name) ? { ...UNKNOWN, ends: 'script' } : UNKNOWN;
}

/** Functions of files that are not read, by the names that they mostly have: some end the script, some insist. */
const DIES =
  /^(die|fail|fatal|abort|bail|panic|usage|err|error|error_exit|exit_with_error|log_fatal|log_error_exit)$/;
const INSISTS = /^(require|assert|check|ensure|need|validate|must|prompt|ask)/;

function runShell(started: Started, walk: Walk, run: RunList): Outcome {
  const { command, invocation, place } = started;
  const { name, word } = invocation;
  const { string, file, args } = readShellArguments(name, invocation.args);
  if (string) {
    if (string.text === undefined && namesInstaller(textOf(string.span)))
      install(args, word.span, place, walk);
    else runString(string, command, place, walk, run);
  } else if (file) {
    if (isInstaller(file, started, walk)) install(args, word.span, place, walk);
  } else if (place.installerOnInput) {
    install(args, word.span, place, walk);
  } else {
    runHereDocs(command, place, walk, run);
  }
  return UNKNOWN;
}

/** A string for a shell, where it is one word in quotes. */
function runString(string: Given, command: Command, place: Place, walk: Walk, run: RunList): void {
  const { start, end } = string.span;
  const word = command.words.find((each) => each.span.start === start && each.span.end === end);
  if (word?.quoted) runText(word.quoted.inner, word.quoted.by === 'single', place, walk, run);
}

function runHereDocs(command: Command, place: Place, walk: Walk, run: RunList): void {
  for (const { body, quoted } of command.hereDocs) runText(body, quoted, place, walk, run);
}

/** A script inside the script. In quotes nothing is replaced by the values of this one. */
function runText(text: Span, quoted: boolean, place: Place, walk: Walk, run: RunList): void {
  walk.repeats -= Math.ceil((text.end - text.start) / 100);
  if (walk.repeats < 0) return;
  const environment = quoted ? newEnvironment(place.environment.roleName) : fork(place.environment);
  const inside = {
    ...place,
    environment,
    calls: [],
    locals: new Set<string>(),
    repeated: true,
    installerOnInput: false,
  };
  run(parseShellPart(text, !quoted), inside, walk);
}

/** What `ssh` runs is about another machine: one for each host, whoever logs in. */
function runRemote({ command, invocation, place }: Started, walk: Walk, run: RunList): Outcome {
  const remote = readRemoteCommand(invocation.args);
  if (!remote) return UNKNOWN;
  const host = (remote.host.text ?? textOf(remote.host.span)).replace(/^.*@/, '');
  const there = { ...place, machine: `ssh ${host}` };
  const [first, ...others] = remote.words;
  if (first && others.length === 0) runString(first, command, there, walk, run);
  else if (first) {
    const inside = readInvocation(remote.words);
    if (inside && !isShell(inside.name))
      runProgram({ command, invocation: inside, place: there, hasOwn: false }, walk, run);
  }
  runHereDocs(command, there, walk, run);
  return UNKNOWN;
}

function runTailscale(word: Given, args: readonly Given[], place: Place, walk: Walk): void {
  addFacts({ mentionsTailscale: true }, place, walk);
  const at = args.findIndex(({ text }) => !text?.startsWith('-'));
  const verb = args[at];
  if (verb?.text !== 'up' && verb?.text !== 'set') return;
  const inOrder = word.span.file === verb.span.file && word.span.start <= verb.span.start;
  const span = inOrder ? { ...word.span, end: verb.span.end } : verb.span;
  const { tailscale, hostname, secrets } = readTailscaleFlags(args.slice(at + 1), verb.text, span);
  addFacts({ tailscale: [tailscale] }, place, walk);
  if (hostname) addFacts({ hostname }, place, walk);
  walk.secrets.push(...secrets);
}

function noteDownload({ command, invocation, place }: Started, walk: Walk): void {
  const file = storedInstaller(command, invocation, place);
  if (file !== undefined) walk.installers.add(file);
}
