import type { Located } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import { givenAt, type Tree } from '../../syntax/tree.ts';
import { type NodeFacts, nodeFacts, type Secret, type TailscaleFacts } from '../facts.ts';
import { readTailscaleFlags } from '../tailscale-flags.ts';
import { readContainer } from './container.ts';
import type { ServiceEnvironment, ServiceVariable } from './environment.ts';
import { type ComposeVariables, interpolate, interpolateParts } from './interpolation.ts';
import { argumentWords } from './words.ts';

/** Reads a service that runs Tailscale's container, or one that is made like it. */
export function readTailscaleService(
  service: Located<string>,
  tree: Tree,
  environment: ServiceEnvironment,
  variables: ComposeVariables,
): { readonly node: NodeFacts; readonly secrets: readonly Secret[] } {
  const container = readContainer(service, tree, environment, variables);
  const get = (name: string) => environment.variables.get(name);
  const words = wordsOf(get('TS_EXTRA_ARGS'), variables);
  const flags = readTailscaleFlags(words, 'container', service.span);
  const overridden = words.some(({ text }) => /^--?advertise-routes(=|$)/.test(text ?? ''));
  const mode =
    container.official || get('TS_USERSPACE')
      ? modeOf(get('TS_USERSPACE')?.value, container.complete)
      : undefined;
  const tailscale: TailscaleFacts = {
    ...flags.tailscale,
    complete: flags.tailscale.complete && container.complete && container.official,
    ...(mode && { mode }),
    advertise: overridden ? flags.tailscale.advertise : routesOf(get('TS_ROUTES'), variables),
  };
  const hostname =
    flags.hostname ?? nonEmpty(get('TS_HOSTNAME')?.value) ?? containerHostname(tree, variables);
  const node: NodeFacts = {
    ...nodeFacts('compose', service.span),
    ...(hostname && { hostname }),
    container,
    tailscale: [tailscale],
    mentionsTailscale: true,
  };
  return { node, secrets: flags.secrets };
}

/** Userspace unless told otherwise; a value that is no boolean of Go's counts as not told [Tailscale 1.98, cmd/containerboot]. */
function modeOf(userspace: Given | undefined, complete: boolean): TailscaleFacts['mode'] {
  if (userspace === undefined) return complete ? 'userspace' : undefined;
  if (userspace.text === undefined) return undefined;
  return /^(0|f|F|false|FALSE|False)$/.test(userspace.text) ? 'kernel' : 'userspace';
}

/** Cut before references are replaced: one computed word leaves the others known. */
function wordsOf(variable: ServiceVariable | undefined, variables: ComposeVariables): Given[] {
  return variable ? argumentWords(variable.written ?? variable.value, variables) : [];
}

/** An empty list withdraws every route; what is between two commas is kept as it stands. */
function routesOf(
  variable: ServiceVariable | undefined,
  variables: ComposeVariables,
): TailscaleFacts['advertise'] {
  if (variable === undefined || variable.value.text === '') return [];
  const parts = interpolateParts(variable.written ?? variable.value, (unit) => unit === ',', variables);
  return parts.map((prefix) => ({ prefix, redundant: false }));
}

/** Tailscale takes the container's own hostname where it is not told one. */
function containerHostname(tree: Tree, variables: ComposeVariables): Given | undefined {
  const hostname = givenAt(tree, 'hostname');
  return nonEmpty(hostname && interpolate(hostname, variables));
}

function nonEmpty(value: Given | undefined): Given | undefined {
  return value?.text === '' ? undefined : value;
}
