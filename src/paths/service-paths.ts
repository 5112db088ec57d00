import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, contains, type Prefix, sameAddress } from '../net/prefix.ts';
import { PRIVATE_NETWORKS } from '../net/ranges.ts';
import type { Span } from '../source/span.ts';
import { API_PORT, apiEndpointOf } from './api-endpoint.ts';
import type { Cause } from './cause.ts';
import { connect, type Outcome, type Trail } from './connection.ts';
import { type Admits, filtersOf } from './filter.ts';
import type { Flow } from './flow.ts';
import type { Host } from './host.ts';
import { isServer, joinsOf } from './join-address.ts';
import { lookUp } from './lookup.ts';
import type { Network } from './network.ts';
import { noAddress, outgoingAddress } from './outgoing-address.ts';
import type { Path, Step } from './path.ts';
import { type PodPair, podPairs, tracePods } from './pod-paths.ts';

/** A connection that is no pod's to another pod, and what becomes of it. */
export interface ServicePath extends Outcome {
  readonly asks: Question;
  readonly from: Host;
  readonly to: Host;
  /** Undefined where the files do not tell it. */
  readonly address: Address | undefined;
  readonly port: number;
}

/**
 * `api`: pods of `from` to the Kubernetes API on the server `to`. From host to host: `ssh`; `kubelet`, a server to the
 * node's kubelet; `join`, an agent to the server that it joins.
 */
export type Question = 'api' | 'ssh' | 'kubelet' | 'join';

const SSH_PORT = 22;
const KUBELET_PORT = 10_250;
const TCP = 6;

/** CoreDNS may run on any node: a lookup by UDP from pods of each node to a pod on each other. */
export const DNS = { protocol: 17, port: 53 };

export function dnsPaths(network: Network): readonly PodPair[] {
  return podPairs(network, DNS);
}

export function traceDns(network: Network, from: Host, to: Host): Path {
  return tracePods(network, from, to, DNS);
}

/**
 * Pods of every node to every server: by the nodes in their order, then by the servers. Of several servers kube-proxy
 * takes any, whether it answers or not.
 */
export function apiPaths(network: Network): readonly ServicePath[] {
  const servers = network.hosts.filter(isServer);
  const wanted = network.hosts.flatMap((from) =>
    servers.map((to) => apiWish(from, to, apiEndpointOf(to).address)),
  );
  return answersTo(network, wanted);
}

/** Pods of one node to one server, if that advertised the API at this address. */
export function apiPath(network: Network, from: Host, to: Host, address: Address): ServicePath {
  const wish = apiWish(from, to, address);
  return { ...wish, ...answerTo(network, filtersOf(network), wish) };
}

/** Node to node by every address that is known, servers to kubelets, and agents to the servers that they join. */
export function hostPaths(network: Network): readonly ServicePath[] {
  const wanted = network.hosts.flatMap((from) => [
    ...network.hosts.filter((to) => to !== from).flatMap((to) => hostWishes(from, to)),
    ...joinsOf(network, from).map(
      ({ server, address }): Wish => ({ asks: 'join', from, to: server, address, port: API_PORT }),
    ),
  ]);
  return answersTo(network, wanted);
}

/** One node to another at this address, by SSH. */
export function hostPath(network: Network, from: Host, to: Host, address: Address): ServicePath {
  const wish: Wish = { asks: 'ssh', from, to, address, port: SSH_PORT };
  return { ...wish, ...answerTo(network, filtersOf(network), wish) };
}

/** One of them, told step by step. */
export function traceService(network: Network, path: Wish, admits: Admits = filtersOf(network)): Path {
  const steps: Step[] = [];
  const outcome = answerTo(network, admits, path, steps);
  return { ...outcome, seen: outcome.seen && formatAddress(outcome.seen), steps };
}

/** What is asked. */
type Wish = Pick<ServicePath, 'asks' | 'from' | 'to' | 'address' | 'port'>;

