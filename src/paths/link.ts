import { contains } from '../net/prefix.ts';
import type { Host } from './host.ts';

/**
 * How two hosts stand to each other on their LANs: `shared`, one LAN; `stranger`, an address of another site that the
 * kernel takes for a neighbour's, as both sites have the same network; `apart`. Undefined where the files do not tell.
 */
export type Link = 'shared' | 'stranger' | 'apart';

export function linkBetween(host: Host, other: Host): Link | undefined {
  if (host.site !== undefined && host.site === other.site) return 'shared';
  const [theirs] = other.lan;
  const isInLan =
    theirs !== undefined &&
    host.lan.some(({ network }) => network !== undefined && contains(network, theirs.address));
  if (host.site !== undefined && other.site !== undefined) return isInLan ? 'stranger' : 'apart';
  return isInLan ? 'shared' : undefined;
}
