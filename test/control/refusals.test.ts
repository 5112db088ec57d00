import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlError } from '../../src/control/control-server.ts';
import { aDevice, type Fault, SECRETS } from '../loopback/control-server.ts';
import { type HeadscaleVersion, startHeadscale } from '../loopback/headscale.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import {
  API_KEY,
  asked,
  connected,
  during,
  messageOf,
  OAUTH,
  oidc,
  onHeadscale,
  onTailscale,
} from './connecting.ts';

const WHERE = 'the address is not that of its API, or a proxy answers in its place';

describe('what a token may not do names the scope', () => {
  const client = `the OAuth client ${SECRETS.clientId}`;
  const said = '403: calling actor does not have enough permissions to perform this function';

  test.each([
    ['listDevices', 'list the devices', 'devices:core:read'],
    ['readDevice', 'read the device 1', 'devices:core:read'],
    ['setRoutes', 'set the routes of the device 1', 'devices:routes'],
  ] as const)('%s', async (name, does, scope) => {
    const loopback = await during(startTailscale({ devices: [aDevice('1')], scopes: ['none'] }));
    const doing = (way: 'oauth' | 'oidc') => {
      const server = connected(onTailscale(loopback, way === 'oidc' ? oidc(loopback) : OAUTH));
      return name === 'setRoutes' ? server.setRoutes('1', []) : server[name]('1');
    };
    expect(await messageOf(doing('oauth'))).toBe(
      `Tailscale at HOST refuses to ${does}: ${client} lacks the scope ${scope} (${said})`,
    );
    expect(await messageOf(doing('oidc'))).toBe(
      `Tailscale at HOST refuses to ${does}: the federated identity ${SECRETS.clientId} lacks the scope ${scope} (${said})`,
    );
  });

  test('on Headscale', async () => {
    const loopback = await during(startHeadscale('0.30', { devices: [aDevice('1')], scopes: ['none'] }));
    expect(await messageOf(connected(onHeadscale(loopback, 'oauth')).setRoutes('1', []))).toBe(
      `Headscale at HOST refuses to set the routes of the device 1: ${client} lacks the scope devices:routes (403: token is missing the required scope devices:routes)`,
    );
  });

  test('the policy is only not read', async () => {
    const scopes = ['devices:core:read'];
    const lacks = { text: undefined, why: `${client} lacks the scope policy_file:read` };
    const tailscale = await during(startTailscale({ scopes }));
    expect(await connected(onTailscale(tailscale, OAUTH)).readPolicy()).toEqual(lacks);
    const headscale = await during(startHeadscale('0.30', { scopes }));
    expect(await connected(onHeadscale(headscale, 'oauth')).readPolicy()).toEqual(lacks);
  });

  test('an API key has the rights of its owner', async () => {
    const loopback = await during(startTailscale());
    loopback.meddle = () => ({ do: 'status', status: 403, body: '{"message":"no"}' });
    expect(await messageOf(connected(onTailscale(loopback)).listDevices())).toBe(
      'Tailscale at HOST refuses to list the devices: the API key or its owner may not do what needs devices:core:read (403: no)',
    );
  });
});

describe('a wrong name or address', () => {
  test('a tailnet', async () => {
    const [tailscale, headscale] = [await during(startTailscale()), await during(startHeadscale('0.30'))];
    for (const loopback of [tailscale, headscale]) {
      const server = connected(onTailscale(loopback, API_KEY, 'another.example'));
      expect(await messageOf(server.listDevices())).toBe(
        'Tailscale at HOST refuses to list the devices: there is no tailnet "another.example" for this sign-in, whose own is "-" (404: tailnet not found)',
      );
    }
    const settings = onTailscale(tailscale, API_KEY, ' ');
    expect(await messageOf(() => connected(settings))).toBe('the name of the tailnet is empty');
  });

  test.each<[string, Fault, string]>([
    [
      'of another service',
      { do: 'status', status: 404, body: '404 page not found\n', type: 'text/plain' },
      `has no such API there: ${WHERE} (404: 404 page not found)`,
    ],
    [
      'of a web page',
      { do: 'status', status: 404, body: '<html>Not found', type: 'text/html' },
      `has no such API there: ${WHERE} (404: a web page)`,
    ],
    [
      'that something guards',
      { do: 'status', status: 403, body: '<!DOCTYPE html>', type: 'text/html' },
      'refuses to read the device 1: something before it lets nobody through (403: a web page)',
    ],
  ])('%s', async (_, fault, says) => {
    const loopback = await during(startTailscale({ devices: [aDevice('1')] }));
    loopback.meddle = () => fault;
    // Above all it is not a device that has left.
    expect(await messageOf(connected(onTailscale(loopback)).readDevice('1'))).toBe(
      `Tailscale at HOST ${says}`,
    );
  });

  test('of a Headscale', async () => {
    const loopback = await during(startHeadscale('0.30'));
    const settings = { ...onHeadscale(loopback), url: `${loopback.url}/wrong` } as const;
    expect(await messageOf(connected(settings).listDevices())).toBe(
      `Headscale at HOST has no such API there: ${WHERE} (404: 404 page not found)`,
    );
    expect(asked(loopback)).toContain('GET /wrong/version');
    loopback.mismatches.length = 0;
  });

  test('a Headscale asked as Tailscale before it had that API', async () => {
    const loopback = await during(startHeadscale('0.29'));
    expect(await messageOf(connected(onTailscale(loopback)).listDevices())).toContain('404: Not Found');
  });
});

