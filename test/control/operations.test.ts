import { describe, expect, test } from 'vitest';
import type { ControlSettings } from '../../src/control/connect.ts';
import { formatPrefix } from '../../src/net/format.ts';
import type { Device } from '../../src/policy/device-list.ts';
import { aDevice, type Fault, type LoopbackServer } from '../loopback/control-server.ts';
import { type HeadscaleVersion, startHeadscale } from '../loopback/headscale.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import { API_KEY, asked, connected, during, OAUTH, oidc, onHeadscale, onTailscale } from './connecting.ts';

interface Way {
  readonly start: (settings: Parameters<typeof startTailscale>[0]) => Promise<LoopbackServer>;
  readonly settings: (server: LoopbackServer) => ControlSettings;
  readonly control: 'tailscale' | 'headscale';
  readonly isV1?: boolean;
}

const headscale = (version: HeadscaleVersion): Way => ({
  start: (settings) => startHeadscale(version, settings),
  settings: (server) => onHeadscale(server),
  control: 'headscale',
  isV1: true,
});

const WAYS: Readonly<Record<string, Way>> = {
  'Tailscale with an API key': {
    start: startTailscale,
    settings: (server) => onTailscale(server, API_KEY),
    control: 'tailscale',
  },
  'Tailscale with an OAuth client': {
    start: startTailscale,
    settings: (server) => onTailscale(server, OAUTH),
    control: 'tailscale',
  },
  'Tailscale with OIDC': {
    start: startTailscale,
    settings: (server) => onTailscale(server, oidc(server)),
    control: 'tailscale',
  },
  'Headscale 0.26': headscale('0.26'),
  'Headscale 0.27': headscale('0.27'),
  'Headscale 0.28': headscale('0.28'),
  'Headscale 0.29': headscale('0.29'),
  'Headscale 0.30': headscale('0.30'),
  'Headscale 0.30 with an OAuth client': {
    start: (settings) => startHeadscale('0.30', settings),
    settings: (server) => onHeadscale(server, 'oauth'),
    control: 'headscale',
  },
  'Headscale 0.30 without v1': {
    start: (settings) => startHeadscale('0.30', { ...settings, withoutV1: true }),
    settings: (server) => onHeadscale(server),
    control: 'headscale',
  },
  'Headscale 0.30 as Tailscale': {
    start: (settings) => startHeadscale('0.30', settings),
    settings: (server) => onTailscale(server),
    control: 'headscale',
  },
};

const devices = () => [
  aDevice('1', { name: 'oslo-1', advertised: ['10.42.1.0/24', '10.9.0.0/16'], enabled: ['10.9.0.0/16'] }),
  aDevice('2', { name: 'kyoto-1', hostname: 'kyoto', tags: ['tag:k3s'], expires: '2027-01-01T00:00:00Z' }),
];

const shown = (device: Device | undefined) =>
  device && {
    id: device.id,
    name: device.name,
    hostname: device.hostname,
    tags: device.tags,
    advertised: device.advertised.map(formatPrefix),
    approved: device.approved.map(formatPrefix),
    expires: device.expires,
  };

const OSLO = {
  id: '1',
  name: 'oslo-1',
  hostname: 'oslo-1',
  tags: [],
  advertised: ['10.42.1.0/24', '10.9.0.0/16'],
  approved: ['10.9.0.0/16'],
  expires: '',
};
const KYOTO = {
  id: '2',
  name: 'kyoto-1',
  hostname: 'kyoto',
  tags: ['tag:k3s'],
  advertised: [],
  approved: [],
  expires: '2027-01-01T00:00:00Z',
};

describe.each(Object.entries(WAYS))('%s', (_, { start, settings, control, isV1 }) => {
  test('lists, reads, sets and reads back', async () => {
    const loopback = await during(start({ devices: devices() }));
    const server = connected(settings(loopback));
    const list = await server.listDevices();
    expect(list.control).toBe(control);
    expect(list.devices.map(shown)).toEqual([OSLO, KYOTO]);
    expect(shown(await server.readDevice('2'))).toEqual(KYOTO);
    await server.setRoutes('1', ['10.42.1.0/24', '10.9.0.0/16']);
    expect(loopback.devices[0]?.enabled).toEqual(['10.42.1.0/24', '10.9.0.0/16']);
    const [{ approved = [], serving } = {}, fromList] = [
      await server.readDevice('1'),
      (await server.listDevices()).devices[0],
    ];
    expect(approved.map(formatPrefix)).toEqual(['10.42.1.0/24', '10.9.0.0/16']);
    expect(serving).toBeUndefined();
    expect(fromList?.serving?.map(formatPrefix)).toEqual(isV1 ? ['10.42.1.0/24', '10.9.0.0/16'] : undefined);
    await server.setRoutes('1', []);
    expect(loopback.devices[0]?.enabled).toEqual([]);
    expect(server.pauses).toEqual([]);
  });

  test('a tailnet without devices, and one whose devices have no routes', async () => {
    const loopback = await during(start({}));
    const server = connected(settings(loopback));
    expect((await server.listDevices()).devices).toEqual([]);
    loopback.devices = [aDevice('7')];
    expect((await server.listDevices()).devices.map(({ id }) => id)).toEqual(['7']);
  });

  test('a device that has left', async () => {
    const loopback = await during(start({ devices: devices() }));
    const server = connected(settings(loopback));
    expect(await server.readDevice('3')).toBeUndefined();
    await server.listDevices();
    await expect(server.setRoutes('3', [])).rejects.toMatchObject({ mayBeDone: false });
  });

  test('an approval is given back as it was written', async () => {
    const loopback = await during(start({ devices: [aDevice('1', { enabled: ['10.42.1.7/24'] })] }));
    const device = await connected(settings(loopback)).readDevice('1');
    expect(device).toMatchObject({ approved: [], approvedAsWritten: ['10.42.1.7/24'] });
  });

  test('the policy as it stands', async () => {
    const policy = '// who may what\n{"acls": [],}\n';
    const loopback = await during(start({ policy }));
    expect(await connected(settings(loopback)).readPolicy()).toEqual({ text: policy });
  });
});

