import { formatAddress } from '../net/format.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Device } from '../policy/device-list.ts';
import { declaredDevice, routesByNode } from './declared-devices.ts';
import type { Node, Tailnet } from './model.ts';

/**
 * Whatever is or may soon be in a tailnet as far as is known: the devices of the control server's list and every node
 * that a file puts on the tailnet, which one is in both. For rules that ask whether there is such a device at all.
 */
export function knownDevices({ devices, clusters }: Tailnet): readonly Device[] {
  const declared = clusters.flatMap(({ nodes, routes }) => {
    const routesOf = routesByNode(routes);
    return nodes.filter(isOnTailnet).map((node) => declaredDevice(node, routesOf.get(node)));
  });
  return [...(devices?.devices ?? []), ...declared];
}

/** What some device of a tailnet advertises, or is approved for before it does. */
export function knownRoutes(tailnet: Tailnet): readonly Prefix[] {
  const listed = tailnet.devices?.devices ?? [];
  return [
    ...listed.flatMap(({ advertised, approved }) => [...advertised, ...approved]),
    ...tailnet.clusters.flatMap(({ routes }) => routes.map(({ prefix }) => prefix)),
  ];
}

/**
 * Whether `knownRoutes` are all routes of the nodes that the files put on the tailnet. One that is computed at run time
 * may be any; of a device in the control server's list it is known all the same.
 */
export function knowsRoutes({ clusters, devices }: Tailnet): boolean {
  const listed = new Set(devices?.devices.flatMap(namesOf));
  return clusters.every(({ nodes }) => {
    // A script for many says nothing more than the nodes that run it, where those are known.
    const own = nodes.filter((node) => !node.standsForMany);
    const known = devices || own.some((node) => node.isK3s) ? own : nodes;
    return known.every(
      (node) => !hasOpenRoutes(node) || declaredNames(node).some((name) => listed.has(name)),
    );
  });
}

function declaredNames(node: Node): readonly string[] {
  return namesOf(declaredDevice(node)).filter((name) => name !== '');
}

/** What a device of a list and a node of the files are the same by. */
function namesOf({ name, hostname, addresses }: Device): readonly string[] {
  return [name.toLowerCase(), hostname.toLowerCase(), ...addresses.map(formatAddress)];
}

/** K3s' own integration advertises what the node is given for its pods. */
function hasOpenRoutes({ vpnAuth, tailscale }: Node): boolean {
  return (
    vpnAuth ||
    tailscale.some(
      ({ complete, advertise }) => !complete || advertise.some(({ prefix }) => prefix.text === undefined),
    )
  );
}

function isOnTailnet({ onTailnet, vpnAuth }: Node): boolean {
  return onTailnet || vpnAuth;
}
