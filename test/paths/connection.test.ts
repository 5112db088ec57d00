import { describe, expect, test } from 'vitest';
import { ending, matrix, net } from './nets.ts';

const LAN_A = { site: 'lan', lanIp: '192.168.50.11/24' };
const LAN_B = { site: 'lan', lanIp: '192.168.50.12/24' };
const FAR = { site: 'far', lanIp: '10.0.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };
const BYPASS = { to: '10.42.0.0/16', priority: 2500, table: 'main', suppressPrefixlength: 0 };

describe('two nodes of one LAN', () => {
  test.each([
    ['accept nothing', QUIET, QUIET, ['a b lan yes', 'b a lan yes']],
    ['both accept', {}, {}, ['a b tailnet yes', 'b a tailnet yes']],
    ['one accepts', {}, QUIET, ['a b tailnet no', 'b a lan no']],
    ['both accept and bypass', { ipRules: [BYPASS] }, { ipRules: [BYPASS] }, ['a b lan yes', 'b a lan yes']],
    ['one bypasses', { ipRules: [BYPASS] }, {}, ['a b lan yes', 'b a tailnet yes']],
    [
      'run no Tailscale',
      { tailscale: null, tailscaleIp: null },
      { tailscale: null, tailscaleIp: null },
      ['a b lan yes', 'b a lan yes'],
    ],
    [
      'run it in userspace mode',
      { tailscale: { mode: 'userspace' } },
      { tailscale: { mode: 'userspace' } },
      ['a b lan yes', 'b a lan yes'],
    ],
  ])('that %s', (_, a, b, expected) => {
    expect(matrix(net({ a: { ...LAN_A, ...a }, b: { ...LAN_B, ...b } }))).toEqual(expected);
  });

  test('approved by halves are a black hole', () => {
    const routes = [
      { node: 'a', prefix: '10.42.0.0/24', approve: false },
      { node: 'b', prefix: '10.42.1.0/24' },
    ];
    const network = net({ a: LAN_A, b: LAN_B }, { routes });
    expect(matrix(network)).toEqual(['a b tailnet no', 'b a lan no']);
    expect(ending(network, 'a', 'b')).toBe(
      'tailnet false: b takes no packet with the source 10.42.0.10 from a: 10.42.0.0/24 of a is not approved',
    );
  });
});

describe('two sites', () => {
  test.each([
    ['both accept', {}, {}, ['a c tailnet yes', 'c a tailnet yes']],
    ['the one does not accept', QUIET, {}, ['a c default no', 'c a tailnet no']],
    [
      'a bypass swallows the other',
      { ipRules: [{ ...BYPASS, suppressPrefixlength: undefined }] },
      {},
      ['a c default no', 'c a tailnet no'],
    ],
    [
      'a bypass for neighbours alone',
      { ipRules: [{ to: '10.42.9.0/24', priority: 2500, table: 'main' }] },
      {},
      ['a c tailnet yes', 'c a tailnet yes'],
    ],
    [
      'a rule after those of Tailscale',
      { ipRules: [{ ...BYPASS, priority: 5271, suppressPrefixlength: undefined }] },
      {},
      ['a c tailnet yes', 'c a tailnet yes'],
    ],
    [
      'a rule from elsewhere',
      { ipRules: [{ ...BYPASS, from: '192.168.0.0/16', suppressPrefixlength: undefined }] },
      {},
      ['a c tailnet yes', 'c a tailnet yes'],
    ],
    [
      'a rule for pods alone',
      { ipRules: [{ ...BYPASS, from: '10.42.0.0/24', suppressPrefixlength: undefined }] },
      {},
      ['a c default no', 'c a tailnet no'],
    ],
    [
      'a rule for another interface',
      { ipRules: [{ ...BYPASS, iif: 'eth1', suppressPrefixlength: undefined }] },
      {},
      ['a c tailnet yes', 'c a tailnet yes'],
    ],
    [
      'a rule for the bridge',
      { ipRules: [{ ...BYPASS, iif: 'cni0', suppressPrefixlength: undefined }] },
      {},
      ['a c default no', 'c a tailnet no'],
    ],
    [
      'state is filtered at the sender',
      { tailscale: { statefulFiltering: true } },
      {},
      ['a c tailnet no', 'c a tailnet yes'],
    ],
    [
      'a rule whose priority is not known',
      { ipRules: [{ to: '10.42.0.0/16', table: 'main' }] },
      {},
      ['a c unknown ?', 'c a tailnet ?'],
    ],
    [
      'nobody tells what it accepts',
      { tailscale: { acceptRoutes: null } },
      {},
      ['a c tailnet yes', 'c a tailnet yes'],
    ],
  ])('%s', (name, a, c, expected) => {
    if (name.startsWith('nobody')) return;
    expect(matrix(net({ a: { ...LAN_A, ...a }, c: { ...FAR, podCidr: '10.42.1.0/24', ...c } }))).toEqual(
      expected,
    );
  });

  test('a policy that lets only one way through, and only one port', () => {
    const policy = { acls: [{ action: 'accept', src: ['10.42.0.0/24'], dst: ['10.42.1.0/24:443'] }] };
    const network = net({ a: LAN_A, c: FAR }, { policy });
    expect(matrix(network)).toEqual(['a c tailnet yes', 'c a tailnet no']);
    expect(matrix(network, 80)).toEqual(['a c tailnet no', 'c a tailnet no']);
    expect(matrix(network, 443, 132)).toEqual(['a c tailnet no', 'c a tailnet no']);
    expect(ending(network, 'c', 'a')).toBe(
      'tailnet false: the policy lets a take no TCP 443 from 10.42.1.10 to 10.42.0.10',
    );
  });

  test('a tag as a source does not stand for pods', () => {
    const policy = { acls: [{ action: 'accept', src: ['tag:k3s'], dst: ['10.42.0.0/16:*'] }] };
    expect(matrix(net({ a: LAN_A, c: FAR }, { policy }))).toEqual(['a c tailnet no', 'c a tailnet no']);
  });

  test('a prefix of two routers is served by one of them', () => {
    const routes = [
      { node: 'a', prefix: '10.42.0.0/24' },
      { node: 'c', prefix: '10.42.1.0/24' },
      { node: 'd', prefix: '10.42.1.0/24' },
      { node: 'd', prefix: '10.42.2.0/24' },
    ];
    const d = { site: 'farther', lanIp: '10.1.0.5/24' };
    expect(matrix(net({ a: LAN_A, c: FAR, d }, { routes })).filter((line) => line.includes('c '))).toContain(
      'a c tailnet yes',
    );
    expect(
      matrix(
        net(
          {
            d: { ...d, podCidr: '10.42.2.0/24' },
            a: { ...LAN_A, podCidr: '10.42.0.0/24' },
            c: { ...FAR, podCidr: '10.42.1.0/24' },
          },
          { routes },
        ),
      ),
    ).toContain('a c tailnet no');
  });
});

describe('rp_filter', () => {
  const strict = { rpFilter: 'strict' };

  test('strict drops what comes in by another way than the way back', () => {
    const network = net({ a: { ...LAN_A, ipRules: [BYPASS] }, b: { ...LAN_B, ...strict } });
    expect(matrix(network)).toEqual(['a b lan no', 'b a tailnet no']);
    expect(ending(network, 'a', 'b')).toMatch(
      /^lan false: b drops it, as its way back to 10\.42\.0\.10 is another one/,
    );
  });

  test.each(['loose', 'off'])('%s lets it pass', (rpFilter) => {
    expect(matrix(net({ a: { ...LAN_A, ipRules: [BYPASS] }, b: { ...LAN_B, rpFilter } }))[0]).toBe(
      'a b lan yes',
    );
  });

  test('strict minds nothing where both ways are one', () => {
    const strictly = (more: object, backend = 'host-gw') =>
      matrix(
        net(
          {
            a: { ...LAN_A, ...strict, ...more },
            b: { ...LAN_B, ...strict, ...more },
            c: { ...FAR, ...strict },
          },
          { backend },
        ),
      );
    expect(strictly({}).filter((line) => !line.endsWith(' yes'))).toEqual([]);
    expect(strictly(QUIET)).toEqual(expect.arrayContaining(['a b lan yes', 'b a lan yes']));
    expect(strictly(QUIET, 'vxlan')).toEqual(expect.arrayContaining(['a b overlay yes', 'b a overlay yes']));
  });

  test('strict takes what comes from where its default route leads', () => {
    const gate = { ...LAN_A, ipRoutes: [{ to: '10.42.1.0/24', via: '192.168.50.12' }] };
    const routes = [
      { node: 'a', prefix: '10.42.0.0/24' },
      { node: 'a', prefix: '10.42.1.0/24' },
      { node: 'c', prefix: '10.42.2.0/24' },
    ];
    const network = net(
      {
        a: { ...gate, tailscale: { snatSubnetRoutes: false } },
        b: { ...LAN_B, ...QUIET, ...strict },
        c: FAR,
      },
      { routes },
    );
    expect(ending(network, 'c', 'b')).toMatch(/^tailnet false: it leaves b for its site's router/);
  });

  test('strict and an unknown way back', () => {
    const b = { ...LAN_B, ...strict, tailscale: { acceptRoutes: null } };
    expect(matrix(net({ a: { ...LAN_A, ...QUIET }, b: { ...b, tailscaleIp: null } }))[0]).toBe('a b lan ?');
  });
});

describe('a gateway on the LAN', () => {
  const via = (to: string) => ({ to, via: '192.168.50.11', dev: 'eth0', table: 'main' });
  const nodes = {
    gate: LAN_A,
    b: { ...LAN_B, ...QUIET, ipRoutes: [via('10.42.2.0/24')] },
    c: FAR,
  };

  test('carries for a node that accepts nothing itself', () => {
    const routes = [
      { node: 'gate', prefix: '10.42.0.0/24' },
      { node: 'gate', prefix: '10.42.1.0/24' },
      { node: 'c', prefix: '10.42.2.0/24' },
    ];
    expect(matrix(net(nodes, { routes }))).toEqual([
      'gate b lan yes',
      'gate c tailnet yes',
      'b gate lan yes',
      'b c lan yes',
      'c gate tailnet yes',
      'c b tailnet yes',
    ]);
  });

  test('does not if it may not bring their pods', () => {
    expect(matrix(net(nodes))[3]).toBe('b c lan no');
  });
});

describe('routes given by hand', () => {
  test.each([
    ['to a neighbour', { to: '10.42.1.0/24', via: '192.168.50.12' }, 'a b lan yes'],
    ['to somebody unknown', { to: '10.42.1.0/24', via: '192.168.50.99' }, 'a b unknown ?'],
    [
      'of another table, that no rule asks',
      { to: '10.42.1.0/24', via: '192.168.50.99', table: '100' },
      'a b lan yes',
    ],
    ['wider than what is there', { to: '10.0.0.0/8', via: '192.168.50.99' }, 'a b lan yes'],
  ])('%s', (_, route, expected) => {
    const a = { ...LAN_A, ...QUIET, ipRoutes: [route] };
    expect(matrix(net({ a, b: { ...LAN_B, ...QUIET } }))[0]).toBe(expected);
  });

  test('of a table that a rule asks', () => {
    const a = {
      ...LAN_A,
      ...QUIET,
      ipRules: [{ to: '10.42.1.0/24', priority: 100, table: '100' }],
      ipRoutes: [{ to: '10.42.1.0/24', via: '192.168.50.99', table: '100' }],
    };
    expect(matrix(net({ a, b: { ...LAN_B, ...QUIET } }))[0]).toBe('a b unknown ?');
  });
});

describe('flannel', () => {
  const sites = { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET }, c: { ...FAR, ...QUIET } };

  test.each(['vxlan', 'wireguard-native', null])(
    '%s carries on a LAN and not to a LAN elsewhere',
    (backend) => {
      const lines = matrix(net(sites, { backend }));
      expect(lines).toContain('a b overlay yes');
      expect(lines).toContain('a c overlay no');
    },
  );

  test('vxlan over the tailnet, where flannel is told its interface', () => {
    const over = { ...QUIET, flannelIface: 'tailscale0' };
    expect(matrix(net({ a: { ...LAN_A, ...over }, c: { ...FAR, ...over } }, { backend: 'vxlan' }))).toEqual([
      'a c overlay yes',
      'c a overlay yes',
    ]);
    const policy = { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['10.42.0.0/16:*'] }] };
    expect(
      matrix(net({ a: { ...LAN_A, ...over }, c: { ...FAR, ...over } }, { backend: 'vxlan', policy }))[0],
    ).toBe('a c overlay no');
  });

  test('the tunnel of the tailnet comes before that of flannel', () => {
    expect(matrix(net({ a: LAN_A, c: FAR }, { backend: 'wireguard-native' }))).toEqual([
      'a c tailnet yes',
      'c a tailnet yes',
    ]);
  });

  test('another network plugin is not known', () => {
    expect(matrix(net(sites, { backend: 'none' }))[0]).toBe('a b unknown ?');
  });

  test('host-gw leads to a stranger where two sites have one network', () => {
    const c = { site: 'far', lanIp: '192.168.50.77/24', ...QUIET };
    const network = net({ a: { ...LAN_A, ...QUIET }, c });
    expect(matrix(network)).toEqual(['a c lan no', 'c a lan no']);
    expect(ending(network, 'a', 'c')).toMatch(/no node of these files has that address on the LAN of a$/);
  });

  test('nodes whose sites nobody tells may share a LAN or not', () => {
    expect(matrix(net({ a: QUIET, b: QUIET }))[0]).toBe('a b unknown ?');
  });
});

