import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import { type Address, contains, sameAddress, widthOf } from '../net/prefix.ts';
import { type Decision, decision, unknown } from './decision.ts';
import type { Host, LookupRule } from './host.ts';
import { mainRoute } from './main-table.ts';
import type { Network } from './network.ts';
import { tailscaleRoute } from './tailscale-table.ts';

/** A packet whose way is looked up. */
export interface Packet {
  readonly from: Address;
  readonly to: Address;
  /** Where it came in; absent for what the host sends itself. */
  readonly iif?: Interface | undefined;
}

export type Interface = 'cni0' | 'tailscale0' | 'lan';

/**
 * Looks a destination up as Linux does: the host's own addresses, then the rules by priority, Tailscale's table 52
 * at 5270 and `main` at 32766; the first rule whose table has a route decides, however long its prefix
 * [Linux 6, fib_rules; measured with tailscaled 1.98].
 */
export function lookUp(network: Network, host: Host, packet: Packet): Decision {
  const { to } = packet;
  if (isOwn(host, to)) {
    const says = () => ({
      says: `${formatAddress(to)} is ${callNode(host.node)}'s own address`,
      because: [],
    });
    return decision('local', widthOf(to.family), says);
  }
  for (const rule of host.rules) {
    if (!applies(rule, packet)) continue;
    const found = routeIn(network, host, rule.table, to);
    if (found === undefined || found.length <= (rule.suppressPrefixlength ?? -1)) continue;
    if (rule.missing !== undefined) return unknown(rule.missing, rule.because);
    return rule.because.length === 0 ? found : { ...found, chosenBy: rule.because };
  }
  const says = () => ({ says: `${callNode(host.node)} has no route to ${formatAddress(to)}`, because: [] });
  return decision('none', 0, says);
}

/** The node's own addresses, with the first of its pods': the bridge has that. */
function isOwn(host: Host, address: Address): boolean {
  return (
    host.lan.some((each) => sameAddress(each.address, address)) ||
    host.tailnet.some(({ value }) => sameAddress(value, address)) ||
    host.bridges.some((bridge) => sameAddress(bridge.address, address))
  );
}

function applies({ to, from, iif }: LookupRule, packet: Packet): boolean {
  if (to !== undefined && !contains(to, packet.to)) return false;
  if (from !== undefined && !contains(from, packet.from)) return false;
  if (iif === undefined) return true;
  return packet.iif === 'lan' ? !/^(cni0|tailscale0|lo)$/.test(iif) : iif === (packet.iif ?? 'lo');
}

function routeIn(network: Network, host: Host, table: string, to: Address): Decision | undefined {
  return table === '52' ? tailscaleRoute(network, host, to) : mainRoute(network, host, to, table);
}
