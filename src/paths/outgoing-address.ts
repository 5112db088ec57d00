import { callNode } from '../cluster/devices.ts';
import { type Address, contains } from '../net/prefix.ts';
import type { Cause } from './cause.ts';
import type { Decision } from './decision.ts';
import type { Host } from './host.ts';

/** What a host puts as its own address into a packet: that of the interface it leaves by [Linux 6, net/ipv4/route.c]. */
export function outgoingAddress(host: Host, { via }: Decision, to: Address): Address | undefined {
  if (via === 'tailnet') return host.tailnet.find(({ value }) => value.family === to.family)?.value;
  const addresses = host.lan.filter(({ address }) => address.family === to.family);
  const near = addresses.find(({ network }) => network !== undefined && contains(network, to));
  return (near ?? addresses[0])?.address;
}

/** Where the files do not give that address. */
export function noAddress(host: Host, { via }: Decision): Cause {
  const where = via === 'tailnet' ? 'in the tailnet' : 'on its LAN';
  const says = `the files do not tell the address of ${callNode(host.node)} ${where}`;
  return { kind: 'unknown', host, says, because: [host.at] };
}
