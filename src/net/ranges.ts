import { type Address, contains, type Prefix } from './prefix.ts';

/** 100.64.0.0/10, where Tailscale takes IPv4 addresses from [RFC 6598; Tailscale, net/tsaddr CGNATRange]. */
export const TAILSCALE_IPV4: Prefix = { family: 4, network: 0x6440_0000n, length: 10 };

/** fd7a:115c:a1e0::/48, where Tailscale takes IPv6 addresses from [Tailscale, net/tsaddr TailscaleULARange]. */
export const TAILSCALE_IPV6: Prefix = { family: 6, network: 0xfd7a_115c_a1e0n << 80n, length: 48 };

/**
 * fd7a:115c:a1e0:b1a::/64, the only part of `TAILSCALE_IPV6` that is meant for routes: 4via6, a site's number and
 * an IPv4 prefix of that site [Tailscale, net/tsaddr TailscaleViaRange].
 */
export const TAILSCALE_4VIA6: Prefix = { family: 6, network: 0xfd7a_115c_a1e0_0b1an << 64n, length: 64 };

/** 10.42.0.0/16, the pods where `cluster-cidr` is not set [K3s v1.31 docs, cli/server]. */
export const DEFAULT_CLUSTER_CIDR: Prefix = { family: 4, network: 0x0a2a_0000n, length: 16 };

/** 10.43.0.0/16, the services where `service-cidr` is not set [K3s v1.31 docs, cli/server]. */
export const DEFAULT_SERVICE_CIDR: Prefix = { family: 4, network: 0x0a2b_0000n, length: 16 };

/** What an exit node advertises [Tailscale docs, exit nodes]. */
export const EXIT_ROUTES: readonly Prefix[] = [
  { family: 4, network: 0n, length: 0 },
  { family: 6, network: 0n, length: 0 },
];

/** What no router of the Internet has a route for, Tailscale's addresses among it [RFC 1918, 3927, 4193, 4291, 6598]. */
export const PRIVATE_NETWORKS: readonly Prefix[] = [
  { family: 4, network: 0x0a00_0000n, length: 8 },
  { family: 4, network: 0xac10_0000n, length: 12 },
  { family: 4, network: 0xc0a8_0000n, length: 16 },
  { family: 4, network: 0xa9fe_0000n, length: 16 },
  TAILSCALE_IPV4,
  { family: 6, network: 0xfc00n << 112n, length: 7 },
  { family: 6, network: 0xfe80n << 112n, length: 10 },
];

/** 0.0.0.0/0 or ::/0: as an advertised route an exit node [Tailscale docs, exit nodes]. */
export function isDefaultRoute(prefix: Prefix): boolean {
  return prefix.length === 0;
}

/** Whether an address is in the ranges that Tailscale gives its devices addresses from. */
export function isTailscaleAddress(address: Address): boolean {
  return contains(TAILSCALE_IPV4, address) || contains(TAILSCALE_IPV6, address);
}
