import { callNode } from '../cluster/devices.ts';
import type { EffectiveSetting, Node } from '../cluster/model.ts';
import { formatAddress } from '../net/format.ts';
import { parseAddress } from '../net/parse.ts';
import type { Address } from '../net/prefix.ts';
import { compareSpans, type Located, type Span, textOf } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import type { Host } from './host.ts';

/** Where kube-proxy sends what is for the Kubernetes API, of one server. */
export type ApiEndpoint =
  /** `given`: the setting of K3s that a file has; undefined where that is taken for K3s' default, the address on its LAN. */
  | {
      readonly address: Address;
      readonly given: GivenEndpoint | undefined;
      readonly because: readonly Span[];
    }
  | { readonly address: undefined; readonly missing: string; readonly because: readonly Span[] };

export interface GivenEndpoint {
  readonly name: EndpointSetting;
  readonly at: Span;
}

/** The first that is set counts; the node's own address otherwise [K3s v1.31, pkg/cli/server]. */
const SETTINGS = ['advertise-address', 'node-external-ip', 'node-ip'] as const;
export type EndpointSetting = (typeof SETTINGS)[number];

/** The port of the API where no `https-listen-port` is set [K3s v1.31 docs, cli/server]. */
export const API_PORT = 6443;

export function apiEndpointOf({ node, lan, tailnet, at }: Host): ApiEndpoint {
  // K3s' own integration with Tailscale advertises the address that Tailscale gives [K3s v1.31, pkg/cli/server].
  if (node.vpnAuth) {
    const [own] = tailnet;
    if (own) return { address: own.value, given: undefined, because: [own.span] };
    return unknownEndpoint(node, [at]);
  }
  for (const name of SETTINGS) {
    const settings = settingsOf(node, name);
    const [first] = settings;
    if (first === undefined) continue;
    const because = settings.map(({ value }) => value.span);
    const known = settings.flatMap(({ value }) => addressIn(value, node) ?? []);
    const addresses = new Set(known.map(({ value }) => formatAddress(value)));
    const [endpoint] = known;
    if (endpoint === undefined || known.length < settings.length || addresses.size > 1)
      return unknownEndpoint(node, because);
    // A manifest's `nodeIp` is a node's address, whatever else K3s is started with.
    const given = /^["']?nodeIp["']?$/.test(textOf(first.key)) ? undefined : { name, at: endpoint.span };
    return { address: endpoint.value, given, because: [endpoint.span] };
  }
  const [own] = lan;
  if (own === undefined || hasInterface(node)) return unknownEndpoint(node, [at]);
  return { address: own.address, given: undefined, because: [own.span] };
}

function unknownEndpoint(node: Node, because: readonly Span[]): ApiEndpoint {
  return { address: undefined, missing: `the address that ${callNode(node)} advertises the API at`, because };
}

/** The first value of every start as a server: of a list K3s takes the first. */
function settingsOf(node: Node, name: string): readonly EffectiveSetting[] {
  const starts = node.k3s.filter(({ command }) => command !== 'agent');
  return starts
    .flatMap(({ settings }) => settings.find((each) => each.name === name && each.value.text !== '') ?? [])
    .toSorted((a, b) => compareSpans(a.value.span, b.value.span));
}

/** `flannel-iface` moves `node-ip` to that interface [K3s v1.31, pkg/cli/server]. */
function hasInterface(node: Node): boolean {
  return node.k3s.some(({ settings }) => settings.some(({ name }) => name === 'flannel-iface'));
}

/** The address that a word is, or that the node's own file gives the one variable it consists of. */
export function addressIn(given: Given, node: Node): Located<Address> | undefined {
  const known = given.text === undefined ? variableOf(given.variable, node) : given;
  const parsed = known?.text === undefined ? undefined : parseAddress(known.text.trim());
  return parsed?.ok ? { value: parsed.value, span: known!.span } : undefined;
}

function variableOf(variable: string | undefined, { facts }: Node): Given | undefined {
  if (variable === undefined) return undefined;
  const given = facts.flatMap(({ parameters, variables }) =>
    [...parameters, ...variables].filter(({ name }) => name === variable),
  );
  return given.at(-1)?.value;
}