describe('Headscale', () => {
  test.each<[HeadscaleVersion, string]>([
    ['0.26', '401: Unauthorized'],
    ['0.29', '401: Unauthorized'],
    ['0.30', '401: Unauthorized'],
  ])('%s refuses a key', async (version, said) => {
    const loopback = await during(startHeadscale(version));
    const settings = { ...onHeadscale(loopback), signIn: { by: 'api-key', key: 'hskey-api-wrong' } } as const;
    for (const doing of [connected(settings).listDevices(), connected(settings).setRoutes('1', [])]) {
      expect(await messageOf(doing)).toBe(
        `Headscale at HOST does not accept the API key: it is wrong, has expired or was revoked, or is of another server (${said})`,
      );
    }
  });

  test.each<[HeadscaleVersion, string]>([
    ['0.22', 'is older than 0.26: it has machines, and no routes to approve by node'],
    ['0.25', 'is older than 0.26: it has the old /routes, and no approve_routes by node'],
  ])('%s is too old', async (version, says) => {
    const loopback = await during(startHeadscale(version, { devices: [aDevice('1')] }));
    expect(await messageOf(connected(onHeadscale(loopback)).listDevices())).toBe(`Headscale at HOST ${says}`);
  });

  test('that has neither API is named', async () => {
    const loopback = await during(startHeadscale('0.30'));
    loopback.meddle = ({ path }) =>
      path.startsWith('/api') ? { do: 'status', status: 404, body: 'no', type: 'text/plain' } : undefined;
    expect(await messageOf(connected(onHeadscale(loopback)).listDevices())).toBe(
      'Headscale at HOST is Headscale v0.30.0, but it has neither the API v1 nor v2, or does not show them to this key',
    );
  });

  test.each<[HeadscaleVersion, string, string]>([
    [
      '0.29',
      '500',
      'fails to approve the routes of the node 1 (500: parsing route: netip.ParsePrefix("x"): prefix length out of range)',
    ],
    [
      '0.30',
      '400',
      'refuses to approve the routes of the node 1 (400: parsing route: netip.ParsePrefix("x"): prefix length out of range)',
    ],
  ])('%s on a route that is none: %s', async (version, _, says) => {
    const loopback = await during(startHeadscale(version, { devices: [aDevice('1')] }));
    expect(await messageOf(connected(onHeadscale(loopback)).setRoutes('1', ['x']))).toBe(
      `Headscale at HOST ${says}`,
    );
  });

  test.each<[HeadscaleVersion, string]>([
    ['0.26', 'it has none stored or cannot read it (500: loading ACL from database: acl policy not found)'],
    ['0.30', 'it has none stored or cannot read it (500: loading ACL from database: acl policy not found)'],
  ])('%s without a policy', async (version, why) => {
    const loopback = await during(startHeadscale(version));
    expect(await connected(onHeadscale(loopback)).readPolicy()).toEqual({ text: undefined, why });
    loopback.policy = ' ';
    expect(await connected(onHeadscale(loopback)).readPolicy()).toEqual({
      text: undefined,
      why: 'it has none stored',
    });
  });

  test('0.26 that fails does not make a node seem gone', async () => {
    const loopback = await during(startHeadscale('0.26', { devices: [aDevice('1')] }));
    loopback.meddle = ({ path }) =>
      path.endsWith('/node/1')
        ? { do: 'status', status: 500, body: '{"code":2,"message":"broken"}' }
        : undefined;
    expect(await messageOf(connected(onHeadscale(loopback)).readDevice('1'))).toBe(
      'Headscale at HOST fails to read the node 1 (500: broken)',
    );
    expect(await connected(onHeadscale(loopback)).readDevice('2')).toBeUndefined();
  });
});

