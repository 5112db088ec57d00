import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, contains } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import type { Cause } from './cause.ts';
import type { Decision } from './decision.ts';
import type { Admits } from './filter.ts';
import type { Flow } from './flow.ts';
import type { Host } from './host.ts';
import { lackOf } from './lack.ts';
import { type Interface, lookUp } from './lookup.ts';
import { lookUpStep } from './lookup-step.ts';
import type { Network } from './network.ts';
import { noAddress, outgoingAddress } from './outgoing-address.ts';
import { overlayEnd } from './overlay.ts';
import type { Step, Via } from './path.ts';
import { crossTunnel, translatedSource } from './tunnel.ts';

/** What becomes of a connection, without the words. */
export interface Outcome {
  readonly via: Via;
  readonly delivered: boolean | undefined;
  /** The address that the other end sees, where the request gets there. */
  readonly seen: Address | undefined;
  /** Why not, where it is not delivered. */
  readonly cause: Cause | undefined;
}

/** What a trace writes down, step by step; the matrix writes nothing. */
export type Trail = Step[] | undefined;

/** A packet does not go round for ever: it loses one of these at every host. */
const MOST_HOPS = 8;

/**
 * Follows a connection: the request from hop to hop, and the replies on their own way, as kernel and tailscaled treat
 * them. A reply passes every packet filter, which judges new connections only, and undoes what source NAT did.
 */
export function connect(network: Network, admits: Admits, flow: Flow, trail?: Trail): Outcome {
  const request = carry(
    network,
    admits,
    flow,
    {
      at: flow.from,
      source: flow.source,
      to: flow.to,
      isReply: false,
      iif: flow.isPods ? 'cni0' : undefined,
    },
    trail,
  );
  const { via } = request;
  if (request.end !== 'arrived')
    return {
      via,
      delivered: request.end === 'dropped' ? false : undefined,
      seen: undefined,
      cause: request.cause,
    };

  const { source: seen } = request;
  trail?.push({
    says: `the request reaches ${formatAddress(flow.to)} from ${formatAddress(seen)}`,
    because: [],
  });
  const lost = answer(network, admits, flow, request, trail);
  if (lost !== undefined)
    return { via, delivered: lost.end === 'dropped' ? false : undefined, seen, cause: lost.cause };
  trail?.push({ says: 'the reply comes back', because: [] });
  return { via, delivered: true, seen, cause: undefined };
}

interface Leg {
  readonly at: Host;
  readonly source: Address;
  readonly to: Address;
  readonly isReply: boolean;
  /** Where it came in; absent for what the host sends itself. */
  readonly iif: Interface | undefined;
}

/** A host puts an address of its own in place of the sender's, and back in the reply. */
interface Translation {
  readonly host: Host;
  readonly before: Address;
  /** The other end of the tunnel that it came by, where a userspace tailscaled has dialled itself. */
  readonly dialledFor: Host | undefined;
}

interface Arrived {
  readonly via: Via;
  readonly end: 'arrived';
  readonly at: Host;
  readonly source: Address;
  readonly translations: readonly Translation[];
  /** The interface that it came in by. */
  readonly iif: Interface | undefined;
  /** Whether a pod has the address, and not the host. */
  readonly isPods: boolean;
  readonly cause?: undefined;
}

interface Stopped {
  readonly via: Via;
  readonly end: 'dropped' | 'unknown';
  readonly cause: Cause;
}

const NO_TRANSLATION: readonly Translation[] = [];

/** The reply, from each host that has translated the request to the one before; what becomes of it if it is lost. */
function answer(
  network: Network,
  admits: Admits,
  flow: Flow,
  { at: receiver, source: seen, translations, isPods }: Arrived,
  trail: Trail,
): Stopped | undefined {
  let at = receiver;
  let to = seen;
  let iif: Interface | undefined = isPods ? 'cni0' : undefined;
  for (const { host, before, dialledFor } of translations.toReversed()) {
    if (host !== at) {
      const reply = carry(network, admits, flow, { at, source: flow.to, to, isReply: true, iif }, trail);
      if (reply.end !== 'arrived') return reply;
      [at, iif] = [host, reply.iif];
    }
    to = before;
    // It answers in the tunnel that the request came by.
    if (dialledFor !== undefined) [at, iif] = [dialledFor, 'tailscale0'];
  }
  const reply = carry(network, admits, flow, { at, source: flow.to, to, isReply: true, iif }, trail);
  return reply.end === 'arrived' ? undefined : reply;
}

