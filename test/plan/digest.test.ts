import { expect, test } from 'vitest';
import { digestOf } from '../../src/plan/digest.ts';
import type { WantedRoute } from '../../src/plan/plan.ts';
import { listOf, prefix } from '../policy/tailnet.ts';

const [first, second] = listOf({ 3: {}, 4: {} }).devices;
const route: WantedRoute = {
  node: 'a',
  device: first,
  prefix: prefix('10.42.0.0/24'),
  action: 'approve',
  state: 'now',
  because: [],
};
const other: WantedRoute = { ...route, node: 'b', device: undefined, prefix: prefix('fd00::/64') };
const digest = digestOf('headscale', [route, other]);

test('is SHA-256 over the control server and a line of JSON for each route', () => {
  // printf 'headscale\n["approve","3","10.42.0.0/24"]\n["approve","node:b","fd00::/64"]' | sha256sum
  expect(digest).toBe('sha256:41ecab6eb5a03126d225fd104f0629263bfdb39983ce76e0f4ace2aedb0c393e');
});

test.each<[string, readonly WantedRoute[]]>([
  ['order', [other, route]],
  [
    'state',
    [
      { ...route, state: 'done' },
      { ...other, state: 'held' },
    ],
  ],
  ["a device's node", [{ ...route, node: 'x' }, other]],
])('does not depend on the %s', (_, wanted) => {
  expect(digestOf('headscale', wanted)).toBe(digest);
});

test.each<[string, readonly WantedRoute[]]>([
  ['less', [route]],
  ['another device', [{ ...route, device: second }, other]],
  ['another prefix', [{ ...route, prefix: prefix('10.42.0.0/25') }, other]],
  ['another action', [{ ...route, action: 'remove' }, other]],
  ['another node without a device', [route, { ...other, node: 'c' }]],
  ['a device in place of the node', [route, { ...other, device: second }]],
])('is another one with %s', (_, wanted) => {
  expect(digestOf('headscale', wanted)).not.toBe(digest);
});

test('nor is it that of another control server, or of a name that looks like two lines', () => {
  expect(digestOf('tailscale', [route, other])).not.toBe(digest);
  const forged = { ...other, node: 'b","fd00::/64"]\n["approve","node:c' };
  expect(digestOf('headscale', [forged])).not.toBe(digestOf('headscale', [other, { ...other, node: 'c' }]));
});