test('what is asked of Tailscale, one request each', async () => {
  const loopback = await during(startTailscale({ devices: devices(), tailnet: 'home.example' }));
  const server = connected(onTailscale(loopback, API_KEY, 'home.example'));
  await server.listDevices();
  await server.readDevice('1');
  await server.setRoutes('1', ['10.42.1.0/24']);
  await server.readPolicy();
  expect(asked(loopback)).toEqual([
    'GET /api/v2/tailnet/home.example/devices?fields=all',
    'GET /api/v2/device/1?fields=all',
    'POST /api/v2/device/1/routes',
    'GET /api/v2/tailnet/home.example/acl',
  ]);
  expect(loopback.requests[2]?.body).toBe('{"routes":["10.42.1.0/24"]}');
  expect(loopback.requests[3]?.headers.accept).toBe('application/hujson');
});

test('what is asked of Headscale, one request each', async () => {
  const loopback = await during(startHeadscale('0.30', { devices: devices(), policy: '{}' }));
  const server = connected(onHeadscale(loopback));
  await server.listDevices();
  await server.readDevice('1');
  await server.setRoutes('1', ['10.42.1.0/24']);
  await server.readPolicy();
  expect(asked(loopback)).toEqual([
    'GET /api/v1/node',
    'GET /api/v1/node/1',
    'POST /api/v1/node/1/approve_routes',
    'GET /api/v1/policy',
  ]);
  expect(loopback.requests[2]?.body).toBe('{"routes":["10.42.1.0/24"]}');
});

describe('which API a Headscale has', () => {
  const gone = { do: 'status', status: 404, body: 'not here', type: 'text/plain' } as const;

  test('is found out by a list, and then stays', async () => {
    const loopback = await during(startHeadscale('0.30', { devices: devices(), withoutV1: true }));
    const server = connected(onHeadscale(loopback));
    await server.listDevices();
    await server.readDevice('1');
    await server.listDevices();
    expect(asked(loopback).slice(1)).toEqual([
      'GET /api/v2/tailnet/-/devices?fields=all',
      'GET /api/v2/device/1?fields=all',
      'GET /api/v2/tailnet/-/devices?fields=all',
    ]);
  });

  test('is not doubted for a page that is missing for a while', async () => {
    const loopback = await during(startHeadscale('0.29', { devices: devices() }));
    const server = connected(onHeadscale(loopback));
    await server.listDevices();
    loopback.meddle = () => gone;
    for (const doing of [server.listDevices(), server.readDevice('1'), server.setRoutes('1', [])]) {
      await expect(doing).rejects.toThrow('has no such API there');
    }
    expect(asked(loopback).filter((one) => one.includes('v2'))).toEqual([]);
  });

  test('is not found out by writing', async () => {
    const loopback = await during(startHeadscale('0.30', { devices: devices(), withoutV1: true }));
    await expect(connected(onHeadscale(loopback)).setRoutes('1', [])).rejects.toMatchObject({
      mayBeDone: false,
    });
    expect(loopback.requests).toHaveLength(1);
  });
});

test('a path before that of the API, with slashes after it', async () => {
  const loopback = await during(startTailscale());
  loopback.meddle = () => ({ do: 'status', status: 404, body: 'not found', type: 'text/plain' });
  const settings = { ...onTailscale(loopback), baseUrl: ` ${loopback.url}/behind/a%20proxy// ` } as const;
  await connected(settings as ControlSettings)
    .listDevices()
    .catch(() => {});
  expect(loopback.requests[0]?.path).toBe('/behind/a%20proxy/api/v2/tailnet/-/devices');
  // No document has that path.
  loopback.mismatches.length = 0;
});

test('an id is one part of the path, whatever is in it', async () => {
  const loopback = await during(startTailscale({ devices: [aDevice('n/../?x=#1')] }));
  const server = connected(onTailscale(loopback));
  loopback.meddle = () => ({ do: 'status', status: 404 });
  await server.readDevice('n/../?x=#1');
  expect(loopback.requests[0]?.path).toBe('/api/v2/device/n%2F..%2F%3Fx%3D%231');
  for (const id of ['', '.', '..', '\ud800']) {
    await expect(server.setRoutes(id, [])).rejects.toThrow('the id of a device is');
  }
  expect(loopback.requests).toHaveLength(1);
});

describe('a policy that the server does not show leaves the plan without it', () => {
  const faults: readonly [string, Fault][] = [
    ...[400, 404, 405, 500, 501].map((status): [string, Fault] => [
      String(status),
      { do: 'status', status, body: 'no', type: 'text/plain' },
    ]),
    ['a web page', { do: 'html' }],
  ];
  test.each(faults)('%s', async (_, fault) => {
    const loopback = await during(startTailscale());
    loopback.meddle = ({ path }) => (path.endsWith('/acl') ? fault : undefined);
    const server = connected(onTailscale(loopback));
    expect(await server.readPolicy()).toEqual({
      text: undefined,
      why: expect.stringMatching(/show|web page/),
    });
  });

  test.each([401, 429, 503])('%i ends it', async (status) => {
    const loopback = await during(startTailscale());
    loopback.meddle = () => ({ do: 'status', status, body: 'no' });
    await expect(connected(onTailscale(loopback)).readPolicy()).rejects.toThrow(String(status));
  });
});
