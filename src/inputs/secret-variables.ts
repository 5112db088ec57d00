import type { Given } from '../syntax/given.ts';
import type { Secret } from './facts.ts';
import { secretIn } from './secrets.ts';

/** Environment variables of K3s, Tailscale's containers and Headscale whose value is a secret, and what it is. */
const SECRET_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['K3S_TOKEN', 'a K3s join token'],
  ['K3S_AGENT_TOKEN', 'a K3s join token'],
  ['K3S_CLUSTER_SECRET', 'a K3s join token'],
  ['TS_AUTHKEY', 'a Tailscale auth key'],
  ['TS_AUTH_KEY', 'a Tailscale auth key'],
  ['TS_CLIENT_SECRET', 'a Tailscale OAuth client secret'],
  ['TS_API_KEY', 'a Tailscale API key'],
  ['HEADSCALE_API_KEY', 'a Headscale API key'],
]);

/** Whatever the variable is called. */
const KEY_PREFIXES: readonly (readonly [prefix: string, what: string])[] = [
  ['tskey-client-', 'a Tailscale OAuth client secret'],
  ['tskey-api-', 'a Tailscale API key'],
  ['tskey-', 'a Tailscale auth key'],
];

/** The literal secret that a variable is given, by the variable's name or the look of its value. */
export function secretOfVariable(name: string, value: Given): Secret[] {
  const text = value.text?.trim() ?? '';
  const what = KEY_PREFIXES.find(([prefix]) => text.startsWith(prefix))?.[1] ?? SECRET_VARIABLES.get(name);
  return what === undefined ? [] : secretIn(value, what);
}