function carry(network: Network, admits: Admits, flow: Flow, leg: Leg, trail: Trail): Arrived | Stopped {
  const { to, isReply } = leg;
  let { at, source, iif } = leg;
  let translations = NO_TRANSLATION;
  let sender: Host | undefined;
  let via: Via | undefined;
  const translate = (host: Host, address: Address, dialledFor?: Host) => {
    translations = [...translations, { host, before: source, dialledFor }];
    source = address;
  };
  const stop = (end: Stopped['end'], cause: Cause): Stopped => {
    trail?.push({ says: cause.says, because: cause.because });
    return { via: via ?? 'unknown', end, cause };
  };

  for (let hop = 0; hop < MOST_HOPS; hop++) {
    if (hop > 0 && at.rpFilter?.value === 'strict') {
      const back = lookUp(network, at, { from: to, to: source });
      if (back.via !== 'unknown' && interfaceOf(back) !== iif)
        return stop('dropped', strictFilter(at, source, at.rpFilter.span, back));
    }
    const decided: Decision = lookUp(network, at, { from: source, to, iif });
    via ??= decided.via === 'local' ? 'own' : decided.via;
    trail?.push(lookUpStep(network, at, decided, { to, isReply }));
    const translated = iif === 'tailscale0' && !isReply ? translatedSource(at, decided, to) : undefined;
    if (translated !== undefined) {
      translate(at, translated, at.tailscale.value === 'userspace' ? sender : undefined);
      trail?.push({
        says: `${callNode(at.node)} gives it ${formatAddress(source)} as its source`,
        because: at.snat.because,
      });
    }
    if (hop === 0 && flow.isMasqueraded && !isReply && (decided.via === 'lan' || decided.via === 'tailnet')) {
      const own = outgoingAddress(at, decided, to);
      if (own === undefined) return stop('unknown', noAddress(at, decided));
      translate(at, own);
      trail?.push({
        says: `${callNode(at.node)} gives it ${formatAddress(own)} as its source, as it leaves the pods' network`,
        because: [],
      });
    }
    switch (decided.via) {
      case 'local':
        return { via, end: 'arrived', at, source, translations, iif, isPods: false };
      case 'own': {
        const isThere = at.pods.some(({ value }) => contains(value, to));
        if (isThere) return { via, end: 'arrived', at, source, translations, iif, isPods: true };
        return stop(
          'dropped',
          causeAt('nobody-there', at, decided, `nobody at ${callNode(at.node)} has ${formatAddress(to)}`),
        );
      }
      case 'default':
      case 'none':
        if (trail && !decided.chosenBy && network.podHosts(to).length > 0) {
          const { says, because } = lackOf(network, at, to);
          trail.push({ says, because });
        }
        return stop('dropped', leak(at, to, decided));
      case 'unknown':
        return stop('unknown', causeAt('unknown', at, decided));
      case 'lan':
        if (decided.next === undefined) {
          return stop(
            'dropped',
            causeAt(
              'stranger',
              at,
              decided,
              `no node of these files has that address on the LAN of ${callNode(at.node)}`,
            ),
          );
        }
        [at, iif] = [decided.next, 'lan'];
        break;
      case 'overlay': {
        const end = overlayEnd(network, admits, at, decided.next!);
        if (end !== undefined) return stop(end.kind === 'unknown' ? 'unknown' : 'dropped', end);
        [at, iif] = [decided.next!, 'cni0'];
        break;
      }
      case 'tailnet': {
        const crossed = crossTunnel(network, admits, { ...flow, from: at, source, to }, decided, {
          isReply,
          isForwarded: iif !== undefined,
        });
        if (crossed.cause !== undefined)
          return stop(crossed.cause.kind === 'unknown' ? 'unknown' : 'dropped', crossed.cause);
        if (trail) trail.push(crossed.explain());
        [sender, at, iif] = [at, crossed.at, 'tailscale0'];
        break;
      }
    }
  }
  return stop('dropped', {
    kind: 'loop',
    host: at,
    says: `the packet goes round between nodes`,
    because: [],
  });
}

function interfaceOf({ via }: Decision): Interface | undefined {
  if (via === 'tailnet') return 'tailscale0';
  return via === 'own' || via === 'overlay' ? 'cni0' : via === 'lan' || via === 'default' ? 'lan' : undefined;
}

function causeAt(kind: Cause['kind'], host: Host, decided: Decision, says?: string): Cause {
  const step = decided.explain();
  return { kind, host, says: says ?? step.says, because: [...(decided.chosenBy ?? []), ...step.because] };
}

function leak(host: Host, to: Address, decided: Decision): Cause {
  const kind = decided.chosenBy && takesRoutes(host) ? 'bypassed' : 'leak';
  const name = callNode(host.node);
  const says =
    decided.via === 'none'
      ? `${name} has no way to ${formatAddress(to)}`
      : `it leaves ${name} for its site's router, which knows no ${formatAddress(to)}`;
  return { ...causeAt(kind, host, decided, says), address: to };
}

/** Whether Tailscale's table may have routes of others, so that a rule before it takes something away. */
function takesRoutes({ tailscale, accepts }: Host): boolean {
  return tailscale.value !== 'none' && tailscale.value !== 'userspace' && accepts.value !== false;
}

function strictFilter(host: Host, source: Address, line: Span, back: Decision): Cause {
  return {
    kind: 'strict-rp-filter',
    host,
    says: `${callNode(host.node)} drops it, as its way back to ${formatAddress(source)} is another one and rp_filter is strict`,
    because: [line, ...back.explain().because],
  };
}
