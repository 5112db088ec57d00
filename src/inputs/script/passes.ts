import type { Statement } from '../../syntax/shell-tree.ts';
import { type Parameter, ROLES, type Role } from '../facts.ts';
import { lookUp, newEnvironment } from './environment.ts';
import { addStart } from './installer.ts';
import { readInstall } from './k3s.ts';
import { addParameters, apart, type Place, type Walk } from './state.ts';
import { runList } from './walk.ts';

/** See `Walk.repeats`. */
const MAX_REPEATS = 20_000;

/** A pass over a script that goes by one role. */
export interface Pass {
  readonly role: Role | 'other';
  readonly walk: Walk;
}

/**
 * Runs a script once for each role, and once for a role that is none of them: what a branch on the role does is then
 * met in the passes of its roles only. One pass is enough for a script that does not know of roles.
 *
 * Functions that no pass calls run after all others, each as if somebody called it.
 */
export function runPasses(
  statements: readonly Statement[],
  names: ReadonlyMap<string, Parameter>,
  namesRole: boolean,
): readonly Pass[] {
  const roles = namesRole ? ([...ROLES, 'other'] as const) : (['other'] as const);
  const passes = roles.map((role) => runPass(role, statements, names));
  const called = new Set(passes.flatMap(({ walk }) => [...walk.called]));
  const installed = passes.some(({ walk }) => walk.installed);
  for (const { walk, place } of passes) {
    if (!installed) addUnusedInstall(place, walk);
    // A function mostly stands after those it calls.
    for (const [name, body] of [...walk.functions].reverse()) {
      if (called.has(name) || walk.called.has(name)) continue;
      runList(body, { ...apart(place), calls: [name], repeated: true }, walk);
    }
  }
  return passes;
}

interface RunningPass extends Pass {
  readonly place: Place;
}

function runPass(
  role: Role | 'other',
  statements: readonly Statement[],
  names: ReadonlyMap<string, Parameter>,
): RunningPass {
  const roleName = [...names].find(([, parameter]) => parameter === 'NODE_ROLE')?.[0];
  const walk: Walk = {
    names,
    assumed: { role, roleName },
    found: [],
    secrets: [],
    functions: new Map(),
    called: new Set(),
    installers: new Set(),
    asserted: new Set(),
    readsOthers: false,
    installed: false,
    repeats: MAX_REPEATS,
  };
  const place: Place = {
    environment: newEnvironment(roleName),
    machine: '',
    branch: undefined,
    calls: [],
    locals: new Set(),
    depth: 0,
    installerOnInput: false,
    repeated: false,
  };
  runList(statements, place, walk);
  addParameters(place, walk);
  return { role, walk, place };
}

/** `INSTALL_K3S_EXEC` is for an installer that runs elsewhere. */
function addUnusedInstall(place: Place, walk: Walk): void {
  const exec = lookUp(place.environment, 'INSTALL_K3S_EXEC')?.value;
  if (!exec?.text) return;
  addStart(readInstall([], place.environment, exec.span, !walk.readsOthers), place, walk);
}
