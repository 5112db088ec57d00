import type { Located } from '../../source/span.ts';
import type { Given } from '../../syntax/given.ts';
import { givenAt, itemsOf, type Tree, valueAt } from '../../syntax/tree.ts';
import type { Container } from '../facts.ts';
import type { ServiceEnvironment } from './environment.ts';
import { type ComposeVariables, interpolate, interpolateParts } from './interpolation.ts';

const TAILSCALE_IMAGE = /(^|\/)tailscale\/tailscale([:@]|$)/;
const K3S_IMAGE = /(^|\/)rancher\/k3s([:@]|$)/;
/** Variables that only the entry point of Tailscale's image reads [Tailscale 1.98, cmd/containerboot]. */
const CONTAINER_VARIABLES: readonly string[] = [
  'TS_ROUTES',
  'TS_EXTRA_ARGS',
  'TS_USERSPACE',
  'TS_STATE_DIR',
  'TS_AUTH_ONCE',
  'TS_TAILSCALED_EXTRA_ARGS',
];
/** Variables that programs with Tailscale built in have too. */
const SHARED_VARIABLES: readonly string[] = ['TS_AUTHKEY', 'TS_AUTH_KEY', 'TS_HOSTNAME'];

/** What a service runs; `undefined` for what is neither. */
export function programOf(
  service: Tree,
  environment: ServiceEnvironment,
  variables: ComposeVariables,
): 'tailscale' | 'k3s' | undefined {
  const written = givenAt(service, 'image')?.text ?? '';
  const image = imageOf(service, variables);
  if (K3S_IMAGE.test(written) || K3S_IMAGE.test(image ?? '')) return 'k3s';
  const has = (name: string) => environment.variables.has(name);
  const isTailscale =
    TAILSCALE_IMAGE.test(written) ||
    TAILSCALE_IMAGE.test(image ?? '') ||
    CONTAINER_VARIABLES.some(has) ||
    ((image === undefined || /tailscale/i.test(image)) && SHARED_VARIABLES.some(has));
  return isTailscale ? 'tailscale' : undefined;
}

/** Undefined where the file does not tell the image. */
function imageOf(service: Tree, variables: ComposeVariables): string | undefined {
  const image = givenAt(service, 'image');
  return image && interpolate(image, variables).text;
}

/** The container of a service that runs Tailscale. */
export function readContainer(
  service: Located<string>,
  tree: Tree,
  environment: ServiceEnvironment,
  variables: ComposeVariables,
): Container {
  const networkMode = givenAt(tree, 'network_mode');
  const partial = isPartial(service, tree);
  const tun = hasTun(tree, variables);
  return {
    service,
    official: isOfficial(tree, variables),
    environment: [...environment.variables.values()].map(({ name, value }) => ({ name, value })),
    complete: environment.complete && !partial,
    ...(networkMode && { networkMode: interpolate(networkMode, variables) }),
    ...(!networkMode && partial && { networkMode: { text: undefined, span: service.span } }),
    carriesK3s: false,
    tun: tun === false && partial ? undefined : tun,
    mounts: itemsOf(valueAt(tree, 'volumes')).flatMap((volume) => mountOf(volume, variables)),
  };
}

/** An own command takes the place of the image's, which is what reads the variables. */
function isOfficial(service: Tree, variables: ComposeVariables): boolean {
  for (const key of ['entrypoint', 'command']) {
    const words = itemsOf(valueAt(service, key));
    if (words.length > 0 && !/containerboot/.test(givenAt(words[0])?.text ?? '')) return false;
  }
  const image = imageOf(service, variables);
  if (image !== undefined) return TAILSCALE_IMAGE.test(image);
  const written = givenAt(service, 'image')?.text ?? '';
  return TAILSCALE_IMAGE.test(written) || valueAt(service, 'build') === undefined;
}

/** A service that is completed by another one: what is absent here may stand there. */
function isPartial(service: Located<string>, tree: Tree): boolean {
  return valueAt(tree, 'extends') !== undefined || /[.-]override\.ya?ml$/i.test(service.span.file.path);
}

function hasTun(service: Tree, variables: ComposeVariables): boolean | undefined {
  const privileged = givenAt(service, 'privileged');
  const isPrivileged = privileged ? interpolate(privileged, variables).text : 'false';
  const targets = [
    ...itemsOf(valueAt(service, 'devices')).map((device) => targetOf(device, variables)),
    ...itemsOf(valueAt(service, 'volumes')).map((volume) => targetOf(volume, variables)),
  ];
  if (isPrivileged === 'true') return true;
  if (targets.some((target) => /^\/dev(\/net(\/tun)?)?\/?$/.test(target?.text ?? ''))) return true;
  const isKnown = isPrivileged !== undefined && targets.every((target) => target?.text !== undefined);
  return isKnown ? false : undefined;
}

function mountOf(volume: Tree, variables: ComposeVariables): Given[] {
  if (givenAt(volume, 'type')?.text === 'tmpfs') return [];
  const target = targetOf(volume, variables);
  return target ? [target] : [];
}

/** Where a volume or a device is inside the container: `source:target[:mode]`, `target`, or a map. */
function targetOf(entry: Tree, variables: ComposeVariables): Given | undefined {
  const word = givenAt(entry);
  if (word === undefined) {
    const target = givenAt(entry, 'target');
    return target && interpolate(target, variables);
  }
  const parts = interpolateParts(word, (unit) => unit === ':', variables);
  return parts.findLast(({ text }) => text === undefined || text.startsWith('/'));
}
