import { describe, expect, test } from 'vitest';
import { ControlError } from '../../src/control/control-server.ts';
import type { fetchThrough } from '../../src/control/fetch.ts';
import { type Asked, type Caller, request } from '../../src/control/request.ts';
import { secretKeeper } from '../../src/control/secrets.ts';
import { aDevice, type Fault, SECRETS } from '../loopback/control-server.ts';
import { startHeadscale } from '../loopback/headscale.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import { API_KEY, connected, during, errorOf, messageOf, onHeadscale, onTailscale } from './connecting.ts';

const devices = () => [aDevice('1', { advertised: ['10.42.1.0/24'] })];

async function tailscale(...faults: (Fault | undefined)[]) {
  const loopback = await during(startTailscale({ devices: devices() }));
  loopback.meddle = (_, number) => faults[number - 1];
  return { loopback, server: connected(onTailscale(loopback), limitFor(faults)) };
}

/** In milliseconds: a server that hangs is waited for in earnest, but longer if it is to answer the next time. */
function limitFor(faults: readonly (Fault | undefined)[]): { timeout?: number } {
  if (!faults.some((fault) => fault?.do === 'hang')) return {};
  return { timeout: faults.length > 1 ? 50 : 500 };
}

const PASSING: readonly [string, Fault][] = [
  ['cut before', { do: 'cut-before' }],
  ['cut after', { do: 'cut-after' }],
  ['a reply that is cut off', { do: 'cut-reply' }],
  ['a reply cut short', { do: 'short-reply' }],
  ['nothing at all', { do: 'hang' }],
  ['half a reply and nothing more', { do: 'hang', late: true }],
  ...[429, 500, 502, 503, 504].map((status): [string, Fault] => [`${status}`, { do: 'status', status }]),
];

describe('reads', () => {
  test.each(PASSING)('are tried again after %s', async (_, fault) => {
    const { loopback, server } = await tailscale(fault);
    expect((await server.listDevices()).devices).toHaveLength(1);
    expect(loopback.requests).toHaveLength(2);
    expect(server.pauses).toHaveLength(1);
  });

  test.each(PASSING)('are given up after four times %s', async (_, fault) => {
    const { loopback, server } = await tailscale(fault, fault, fault, fault);
    const error = await errorOf(server.readDevice('1'));
    expect(error).toMatchObject({ mayBeDone: false });
    expect(loopback.requests).toHaveLength(4);
    server.pauses.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(300 * 2 ** index * 0.75);
      expect(pause).toBeLessThanOrEqual(300 * 2 ** index * 1.25);
    });
    expect(server.pauses).toHaveLength(3);
  });

  test.each([400, 401, 403, 409, 418, 422, 501])('are not tried again after %i', async (status) => {
    const { loopback, server } = await tailscale({ do: 'status', status });
    await errorOf(server.listDevices());
    expect(loopback.requests).toHaveLength(1);
  });

  test.each([
    ['7', 7000, 7000],
    ['0', 225, 375],
    ['3600', 60_000, 60_000],
    ['99999999999999999999', 60_000, 60_000],
    [new Date(Date.now() + 30_000).toUTCString(), 20_000, 30_000],
    [new Date(Date.now() - 30_000).toUTCString(), 225, 375],
    ['soon', 225, 375],
    ['', 225, 375],
  ])('wait as long as Retry-After says: %s', async (retryAfter, least, most) => {
    const { server } = await tailscale({ do: 'status', status: 429, retryAfter });
    await server.listDevices();
    expect(server.pauses).toHaveLength(1);
    expect(server.pauses[0]).toBeGreaterThanOrEqual(least);
    expect(server.pauses[0]).toBeLessThanOrEqual(most);
  });
});

