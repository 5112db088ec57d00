import { describe, expect, test } from 'vitest';
import { type More, net } from './nets.ts';
import { traceLines } from './traces.ts';

const LAN_A = { site: 'lan', lanIp: '192.168.50.11/24' };
const LAN_B = { site: 'lan', lanIp: '192.168.50.12/24' };
const FAR = { site: 'far', lanIp: '10.0.0.5/24' };
const FARTHER = { site: 'farther', lanIp: '10.3.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };
const bypass = (more: object = {}) => ({
  ipRules: [{ to: '10.42.0.0/16', priority: 2500, table: 'main', ...more }],
});
const byHand = (to: string, way: object) => ({ ...LAN_A, ...QUIET, ipRoutes: [{ to, ...way }] });
const OVER_TAILNET = { ...QUIET, flannelIface: 'tailscale0' };
const EXIT = { site: 'out', lanIp: '10.9.0.5/24', tailscale: { advertiseExitNode: true } };
const through = (exitNode: string, more: object = {}) => ({ ...LAN_A, tailscale: { exitNode, ...more } });
const allow = (src: string, ...dst: string[]) => ({ acls: [{ action: 'accept', src: [src], dst }] });
const routes = (...all: readonly (readonly [string, string])[]) =>
  all.map(([node, prefix]) => ({ node, prefix }));
const EXIT_ROUTES = routes(
  ['a', '10.42.0.0/24'],
  ['b', '10.42.1.0/24'],
  ['x', '10.42.2.0/24'],
  ['x', '0.0.0.0/0'],
  ['x', '::/0'],
);

/** From `a` to `b`: the first hop and whether it gets there, then every step with the texts that it rests on. */
type Case = readonly [
  name: string,
  nodes: Readonly<Record<string, object>>,
  more: More,
  lines: readonly string[],
];

describe('two nodes of one LAN', () => {
  test.each<Case>([
    [
      'host-gw',
      { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET } },
      {},
      [
        'lan true',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to b on the LAN ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        `b looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to a on the LAN ← "10.42.0.0/24" ← "host-gw" ← "192.168.50.11/24"`,
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'bypass rules on both',
      {
        a: { ...LAN_A, ...bypass({ suppressPrefixlength: 0 }) },
        b: { ...LAN_B, ...bypass({ suppressPrefixlength: 0 }) },
      },
      {},
      [
        'lan true',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: flannel's host-gw route leads to b on the LAN ← "to" ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        `b looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: 10.42.1.0/24 is on b's own bridge ← "to" ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        `b looks up the way back to 10.42.0.10 in main, as its rule of priority 2500 comes before Tailscale's: flannel's host-gw route leads to a on the LAN ← "to" ← "10.42.0.0/24" ← "host-gw" ← "192.168.50.11/24"`,
        `a looks up the way back to 10.42.0.10 in main, as its rule of priority 2500 comes before Tailscale's: 10.42.0.0/24 is on a's own bridge ← "to" ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'one accepts what the other does not',
      { a: LAN_A, b: { ...LAN_B, ...QUIET } },
      {},
      [
        'tailnet false source-refused not-accepted',
        `a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes; main would be asked after it, where flannel's host-gw route leads to b on the LAN ← "10.42.1.0/24" ← true`,
        'b takes no packet with the source 10.42.0.10 from a: b accepts no routes ← false',
      ],
    ],
    [
      'a rule of one that accepts nothing, to a table without routes',
      { a: { ...LAN_A, ...QUIET, ...bypass({ table: '100' }) }, b: { ...LAN_B, ...QUIET } },
      {},
      [
        'lan true',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to b on the LAN ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        `b looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to a on the LAN ← "10.42.0.0/24" ← "host-gw" ← "192.168.50.11/24"`,
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'strict rp_filter',
      { a: { ...LAN_A, ...bypass({ suppressPrefixlength: 0 }) }, b: { ...LAN_B, rpFilter: 'strict' } },
      {},
      [
        'lan false strict-rp-filter',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: flannel's host-gw route leads to b on the LAN ← "to" ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        'b drops it, as its way back to 10.42.0.10 is another one and rp_filter is strict ← "strict" ← "10.42.0.0/24" ← true',
      ],
    ],
    [
      'flannel with vxlan',
      { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET } },
      { backend: 'vxlan' },
      [
        'overlay true',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of b ← "10.42.1.0/24" ← "vxlan"`,
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        `b looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of a ← "10.42.0.0/24" ← "vxlan"`,
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'a reply through the tunnel to a node in userspace mode',
      { a: { ...LAN_A, tailscale: { mode: 'userspace' } }, b: LAN_B },
      {},
      [
        'lan false unknown-connection',
        `a looks up 10.42.1.10: flannel's host-gw route leads to b on the LAN ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        `b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes; main would be asked after it, where flannel's host-gw route leads to a on the LAN ← "10.42.0.0/24" ← true`,
        'Tailscale on a knows no such connection: in userspace mode its pods open theirs without it ← "tailscale"',
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe('two sites', () => {
  test.each<Case>([
    [
      'the tunnel',
      { a: LAN_A, b: FAR },
      {},
      [
        'tailnet true',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'b gives it 10.42.1.1 as its source',
        'the request reaches 10.42.1.10 from 10.42.1.1',
        'b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes ← "10.42.0.0/24" ← true',
        'a takes it from the tunnel ← "10.42.1.0/24" ← true',
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'a router that leaves the source as it is',
      { a: LAN_A, b: { ...FAR, tailscale: { snatSubnetRoutes: false } } },
      {},
      [
        'tailnet true',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'the request reaches 10.42.1.10 from 10.42.0.10',
        'b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes ← "10.42.0.0/24" ← true',
        'a takes it from the tunnel ← "10.42.1.0/24" ← true',
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'a receiver in userspace mode',
      { a: LAN_A, b: { ...FAR, tailscale: { mode: 'userspace' } } },
      {},
      [
        'tailnet true',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'b gives it 10.42.1.1 as its source',
        'the request reaches 10.42.1.10 from 10.42.1.1',
        `a looks up the way back to 10.42.0.10 in main, to which Tailscale's table 52 leaves it: 10.42.0.0/24 is on a's own bridge ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'a bypass that swallows the other',
      { a: { ...LAN_A, ...bypass() }, b: FAR },
      {},
      [
        'default false bypassed',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: nothing but the default route of a leads to 10.42.1.10 ← "to"`,
        `it leaves a for its site's router, which knows no 10.42.1.10 ← "to"`,
      ],
    ],
    [
      'a rule of a node that accepts nothing anyway',
      { a: { ...LAN_A, ...QUIET, ...bypass() }, b: FAR },
      {},
      [
        'default false leak',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: nothing but the default route of a leads to 10.42.1.10 ← "to"`,
        `it leaves a for its site's router, which knows no 10.42.1.10 ← "to"`,
      ],
    ],
    [
      'a rule of a node in userspace mode',
      { a: { ...LAN_A, tailscale: { mode: 'userspace' }, ...bypass() }, b: FAR },
      {},
      [
        'default false leak',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: nothing but the default route of a leads to 10.42.1.10 ← "to"`,
        `it leaves a for its site's router, which knows no 10.42.1.10 ← "to"`,
      ],
    ],
    [
      'a rule of a node without Tailscale',
      { a: { ...LAN_A, tailscale: null, tailscaleIp: null, ...bypass() }, b: FAR },
      { routes: routes(['b', '10.42.1.0/24']) },
      [
        'default false leak',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: nothing but the default route of a leads to 10.42.1.10 ← "to"`,
        `it leaves a for its site's router, which knows no 10.42.1.10 ← "to"`,
      ],
    ],
    [
      'an address that two sites have',
      { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET, site: 'far' } },
      {},
      [
        'lan false stranger',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to 192.168.50.12 on the LAN of a, an address of b at another site ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"`,
        'no node of these files has that address on the LAN of a ← "10.42.1.0/24" ← "host-gw" ← "192.168.50.12/24"',
      ],
    ],
    [
      'a filter by state',
      { a: { ...LAN_A, tailscale: { statefulFiltering: true } }, b: FAR },
      {},
      [
        'tailnet false stateful-filtering',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'a drops new connections of its pods into the tunnel, as it filters by state ← true',
      ],
    ],
    [
      'a policy with another port',
      { a: LAN_A, b: FAR },
      { policy: allow('10.42.0.0/16', '10.42.1.0/24:80') },
      [
        'tailnet false filtered',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'the policy lets b take no TCP 443 from 10.42.0.10 to 10.42.1.10',
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe("flannel's own tunnel", () => {
  test.each<Case>([
    [
      'to a LAN elsewhere',
      { a: { ...LAN_A, ...QUIET }, b: { ...FAR, ...QUIET } },
      { backend: 'wireguard-native' },
      [
        'overlay false endpoint-unreachable',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's wireguard-native tunnel leads to the pods of b ← "10.42.1.0/24" ← "wireguard-native"`,
        `flannel's tunnel leads to the LAN of b, which a is not on ← "10.0.0.5/24"`,
      ],
    ],
    [
      'to a LAN elsewhere, where the sender alone uses the tailnet',
      { a: { ...LAN_A, ...OVER_TAILNET }, b: { ...FAR, ...QUIET } },
      { backend: 'vxlan' },
      [
        'overlay false endpoint-unreachable',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of b ← "10.42.1.0/24" ← "vxlan"`,
        `flannel's tunnel leads to the LAN of b, which a is not on ← "10.0.0.5/24"`,
      ],
    ],
    [
      'over the tailnet, that the policy closes',
      { a: { ...LAN_A, ...OVER_TAILNET }, b: { ...FAR, ...OVER_TAILNET } },
      { backend: 'vxlan', policy: allow('tag:k3s', '*:443') },
      [
        'overlay false endpoint-unreachable',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of b ← "10.42.1.0/24" ← "vxlan"`,
        `flannel's tunnel leads to 100.64.0.2 of b, which the tailnet does not let a reach ← "100.64.0.2"`,
      ],
    ],
    [
      'to a public address',
      { a: { ...LAN_A, ...QUIET }, b: { ...FAR, ...QUIET, nodeExternalIp: '198.51.100.7' } },
      { backend: 'vxlan' },
      [
        'overlay  unknown',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of b ← "10.42.1.0/24" ← "vxlan"`,
        'the files do not tell whether a reaches the address that flannel publishes of b ← "b"',
      ],
    ],
    [
      'between sites that nobody tells',
      { a: QUIET, b: QUIET },
      { backend: 'vxlan' },
      [
        'overlay  unknown',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's vxlan tunnel leads to the pods of b ← "10.42.1.0/24" ← "vxlan"`,
        'the files do not tell whether a reaches the address that flannel publishes of b ← "b"',
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe('what the tailnet lacks', () => {
  test.each<Case>([
    [
      'the node accepts nothing',
      { a: { ...LAN_A, ...QUIET }, b: FAR },
      {},
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'a accepts no routes ← false',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'the node runs no Tailscale',
      { a: { ...LAN_A, tailscale: null, tailscaleIp: null }, b: FAR },
      { routes: routes(['b', '10.42.1.0/24']) },
      [
        'default false leak',
        'a looks up 10.42.1.10: nothing but the default route of a leads to 10.42.1.10',
        'a runs no Tailscale ← "a"',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'userspace mode',
      { a: { ...LAN_A, tailscale: { mode: 'userspace' } }, b: FAR },
      {},
      [
        'default false leak',
        'a looks up 10.42.1.10: nothing but the default route of a leads to 10.42.1.10',
        'Tailscale gives a no routes in userspace mode ← "tailscale"',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'nobody advertises it',
      { a: LAN_A, b: FAR },
      { routes: [] },
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'b does not advertise 10.42.1.10 ← "10.42.1.0/24"',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'the other is no device of the tailnet',
      { a: LAN_A, b: { ...FAR, tailscaleIp: null } },
      {},
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'b does not advertise 10.42.1.10 ← "10.42.1.0/24"',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'it is not approved',
      { a: LAN_A, b: FAR },
      { routes: [{ node: 'b', prefix: '10.42.1.0/24', approve: false }] },
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        '10.42.1.0/24 of b is not approved ← "10.42.1.0/24" ← false',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'the policy hides it, and approves it',
      { a: LAN_A, b: FAR },
      {
        policy: { ...allow('tag:other', '*:*'), autoApprovers: { routes: { '10.42.0.0/16': ['tag:k3s'] } } },
      },
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'the policy gives a no route to 10.42.1.0/24 ← "10.42.1.0/24" ← "10.42.0.0/16"',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'another device has it',
      { a: LAN_A, b: FAR, d: FARTHER },
      { routes: routes(['a', '10.42.0.0/24'], ['d', '10.42.1.0/24']) },
      [
        'tailnet false leak',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through d, as a accepts routes ← "10.42.1.0/24" ← true',
        'd takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        "d looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of d leads to 10.42.1.10",
        'b does not advertise 10.42.1.10 ← "10.42.1.0/24"',
        "it leaves d for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'another device has the source',
      { a: LAN_A, b: FAR, d: FARTHER },
      { routes: routes(['b', '10.42.1.0/24'], ['d', '10.42.0.0/16']) },
      [
        'tailnet false source-refused other-router',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'b takes no packet with the source 10.42.0.10 from a: d serves that prefix in the tailnet, not a ← "10.42.0.0/16"',
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe('an exit node', () => {
  test.each<Case>([
    [
      'takes the own pods of its client',
      { a: through('x', { acceptRoutes: true }), b: FAR, x: EXIT },
      { routes: EXIT_ROUTES },
      [
        'tailnet false source-refused',
        'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'b gives it 10.42.1.1 as its source',
        'the request reaches 10.42.1.10 from 10.42.1.1',
        'b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes ← "10.42.0.0/24" ← true',
        'a takes it from the tunnel ← "10.42.1.0/24" ← true',
        `a looks up the way back to 10.42.0.10: table 52 leads everything else to the exit node x, the own networks of the host too; main would be asked after it, where 10.42.0.0/24 is on a's own bridge ← "x"`,
        'x takes packets with the source 10.42.1.10 from b alone, and they come from a ← "10.42.1.0/24" ← true',
      ],
    ],
    [
      'takes what leaves for the LAN, to whom the route of another is longer',
      { a: through('x', { acceptRoutes: true }), b: { ...LAN_B }, x: EXIT },
      { routes: EXIT_ROUTES },
      [
        'tailnet false source-refused',
        `a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes; main would be asked after it, where flannel's host-gw route leads to b on the LAN ← "10.42.1.0/24" ← true`,
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'b gives it 10.42.1.1 as its source',
        'the request reaches 10.42.1.10 from 10.42.1.1',
        `b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes; main would be asked after it, where flannel's host-gw route leads to a on the LAN ← "10.42.0.0/24" ← true`,
        'a takes it from the tunnel ← "10.42.1.0/24" ← true',
        `a looks up the way back to 10.42.0.10: table 52 leads everything else to the exit node x, the own networks of the host too; main would be asked after it, where 10.42.0.0/24 is on a's own bridge ← "x"`,
        'x takes packets with the source 10.42.1.10 from b alone, and they come from a ← "10.42.1.0/24" ← true',
      ],
    ],
    [
      'that offers none to its client',
      { a: through('x', { acceptRoutes: false }), b: FAR, x: EXIT },
      { routes: EXIT_ROUTES, policy: allow('10.42.0.0/16', '10.42.0.0/16:*') },
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'a accepts no routes ← false',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
    [
      'takes what its client does not accept, by its name',
      { a: through('X', { acceptRoutes: false }), b: FAR, x: EXIT },
      { routes: EXIT_ROUTES },
      [
        'tailnet false source-refused',
        'a looks up 10.42.1.10: table 52 leads everything else to the exit node x ← "X"',
        'x takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        'x looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as x accepts routes ← "10.42.1.0/24" ← true',
        'b takes packets with the source 10.42.0.10 from a alone, and they come from x ← "10.42.0.0/24" ← true',
      ],
    ],
    [
      'takes it before the LAN, by its address',
      {
        a: through('100.64.0.3', { acceptRoutes: false, exitNodeAllowLanAccess: true }),
        b: { ...LAN_B, ...QUIET },
        x: EXIT,
      },
      { routes: EXIT_ROUTES },
      [
        'tailnet false source-refused not-accepted',
        `a looks up 10.42.1.10: table 52 leads everything else to the exit node x; main would be asked after it, where flannel's host-gw route leads to b on the LAN ← "100.64.0.3" ← true`,
        'x takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        'x looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as x accepts routes ← "10.42.1.0/24" ← true',
        'b takes no packet with the source 10.42.0.10 from x: b accepts no routes ← false',
      ],
    ],
    [
      'that nobody knows',
      { a: through('nobody', { acceptRoutes: false }), b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell which device the exit node of a is ← "nobody"',
        'the files do not tell which device the exit node of a is ← "nobody"',
      ],
    ],
    [
      'that is none',
      { a: through('b', { acceptRoutes: false }), b: FAR },
      {},
      [
        'default false leak',
        "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: nothing but the default route of a leads to 10.42.1.10",
        'a accepts no routes ← false',
        "it leaves a for its site's router, which knows no 10.42.1.10",
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe('routes given by hand', () => {
  test.each<Case>([
    [
      'to a neighbour, that may not carry for others',
      { a: byHand('10.42.2.0/24', { via: '192.168.50.12' }), c: LAN_B, b: FAR },
      {},
      [
        'lan false source-refused',
        `a looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.12 ← "to"`,
        'c looks up 10.42.2.10: table 52 has 10.42.2.0/24 through b, as c accepts routes ← "10.42.2.0/24" ← true',
        'b takes packets with the source 10.42.0.10 from a alone, and they come from c ← "10.42.0.0/24" ← true',
      ],
    ],
    [
      'to a neighbour that gives it back',
      {
        a: byHand('10.42.2.0/24', { via: '192.168.50.12' }),
        c: { ...byHand('10.42.2.0/24', { via: '192.168.50.11' }), ...LAN_B },
        b: FAR,
      },
      {},
      [
        'lan false loop',
        `a looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.12 ← "to"`,
        `c looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.11 ← "to"`,
        `a looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.12 ← "to"`,
        `c looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.11 ← "to"`,
        `a looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.12 ← "to"`,
        `c looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.11 ← "to"`,
        `a looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.12 ← "to"`,
        `c looks up 10.42.2.10 in main, to which Tailscale's table 52 leaves it: 10.42.2.0/24 is routed by hand through 192.168.50.11 ← "to"`,
        'the packet goes round between nodes',
      ],
    ],
    [
      'to somebody unknown',
      { a: byHand('10.42.1.0/24', { via: '192.168.50.99' }), b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
        'the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
      ],
    ],
    [
      'to itself',
      { a: byHand('10.42.1.0/24', { via: '192.168.50.11' }), b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
        'the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
      ],
    ],
    [
      'to a node of another site',
      { a: byHand('10.42.1.0/24', { via: '10.0.0.5' }), b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
        'the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
      ],
    ],
    [
      'out of a network card',
      { a: byHand('10.42.1.0/24', { dev: 'eth0' }), b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
        'the files do not tell what is behind the route of 10.42.1.0/24 ← "to"',
      ],
    ],
    [
      'into the tunnel',
      {
        a: {
          ...LAN_A,
          ...bypass({ suppressPrefixlength: 0 }),
          ipRoutes: [{ to: '10.42.1.0/24', dev: 'tailscale0' }],
        },
        b: FAR,
      },
      {},
      [
        'tailnet true',
        `a looks up 10.42.1.10 in main, as its rule of priority 2500 comes before Tailscale's: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "to" ← "10.42.1.0/24" ← true`,
        'b takes it from the tunnel and lets it in ← "10.42.0.0/24" ← true ← "*:*"',
        `b looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is on b's own bridge ← "10.42.1.0/24"`,
        'b gives it 10.42.1.1 as its source',
        'the request reaches 10.42.1.10 from 10.42.1.1',
        'b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes ← "10.42.0.0/24" ← true',
        'a takes it from the tunnel ← "10.42.1.0/24" ← true',
        `a looks up the way back to 10.42.0.10 in main, as its rule of priority 2500 comes before Tailscale's: 10.42.0.0/24 is on a's own bridge ← "to" ← "10.42.0.0/24"`,
        'the reply comes back',
      ],
    ],
    [
      'to the bridge',
      { a: byHand('10.42.1.0/24', { dev: 'cni0' }), b: FAR },
      {},
      [
        'own false nobody-there',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 10.42.1.0/24 is routed by hand ← "to"`,
        'nobody at a has 10.42.1.10 ← "to"',
      ],
    ],
    [
      'for everything',
      { a: byHand('default', { via: '192.168.50.1' }), b: FAR },
      {},
      [
        'default false leak',
        `a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: 0.0.0.0/0 is routed by hand through 192.168.50.1 ← "to"`,
        'a accepts no routes ← false',
        `it leaves a for its site's router, which knows no 10.42.1.10 ← "to"`,
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

describe('what the files do not tell', () => {
  test.each<Case>([
    [
      'the backend',
      { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET } },
      { backend: 'none' },
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell what carries pods with the backend none ← "10.42.1.0/24" ← "none"',
        'the files do not tell what carries pods with the backend none ← "10.42.1.0/24" ← "none"',
      ],
    ],
    [
      'the site',
      { a: QUIET, b: QUIET },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell whether a and b share a LAN ← "a" ← "b"',
        'the files do not tell whether a and b share a LAN ← "a" ← "b"',
      ],
    ],
    [
      'the site of one, whose network is another',
      { a: { ...LAN_A, ...QUIET }, b: { ...FAR, ...QUIET, site: null } },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell whether a and b share a LAN ← "a" ← "b"',
        'the files do not tell whether a and b share a LAN ← "a" ← "b"',
      ],
    ],
    [
      'the Tailscale address',
      { a: { ...LAN_A, tailscaleIp: null }, b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell the Tailscale address of a ← "a"',
        'the files do not tell the Tailscale address of a ← "a"',
      ],
    ],
    [
      'whether it accepts routes',
      { a: { ...LAN_A, tailscale: { acceptRoutes: undefined } }, b: FAR },
      {},
      [
        'unknown  unknown',
        'a looks up 10.42.1.10: the files do not tell whether a accepts routes ← "a"',
        'the files do not tell whether a accepts routes ← "a"',
      ],
    ],
    [
      'the place of a rule',
      { a: { ...LAN_A, ...bypass({ priority: undefined }) }, b: FAR },
      {},
      [
        'unknown  unknown',
        `a looks up 10.42.1.10: the files do not tell the priority of a rule, which lands before or after Tailscale's ← "to"`,
        `the files do not tell the priority of a rule, which lands before or after Tailscale's ← "to"`,
      ],
    ],
  ])('%s', (_, nodes, more, lines) => {
    expect(traceLines(net(nodes, more), 'a', 'b')).toEqual(lines);
  });
});

test.each([
  [6, 80, 'TCP 80'],
  [17, 53, 'UDP 53'],
  [1, 0, 'ICMP'],
  [132, 9, 'SCTP 9'],
])('what the policy does not let in is named: %s %s', (protocol, port, what) => {
  const network = net({ a: LAN_A, b: FAR }, { policy: allow('10.42.0.0/16', '10.42.0.0/24:443') });
  expect(traceLines(network, 'a', 'b', { protocol, port }).at(-1)).toBe(
    `the policy lets b take no ${what} from 10.42.0.10 to 10.42.1.10`,
  );
});

test.each([
  ['vxlan', '8472', true],
  ['vxlan', '51820', false],
  ['wireguard-native', '51820', true],
  ['wireguard-native', '8472', false],
])("flannel's %s over the tailnet, where the policy opens %s", (backend, port, delivered) => {
  const nodes = { a: { ...LAN_A, ...OVER_TAILNET }, b: { ...FAR, ...OVER_TAILNET } };
  const network = net(nodes, { backend, policy: allow('tag:k3s', `*:${port}`) });
  expect(traceLines(network, 'a', 'b')[0]).toMatch(RegExp(`^overlay ${delivered}`));
});

test("flannel's tunnel goes by the external addresses where they are of the tailnet", () => {
  const a = { ...LAN_A, ...QUIET, nodeExternalIp: '100.64.0.1' };
  const b = { ...FAR, ...QUIET, nodeExternalIp: '100.64.0.2' };
  expect(traceLines(net({ a, b }, { backend: 'vxlan' }), 'a', 'b')[0]).toBe('overlay true');
});

test('an exit node with access to the LAN leaves its client its pods', () => {
  const a = through('x', { acceptRoutes: true, exitNodeAllowLanAccess: true });
  expect(traceLines(net({ a, b: FAR, x: EXIT }, { routes: EXIT_ROUTES }), 'b', 'a')[0]).toBe('tailnet true');
});

test.each([
  ['of one network', {}, { lanIp: '192.168.50.12/24' }, 'lan true'],
  ['of one network, where one site is told', { site: 'lan' }, { lanIp: '192.168.50.12/24' }, 'lan true'],
  ['of which one has no address', { site: 'lan' }, {}, 'unknown  unknown'],
  ['of one site, whatever their addresses', { site: 'lan' }, { site: 'lan' }, 'lan true'],
])('nodes %s', (_, a, b, answer) => {
  const network = net({ a: { lanIp: '192.168.50.11/24', ...QUIET, ...a }, b: { ...QUIET, ...b } });
  expect(traceLines(network, 'a', 'b')[0]).toBe(answer);
});

test('what the receiver accepts nobody tells', () => {
  const b = { ...FAR, tailscale: { acceptRoutes: undefined } };
  expect(traceLines(net({ a: LAN_A, b }), 'a', 'b')).toEqual([
    'tailnet  unknown',
    'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes ← "10.42.1.0/24" ← true',
    'the files do not tell whether b accepts routes ← "b"',
  ]);
});

test('a gateway gives what it brings to its LAN its address there, unless it is told not to', () => {
  const routes = [
    { node: 'a', prefix: '10.42.0.0/24' },
    { node: 'a', prefix: '10.42.2.0/24' },
    { node: 'b', prefix: '10.42.1.0/24' },
  ];
  const seen = (a: object, backend = 'host-gw') =>
    traceLines(
      net({ a: { ...LAN_A, ...a }, b: FAR, c: { ...LAN_B, ...QUIET } }, { routes, backend }),
      'b',
      'c',
    ).filter((line) => line.startsWith('the request reaches') || line.startsWith('a gives'));
  const translated = [
    'a gives it 192.168.50.11 as its source',
    'the request reaches 10.42.2.10 from 192.168.50.11',
  ];
  expect(seen({})).toEqual(translated);
  expect(seen({}, 'vxlan')).toEqual(translated);
  expect(seen({ tailscale: { snatSubnetRoutes: false } })).toEqual([
    'the request reaches 10.42.2.10 from 10.42.1.10',
  ]);
});