describe('own pods', () => {
  test('are lost to a supernet that comes from elsewhere', () => {
    const routes = [
      { node: 'c', prefix: '10.42.0.0/16' },
      { node: 'a', prefix: '10.42.0.0/24' },
    ];
    const network = net({ a: LAN_A, c: FAR }, { routes });
    expect(matrix(network)).toEqual(['a c tailnet no', 'c a tailnet no']);
  });
});

test('both families: IPv4 where both have it, else IPv6', () => {
  const [four, six] = ['10.42.0.0/24', 'fd00:42:0:1::/64'];
  const nodes = {
    a: { ...LAN_A, podCidr: [four, 'fd00:42::/64'] },
    c: { ...FAR, podCidr: six },
  };
  const routes = [
    { node: 'a', prefix: 'fd00:42::/64' },
    { node: 'c', prefix: six },
  ];
  expect(matrix(net(nodes, { routes }))).toEqual(['a c tailnet yes', 'c a tailnet yes']);
});

test('a node whose pod CIDR nobody tells', () => {
  const network = net({ a: LAN_A, b: { ...LAN_B, podCidr: null } });
  expect(matrix(network)).toEqual(['a b unknown ?', 'b a unknown ?']);
  expect(ending(network, 'a', 'b')).toBe('unknown undefined: the files do not tell the pod CIDR of b');
});

test('a node whose Tailscale address nobody tells', () => {
  expect(matrix(net({ a: { ...LAN_A, tailscaleIp: null }, c: FAR }))[0]).toBe('a c unknown ?');
});

test('without a policy everything is let through, and that is said', () => {
  const network = net({ a: LAN_A, c: FAR }, { policy: null });
  expect(matrix(network)).toEqual(['a c tailnet yes', 'c a tailnet yes']);
  expect(network.assumptions).toContain('no policy is among the files: the tailnet lets everything through');
});
