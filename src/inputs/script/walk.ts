import type { Span } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import type {
  AndOr,
  Case,
  CaseBranch,
  If,
  Loop,
  Pipeline,
  Statement,
  Test,
  TestStatement,
  Word,
} from '../../syntax/shell-tree.ts';
import { assignedIn } from './assigned.ts';
import { runCommand } from './commands.ts';
import { assign, assignUnknown, type Environment, fork, joinPaths } from './environment.ts';
import { printsInstaller } from './installer.ts';
import { compare } from './roles.ts';
import { apart, assertFilled, noteWord, type Outcome, type Place, type Walk } from './state.ts';
import { both, type Condition, condition, either, evaluateTest, negate } from './tests.ts';
import { expandValue, expandWord } from './words.ts';

/** Statements inside each other, with the functions and the scripts that they run. */
const MAX_DEPTH = 150;

/** Runs statements in order, up to one that certainly ends them. */
export function runList(statements: readonly Statement[], place: Place, walk: Walk): Outcome {
  let outcome: Outcome = condition(true);
  for (const statement of statements) {
    outcome = runStatement(statement, place, walk);
    if (outcome.ends) break;
  }
  return outcome;
}

function runStatement(statement: Statement, around: Place, walk: Walk): Outcome {
  if (around.depth >= MAX_DEPTH || (around.repeated && --walk.repeats < 0)) return condition(undefined);
  const place = { ...around, depth: around.depth + 1 };
  switch (statement.kind) {
    case 'command':
      return runCommand(statement, place, walk, runList);
    case 'test':
      return runTest(statement, place, walk);
    case 'pipeline':
      return runPipeline(statement, place, walk);
    case 'and-or':
      return runAndOr(statement, place, walk);
    case 'if':
      return runIf(statement, place, walk);
    case 'case':
      return runCase(statement, place, walk);
    case 'loop':
      return runLoop(statement, place, walk);
    case 'group': {
      if (!statement.apart) return runList(statement.body, place, walk);
      const { ends: _, ...outcome } = runList(statement.body, apart(place), walk);
      return outcome;
    }
    case 'function':
      walk.functions.set(statement.name, statement.body);
      return condition(true);
  }
}

function runTest({ test }: TestStatement, place: Place, walk: Walk): Outcome {
  for (const word of wordsIn(test)) noteWord(word, place, walk, runList);
  return evaluateTest(test, place.environment, walk.assumed);
}

function wordsIn(test: Test): readonly Word[] {
  switch (test.kind) {
    case 'equal':
    case 'unequal':
      return [test.left, test.right];
    case 'filled':
    case 'empty':
      return [test.word];
    case 'not':
      return wordsIn(test.test);
    case 'and':
    case 'or':
      return test.tests.flatMap(wordsIn);
    case 'other':
      return test.words;
  }
}

/** Each part runs in a shell of its own. */
function runPipeline({ negated, statements }: Pipeline, place: Place, walk: Walk): Outcome {
  let { installerOnInput } = place;
  let outcome: Outcome = condition(true);
  for (const statement of statements) {
    const there = statements.length === 1 ? place : apart(place);
    outcome = runStatement(statement, { ...there, installerOnInput }, walk);
    if (statement.kind === 'command') installerOnInput ||= printsInstaller(statement, place, walk);
  }
  const { ends, ...rest } = outcome;
  const result = negated ? negate(rest) : rest;
  return statements.length === 1 && ends ? { ...result, ends } : result;
}

function runAndOr({ first, rest }: AndOr, place: Place, walk: Walk): Outcome {
  let outcome = runStatement(first, place, walk);
  for (const { operator, statement } of rest) {
    if (outcome.ends) return outcome;
    const before = operator === '&&' ? outcome : negate(outcome);
    if (before.holds === false) continue;
    const there = { ...place, branch: outcome.at ?? place.branch };
    if (before.holds === true) {
      outcome = combine(operator, outcome, runStatement(statement, there, walk));
      continue;
    }
    const path = apart(there);
    const next = runStatement(statement, path, walk);
    if (next.ends) {
      assertFilled(before.filledUnless, place, walk);
      // What goes on is what did not get here.
      outcome = condition(operator === '||');
    } else {
      joinPaths(place.environment, [path.environment, fork(place.environment)]);
      outcome = combine(operator, outcome, next);
    }
  }
  return outcome;
}

function combine(operator: '&&' | '||', a: Outcome, b: Outcome): Outcome {
  const { holds, filledIf, filledUnless, at } = (operator === '&&' ? both : either)(a, b);
  return { holds, filledIf, filledUnless, ...(at && { at }), ...(b.ends && { ends: b.ends }) };
}

