import {
  credentialOf,
  type FakeDevice,
  type FakeReply,
  type FakeRequest,
  json,
  type LoopbackServer,
  SECRETS,
  type ServerSettings,
  startServer,
} from './control-server.ts';
import { openApiChecker } from './openapi.ts';
import { isPrefix, replacesRoutes } from './routes.ts';

export interface TailscaleSettings extends ServerSettings {
  /** Besides `-`. */
  readonly tailnet?: string;
  /** What the access token of an OAuth client or a federated identity may do; an API key may do everything. */
  readonly scopes?: readonly string[];
}

/** The path where the server plays GitHub's part in OIDC: `ACTIONS_ID_TOKEN_REQUEST_URL` is `server.url` and this. */
export const IDENTITY_PATH = '/identity-token?api-version=2.0';

const ALL = ['devices:core:read', 'devices:routes', 'policy_file:read'];
/** The document knows no 401, though bad and expired credentials give it. */
const check = openApiChecker('tailscale-openapi.json', '/api/v2', {
  401: 'Error',
  403: 'Error',
  400: 'Error',
});
/** Not in the document: signing in. */
const SIGN_IN = new Set(['/identity-token', '/api/v2/oauth/token', '/api/v2/oauth/token-exchange']);

/**
 * The routes of Tailscale's API, as its OpenAPI document of 2026-07 has it, with the three ways to sign in:
 * `SECRETS.apiKey` as Bearer or Basic, an OAuth client, and an identity token that the server itself hands out.
 */
export function startTailscale(settings: TailscaleSettings = {}): Promise<LoopbackServer> {
  const tokens = new Set<string>();
  const scopes = new Set(settings.scopes ?? ALL);
  return startServer(settings, {
    answer,
    check: (request, reply) => (SIGN_IN.has(request.path) ? [] : check(request, reply)),
  });

  function answer(request: FakeRequest, server: LoopbackServer): FakeReply {
    const { method, path, query } = request;
    if (SIGN_IN.has(path)) return signIn(request);
    const credential = credentialOf(request);
    if (credential !== SECRETS.apiKey && !tokens.has(credential)) {
      return json({ message: 'API token invalid' }, 401);
    }
    const may = (scope: string) => credential === SECRETS.apiKey || scopes.has(scope);
    const [, tailnet, what] = /^\/api\/v2\/tailnet\/([^/]+)\/(devices|acl)$/.exec(path) ?? [];
    const [, id, routes] = /^\/api\/v2\/device\/([^/]+)(\/routes)?$/.exec(path) ?? [];
    if (tailnet !== undefined) {
      if (!['-', settings.tailnet].includes(decodeURIComponent(tailnet))) {
        return json({ message: 'tailnet not found' }, 404);
      }
      if (!may(what === 'acl' ? 'policy_file:read' : 'devices:core:read')) return forbidden();
      if (what === 'acl') return policyReply(request, server);
      const all = query.get('fields') === 'all';
      return json({ devices: server.devices.map((device) => deviceOf(device, all)) });
    }
    const device = server.devices.find((one) => one.id === id || legacyId(one) === id);
    if (id === undefined || device === undefined) return json({ message: 'not found' }, 404);
    if (method === 'GET' && !may('devices:core:read')) return forbidden();
    if (method === 'GET' && routes === undefined)
      return json(deviceOf(device, query.get('fields') === 'all'));
    if (method !== 'POST' || routes === undefined) return json({ message: 'not found' }, 404);
    if (!may('devices:routes')) return forbidden();
    const wanted: string[] = JSON.parse(request.body).routes;
    const bad = wanted.find((route) => !isPrefix(route));
    if (bad !== undefined) return json({ message: `invalid route ${bad}` }, 400);
    replacesRoutes(device, wanted);
    return json({ advertisedRoutes: device.advertised, enabledRoutes: device.enabled });
  }

  function signIn({ method, path, query, headers, body }: FakeRequest): FakeReply {
    if (path === '/identity-token') {
      if (method !== 'GET' || headers.authorization !== `Bearer ${SECRETS.requestToken}`) {
        return { status: 401, type: 'text/plain', body: 'Unauthorized' };
      }
      const fits = query.get('audience') === SECRETS.audience && query.get('api-version') === '2.0';
      return json({ count: 1, value: fits ? SECRETS.identityToken : 'for.another.audience' });
    }
    const form = new URLSearchParams(body);
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const isGood = path.endsWith('/token-exchange')
      ? form.get('client_id') === SECRETS.clientId && form.get('jwt') === SECRETS.identityToken
      : form.get('client_id') === SECRETS.clientId &&
        form.get('client_secret') === SECRETS.clientSecret &&
        form.get('grant_type') === 'client_credentials';
    if (method !== 'POST' || !isForm || !isGood) return json({ message: 'API token invalid' }, 401);
    const token = `${SECRETS.accessToken}${tokens.size + 1}`;
    tokens.add(token);
    return json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: [...scopes].join(' '),
    });
  }
}

function policyReply({ headers }: FakeRequest, { policy = '{}' }: LoopbackServer): FakeReply {
  const isHujson = headers.accept === 'application/hujson';
  const type = isHujson ? 'application/hujson' : 'application/json';
  return { status: 200, type, headers: { etag: '"0"' }, body: isHujson ? policy : '{}' };
}

function forbidden(): FakeReply {
  return json({ message: 'calling actor does not have enough permissions to perform this function' }, 403);
}

function legacyId({ id }: FakeDevice): string {
  return `9${[...id].map((unit) => unit.charCodeAt(0)).join('')}`;
}

function deviceOf(device: FakeDevice, all: boolean): object {
  const { tags, isExternal, online, expires } = device;
  return {
    addresses: device.addresses,
    id: legacyId(device),
    nodeId: device.id,
    user: device.user,
    name: `${device.name}.tail1234.ts.net`,
    hostname: device.hostname,
    clientVersion: isExternal ? '' : '1.98.1',
    updateAvailable: false,
    os: 'linux',
    ...(isExternal ? {} : { created: device.created }),
    connectedToControl: online,
    ...(online ? {} : { lastSeen: '2026-02-03T04:05:06Z' }),
    keyExpiryDisabled: expires === '',
    expires: expires || '0001-01-01T00:00:00Z',
    authorized: device.authorized,
    isExternal,
    machineKey: '',
    nodeKey: 'nodekey:00',
    blocksIncomingConnections: false,
    isEphemeral: false,
    ...(tags.length > 0 ? { tags } : {}),
    ...(all ? { advertisedRoutes: device.advertised, enabledRoutes: device.enabled } : {}),
  };
}
