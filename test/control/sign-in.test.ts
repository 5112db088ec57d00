import { describe, expect, test } from 'vitest';
import { aDevice, SECRETS } from '../loopback/control-server.ts';
import { startHeadscale } from '../loopback/headscale.ts';
import { IDENTITY_PATH, startTailscale } from '../loopback/tailscale.ts';
import {
  API_KEY,
  asked,
  connected,
  during,
  errorOf,
  messageOf,
  OAUTH,
  oidc,
  onHeadscale,
  onTailscale,
  type TailscaleSignIn,
} from './connecting.ts';

const LIST = 'GET /api/v2/tailnet/-/devices?fields=all';
const TOKEN = 'POST /api/v2/oauth/token';
const EXCHANGE = 'POST /api/v2/oauth/token-exchange';
const IDENTITY = `GET ${IDENTITY_PATH}&audience=${encodeURIComponent(SECRETS.audience)}`;

describe('a token is fetched once, when it is first needed', () => {
  test('by an OAuth client', async () => {
    const loopback = await during(startTailscale());
    const server = connected(onTailscale(loopback, OAUTH));
    expect(loopback.requests).toEqual([]);
    await Promise.all([server.listDevices(), server.listDevices()]);
    await server.listDevices();
    expect(asked(loopback)).toEqual([TOKEN, LIST, LIST, LIST]);
    expect(server.secrets).toEqual([SECRETS.clientSecret, `${SECRETS.accessToken}1`]);
  });

  test('by OIDC', async () => {
    const loopback = await during(startTailscale());
    const server = connected(onTailscale(loopback, oidc(loopback)));
    expect(loopback.requests).toEqual([]);
    await server.listDevices();
    await server.listDevices();
    expect(asked(loopback)).toEqual([IDENTITY, EXCHANGE, LIST, LIST]);
    expect(server.secrets).toEqual([SECRETS.requestToken, SECRETS.identityToken, `${SECRETS.accessToken}1`]);
    expect(loopback.requests[1]?.headers.authorization).toBeUndefined();
  });

  test('of Headscale', async () => {
    const loopback = await during(startHeadscale('0.30'));
    await connected(onHeadscale(loopback, 'oauth')).listDevices();
    expect(asked(loopback)).toEqual([TOKEN, LIST]);
  });
});

test('a key is told of before it is used, with and without what was pasted around it', async () => {
  const loopback = await during(startTailscale());
  const server = connected(onTailscale(loopback, { by: 'api-key', key: ` ${SECRETS.apiKey}\r\n` }));
  expect(server.secrets).toEqual([` ${SECRETS.apiKey}\r\n`, SECRETS.apiKey]);
  expect((await server.listDevices()).devices).toEqual([]);
});

test('a token is told of before it is used', async () => {
  const events: string[] = [];
  const loopback = await during(startTailscale());
  loopback.meddle = ({ headers }) => void events.push(`asked ${headers.authorization ?? ''}`);
  const onSecret = (secret: string) => void events.push(`told ${secret}`);
  await connected(onTailscale(loopback, OAUTH), { onSecret }).listDevices();
  const token = `${SECRETS.accessToken}1`;
  expect(events).toEqual([
    `told ${SECRETS.clientSecret}`,
    'asked ',
    `told ${token}`,
    `asked Bearer ${token}`,
  ]);
});