describe('devices that are not understood are no devices', () => {
  const device = (changes: object) => ({
    nodeId: 'n1',
    name: 'oslo.x',
    addresses: ['100.64.0.1'],
    ...changes,
  });
  test.each([
    ['no id', [device({ nodeId: '' })], 'cannot be told apart: "oslo" has no id'],
    [
      'one id for two',
      [device({}), device({ name: 'evil\n::error::x' })],
      'cannot be told apart: "oslo" and "evil ::error::x" have the id n1',
    ],
    [
      'a route that is none',
      [device({ enabledRoutes: ['10.0.0.0/33'] })],
      'cannot be read: "10.0.0.0/33" is not a prefix (line 1, column 88 of the reply)',
    ],
    [
      'routes of another type',
      [device({ enabledRoutes: 'all' })],
      'cannot be read: "enabledRoutes" is a string, not an array (line 1, column 87 of the reply)',
    ],
    [
      'no addresses',
      [{ nodeId: 'n1', name: 'x' }],
      'cannot be read: a device has no "addresses" (line 1, column 13 of the reply)',
    ],
    ['a number', [7], 'cannot be read: a device is not an object (line 1, column 13 of the reply)'],
    [
      'no list',
      {},
      'cannot be read: neither the devices of Tailscale ("devices") nor the nodes of Headscale ("nodes") (line 1, column 1 of the reply)',
    ],
  ])('%s', async (_, devices, says) => {
    const loopback = await during(startTailscale());
    loopback.meddle = () => ({ do: 'status', status: 200, body: JSON.stringify({ devices }) });
    expect(await messageOf(connected(onTailscale(loopback)).listDevices())).toBe(
      `Tailscale at HOST answers with devices that ${says}`,
    );
  });

  test.each([
    ['Tailscale', device({ nodeId: 'n2' })],
    ['Headscale', { node: { id: 'n2', ipAddresses: [], availableRoutes: [], approvedRoutes: [] } }],
  ])('another device of %s than the one asked for', async (name, reply) => {
    const loopback = await during(startTailscale());
    loopback.meddle = () => ({ do: 'status', status: 200, body: JSON.stringify(reply) });
    const settings = name === 'Tailscale' ? onTailscale(loopback) : onHeadscale(loopback);
    expect(await messageOf(connected(settings).readDevice('1'))).toBe(
      `${name} at HOST answers with the device n2 when asked for 1`,
    );
    loopback.mismatches.length = 0;
  });

  test('a node whose approvals are left out has not none', async () => {
    const loopback = await during(startHeadscale('0.29'));
    const node = { id: '1', name: 'a', ipAddresses: ['100.64.0.1'], availableRoutes: [], approvedRoutes: [] };
    const { approvedRoutes: _, ...without } = { ...node, id: '2' };
    const body = (value: unknown): Fault => ({ do: 'status', status: 200, body: JSON.stringify(value) });
    loopback.meddle = ({ path }) =>
      body(path.endsWith('/2') ? { node: without } : { nodes: [node, without] });
    const server = connected(onHeadscale(loopback));
    for (const doing of [server.listDevices(), server.readDevice('2')]) {
      expect(await messageOf(doing)).toBe('Headscale at HOST answers with the node 2 without its routes');
    }
  });
});

describe('a secret that shows up in what a server says', () => {
  const WRITTEN: readonly ((text: string) => string)[] = [
    (text) => text,
    encodeURIComponent,
    (text) => btoa(`${text}:`),
    (text) => btoa(`client:${text}`),
    (text) => JSON.stringify({ message: `\u001b[31m${text}\r\n::set-output name=x::${text}` }),
    (text) => JSON.stringify({ code: 2, message: text, details: [] }),
    (text) => JSON.stringify({ title: 'x', detail: text, errors: [{ message: `${text} again` }] }),
    (text) => JSON.stringify({ error: text, error_description: `${text}\u2028` }),
  ];

  test('is in no message, however it is written, and no message is more than a line', async () => {
    const loopbacks = {
      tailscale: await during(startTailscale({ devices: [aDevice('1')] })),
      headscale: await during(startHeadscale('0.30', { devices: [aDevice('1')] })),
    };
    const written = fc.constantFrom(...WRITTEN);
    const status = fc.constantFrom(400, 401, 403, 404, 409, 418, 429, 500, 503);
    const way = fc.constantFrom('api-key', 'oauth', 'oidc', 'headscale');
    const doing = fc.asyncProperty(
      fc.nat(),
      written,
      status,
      way,
      fc.nat(3),
      async (which, write, code, by, from) => {
        const loopback = by === 'headscale' ? loopbacks.headscale : loopbacks.tailscale;
        const signIn = by === 'oidc' ? oidc(loopback) : by === 'oauth' ? OAUTH : API_KEY;
        const server = connected(by === 'headscale' ? onHeadscale(loopback) : onTailscale(loopback, signIn));
        let count = 0;
        loopback.meddle = () => {
          const secret = server.secrets[which % server.secrets.length]!;
          return ++count > from ? { do: 'status', status: code, body: write(secret) } : undefined;
        };
        for (const ask of [server.listDevices, () => server.setRoutes('1', []), server.readPolicy]) {
          const said = await ask().then(
            (answer) => (answer && 'why' in answer ? answer.why : ''),
            (error: unknown) => {
              if (error instanceof ControlError) return error.message;
              throw error;
            },
          );
          for (const secret of server.secrets) {
            for (const text of [secret, encodeURIComponent(secret), btoa(secret).slice(0, -4)]) {
              expect(said).not.toContain(text);
            }
          }
          expect(said).not.toMatch(/[\p{Cc}\p{Zl}]/u);
        }
      },
    );
    await fc.assert(doing, { numRuns: 60 });
  });
});
