import type { Located } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import { givenAt, type Tree, valueAt } from '../../syntax/tree.ts';
import { type K3sFacts, type K3sSetting, type NodeFacts, nodeFacts, type Secret } from '../facts.ts';
import { readK3sFlags } from '../k3s-flags.ts';
import { readNodeOfSettings, splitSetting } from '../k3s-settings.ts';
import type { ServiceEnvironment } from './environment.ts';
import { type ComposeVariables, interpolate } from './interpolation.ts';
import { commandWords } from './words.ts';

/** The settings that K3s takes from its environment as well [K3s v1.31 docs, cli/server and cli/agent]. */
const SETTING_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['K3S_URL', 'server'],
  ['K3S_TOKEN', 'token'],
  ['K3S_TOKEN_FILE', 'token-file'],
  ['K3S_AGENT_TOKEN', 'agent-token'],
  ['K3S_CLUSTER_INIT', 'cluster-init'],
  ['K3S_NODE_NAME', 'node-name'],
  ['K3S_VPN_AUTH', 'vpn-auth'],
  ['K3S_VPN_AUTH_FILE', 'vpn-auth-file'],
]);

/** Reads a service that runs K3s in its own image. */
export function readK3sService(
  service: Located<string>,
  tree: Tree,
  environment: ServiceEnvironment,
  variables: ComposeVariables,
): { readonly node: NodeFacts; readonly secrets: readonly Secret[] } {
  const start = readStart(service, tree, environment, variables);
  const { facts, secrets } = readNodeOfSettings(start.settings);
  // K3s calls a node by its hostname, which is the container's.
  const hostname = givenAt(tree, 'hostname');
  const nodeName = facts.nodeName ?? (hostname && interpolate(hostname, variables));
  const node: NodeFacts = {
    ...nodeFacts('compose', service.span),
    ...facts,
    ...(nodeName && { nodeName }),
    k3s: [start],
  };
  return { node, secrets };
}

/** The image's entry point is `k3s`, its command `agent` [K3s v1.31, package/Dockerfile]. */
function readStart(
  service: Located<string>,
  tree: Tree,
  environment: ServiceEnvironment,
  variables: ComposeVariables,
): K3sFacts {
  const words = [
    ...commandWords(valueAt(tree, 'entrypoint'), variables),
    ...commandWords(valueAt(tree, 'command'), variables),
  ];
  const at = words.findIndex(({ text }) => text === 'server' || text === 'agent');
  const command = words.length === 0 ? 'agent' : asCommand(words[at]);
  const flags = at < 0 ? [] : readK3sFlags(words.slice(at + 1)).flatMap(splitSetting);
  const given = new Set(flags.map(({ name }) => name));
  const settings = [...settingsIn(environment).filter(({ name }) => !given.has(name)), ...flags];
  return { by: 'command-line', ...(command && { command }), at: service.span, settings };
}

function asCommand(word: Given | undefined): K3sFacts['command'] {
  return word?.text === 'server' || word?.text === 'agent' ? word.text : undefined;
}

/** An empty variable is as good as none. */
function settingsIn(environment: ServiceEnvironment): K3sSetting[] {
  return [...environment.variables.values()].flatMap(({ name: { value: variable, span }, value }) => {
    const name = SETTING_VARIABLES.get(variable);
    return name === undefined || value.text === '' ? [] : [{ name, key: span, value, append: false }];
  });
}