describe('a token that is no longer taken', () => {
  const expired = { do: 'status', status: 401 } as const;

  test.each([
    ['an OAuth client', OAUTH, [TOKEN, LIST, TOKEN, LIST]],
    ['OIDC', 'oidc', [IDENTITY, EXCHANGE, LIST, IDENTITY, EXCHANGE, LIST]],
  ] as const)('is renewed once for a read, by %s', async (_, way, requests) => {
    const loopback = await during(startTailscale());
    let lists = 0;
    loopback.meddle = ({ path }) => (path.endsWith('/devices') && ++lists === 1 ? expired : undefined);
    const server = connected(onTailscale(loopback, way === 'oidc' ? oidc(loopback) : way));
    await server.listDevices();
    expect(asked(loopback)).toEqual(requests);
    expect(loopback.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRETS.accessToken}2`);
  });

  test('twice in a row is an error', async () => {
    const loopback = await during(startTailscale());
    loopback.meddle = ({ path }) => (path.endsWith('/devices') ? expired : undefined);
    const server = connected(onTailscale(loopback, OAUTH));
    expect(await messageOf(server.listDevices())).toBe(
      `Tailscale at HOST does not accept the access token of the OAuth client ${SECRETS.clientId}: it has expired, or the client was revoked meanwhile (401: answered 401)`,
    );
    expect(asked(loopback)).toEqual([TOKEN, LIST, TOKEN, LIST]);
  });

  test('is renewed once for several reads at a time', async () => {
    const loopback = await during(startTailscale({ devices: [aDevice('1')] }));
    const server = connected(onTailscale(loopback, OAUTH));
    await server.listDevices();
    loopback.meddle = ({ headers }) =>
      headers.authorization === `Bearer ${SECRETS.accessToken}1` ? expired : undefined;
    await Promise.all([server.listDevices(), server.readDevice('1')]);
    expect(asked(loopback).filter((one) => one === TOKEN)).toHaveLength(2);
  });

  test('does not make a write be made again', async () => {
    const loopback = await during(startTailscale({ devices: [aDevice('1')] }));
    loopback.meddle = ({ method, path }) =>
      method === 'POST' && path.endsWith('/routes') ? expired : undefined;
    const server = connected(onTailscale(loopback, OAUTH));
    expect(await errorOf(server.setRoutes('1', []))).toMatchObject({ mayBeDone: false, isGeneral: true });
    expect(asked(loopback)).toEqual([TOKEN, 'POST /api/v2/device/1/routes']);
  });
});

test.each([OAUTH, 'oidc'] as const)('to sign in is tried again', async (way) => {
  const loopback = await during(startTailscale());
  loopback.meddle = (_, number) => (number % 2 === 1 ? { do: 'cut-before' } : undefined);
  const server = connected(onTailscale(loopback, way === 'oidc' ? oidc(loopback) : way));
  await server.listDevices();
  expect(loopback.requests).toHaveLength(way === 'oidc' ? 6 : 4);
});

describe('a sign-in that is refused', () => {
  const client = SECRETS.clientId;
  const AUDIENCE = 'api.tailscale.com/another';
  test.each([
    [
      'API key',
      { by: 'api-key', key: 'tskey-api-wrong' },
      'Tailscale at HOST does not accept the API key: it is wrong, has expired or was revoked, or is of another server (401: API token invalid)',
    ],
    [
      'OAuth client',
      { ...OAUTH, clientSecret: 'tskey-client-wrong' },
      `Tailscale at HOST does not accept the OAuth client ${client}: its id or its secret is wrong, or it was revoked (401: API token invalid)`,
    ],
    [
      "the job's token",
      { ...OAUTH, by: 'oidc', requestToken: 'wrong' },
      'GitHub\'s token service gives the job no identity token: it needs the permission "id-token: write" (401: Unauthorized)',
    ],
    [
      'audience',
      { by: 'oidc', audience: AUDIENCE },
      `Tailscale at HOST does not accept the job's identity token for ${client}: the issuer, the subject or the audience "${AUDIENCE}" is not that of the federated identity (401: API token invalid)`,
    ],
  ])('%s', async (_, changes, message) => {
    const loopback = await during(startTailscale());
    const signIn = changes.by === 'oidc' ? { ...oidc(loopback), ...changes } : changes;
    const server = connected(onTailscale(loopback, signIn as TailscaleSignIn));
    expect(await messageOf(server.listDevices())).toBe(message);
    expect(await errorOf(server.setRoutes('1', []))).toMatchObject({ mayBeDone: false, isGeneral: true });
    expect(server.pauses).toEqual([]);
  });

  test.each([
    ['0.30', '401: invalid client credentials'],
    ['0.29', '401: Unauthorized'],
  ] as const)('by Headscale %s', async (version, said) => {
    const loopback = await during(startHeadscale(version));
    const settings = { ...onHeadscale(loopback), signIn: { ...OAUTH, clientSecret: 'wrong-secret' } };
    expect(await messageOf(connected(settings).listDevices())).toBe(
      `Headscale at HOST does not accept the OAuth client ${client}: its id or its secret is wrong, or it was revoked, or the server is older than 0.30 (${said})`,
    );
  });

  test.each([
    [
      'a reply without a token',
      '{"token_type":"Bearer"}',
      'Tailscale at HOST answers without "access_token"',
    ],
    ['a token that is a number', '{"access_token":7}', 'Tailscale at HOST answers without "access_token"'],
    [
      'a token that no header carries',
      '{"access_token":"a\\nb"}',
      'the token of Tailscale at HOST has a line break, a blank or another character in it that no key has',
    ],
  ])('%s', async (_, body, message) => {
    const loopback = await during(startTailscale());
    loopback.meddle = () => ({ do: 'status', status: 200, body });
    expect(await messageOf(connected(onTailscale(loopback, OAUTH)).listDevices())).toBe(message);
  });

  test('is tried anew by the next request', async () => {
    const loopback = await during(startTailscale());
    loopback.meddle = (_, number) => (number === 1 ? { do: 'status', status: 403 } : undefined);
    const server = connected(onTailscale(loopback, OAUTH));
    await errorOf(server.listDevices());
    await server.listDevices();
  });

  test('with an error is none of the sign-in', async () => {
    const loopback = await during(startTailscale());
    const fault = { do: 'status', status: 503 } as const;
    loopback.meddle = () => fault;
    expect(await messageOf(connected(onTailscale(loopback, OAUTH)).listDevices())).toBe(
      'Tailscale at HOST gives no token now (503: answered 503)',
    );
    expect(loopback.requests).toHaveLength(4);
  });
});

describe('what cannot be a sign-in is refused before anything is asked', () => {
  const settings = (signIn: TailscaleSignIn) =>
    ({ kind: 'tailscale', baseUrl: 'https://api.tailscale.com', tailnet: '-', signIn }) as const;
  const identity = oidc({ url: 'https://token.actions.example' } as never);
  test.each<[TailscaleSignIn, string]>([
    [{ ...API_KEY, key: '' }, 'the API key is empty'],
    [
      { ...API_KEY, key: 'tskey-1\ntskey-2' },
      'the API key has a line break, a blank or another character in it that no key has',
    ],
    [{ ...OAUTH, clientId: ' ' }, 'the id of the OAuth client is empty'],
    [
      { ...OAUTH, clientSecret: 'a secret' },
      'the secret of the OAuth client has a line break, a blank or another character in it that no key has',
    ],
    [{ ...identity, clientId: '' }, 'the id of the federated identity is empty'],
    [{ ...identity, audience: '' }, 'the audience is empty'],
    [{ ...identity, requestToken: '' }, "the token that asks for the job's identity token is empty"],
    ...['', 'x', 'file:///etc', 'https://a:b@c.example'].map((requestUrl): [TailscaleSignIn, string] => [
      { ...identity, requestUrl },
      'the job has no address to ask for an identity token: it needs the permission "id-token: write"',
    ]),
  ])('%j', async (signIn, message) => {
    expect(await messageOf(() => connected(settings(signIn)))).toBe(message);
  });
});
