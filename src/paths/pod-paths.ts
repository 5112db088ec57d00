import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import type { Address } from '../net/prefix.ts';
import { lastAddress } from '../net/prefix.ts';
import { connect, type Outcome } from './connection.ts';
import { type Admits, filtersOf } from './filter.ts';
import type { Flow } from './flow.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';
import type { Path, Step } from './path.ts';

/** What is asked of every pair: a connection to this port. */
export interface Asked {
  /** IANA number: 6 for TCP. */
  readonly protocol: number;
  readonly port: number;
}

export const HTTPS: Asked = { protocol: 6, port: 443 };

/** An ordered pair of nodes, and what becomes of a connection from a pod of the one to a pod of the other. */
export interface PodPair extends Outcome {
  readonly from: Host;
  readonly to: Host;
}

/** Every ordered pair of nodes: by the senders in their order, then by the receivers. */
export function podPairs(network: Network, asked: Asked = HTTPS): readonly PodPair[] {
  const outcomeOf = podOutcomes(network, asked);
  return network.hosts.flatMap((from) =>
    network.hosts.flatMap((to): readonly PodPair[] =>
      from === to ? [] : [{ from, to, ...outcomeOf(from, to) }],
    ),
  );
}

/** Answers for single pairs of different hosts; what they have in common is worked out once. */
export function podOutcomes(network: Network, asked: Asked = HTTPS): (from: Host, to: Host) => Outcome {
  const admits = filtersOf(network);
  const flowOf = podFlows(network, asked);
  return (from, to) => {
    const flow = flowOf(from, to);
    return flow ? connect(network, admits, flow) : noPods(from, to);
  };
}

/** The connection that stands for a pair; undefined where no pod CIDR of one family is known of both. */
export function podFlows(network: Network, asked: Asked = HTTPS): (from: Host, to: Host) => Flow | undefined {
  const pods = new Map(network.hosts.map((host) => [host, podsOf(host)]));
  return (from, to) => podFlow(from, to, asked, pods);
}

/** A path between two pods, with the addresses that stand for them. */
export interface PodPath extends Path {
  /** Undefined where no pod CIDR of one family is known of both. */
  readonly source: Address | undefined;
  readonly destination: Address | undefined;
}

/** Tells single pairs step by step; what they have in common is worked out once. */
export function podTracer(network: Network, asked: Asked = HTTPS): (from: Host, to: Host) => PodPath {
  const admits = filtersOf(network);
  return (from, to) => {
    const flow = podFlow(from, to, asked, new Map([from, to].map((host) => [host, podsOf(host)])));
    if (flow !== undefined)
      return { ...trace(network, admits, flow), source: flow.source, destination: flow.to };
    const { cause, ...outcome } = noPods(from, to);
    const steps = cause ? [{ says: cause.says, because: cause.because }] : [];
    return { ...outcome, cause, seen: undefined, steps, source: undefined, destination: undefined };
  };
}

/** The same for one pair. */
export function tracePods(network: Network, from: Host, to: Host, asked: Asked = HTTPS): PodPath {
  return podTracer(network, asked)(from, to);
}

/** A connection with all that happens to it. */
export function trace(network: Network, admits: Admits, flow: Flow): Path {
  const steps: Step[] = [];
  const { via, delivered, seen, cause } = connect(network, admits, flow, steps);
  return { via, delivered, seen: seen && formatAddress(seen), cause, steps };
}

/** A pod that stands for all of a node's, one of each family: the network's address plus ten. */
function podsOf({ pods }: Host): ReadonlyMap<4 | 6, Address> {
  const found = new Map<4 | 6, Address>();
  for (const { value } of pods) {
    const bits = value.network + 10n;
    if (!found.has(value.family) && bits <= lastAddress(value).bits)
      found.set(value.family, { family: value.family, bits });
  }
  return found;
}

/** IPv4 where both have it. */
function podFlow(
  from: Host,
  to: Host,
  asked: Asked,
  pods: ReadonlyMap<Host, ReadonlyMap<4 | 6, Address>>,
): Flow | undefined {
  for (const family of [4, 6] as const) {
    const [source, destination] = [pods.get(from)?.get(family), pods.get(to)?.get(family)];
    if (source && destination) return { from, source, isPods: true, to: destination, ...asked };
  }
  return undefined;
}

function noPods(from: Host, to: Host): Outcome {
  const host = [from, to].find(({ pods }) => pods.length === 0) ?? from;
  return {
    via: 'unknown',
    delivered: undefined,
    seen: undefined,
    cause: {
      kind: 'unknown',
      host,
      says: `the files do not tell the pod CIDR of ${callNode(host.node)}`,
      because: [host.at],
    },
  };
}
