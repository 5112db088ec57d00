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

export type HeadscaleVersion = '0.22' | '0.25' | '0.26' | '0.27' | '0.28' | '0.29' | '0.30';

export interface HeadscaleSettings extends ServerSettings {
  /** What the access token of an OAuth client may do (0.30); an API key may do everything. */
  readonly scopes?: readonly string[];
  /** Whether v1 is gone, as a later version may do. */
  readonly withoutV1?: boolean;
}

const ALL = ['devices:core:read', 'devices:routes', 'policy_file:read'];
const checkV1 = openApiChecker('headscale-v1-openapi.json');
const checkV2 = openApiChecker('headscale-v2-openapi.json');
const PROBLEM = 'application/problem+json';

/**
 * Headscale's API by its version: 0.22 with machines, 0.25 with `/routes`, 0.26 to 0.29 with the errors of
 * grpc-gateway, and 0.30 with v1, v2 and an OAuth client. It answers as recorded in `fixtures/headscale-replies/`.
 */
export function startHeadscale(
  version: HeadscaleVersion,
  settings: HeadscaleSettings = {},
): Promise<LoopbackServer> {
  const is = (since: HeadscaleVersion) => version >= since;
  const tokens = new Set<string>();
  const scopes = new Set(settings.scopes ?? ALL);
  return startServer(settings, { answer, check });

  /** The documents are of 0.30: an older server is held to them in what it takes, and since 0.28 in what it gives. */
  function check(request: FakeRequest, reply: FakeReply | undefined): readonly string[] {
    const { path } = request;
    if (path === '/version' || path === '/api/v2/oauth/token' || !is('0.26')) return [];
    // The errors of v2 are of Tailscale's shape, as recorded, though its document has problem+json.
    const isGranted = reply !== undefined && reply.status < 400;
    if (path.startsWith('/api/v2/')) return checkV2(request, is('0.30') && isGranted ? reply : undefined);
    const isTold = is('0.30') ? !settings.withoutV1 : is('0.28') && reply?.status === 200;
    return checkV1(request, isTold ? reply : undefined);
  }

  function answer(request: FakeRequest, server: LoopbackServer): FakeReply {
    const { path, method } = request;
    if (path === '/version' && is('0.27')) return versionReply(version);
    if (!path.startsWith('/api/')) return plainNotFound();
    if (path === '/api/v2/oauth/token' && is('0.30')) return signIn(request);
    const isV2 = path.startsWith('/api/v2/');
    const credential = credentialOf(request);
    if (credential !== SECRETS.apiKey && !(isV2 && tokens.has(credential))) return unauthorized(isV2);
    if (isV2 && is('0.30')) return answerV2(request, server, credential);
    if (settings.withoutV1) return plainNotFound();
    const nodes = is('0.25') ? '/api/v1/node' : '/api/v1/machine';
    if (method === 'GET' && path === nodes) {
      const list = server.devices.map((device) => nodeOf(device, version, true));
      return json(is('0.25') ? { nodes: list } : { machines: list });
    }
    if (method === 'GET' && path === '/api/v1/policy' && is('0.25')) return policyReply(server);
    const [, id, approve] = /^\/api\/v1\/node\/([^/]+)(\/approve_routes)?$/.exec(path) ?? [];
    const isKnown = approve === undefined ? method === 'GET' : method === 'POST' && is('0.26');
    if (id === undefined || !is('0.25') || !isKnown) {
      return is('0.30') ? plainNotFound() : grpcError(404, 5, 'Not Found');
    }
    if (!/^\d+$/.test(id)) return notANumber(id);
    const device = server.devices.find((one) => one.id === id);
    if (approve !== undefined) return approveRoutes(request, device, id);
    if (device) return json({ node: nodeOf(device, version, false) });
    if (is('0.30')) return problem(404, 'node not found');
    return is('0.27') ? grpcError(404, 5, 'node not found') : grpcError(500, 2, 'record not found');
  }

  function approveRoutes({ body }: FakeRequest, device: FakeDevice | undefined, id: string): FakeReply {
    const { routes = [], ...rest }: { routes?: string[] } = JSON.parse(body);
    if (is('0.30') && Object.keys(rest).length > 0)
      return problem(422, 'validation failed', 'unexpected property');
    const bad = routes.find((route) => !isPrefix(route));
    if (bad !== undefined) {
      const message = `netip.ParsePrefix("${bad}"): prefix length out of range`;
      return is('0.30')
        ? problem(400, 'parsing route', message)
        : grpcError(500, 2, `parsing route: ${message}`);
    }
    if (device === undefined) {
      const message = `node no longer exists in NodeStore: ${id}`;
      return is('0.30') ? problem(404, 'setting approved routes', message) : grpcError(400, 3, message);
    }
    replacesRoutes(device, routes);
    return json({ node: nodeOf(device, version, true) });
  }

  function answerV2(request: FakeRequest, server: LoopbackServer, credential: string): FakeReply {
    const { method, path, query } = request;
    const may = (scope: string) => credential === SECRETS.apiKey || scopes.has(scope);
    const forbidden = (scope: string) => v2Error(403, `token is missing the required scope ${scope}`);
    const all = query.get('fields') === 'all';
    const [, tailnet, what] = /^\/api\/v2\/tailnet\/([^/]+)\/(devices|acl)$/.exec(path) ?? [];
    if (tailnet !== undefined && method === 'GET') {
      const scope = what === 'acl' ? 'policy_file:read' : 'devices:core:read';
      if (!may(scope)) return forbidden(scope);
      if (tailnet !== '-') return v2Error(404, 'tailnet not found');
      if (what === 'devices') return json({ devices: server.devices.map((device) => deviceOf(device, all)) });
      const type =
        request.headers.accept === 'application/hujson' ? 'application/hujson' : 'application/json';
      return { status: 200, type, headers: { etag: '"0"' }, body: server.policy ?? '{}' };
    }
    const [, id, routes] = /^\/api\/v2\/device\/([^/]+)(\/routes)?$/.exec(path) ?? [];
    if (id === undefined) return plainNotFound();
    const device = server.devices.find((one) => one.id === id);
    const scope = method === 'POST' ? 'devices:routes' : 'devices:core:read';
    if (!may(scope)) return forbidden(scope);
    if (device === undefined) return v2Error(404, 'device not found');
    if (method === 'POST' && routes !== undefined) {
      const wanted: string[] = JSON.parse(request.body).routes;
      const bad = wanted.find((route) => !isPrefix(route));
      if (bad !== undefined) {
        return v2Error(400, 'parsing route', `netip.ParsePrefix("${bad}"): prefix length out of range`);
      }
      replacesRoutes(device, wanted);
    }
    return routes === undefined
      ? json(deviceOf(device, all))
      : json({ advertisedRoutes: device.advertised, enabledRoutes: device.enabled });
  }

  function signIn({ body }: FakeRequest): FakeReply {
    const form = new URLSearchParams(body);
    if (form.get('client_secret') !== SECRETS.clientSecret) {
      return json({ error: 'invalid_client', error_description: 'invalid client credentials' }, 401);
    }
    const token = `${SECRETS.accessToken}${tokens.size + 1}`;
    tokens.add(token);
    return json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: [...scopes].join(' '),
    });
  }

  function unauthorized(isV2: boolean): FakeReply {
    // As 0.26.1 really answered to a key that it did not know.
    const status = is('0.27') ? 401 : 500;
    if (!is('0.30')) return { status, type: 'text/plain; charset=utf-8', body: 'Unauthorized' };
    return isV2 ? v2Error(401, 'unauthorized') : problem(401, 'Unauthorized');
  }

  function policyReply({ policy }: LoopbackServer): FakeReply {
    const context = 'loading ACL from database';
    if (policy !== undefined) return json({ policy, updatedAt: '2026-01-02T03:04:05Z' });
    return is('0.30')
      ? problem(500, context, 'acl policy not found')
      : grpcError(500, 2, `${context}: acl policy not found`);
  }

  function notANumber(id: string): FakeReply {
    const fault = `type mismatch, parameter: node_id, error: strconv.ParseUint: parsing "${id}": invalid syntax`;
    return is('0.30') ? problem(400, fault) : grpcError(400, 3, fault);
  }
}

