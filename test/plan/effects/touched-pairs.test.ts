import { expect, test } from 'vitest';
import { stateOf } from '../../../src/plan/effects/states.ts';
import { eachTouched, touchOf } from '../../../src/plan/effects/touched-pairs.ts';
import { listOf } from '../../policy/tailnet.ts';
import { type Approved, changesTo, files, outlookOf } from '../outlooks.ts';

const NODES = { a: { site: 'x', lanIp: '192.168.50.11/24' }, b: { site: 'y' }, c: { site: 'z' } };
const OWN = [
  { node: 'a', prefix: '10.42.0.0/24' },
  { node: 'b', prefix: '10.42.1.0/24' },
  { node: 'c', prefix: '10.42.2.0/24' },
];

/** The pairs that become touched; `all` for all of them. */
function touched(
  nodes: Readonly<Record<string, object>>,
  routes: readonly object[],
  after: Approved,
): string {
  const more = listOf({ nas: { addresses: ['100.64.0.99'], advertised: ['10.42.1.0/25', '172.20.0.0/16'] } });
  const outlook = outlookOf(
    files(nodes, [...OWN, ...routes]),
    {},
    more.devices.map((device) => ({ ...device, approved: [] })),
  );
  const { network } = stateOf(outlook, [])[0]!;
  const touch = touchOf(network, changesTo(outlook, after));
  if (touch.all) return 'all';
  const pairs: string[] = [];
  eachTouched(touch, network.hosts.length, (from, to) => {
    pairs.push(network.hosts[from]!.name + network.hosts[to]!.name);
  });
  return pairs.join(' ');
}

const route = (node: string, prefix: string) => ({ node, prefix });

test.each([
  ['a node its own pods', NODES, [], { b: ['10.42.1.0/24'] }, 'ab ba bc cb'],
  ['a node a part of them', NODES, [route('b', '10.42.1.128/25')], { b: ['10.42.1.128/25'] }, 'ab ba bc cb'],
  ['two nodes theirs', NODES, [], { a: ['10.42.0.0/24'], b: ['10.42.1.0/24'] }, 'ab ac ba bc ca cb'],
  ['a node what nobody has', NODES, [route('b', '172.16.0.0/12')], { b: ['172.16.0.0/12'] }, 'ab ba bc cb'],
  ['what is not advertised', NODES, [], { b: ['10.99.0.0/16'] }, ''],
  ["a node another's pods", NODES, [route('b', '10.42.2.0/24')], { b: ['10.42.2.0/24'] }, 'all'],
  ['a node pods of all', NODES, [route('b', '10.42.0.0/16')], { b: ['10.42.0.0/16'] }, 'all'],
  ["another's LAN", NODES, [route('b', '192.168.50.0/24')], { b: ['192.168.50.0/24'] }, 'all'],
  ['its own LAN', NODES, [route('a', '192.168.50.0/24')], { a: ['192.168.50.0/24'] }, 'all'],
  ["nodes' addresses in the tailnet", NODES, [route('b', '100.64.0.0/24')], { b: ['100.64.0.0/24'] }, 'all'],
  ['another device what nobody has', NODES, [], { nas: ['172.20.0.0/16'] }, ''],
  ["another device a node's pods", NODES, [], { nas: ['10.42.1.0/25'] }, 'all'],
  [
    'a node that another routes through',
    { ...NODES, c: { site: 'x', ipRoutes: [{ to: '10.42.1.0/24', via: '192.168.50.11' }] } },
    [],
    { a: ['10.42.0.0/24'] },
    'all',
  ],
  [
    'a node, where one uses an exit node',
    { ...NODES, c: { tailscale: { acceptRoutes: true, tags: ['tag:k3s'], exitNode: 'a' } } },
    [],
    { b: ['10.42.1.0/24'] },
    'all',
  ],
] as const)('%s', (_, nodes, routes, after, expected) => {
  expect(touched(nodes, routes, after)).toBe(expected);
});

test('a router keeps touching every pair by what it has approved already', () => {
  const texts = files(NODES, [...OWN, route('b', '10.42.0.0/16')]);
  const outlook = outlookOf(texts, { b: ['10.42.0.0/16'] });
  const changes = changesTo(outlook, { b: ['10.42.0.0/16', '10.42.1.0/24'] });
  expect(touchOf(stateOf(outlook, [])[0]!.network, changes).all).toBe(true);
});
