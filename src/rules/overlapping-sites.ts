import { callNode } from '../cluster/devices.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatAddress, formatPrefix } from '../net/format.ts';
import { contains } from '../net/prefix.ts';
import type { Host } from '../paths/host.ts';
import { linkBetween } from '../paths/link.ts';
import { callPairs, podNetwork } from '../paths/pod-network.ts';
import type { PodPair } from '../paths/pod-paths.ts';
import type { Rule } from './rule.ts';

/** A warning where an accepted route hides it: without that, and wherever a rule asks `main` first, it shows. */
export const overlappingSites: Rule = {
  id: 'overlapping-sites',
  summary: "a node's LAN address lies in the LAN of another site, where host-gw takes it for a neighbour's",
  severity: 'warning',
  *check(cluster) {
    const pods = podNetwork(cluster);
    if (pods?.network.backend.value !== 'host-gw') return;
    const dead = pods.pairs.filter(({ cause }) => cause?.kind === 'stranger');
    for (const overlap of overlaps(pods.network.hosts)) {
      const [first] = overlap.strangers;
      const [theirs] = first!.lan;
      const own = overlap.host.lan.find(({ network }) => network && contains(network, theirs!.address));
      const broken = dead.filter((pair) => isBetween(pair, overlap));
      const names = overlap.strangers.map(
        (each) => `${formatAddress(each.lan[0]!.address)} of ${callNode(each.node)}`,
      );
      const lost =
        broken.length > 0 ? `, and host-gw sends pods' packets to a stranger: ${callPairs(broken)}` : '';
      yield {
        message: `${listed(names)} ${names.length > 1 ? 'lie' : 'lies'} in ${formatPrefix(own!.network!)}, the LAN of ${callNode(overlap.host.node)} at another site${lost}`,
        at: theirs!.span,
        ...(broken.length > 0 && { severity: 'error' }),
        related: [{ at: own!.span, label: `the LAN of ${callNode(overlap.host.node)}` }],
      };
    }
  },
};

/** Nodes of one site with addresses in the LAN of a node at another. */
interface Overlap {
  readonly host: Host;
  readonly strangers: Host[];
}

/** One for two sites, at the nodes of the smaller one, or else of the later. */
function overlaps(hosts: readonly Host[]): readonly Overlap[] {
  const sizes = new Map<string | undefined, number>();
  for (const { site } of hosts) sizes.set(site, (sizes.get(site) ?? 0) + 1);
  const bySites = new Map<string, Overlap>();
  for (const host of oneOfEachLan(hosts).toSorted((a, b) => sizes.get(b.site)! - sizes.get(a.site)!)) {
    for (const other of hosts) {
      if (other.pods.length === 0 || linkBetween(host, other) !== 'stranger') continue;
      const key = JSON.stringify([host.site, other.site].sort());
      const found = bySites.get(key) ?? { host, strangers: [] };
      bySites.set(key, found);
      if (found.host === host) found.strangers.push(other);
    }
  }
  return [...bySites.values()];
}

/** Of the nodes with one site and the same networks the first. */
function oneOfEachLan(hosts: readonly Host[]): readonly Host[] {
  const byLan = new Map<string, Host>();
  for (const host of hosts) {
    const networks = host.lan.flatMap(({ network }) => (network ? formatPrefix(network) : []));
    const key = JSON.stringify([host.site, ...networks]);
    if (networks.length > 0 && !byLan.has(key)) byLan.set(key, host);
  }
  return [...byLan.values()];
}

function isBetween({ from, to }: PodPair, { host, strangers }: Overlap): boolean {
  const remote = strangers[0]!.site;
  return (from.site === host.site && to.site === remote) || (from.site === remote && to.site === host.site);
}
