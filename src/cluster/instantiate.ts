import type { Advertised, NodeFacts, TailscaleFacts } from '../inputs/facts.ts';
import type { Given } from '../syntax/given.ts';
import { splitGiven } from '../syntax/given.ts';

/**
 * What scripts for many say of one node: a word that is one variable becomes what the node's own env file
 * gives that variable, at its place there.
 */
export function instantiate(scripts: readonly NodeFacts[], own: readonly NodeFacts[]): readonly NodeFacts[] {
  const values = new Map<string, Given>();
  for (const { variables } of own) for (const { name, value } of variables) values.set(name, value);
  if (values.size === 0) return scripts;
  return scripts.map((script) => ({
    ...script,
    tailscale: script.tailscale.map((each) => withValues(each, values)),
  }));
}

function withValues(facts: TailscaleFacts, values: ReadonlyMap<string, Given>): TailscaleFacts {
  return { ...facts, advertise: facts.advertise.flatMap((each) => advertisedAs(each, values)) };
}

function advertisedAs(advertised: Advertised, values: ReadonlyMap<string, Given>): Advertised[] {
  const value = advertised.prefix.variable === undefined ? undefined : values.get(advertised.prefix.variable);
  if (value?.text === undefined) return [advertised];
  return splitGiven(value, ',').map((prefix) => ({ ...advertised, prefix }));
}
