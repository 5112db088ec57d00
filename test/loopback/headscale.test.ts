import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { aDevice, type LoopbackServer, SECRETS } from './control-server.ts';
import { startHeadscale } from './headscale.ts';
import { HAS_OPENAPI } from './openapi.ts';
import { startTailscale } from './tailscale.ts';

const FOLDER = 'fixtures/headscale-replies';
interface Recording {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly body: string | null;
    readonly authorized: boolean;
  };
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const recorded = (name: string): Recording => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'));
const NAMES = readdirSync(FOLDER).map((file) => file.replace('.json', ''));

interface RecordedNode {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly availableRoutes: string[];
  readonly approvedRoutes: string[];
}

/** The devices that the recordings were made with. */
function devices() {
  const { nodes }: { nodes: readonly RecordedNode[] } = JSON.parse(recorded('nodes').body);
  return nodes.map(({ id, name, createdAt, availableRoutes, approvedRoutes }) =>
    aDevice(id, { name, created: createdAt, advertised: availableRoutes, enabled: approvedRoutes }),
  );
}

/** Dates, versions and what makes one server another; the rest is to be the same. */
function steady(text: string): unknown {
  const unsteady = new Set(['createdAt', 'lastSeen', 'expiration', 'updatedAt', 'clientVersion', 'version']);
  try {
    const value = JSON.parse(text, (key, item) =>
      unsteady.has(key) && typeof item === 'string' ? '' : item,
    );
    for (const list of [value.nodes, value.devices])
      list?.sort((a: RecordedNode, b: RecordedNode) => (a.id < b.id ? -1 : 1));
    return value;
  } catch {
    return text;
  }
}

test.each(NAMES)('%s is answered as recorded', async (name) => {
  const { request, status, headers, body } = recorded(name);
  const policy = JSON.parse(recorded('policy').body).policy;
  const server = await startHeadscale('0.30', { devices: devices(), policy });
  onTestFinished(() => server.close().catch(() => {}));
  const response = await send(server, request.path, {
    method: request.method,
    ...(request.body !== null && { body: request.body }),
    ...(!request.authorized && { key: '' }),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe(headers['content-type']);
  expect(steady(await response.text())).toEqual(steady(body));
});

test('both APIs of one server, and a device that is meddled with', async () => {
  const server = await startHeadscale('0.30', { devices: [aDevice('1', { advertised: ['10.42.1.0/24'] })] });
  server.meddle = (_, number) => {
    if (number === 2) server.devices[0]!.enabled.push('10.9.0.0/24');
    return number === 3 ? { do: 'cut-after' } : undefined;
  };
  await send(server, '/api/v1/node');
  const device = await (await send(server, '/api/v2/device/1?fields=all')).json();
  expect(device).toMatchObject({ enabledRoutes: ['10.9.0.0/24'] });
  const body = '{"routes":["10.42.1.0/24"]}';
  await expect(send(server, '/api/v1/node/1/approve_routes', { method: 'POST', body })).rejects.toThrow();
  expect(server.devices[0]!.enabled).toEqual(['10.42.1.0/24']);
  await server.close();
});

test.skipIf(!HAS_OPENAPI).each([
  ['/api/v2/tailnet/-/devices?field=all', {}, 'field: data must NOT be valid'],
  ['/api/v2/tailnet/-/devices?fields=some', {}, 'fields: data must be equal to one of'],
  ['/api/v2/tailnet/-/device', {}, 'not in tailscale-openapi.json'],
  ['/api/v2/device/1/routes', { method: 'POST', body: '{"routes":[1]}' }, 'body/routes/0 must be string'],
  [
    '/api/v2/device/1/routes',
    { method: 'POST', body: '{}', type: 'text/plain' },
    'a body of type text/plain',
  ],
])('a request that no document has fails the test: %s', async (path, sent, fault) => {
  const server = await startTailscale({ meddle: () => ({ do: 'status', status: 503 }) });
  await send(server, path, sent);
  await expect(server.close()).rejects.toThrow(fault);
});

test.skipIf(!HAS_OPENAPI)('so does a reply', async () => {
  const server = await startTailscale({ devices: [aDevice('1', { created: 'yesterday' })] });
  await send(server, '/api/v2/tailnet/-/devices');
  await expect(server.close()).rejects.toThrow('body/devices/0/created must match format "date-time"');
});

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly key?: string;
  readonly type?: string;
}

function send(server: LoopbackServer, path: string, sent: Sent = {}): Promise<Response> {
  const { method = 'GET', body, key = SECRETS.apiKey, type = 'application/json' } = sent;
  return fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': type },
    ...(body !== undefined && { body }),
  });
}
