import { describe, expect, test } from 'vitest';
import { causesAcrossSites, hasPrivateLan } from '../../src/paths/remote-causes.ts';
import { type More, net } from './nets.ts';

const HOME = { site: 'home', lanIp: '192.168.50.11/24' };
const BESIDE = { site: 'home', lanIp: '192.168.50.12/24' };
const AWAY = { site: 'away', lanIp: '10.0.0.5/24' };
const THIRD = { site: 'third', lanIp: '10.1.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };
const ABSENT = { tailscale: null, tailscaleIp: null };

/** Every cause: its kind, what it says, the texts that it rests on, and the pairs that it explains. */
function causes(nodes: Readonly<Record<string, object>>, more?: More) {
  return causesAcrossSites(net(nodes, more).cluster).map(({ cause, lack, pairs }) => ({
    kind: [cause.kind, lack?.kind].join(' ').trim(),
    says: lack?.says ?? cause.says,
    because: (lack ?? cause).because.map(({ file, start, end }) => file.text.slice(start, end)),
    pairs: pairs.map(({ from, to }) => `${from.name} ${to.name}`),
  }));
}

describe('why pods of different sites do not reach each other', () => {
  test('nothing, where they do', () => {
    expect(causes({ a: HOME, b: AWAY })).toEqual([]);
  });

  test('one node that accepts nothing is one cause of all that it loses', () => {
    expect(causes({ a: { ...HOME, ...QUIET }, b: AWAY, c: THIRD })).toEqual([
      {
        kind: 'leak not-accepted',
        says: 'a accepts no routes',
        because: ['false'],
        pairs: ['a b', 'a c', 'b a', 'c a'],
      },
    ]);
  });

  test('what two nodes of one LAN lose is another question', () => {
    expect(causes({ a: HOME, b: { ...BESIDE, ...QUIET } })).toEqual([]);
  });

  test('nothing is known of a cluster outside a tailnet', () => {
    expect(causes({ a: { ...HOME, ...ABSENT }, b: { ...AWAY, ...ABSENT } }, { routes: [] })).toEqual([]);
  });

  test("flannel's tunnels are one cause, with the line of the backend", () => {
    const nodes = { a: { ...HOME, ...QUIET }, b: { ...AWAY, ...QUIET }, c: { ...THIRD, ...QUIET } };
    expect(causes(nodes, { backend: 'vxlan' })).toEqual([
      {
        kind: 'endpoint-unreachable',
        says: "flannel's vxlan tunnels lead to addresses of LANs that other sites are not on",
        because: ['"vxlan"', expect.any(String)],
        pairs: ['a b', 'a c', 'b a', 'b c', 'c a', 'c b'],
      },
    ]);
    expect(causes(nodes, { backend: null })).toEqual([]);
  });

  test('what the policy keeps from two nodes is a cause of each', () => {
    const policy = { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['10.42.0.0/16:80'] }] };
    expect(
      causes({ a: HOME, b: AWAY, c: THIRD }, { policy }).map(({ kind, pairs }) => [kind, ...pairs]),
    ).toEqual([
      ['filtered', 'a b', 'c b'],
      ['filtered', 'a c', 'b c'],
      ['filtered', 'b a', 'c a'],
    ]);
  });

  test('what two nodes do not accept is a cause of each', () => {
    const found = causes({ a: { ...HOME, ...QUIET }, b: { ...AWAY, ...QUIET } });
    expect(found.map(({ says, pairs }) => [says, ...pairs])).toEqual([
      ['a accepts no routes', 'a b'],
      ['b accepts no routes', 'b a'],
    ]);
  });

  test('a node that has lost its own pods is a cause by itself', () => {
    const routes = [
      { node: 'b', prefix: '10.42.0.0/16' },
      { node: 'a', prefix: '10.42.0.0/24' },
    ];
    expect(causes({ a: HOME, b: AWAY }, { routes })).toEqual([]);
  });

  test('so is one that sends everything through an exit node', () => {
    const leaves = { tailscale: { acceptRoutes: false, exitNode: 'b' } };
    expect(causes({ a: { ...HOME, ...leaves }, b: AWAY, c: THIRD })).toEqual([]);
  });
});

test.each([
  [{}, false],
  [{ lanIp: '192.168.50.11/24' }, true],
  [{ lanIp: '198.51.100.9/24' }, false],
  [{ lanIp: '192.168.50.11/24', nodeIp: '198.51.100.9' }, false],
  [{ lanIp: '192.168.50.11/24', nodeIp: '10.0.0.9' }, true],
])('whether a LAN is private: %j', (node, expected) => {
  expect(hasPrivateLan(net({ a: node, b: AWAY }).hosts[0]!)).toBe(expected);
});