describe('a write is made once, and an error says whether it may have been done', () => {
  const FAULTS: readonly [string, Fault, { mayBeDone: boolean; mayPass: boolean }][] = [
    ...PASSING.map(([name, fault]): [string, Fault, { mayBeDone: boolean; mayPass: boolean }] => [
      name,
      fault,
      { mayBeDone: name !== '429', mayPass: true },
    ]),
    ...[400, 401, 403, 404, 405, 409, 422].map(
      (status): [string, Fault, { mayBeDone: boolean; mayPass: boolean }] => [
        `${status}`,
        { do: 'status', status },
        { mayBeDone: false, mayPass: false },
      ],
    ),
    ['408', { do: 'status', status: 408 }, { mayBeDone: true, mayPass: false }],
    ['a redirect', { do: 'redirect', to: '/elsewhere' }, { mayBeDone: true, mayPass: false }],
    ['a web page', { do: 'html' }, { mayBeDone: true, mayPass: true }],
    [
      'JSON of another kind',
      { do: 'status', status: 200, body: '{"ok":true}' },
      { mayBeDone: true, mayPass: true },
    ],
    ['a list', { do: 'status', status: 200, body: '[]' }, { mayBeDone: true, mayPass: true }],
    ['nothing', { do: 'status', status: 200, body: '' }, { mayBeDone: true, mayPass: true }],
    ['204', { do: 'status', status: 204, body: '' }, { mayBeDone: true, mayPass: false }],
  ];

  test.each(FAULTS)('Tailscale: %s', async (_, fault, expected) => {
    const { loopback, server } = await tailscale(fault);
    expect(await errorOf(server.setRoutes('1', ['10.42.1.0/24']))).toMatchObject(expected);
    expect(loopback.requests).toHaveLength(1);
    expect(server.pauses).toEqual([]);
  });

  test.each(FAULTS)('Headscale: %s', async (_, fault, expected) => {
    const loopback = await during(startHeadscale('0.29', { devices: devices(), meddle: () => fault }));
    const server = connected(onHeadscale(loopback), limitFor([fault]));
    expect(await errorOf(server.setRoutes('1', ['10.42.1.0/24']))).toMatchObject(expected);
    expect(loopback.requests).toHaveLength(1);
  });

  test('what a server asks to wait goes along', async () => {
    const { server } = await tailscale({ do: 'status', status: 429, retryAfter: '9' });
    expect(await errorOf(server.setRoutes('1', []))).toMatchObject({ retryAfter: 9000, mayBeDone: false });
  });

  test.each([
    [401, true],
    [403, true],
    [404, false],
    [500, false],
  ])('%i says whether other requests are in vain too', async (status, isGeneral) => {
    const { server } = await tailscale({ do: 'status', status });
    expect(await errorOf(server.setRoutes('1', []))).toMatchObject({ isGeneral });
  });

  test('a server that has gone', async () => {
    const { loopback, server } = await tailscale();
    await loopback.close();
    const error = await errorOf(server.setRoutes('1', []));
    expect(error.message).toContain('cannot be reached: nothing listens at this address and port');
    expect(error).toMatchObject({ mayBeDone: false, mayPass: true });
  });

  test.each([
    ['no such host', 'http://control.invalid', /cannot be reached: (there is no host|the name of the host)/],
    [
      'a port that is blocked',
      'http://127.0.0.1:6000',
      /cannot be reached: its port is one of another protocol$/,
    ],
  ])('%s: nothing can have been done', async (_, baseUrl, says) => {
    const server = connected({ kind: 'tailscale', baseUrl, tailnet: '-', signIn: API_KEY });
    const error = await errorOf(server.setRoutes('1', []));
    expect(error.message).toMatch(says);
    expect(error.mayBeDone).toBe(false);
  });
});

describe('the whole of a request has a time limit', () => {
  test('and the message says which', async () => {
    const { server } = await tailscale({ do: 'hang', late: true, done: true });
    expect(await messageOf(server.setRoutes('1', []))).toBe(
      'Tailscale at HOST gave no whole answer within 0.5 seconds',
    );
  });
});

