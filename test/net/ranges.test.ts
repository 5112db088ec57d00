import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import {
  DEFAULT_CLUSTER_CIDR,
  DEFAULT_SERVICE_CIDR,
  isDefaultRoute,
  isTailscaleAddress,
  TAILSCALE_4VIA6,
  TAILSCALE_IPV4,
  TAILSCALE_IPV6,
} from '../../src/net/ranges.ts';

it.each([
  [TAILSCALE_IPV4, '100.64.0.0/10'],
  [TAILSCALE_IPV6, 'fd7a:115c:a1e0::/48'],
  [TAILSCALE_4VIA6, 'fd7a:115c:a1e0:b1a::/64'],
  [DEFAULT_CLUSTER_CIDR, '10.42.0.0/16'],
  [DEFAULT_SERVICE_CIDR, '10.43.0.0/16'],
])('%o is %s', (prefix, text) => {
  expect(formatPrefix(prefix)).toBe(text);
});

it.each([
  ['0.0.0.0/0', true],
  ['::/0', true],
  ['0.0.0.0/1', false],
  ['128.0.0.0/1', false],
  ['::/1', false],
])('isDefaultRoute: %s %s', (text, expected) => {
  const parsed = parsePrefix(text);
  expect(parsed.ok && isDefaultRoute(parsed.value)).toBe(expected);
});

describe('isTailscaleAddress', () => {
  it.each([
    ['100.63.255.255', false],
    ['100.64.0.0', true],
    ['100.127.255.255', true],
    ['100.128.0.0', false],
    ['192.168.50.11', false],
    ['fd7a:115c:a1df:ffff:ffff:ffff:ffff:ffff', false],
    ['fd7a:115c:a1e0::', true],
    ['fd7a:115c:a1e0:ffff:ffff:ffff:ffff:ffff', true],
    ['fd7a:115c:a1e1::', false],
    ['::ffff:100.64.0.1', false],
  ])('%s %s', (text, expected) => {
    const parsed = parseAddress(text);
    expect(parsed.ok).toBe(true);
    expect(parsed.ok && isTailscaleAddress(parsed.value)).toBe(expected);
  });
});
