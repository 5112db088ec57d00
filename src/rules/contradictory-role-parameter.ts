import { addressesOf, callNode } from '../cluster/devices.ts';
import type { Cluster, Node, NodeAddress } from '../cluster/model.ts';
import type { Finding } from '../diagnostics/finding.ts';
import { formatAddress } from '../net/format.ts';
import type { Rule } from './rule.ts';

export const contradictoryRoleParameter: Rule = {
  id: 'contradictory-role-parameter',
  summary: 'a parameter that contradicts the role, or joins a node that is no server',
  severity: 'warning',
  *check(cluster) {
    const holders = holdersOf(cluster);
    for (const node of cluster.nodes) {
      yield* lanAddressOfRemote(node);
      for (const is of ['master-lan', 'master-tailscale'] as const) {
        for (const master of addressesOf(node, is)) {
          yield* joinsNoServer(node, master, holders.get(formatAddress(master.address)) ?? []);
        }
      }
    }
  },
};

/** A node with one of its addresses. */
interface Holder {
  readonly node: Node;
  readonly held: NodeAddress;
}

function holdersOf(cluster: Cluster): ReadonlyMap<string, readonly Holder[]> {
  const holders = new Map<string, Holder[]>();
  for (const node of cluster.nodes) {
    for (const held of [...addressesOf(node, 'tailscale'), ...addressesOf(node, 'lan')]) {
      const key = formatAddress(held.address);
      const known = holders.get(key);
      if (known) known.push({ node, held });
      else holders.set(key, [{ node, held }]);
    }
  }
  return holders;
}

/** In a manifest `lanIp` is the address of the node's own network card, at whatever site. */
function* lanAddressOfRemote(node: Node): Generator<Finding, void, undefined> {
  for (const facts of node.facts) {
    const role = facts.role ?? node.facts.find((each) => each.role)?.role;
    const address = facts.parameters.findLast(({ name }) => name === 'LAN_IP')?.value;
    if (role?.text !== 'remote-agent' || !address?.text?.trim()) continue;
    yield {
      message: 'LAN_IP is given for a remote-agent, which is not on the LAN',
      at: address.span,
      related: [{ at: role.span, label: 'the role' }],
    };
  }
}

/** Only an address that is known to be another node's, and no server's, is wrong: it may be a virtual one. */
function* joinsNoServer(
  node: Node,
  master: NodeAddress,
  holders: readonly Holder[],
): Generator<Finding, void, undefined> {
  const owners = holders.filter(({ node: other, held }) => held.is === 'tailscale' || isOnLanOf(other, node));
  const [owner] = owners;
  if (!owner || owners.some(({ node: { role } }) => role === undefined || role.value === 'server')) return;
  yield {
    message: `${master.called} is the address of ${callNode(owner.node)}, which is a ${owner.node.role?.value} and no server`,
    at: master.span,
    related: [{ at: owner.held.span, label: `the address of ${callNode(owner.node)}` }],
  };
}

/** Other LANs may have the same addresses. A file for several nodes is at no site. */
function isOnLanOf(other: Node, node: Node): boolean {
  return other.role?.value !== 'remote-agent' && (node.site === undefined || node.site === other.site);
}
