import { callNode } from '../cluster/devices.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, firstAddress, sameAddress } from '../net/prefix.ts';
import type { Decision } from '../paths/decision.ts';
import type { Host } from '../paths/host.ts';
import { joinsOf } from '../paths/join-address.ts';
import { linkBetween } from '../paths/link.ts';
import { lookUp } from '../paths/lookup.ts';
import { buildNetwork, callDevice, type Network } from '../paths/network.ts';
import { podNetwork } from '../paths/pod-network.ts';
import { hostPath } from '../paths/service-paths.ts';
import { placeKey, type Span } from '../source/span.ts';
import { overlappingRoutes } from './overlapping-routes.ts';
import type { Rule } from './rule.ts';

/** What `overlapping-routes` finds at the route is not told again at the node. */
export const hostOffItsLan: Rule = {
  id: 'host-off-its-lan',
  summary:
    'a node accepts a route over an address of its LAN, which it then reaches through the tailnet only',
  severity: 'error',
  *check(cluster) {
    if (!cluster.nodes.some(({ acceptsRoutes }) => acceptsRoutes?.value)) return;
    const network = podNetwork(cluster)?.network ?? buildNetwork(cluster);
    const covered = network.hosts.filter(({ lan }) =>
      lan.some(({ address }) => network.covering(address).length > 0),
    );
    let told: ReadonlySet<string> | undefined;
    for (const host of network.hosts) {
      for (const wanted of neededOnLan(network, host, covered)) {
        const route = takenBy(network, host, wanted.address);
        if (route === undefined) continue;
        told ??= new Set([...overlappingRoutes.check(cluster)].map(({ at }) => placeKey(at)));
        if (route.explain().because.some((place) => told?.has(placeKey(place)))) continue;
        yield findingOf(network, host, wanted, route);
        break;
      }
    }
  },
};

/** An address that a node reaches on its LAN. */
interface Wanted {
  readonly address: Address;
  readonly is: 'join' | 'neighbour' | 'router';
  readonly at: Span;
  readonly holder: Host | undefined;
}

/** The server that it joins, those of the nodes beside it that a route covers, and its own network if a file tells its length. */
function neededOnLan(network: Network, host: Host, covered: readonly Host[]): readonly Wanted[] {
  const joins = joinsOf(network, host)
    .filter(({ server, address }) => isOnLan(host, server, address))
    .map(({ address, at, server }): Wanted => ({ address, is: 'join', at, holder: server }));
  const neighbours = covered
    .filter((other) => other !== host && linkBetween(host, other) === 'shared')
    .flatMap((other) =>
      other.lan.map(({ address, span }): Wanted => ({ address, is: 'neighbour', at: span, holder: other })),
    );
  const routers = host.lan.flatMap(({ network: lan, span }): Wanted[] => {
    if (lan === undefined || lan.length > 30) return [];
    const first = { family: lan.family, bits: firstAddress(lan).bits + 1n };
    return [{ address: first, is: 'router', at: span, holder: undefined }];
  });
  return [...joins, ...neighbours, ...routers];
}

function isOnLan(host: Host, server: Host, address: Address): boolean {
  return (
    linkBetween(host, server) === 'shared' && server.lan.some((each) => sameAddress(each.address, address))
  );
}

/** The route that takes it into the tunnel; an exit node has a rule of its own. */
function takenBy(network: Network, host: Host, to: Address): Decision | undefined {
  if (host.exitNode !== undefined) return undefined;
  const [from] = host.lan;
  if (from === undefined) return undefined;
  const decided = lookUp(network, host, { from: from.address, to });
  return decided.via === 'tailnet' && decided.length > 0 ? decided : undefined;
}

function findingOf(
  network: Network,
  host: Host,
  { address, is, at, holder }: Wanted,
  route: Decision,
): Finding {
  const router = route.device ? callDevice(network, route.device) : 'another device';
  const called = { join: ', where it joins,', neighbour: ', its neighbour,', router: ' on its own LAN' }[is];
  const isThere = holder !== undefined && hostPath(network, host, holder, address).delivered === true;
  return {
    message: `${callNode(host.node)} sends what is for ${formatAddress(address)}${called} to ${router}, whose route it accepts`,
    at: is === 'neighbour' ? (host.lan[0]?.span ?? at) : at,
    ...(isThere || route.next === undefined ? { severity: 'warning' as const } : {}),
    related: route
      .explain()
      .because.slice(0, 2)
      .map((place) => ({ at: place, label: 'the route, or what accepts it' })),
  };
}
