import { isArgument, setArguments } from './builtins.ts';
import { fork } from './environment.ts';
import type { Invocation } from './invocation.ts';
import { withRole } from './roles.ts';
import type { Outcome, Place, RunList, Walk } from './state.ts';
import { condition } from './tests.ts';

/** The function that a command calls; `install_$NODE_ROLE` is known once a role is assumed. */
export function functionName({ name, word }: Invocation, walk: Walk): string | undefined {
  if (walk.functions.has(name)) return name;
  const { assumed } = walk;
  if (word.text !== undefined || assumed.role === 'other') return undefined;
  const { text } = withRole(word, assumed.role, assumed);
  if (text === undefined || !walk.functions.has(text)) return undefined;
  return text;
}

const MAX_CALLS = 20;

/** Runs a function's body; what it changes stays, but for its arguments and what it declares as its own. */
export function callFunction(
  name: string,
  { word, args }: Invocation,
  place: Place,
  walk: Walk,
  run: RunList,
): Outcome {
  walk.called.add(name);
  const body = walk.functions.get(name);
  if (!body || place.calls.includes(name) || place.calls.length >= MAX_CALLS) return condition(undefined);
  const environment = fork(place.environment);
  setArguments(args, word.span, environment);
  const locals = new Set<string>();
  const calls = [...place.calls, name];
  const outcome = run(body, { ...place, environment, calls, locals, repeated: true }, walk);
  for (const [changed, variable] of environment.own) {
    if (!locals.has(changed) && !isArgument(changed)) place.environment.own.set(changed, variable);
  }
  const { ends, ...rest } = outcome;
  return ends === 'script' ? outcome : rest;
}
