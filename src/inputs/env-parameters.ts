import type { SourceFile } from '../source/source-file.ts';
import { textOf } from '../source/span.ts';
import { type EnvAssignment, parseEnv } from '../syntax/env.ts';
import { type Given, splitGiven } from '../syntax/given.ts';
import { parseReference } from '../syntax/references.ts';
import {
  type AddressFact,
  type FileFacts,
  fileFacts,
  type NodeFacts,
  nodeFacts,
  type Parameter,
} from './facts.ts';
import { readVpn } from './k3s-settings.ts';
import { folderNameOf } from './names.ts';
import { secretOfVariable } from './secret-variables.ts';
import { uniqueSecrets } from './secrets.ts';

const ADDRESSES: ReadonlyMap<Parameter, AddressFact['is']> = new Map([
  ['LAN_IP', 'lan'],
  ['TAILSCALE_IP', 'tailscale'],
  ['MASTER_LAN_IP', 'master-lan'],
  ['MASTER_TAILSCALE_IP', 'master-tailscale'],
]);

/**
 * Reads the install parameters of one node from an env file.
 *
 * A file that assigns none of them (a Compose `.env`) speaks of no node.
 *
 * @param parameterNames which parameter each variable is, by the name the file uses
 */
export function readEnv(file: SourceFile, parameterNames: ReadonlyMap<string, Parameter>): FileFacts {
  const { assignments, problems, readsOthers } = parseEnv(file);
  const parameters = assignments.flatMap((assignment) => {
    const parameter = parameterNames.get(assignment.name.value);
    return parameter === undefined ? [] : [{ ...assignment, parameter }];
  });
  const vpn = readVpn(lastValue(assignments, 'K3S_VPN_AUTH'), lastValue(assignments, 'K3S_VPN_AUTH_FILE'));
  const secrets = uniqueSecrets([
    ...assignments.flatMap(({ name, value }) => {
      const isToken = parameterNames.get(name.value) === 'K3S_TOKEN';
      return secretOfVariable(isToken ? 'K3S_TOKEN' : name.value, defaultOf(value) ?? value);
    }),
    ...(vpn?.secrets ?? []),
  ]);
  const [first] = parameters;
  if (first === undefined) return { ...fileFacts('env'), problems, secrets };

  const role = parameters.findLast(({ parameter }) => parameter === 'NODE_ROLE')?.value;
  const given = role?.text === '' ? undefined : role;
  const addresses = addressesIn(parameters);
  const node: NodeFacts = {
    ...nodeFacts('env', given?.span ?? first.name.span),
    ...namesIn(file, assignments),
    ...(given && { role: given }),
    parameters: parameters.map(({ parameter, value }) => ({ name: parameter, value })),
    variables: assignments
      .filter(({ name }) => !parameterNames.has(name.value))
      .map(({ name, value }) => ({ name: name.value, value })),
    readsOthers,
    addresses,
    tailscale: vpn ? [vpn.tailscale] : [],
    mentionsTailscale:
      vpn !== undefined || addresses.some(({ is }) => is === 'tailscale' || is === 'master-tailscale'),
  };
  return { ...fileFacts('env'), problems, nodes: [node], secrets };
}

/** `word` of `${NAME:-word}`, which stands in the file whatever the variable is. */
function defaultOf({ text, span }: Given): Given | undefined {
  const written = text === undefined ? textOf(span) : '';
  const reference = parseReference(written, Math.max(0, written.indexOf('$')));
  if (reference?.operator !== ':-' && reference?.operator !== '-') return undefined;
  const word = written.slice(reference.wordStart, reference.wordEnd);
  if (/[$`"']/.test(word)) return undefined;
  const start = span.start + reference.wordStart;
  return { text: word, span: { ...span, start, end: start + word.length }, textStart: start };
}

function namesIn(
  file: SourceFile,
  assignments: readonly EnvAssignment[],
): Pick<NodeFacts, 'nodeName' | 'hostname' | 'folderName'> {
  const nodeName = lastValue(assignments, 'K3S_NODE_NAME');
  const hostname = lastValue(assignments, 'TS_HOSTNAME');
  const folderName = folderNameOf(file);
  return {
    ...(nodeName && { nodeName }),
    ...(hostname && { hostname }),
    ...(folderName !== undefined && { folderName }),
  };
}

/** What a variable is in the end; nothing if that is empty. */
function lastValue(assignments: readonly EnvAssignment[], name: string): Given | undefined {
  const value = assignments.findLast((assignment) => assignment.name.value === name)?.value;
  return value?.text === '' ? undefined : value;
}

/** The last value of each address parameter, one address or a list of them: the ones before it are the node's no longer. */
function addressesIn(
  parameters: readonly (EnvAssignment & { readonly parameter: Parameter })[],
): AddressFact[] {
  const addresses = new Map<Parameter, AddressFact[]>();
  for (const { name, value, parameter } of parameters) {
    const is = ADDRESSES.get(parameter);
    if (is === undefined) continue;
    const given = value.text === '' ? [] : splitGiven(value, ',');
    addresses.delete(parameter);
    addresses.set(
      parameter,
      given.map((address) => ({ is, called: name.value, value: address })),
    );
  }
  return [...addresses.values()].flat();
}
