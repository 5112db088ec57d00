import type { Cluster, Node } from '../cluster/model.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { listed } from '../diagnostics/wording.ts';
import type { Parsed } from '../net/parse.ts';
import { isDefaultRoute } from '../net/ranges.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import { deviceOf, type Host, type Known } from './host.ts';

/** What shall count in place of what the files or the control server say. */
export interface Assumption {
  /** `approved`: the routes that nodes advertise, exit routes aside; `accept`: whether nodes accept routes. */
  readonly what: What;
  /** Those of which it is so; of every other node it is not. */
  readonly nodes: 'all' | 'none' | readonly string[];
}

type What = (typeof WHAT)[number];

const WHAT = ['approved', 'accept'] as const;

/**
 * Reads `approved=oslo-1,kyoto-1`, `accept=all`. The fault is a sentence without a full stop, with the name that is
 * nearest to one that no node has. Names count whatever their case.
 */
export function parseAssumption(text: string, known: readonly string[]): Parsed<Assumption, string> {
  const equals = text.indexOf('=');
  const word = equals < 0 ? text : text.slice(0, equals);
  const what = WHAT.find((each) => each === word);
  if (what === undefined) {
    return fault(
      `nothing can be assumed of ${JSON.stringify(word)}, only of ${WHAT.join(' and ')}`,
      word,
      WHAT,
    );
  }
  const names = equals < 0 ? '' : text.slice(equals + 1).trim();
  if (names === '') return fault(`${what} is given no nodes`);
  if (names === 'all' || names === 'none') return { ok: true, value: { what, nodes: names } };

  const nodes: string[] = [];
  for (const name of names.split(',').map((each) => each.trim())) {
    const node = known.find((each) => each.toLowerCase() === name.toLowerCase());
    if (node === undefined) return fault(`there is no node ${JSON.stringify(name)}`, name, known);
    if (!nodes.includes(node)) nodes.push(node);
  }
  return { ok: true, value: { what, nodes } };
}

function fault(says: string, word = '', known: readonly string[] = []): Parsed<Assumption, string> {
  const near = nearest(word, known);
  return { ok: false, fault: near === undefined ? says : `${says}: did you mean ${near}?` };
}

/** What is known once the assumptions count. */
export interface Assumed {
  readonly list: DeviceList;
  readonly accepts: (host: Host) => Known<boolean>;
}

/** Of several assumptions about one thing the last counts. A device that is no node of the cluster stays as it is. */
export function assume(cluster: Cluster, list: DeviceList, assumptions: readonly Assumption[]): Assumed {
  const [approved, accept] = WHAT.map((what) => assumptions.findLast((each) => each.what === what));
  return {
    list: approved ? withApprovals(cluster, list, approved) : list,
    accepts: accept
      ? ({ node }) => ({ value: isAssumed(accept, node), because: [] })
      : (host) => host.accepts,
  };
}

function withApprovals({ nodes }: Cluster, list: DeviceList, assumption: Assumption): DeviceList {
  const nodeOf = new Map(nodes.map((node) => [deviceOf(node, list.devices), node]));
  const devices = list.devices.map((device): Device => {
    const node = nodeOf.get(device);
    if (node === undefined) return device;
    const exits = device.approved.filter(isDefaultRoute);
    const routes = device.advertised.filter((prefix) => !isDefaultRoute(prefix));
    return { ...device, approved: isAssumed(assumption, node) ? [...exits, ...routes] : exits };
  });
  return { ...list, devices };
}

function isAssumed({ nodes }: Assumption, { name }: Node): boolean {
  if (nodes === 'all' || nodes === 'none') return nodes === 'all';
  return name !== undefined && nodes.includes(name);
}

/** `only oslo-1 and kyoto-1 accept routes`. */
export function assumptionInWords({ what, nodes }: Assumption): string {
  const who =
    nodes === 'all'
      ? 'every node'
      : nodes === 'none'
        ? 'no node'
        : `${nodes.length > 1 ? 'the nodes' : 'the node'} ${listed(nodes, 12)} and no other`;
  const isOne = typeof nodes === 'string' || nodes.length === 1;
  if (what === 'accept') return `${who} accept${isOne ? 's' : ''} routes`;
  return `${who} ${isOne ? 'has' : 'have'} the advertised routes approved`;
}
