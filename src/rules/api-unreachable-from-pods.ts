import { callNode } from '../cluster/devices.ts';
import { knowsRoutes } from '../cluster/known-devices.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Fix } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { hasAddress } from '../net/address-set.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, contains } from '../net/prefix.ts';
import { type ApiEndpoint, apiEndpointOf } from '../paths/api-endpoint.ts';
import type { Host } from '../paths/host.ts';
import { isServer } from '../paths/join-address.ts';
import type { Network } from '../paths/network.ts';
import { isTold, podNetwork } from '../paths/pod-network.ts';
import { apiPath } from '../paths/service-paths.ts';
import { resolverOf } from '../policy/resolve.ts';
import { textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** Only where a file sets the address: K3s' default is that of a network card. */
export const apiUnreachableFromPods: Rule = {
  id: 'api-unreachable-from-pods',
  summary:
    'pods of a node do not reach the Kubernetes API, which a server advertises at an address of its LAN',
  severity: 'error',
  *check(cluster) {
    const network = podNetwork(cluster)?.network;
    if (network === undefined || !knowsRoutes(cluster.tailnet)) return;
    for (const server of network.hosts.filter(isServer)) {
      const endpoint = apiEndpointOf(server);
      if (endpoint.address === undefined || endpoint.given === undefined) continue;
      const { address, given } = endpoint;
      if (!isTold(network, server) || mayHaveRouter(network, cluster, address)) continue;
      const cut = network.hosts.filter(
        (host) => isTold(network, host) && apiPath(network, host, server, address).delivered === false,
      );
      if (cut.length === 0) continue;
      const names = listed(cut.map(({ node }) => callNode(node)));
      yield {
        message: `pods on ${names} do not reach the Kubernetes API at ${formatAddress(address)}, the ${given.name} of ${callNode(server.node)}`,
        at: given.at,
        related: cut.slice(0, 1).map(({ node }) => ({ at: node.at, label: 'whose pods do not reach it' })),
        ...fixOf(network, server, endpoint),
      };
    }
  },
};

/** A policy that speaks of the address hints at a router that no file names. */
function mayHaveRouter({ compiled }: Network, { policies, routes }: Cluster, address: Address): boolean {
  if (routes.some(({ prefix }) => prefix.length > 0 && contains(prefix, address))) return false;
  return policies.some(({ policy }) => {
    const resolver = resolverOf(policy, compiled.list);
    return (
      policy.approvers.some(({ prefix }) => prefix.value.length > 0 && contains(prefix.value, address)) ||
      policy.rules.some(({ destinations }) =>
        destinations.some(
          ({ selector: { value } }) =>
            value.kind !== 'any' && hasAddress(resolver.addressesOf(value, 'destination'), address),
        ),
      )
    );
  });
}

/** The server's address in the tailnet, if pods of all nodes reach the API there; a node's own address stays. */
function fixOf(
  network: Network,
  server: Host,
  { address, given }: ApiEndpoint & { address: Address },
): { readonly fix?: Fix } {
  const own = server.tailnet.find(({ value }) => value.family === address.family)?.value;
  if (own === undefined || given === undefined || given.name === 'node-ip') return {};
  if (textOf(given.at) !== formatAddress(address)) return {};
  const isReached = network.hosts.every((host) => apiPath(network, host, server, own).delivered === true);
  if (!isReached) return {};
  return { fix: { title: `write ${formatAddress(own)}`, at: given.at, newText: formatAddress(own) } };
}