describe('redirects', () => {
  const SAYS = 'which is not followed: give the address where it really is';
  test.each([
    [302, 'https://evil.example/steal?x=1', `redirects to https://evil.example (302), ${SAYS}`],
    [301, '//evil.example:8443/', `redirects to http://evil.example:8443 (301), ${SAYS}`],
    [307, 'https://user:word@evil.example', `redirects to https://evil.example (307), ${SAYS}`],
    [308, '/login', `redirects to http://HOST (308), ${SAYS}`],
    [303, 'javascript:alert(1)', `redirects to nowhere (303), ${SAYS}`],
    [302, `https://${SECRETS.apiKey}.evil.example`, `redirects to https://•••.evil.example (302), ${SAYS}`],
    [304, '', `redirects to http://HOST (304), ${SAYS}`],
  ])('%i to %s is not followed', async (status, to, says) => {
    const { loopback, server } = await tailscale({ do: 'redirect', status, to });
    expect(await messageOf(server.listDevices())).toBe(`Tailscale at HOST ${says}`);
    expect(loopback.requests).toHaveLength(1);
  });

  test('the key goes to nobody else', async () => {
    const other = await during(startTailscale());
    const { server } = await tailscale({
      do: 'redirect',
      status: 307,
      to: `${other.url}/api/v2/device/1/routes`,
    });
    await errorOf(server.setRoutes('1', []));
    expect(other.requests).toEqual([]);
  });
});

describe('what is no JSON', () => {
  const WHERE = 'the address is not that of its API, or a proxy answers in its place';
  const reply = (body: string, type: string): Fault => ({ do: 'status', status: 200, body, type });
  test.each([
    ['a page', { do: 'html' } as Fault, `a web page instead of JSON: ${WHERE}`],
    [
      'a page of no type',
      reply('\n<!DOCTYPE html>', 'application/json'),
      `a web page instead of JSON: ${WHERE}`,
    ],
    ['text', reply('Healthy', 'text/plain; charset=utf-8'), `text/plain instead of JSON: ${WHERE}`],
    [
      'JSON that says it is text',
      reply('{"devices":[]}', 'text/plain'),
      `text/plain instead of JSON: ${WHERE}`,
    ],
    ['a strange type', reply('{}', 'x\u00e9 y'), `something without a type instead of JSON: ${WHERE}`],
    ['other text', reply('{"devices": [], }', 'application/json'), 'what is not JSON, though it says so'],
  ])('%s', async (_, fault, says) => {
    const { server } = await tailscale(fault);
    expect(await messageOf(server.listDevices())).toBe(`Tailscale at HOST answers with ${says}`);
  });

  test('JSON cut short', async () => {
    const short: Fault = { do: 'short-reply' };
    const { server } = await tailscale(short, short, short, short);
    expect(await messageOf(server.listDevices())).toBe(
      'Tailscale at HOST answers with JSON that is cut short',
    );
  });
});

test('a body without end is not read to its end', async () => {
  const chunk = new Uint8Array(1 << 20);
  let sent = 0;
  let isCancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      sent++;
      controller.enqueue(chunk);
    },
    cancel() {
      isCancelled = true;
    },
  });
  const caller: Caller = {
    // Through the real fetch it would take 64 MiB over the loopback.
    fetch: (async () => new Response(body)) as unknown as ReturnType<typeof fetchThrough>,
    secrets: secretKeeper(() => {}),
    proxyOf: () => undefined,
    pause: async () => {},
    timeout: 60_000,
  };
  const asked: Asked = { url: 'http://a.example', method: 'GET', headers: {}, effect: 'read' };
  await expect(request(caller, asked, 'It')).rejects.toThrow(
    new ControlError('It answers with more than 64 MiB'),
  );
  expect(sent).toBeLessThan(70);
  expect(isCancelled).toBe(true);
});