function apiWish(from: Host, to: Host, address: Address | undefined): Wish {
  return { asks: 'api', from, to, address, port: API_PORT };
}

function hostWishes(from: Host, to: Host): readonly Wish[] {
  const addresses = [...to.lan.map(({ address }) => address), ...to.tailnet.map(({ value }) => value)];
  const wish = (asks: Question, address: Address, port: number): Wish => ({ asks, from, to, address, port });
  return [
    ...addresses.map((address) => wish('ssh', address, SSH_PORT)),
    ...(isServer(from) ? addresses.slice(0, 1).map((address) => wish('kubelet', address, KUBELET_PORT)) : []),
  ];
}

function answersTo(network: Network, wanted: readonly Wish[]): readonly ServicePath[] {
  const admits = filtersOf(network);
  return wanted.map((wish) => ({ ...wish, ...answerTo(network, admits, wish) }));
}

function answerTo(network: Network, admits: Admits, wish: Wish, trail?: Trail): Outcome {
  const { from, to, address, port } = wish;
  if (address === undefined) return unknownOutcome(unknownEndpoint(to), trail);
  const sender = wish.asks === 'api' ? podOf(from, address) : hostSource(network, from, address);
  if ('kind' in sender) return unknownOutcome(sender, trail);
  const flow: Flow = {
    from,
    source: sender,
    isPods: wish.asks === 'api',
    isMasqueraded: wish.asks === 'api',
    to: address,
    protocol: TCP,
    port,
  };
  const outcome = connect(network, admits, flow, trail);
  if (!mayLeadThere(outcome, address)) return outcome;
  return { ...unknownOutcome(publicAddress(from, address), trail), via: outcome.via };
}

/** Any pod stands for all: what leaves the pods' network gets the node's address. */
function podOf(from: Host, to: Address): Address | Cause {
  const pods = from.pods.find(({ value }) => value.family === to.family)?.value;
  if (pods) return { family: pods.family, bits: pods.network + (pods.length > 28 ? 0n : 10n) };
  return unknown(from, `the files do not tell the pod CIDR of ${callNode(from.node)}`, [from.at]);
}

/** The address that the host's kernel chooses: it looks the destination up before it has one. */
function hostSource(network: Network, from: Host, to: Address): Address | Cause {
  const decided = lookUp(network, from, { from: UNSET[to.family], to });
  if (decided.via === 'unknown') return unknown(from, decided.explain().says, decided.explain().because);
  // An address that two nodes have is the sender's own too.
  return outgoingAddress(from, decided, to) ?? noAddress(from, decided);
}

const UNSET = { 4: { family: 4, bits: 0n }, 6: { family: 6, bits: 0n } } as const;

/** The default route leads to whatever has a public address. */
function mayLeadThere({ cause, delivered }: Outcome, address: Address): boolean {
  const isLeak = delivered === false && (cause?.kind === 'leak' || cause?.kind === 'bypassed');
  return isLeak && cause.address !== undefined && sameAddress(cause.address, address) && !isPrivate(address);
}

function isPrivate(address: Address): boolean {
  return PRIVATE_NETWORKS.some((network: Prefix) => contains(network, address));
}

function publicAddress(from: Host, address: Address): Cause {
  const says = `the files do not tell whether ${callNode(from.node)} reaches ${formatAddress(address)} through the Internet`;
  return unknown(from, says, []);
}

function unknownEndpoint(server: Host): Cause {
  const endpoint = apiEndpointOf(server);
  const what = endpoint.address === undefined ? endpoint.missing : 'nothing';
  return unknown(server, `the files do not tell ${what}`, endpoint.because);
}

function unknown(host: Host, says: string, because: readonly Span[]): Cause {
  return { kind: 'unknown', host, says, because };
}

function unknownOutcome(cause: Cause, trail: Trail): Outcome {
  trail?.push({ says: cause.says, because: cause.because });
  return { via: 'unknown', delivered: undefined, seen: undefined, cause };
}
