import type { Span } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import { type Command, literalText, type Statement, type Word } from '../../syntax/shell-tree.ts';
import type { AddressFact, NodeFacts, Parameter, Secret } from '../facts.ts';
import { secretOfVariable } from '../secret-variables.ts';
import { assign, type Environment, fork, lookUp, type ScriptVariable } from './environment.ts';
import type { AssumedRole } from './roles.ts';
import type { Condition } from './tests.ts';
import { expandValue, expandWord, nameOfVariable } from './words.ts';

/** A few facts of a node; several of them make `NodeFacts`. */
export type ScriptFacts = Partial<NodeFacts>;

/** Facts that a pass over a script meets. */
export interface Found {
  readonly facts: ScriptFacts;
  /** Which machine they are about: `''` for the one that the script runs on. */
  readonly machine: string;
  /** The word that the role was compared with, in a branch for some roles. */
  readonly branch: Span | undefined;
}

/** One pass over a script. */
export interface Walk {
  readonly names: ReadonlyMap<string, Parameter>;
  readonly assumed: AssumedRole;
  readonly found: Found[];
  readonly secrets: Secret[];
  readonly functions: Map<string, readonly Statement[]>;
  readonly called: Set<string>;
  /** Files that K3s' installer was stored in. */
  readonly installers: Set<string>;
  /** What the machine that the script runs on is known to be given so far. */
  readonly asserted: Set<Parameter>;
  readsOthers: boolean;
  /** Whether K3s' installer has run, and taken `INSTALL_K3S_EXEC`. */
  installed: boolean;
  /** What may still be read again: statements in functions and loops, scripts inside the script, copied words. */
  repeats: number;
}

/** Where a pass is. */
export interface Place {
  readonly environment: Environment;
  readonly machine: string;
  readonly branch: Span | undefined;
  /** Names of the functions that are being called, innermost last. */
  readonly calls: readonly string[];
  /** What the innermost function has declared as its own. */
  readonly locals: Set<string>;
  /** Statements around. */
  readonly depth: number;
  /** Whether standard input is K3s' installer. */
  readonly installerOnInput: boolean;
  /** In a function, a loop or a script inside the script: it counts for `Walk.repeats`. */
  readonly repeated: boolean;
}

/** How a statement ends. */
export interface Outcome extends Condition {
  /** Nothing after it runs: in the script, in the function, or in the loop. */
  readonly ends?: 'script' | 'function' | 'loop';
}

/** Runs statements; what calls functions and reads scripts inside the script is given it. */
export type RunList = (statements: readonly Statement[], place: Place, walk: Walk) => Outcome;

/** The same place on a path of its own. */
export function apart(place: Place): Place {
  return { ...place, environment: fork(place.environment) };
}

export function addFacts(facts: ScriptFacts, { machine, branch }: Place, walk: Walk): void {
  walk.found.push({ facts, machine, branch });
  if (machine !== '') return;
  for (const parameter of facts.asserted ?? []) walk.asserted.add(parameter);
  if (facts.readsOthers) walk.readsOthers = true;
}

/** Notes that variables have a value wherever the script goes on. */
export function assertFilled(names: readonly string[], place: Place, walk: Walk): void {
  for (const name of names) {
    const parameter = walk.names.get(name);
    if (parameter) addFacts({ asserted: [parameter] }, place, walk);
  }
}

const TAILNET_PARAMETERS: ReadonlySet<Parameter> = new Set(['TAILSCALE_IP', 'MASTER_TAILSCALE_IP']);

function noteName(name: string, place: Place, walk: Walk): void {
  const parameter = walk.names.get(name);
  if (parameter && TAILNET_PARAMETERS.has(parameter)) addFacts({ mentionsTailscale: true }, place, walk);
}

export function assignVariable(name: string, variable: ScriptVariable, place: Place, walk: Walk): void {
  noteName(name, place, walk);
  walk.secrets.push(...secretsOf(name, variable.value, walk));
  assign(place.environment, name, variable);
}

function secretsOf(name: string, value: Given, walk: Walk): readonly Secret[] {
  return secretOfVariable(walk.names.get(name) === 'K3S_TOKEN' ? 'K3S_TOKEN' : name, value);
}

/** Notes what a word says by itself: variables it names or insists on, and what its substitutions run. */
export function noteWord(word: Word, place: Place, walk: Walk, run: RunList): void {
  for (const part of word.parts) {
    if (part.kind === 'computed') run(part.statements, apart(place), walk);
    const name = part.kind === 'variable' ? nameOfVariable(part, place.environment) : undefined;
    if (part.kind !== 'variable' || name === undefined) continue;
    noteName(name, place, walk);
    const { operation } = part;
    if (!operation || !('word' in operation)) continue;
    noteWord(operation.word, place, walk, run);
    const value = expandValue(operation.word, place.environment);
    const gives = operation.kind === 'default' || operation.kind === 'assign';
    const parameter = walk.names.get(name);
    if (operation.kind === 'assert') assertFilled([name], place, walk);
    else if (gives && value.text !== '' && parameter)
      addFacts({ asserted: [parameter], defaulted: [parameter] }, place, walk);
    if (gives) walk.secrets.push(...secretsOf(name, value, walk));
  }
}

const ADDRESSES: ReadonlyMap<Parameter, AddressFact['is']> = new Map([
  ['LAN_IP', 'lan'],
  ['TAILSCALE_IP', 'tailscale'],
  ['MASTER_LAN_IP', 'master-lan'],
  ['MASTER_TAILSCALE_IP', 'master-tailscale'],
]);

/** Adds the parameters as they are at a place, for the machine there. */
export function addParameters(place: Place, walk: Walk): void {
  for (const [called, name] of walk.names) {
    const value = lookUp(place.environment, called)?.value;
    if (!value) continue;
    addFacts({ parameters: [{ name, value }] }, place, walk);
    if (name === 'NODE_ROLE') addFacts({ role: value }, place, walk);
    const is = ADDRESSES.get(name);
    if (is && value.text) addFacts({ addresses: [{ is, called, value }] }, place, walk);
  }
}

/**
 * The words that a command runs with; nothing where the script has used up what may be read again: words that come
 * out of variables count, for a short script could use a long value over and over.
 */
export function wordsOfCommand(
  { words }: Command,
  { environment }: Place,
  walk: Walk,
): readonly Given[] | undefined {
  if (walk.repeats < 0 && words.some((word) => literalText(word) === undefined)) return undefined;
  const expanded = words.flatMap((word) => expandWord(word, environment));
  walk.repeats -= Math.max(0, expanded.length - words.length);
  return expanded;
}