/** One way through an `if` or a `case`. */
interface Branch {
  readonly decide: () => Condition;
  readonly body: readonly Statement[];
  readonly goesOn?: boolean;
}

function runIf({ branches, otherwise }: If, place: Place, walk: Walk): Outcome {
  const ways = branches.map(({ condition: test, body }) => ({
    decide: () => runList(test, place, walk),
    body,
  }));
  return runBranches(ways, otherwise, place, walk);
}

function runCase({ subject, branches }: Case, place: Place, walk: Walk): Outcome {
  noteWord(subject, place, walk, runList);
  const value = expandValue(subject, place.environment);
  const ways = branches.map((branch) => ({
    decide: () => decideCase(value, branch, place, walk),
    body: branch.body,
    goesOn: branch.goesOn,
  }));
  return runBranches(ways, [], place, walk);
}

function decideCase(value: Given, { patterns }: CaseBranch, place: Place, walk: Walk): Condition {
  let decision = condition(false);
  for (const pattern of patterns) {
    const { holds, at } = compare(value, expandValue(pattern, place.environment), walk.assumed);
    if (holds === true) return { ...condition(true), ...(at && { at }) };
    if (holds === undefined) decision = { ...condition(undefined), ...(at && { at }) };
  }
  return decision;
}

/** Takes the branch that is certainly taken, or every one that may be, each on a path of its own. */
function runBranches(
  branches: readonly Branch[],
  otherwise: readonly Statement[],
  place: Place,
  walk: Walk,
): Outcome {
  const paths: { readonly environment: Environment; readonly outcome: Outcome }[] = [];
  let at: Span | undefined;
  function take(body: readonly Statement[]): Outcome {
    const environment = fork(place.environment);
    const outcome = runList(body, { ...place, environment, branch: at ?? place.branch }, walk);
    paths.push({ environment, outcome });
    return outcome;
  }

  let isCertain = false;
  const undecided: Condition[] = [];
  for (const { decide, body, goesOn } of branches) {
    const decision: Outcome = decide();
    if (decision.ends) return decision;
    at = decision.at ?? at;
    if (decision.holds === false) continue;
    const outcome = take(body);
    if (decision.holds === undefined) {
      undecided.push(decision);
      if (outcome.ends) assertFilled(decision.filledUnless, place, walk);
    }
    isCertain = decision.holds === true && !goesOn;
    if (isCertain) break;
  }
  if (!isCertain && take(otherwise).ends) {
    // What goes on took a branch, and there is only one.
    const [only, ...others] = undecided;
    if (only && others.length === 0) assertFilled(only.filledIf, place, walk);
  }

  const going = paths.filter(({ outcome }) => !outcome.ends);
  const kept = going.length > 0 ? going : paths;
  joinPaths(
    place.environment,
    kept.map(({ environment }) => environment),
  );
  const [first] = kept;
  if (paths.length === 1 && first) return first.outcome;
  const ends = going.length === 0 ? first?.outcome.ends : undefined;
  return { ...condition(undefined), ...(ends && { ends }) };
}

/** Words that a loop is run for one by one. */
const MAX_ROUNDS = 32;

function runLoop(loop: Loop, place: Place, walk: Walk): Outcome {
  const { variable, words, condition: test, body } = loop;
  for (const word of words ?? []) noteWord(word, place, walk, runList);
  const rounds = walk.repeats > 0 ? roundsOf(loop, place) : undefined;
  if (variable && rounds) {
    for (const value of rounds) {
      assign(place.environment, variable.value, { at: variable.span, value });
      const { ends } = runList(body, { ...place, repeated: true }, walk);
      if (ends && ends !== 'loop') return { ...condition(undefined), ends };
    }
    return condition(undefined);
  }
  // A round may find what another one left.
  const { environment } = place;
  for (const [changed, at] of assignedIn([...test, ...body])) assignUnknown(environment, changed, at);
  const path = apart(place);
  if (variable) assignUnknown(path.environment, variable.value, variable.span);
  if (variable && loop.asks) assertFilled([variable.value], place, walk);
  runList(test, path, walk);
  runList(body, path, walk);
  joinPaths(environment, [path.environment, fork(environment)]);
  return condition(undefined);
}

/** What `for` goes over, if all of it is known. */
function roundsOf({ words, asks }: Loop, { environment }: Place): readonly Given[] | undefined {
  if (!words || asks) return undefined;
  const rounds = words.flatMap((word) => expandWord(word, environment));
  return rounds.length <= MAX_ROUNDS && rounds.every(({ text }) => text !== undefined) ? rounds : undefined;
}