function versionReply(version: HeadscaleVersion): FakeReply {
  const go = { version: 'go1.26.8', os: 'linux', arch: 'amd64' };
  return json({ version: `v${version}.0`, commit: 'unknown', buildTime: 'unknown', go, dirty: false });
}

function plainNotFound(): FakeReply {
  return { status: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' };
}

function grpcError(status: number, code: number, message: string): FakeReply {
  return json({ code, message, details: [] }, status);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
};

function problem(status: number, detail: string, message?: string): FakeReply {
  const errors = message === undefined ? {} : { errors: [{ message }] };
  return json({ title: TITLES[status], status, detail, ...errors }, status, PROBLEM);
}

function v2Error(status: number, message: string, error?: string): FakeReply {
  const data = error === undefined ? {} : { data: [{ errors: [error] }] };
  return json({ message, ...data, status }, status, PROBLEM);
}

/** A list tells what a node serves, one node does not [Headscale 0.26 to 0.30, GET /api/v1/node]. */
function nodeOf(device: FakeDevice, version: HeadscaleVersion, withServing: boolean): object {
  const user = {
    id: '1',
    name: device.tags.length > 0 ? 'tagged-devices' : device.user,
    createdAt: '2026-01-01T00:00:00Z',
    displayName: '',
    email: '',
    providerId: '',
    provider: '',
    profilePicUrl: '',
  };
  const preAuthKey = {
    user,
    id: '1',
    key: 'hskey-auth-00-***',
    reusable: true,
    ephemeral: false,
    used: false,
    expiration: '2026-01-02T00:00:00Z',
    createdAt: '2026-01-01T00:00:00Z',
    aclTags: [],
  };
  const serving = device.advertised.filter((route) => device.enabled.includes(route));
  return {
    id: device.id,
    machineKey: 'mkey:00',
    nodeKey: 'nodekey:00',
    discoKey: 'discokey:00',
    ipAddresses: device.addresses,
    name: device.hostname,
    user,
    lastSeen: '2026-01-03T00:00:00Z',
    expiry: device.expires || null,
    preAuthKey,
    createdAt: device.created,
    registerMethod: 'REGISTER_METHOD_AUTH_KEY',
    givenName: device.name,
    online: device.online,
    ...(version >= '0.26' && {
      approvedRoutes: device.enabled,
      availableRoutes: device.advertised,
      subnetRoutes: withServing ? serving : [],
    }),
    ...(version >= '0.28'
      ? { tags: device.tags }
      : { forcedTags: device.tags, invalidTags: [], validTags: [] }),
  };
}

/** Leaves empty lists out, and the routes unless all fields are asked for [Headscale 0.30, v2 Device]. */
function deviceOf(device: FakeDevice, all: boolean): object {
  const { advertised, enabled, expires } = device;
  return {
    addresses: device.addresses,
    name: device.name,
    id: device.id,
    nodeId: device.id,
    authorized: true,
    user: device.user,
    tags: device.tags,
    keyExpiryDisabled: expires === '',
    ...(expires && { expires }),
    created: device.created,
    hostname: device.hostname,
    isEphemeral: false,
    machineKey: 'mkey:00',
    nodeKey: 'nodekey:00',
    os: 'linux',
    clientVersion: '1.98.1',
    updateAvailable: false,
    ...(all && advertised.length > 0 && { advertisedRoutes: advertised }),
    ...(all && enabled.length > 0 && { enabledRoutes: enabled }),
  };
}
