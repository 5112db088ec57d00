import { expect, test } from 'vitest';
import { parseAddress } from '../../src/net/parse.ts';
import { lackOf } from '../../src/paths/lack.ts';
import { type More, net } from './nets.ts';
import { stepLine } from './traces.ts';

const A = { site: 'lan', lanIp: '192.168.50.11/24' };
const B = { site: 'far', lanIp: '10.0.0.5/24' };
const D = { site: 'farther', lanIp: '10.3.0.5/24' };
const route = (node: string, prefix: string, approve = true) => ({
  node,
  prefix,
  ...(!approve && { approve }),
});
const HIDDEN = { acls: [{ action: 'accept', src: ['tag:other'], dst: ['*:*'] }] };

/** What `a` lacks to reach an address: its kind, whose it is to mend, the prefix, and the sentence with its lines. */
function lack(nodes: Readonly<Record<string, object>>, more: More, text = '10.42.1.10'): string[] {
  const network = net(nodes, more);
  const parsed = parseAddress(text);
  if (!parsed.ok) throw Error(text);
  const found = lackOf(network, network.hosts[0]!, parsed.value);
  return [`${found.kind} ${found.host.name} ${found.prefix?.length ?? '-'}`, stepLine(found)];
}

const OWN = [route('a', '10.42.0.0/24'), route('b', '10.42.1.0/24')];

test.each<readonly [string, string, object, More, string, string[]]>([
  [
    'no Tailscale',
    'none',
    { a: { ...A, tailscale: null, tailscaleIp: null }, b: B },
    { routes: [route('b', '10.42.1.0/24')] },
    '10.42.1.10',
    ['no-tailscale a -', 'a runs no Tailscale ← "a"'],
  ],
  [
    'no routes',
    'userspace',
    { a: { ...A, tailscale: { mode: 'userspace' } }, b: B },
    {},
    '10.42.1.10',
    ['userspace a -', 'Tailscale gives a no routes in userspace mode ← "tailscale"'],
  ],
  [
    'no acceptance',
    'before all that others lack',
    { a: { ...A, tailscale: { acceptRoutes: false } }, b: B },
    { routes: [] },
    '10.42.1.10',
    ['not-accepted a -', 'a accepts no routes ← false'],
  ],
  [
    'nothing',
    'as it has the address itself',
    { a: A, b: B },
    {},
    '10.42.0.10',
    ['own a -', 'a has 10.42.0.10 itself ← "10.42.0.0/24"'],
  ],
  [
    'no node',
    'with the address',
    { a: A, b: B },
    {},
    '10.42.9.10',
    ['unknown-owner a -', 'no node has 10.42.9.10'],
  ],
  [
    'no advertisement',
    'of the owner',
    { a: A, b: B },
    { routes: [route('b', '10.42.7.0/24')] },
    '10.42.1.10',
    ['not-advertised b -', 'b does not advertise 10.42.1.10 ← "10.42.1.0/24"'],
  ],
  [
    'no advertisement',
    'but an exit route',
    { a: A, b: B },
    { routes: [route('b', '0.0.0.0/0')] },
    '10.42.1.10',
    ['not-advertised b -', 'b does not advertise 10.42.1.10 ← "10.42.1.0/24"'],
  ],
  [
    'no approval',
    'of the owner',
    { a: A, b: B },
    { routes: [route('b', '10.42.1.0/24', false)] },
    '10.42.1.10',
    ['not-approved b 24', '10.42.1.0/24 of b is not approved ← "10.42.1.0/24" ← false'],
  ],
  [
    'no visibility',
    'by the policy',
    { a: A, b: B },
    { routes: OWN, policy: HIDDEN },
    '10.42.1.10',
    ['hidden a 24', 'the policy gives a no route to 10.42.1.0/24 ← "10.42.1.0/24"'],
  ],
  [
    'no visibility',
    'by the policy, that approves it itself',
    { a: A, b: B },
    { routes: OWN, policy: { ...HIDDEN, autoApprovers: { routes: { '10.42.0.0/16': ['tag:k3s'] } } } },
    '10.42.1.10',
    ['hidden a 24', 'the policy gives a no route to 10.42.1.0/24 ← "10.42.1.0/24" ← "10.42.0.0/16"'],
  ],
  [
    'another router',
    'with the same prefix',
    { a: A, d: { ...D, podCidr: '10.42.5.0/24' }, b: { ...B, podCidr: '10.42.1.0/24' } },
    { routes: [route('d', '10.42.1.0/24'), route('b', '10.42.1.0/24')] },
    '10.42.1.10',
    ['other-router b 24', 'd serves that prefix in the tailnet, not b ← "10.42.1.0/24" ← "10.42.1.0/24"'],
  ],
])('%s %s', (_, __, nodes, more, address, expected) => {
  expect(lack({ ...nodes }, more, address)).toEqual(expected);
});
