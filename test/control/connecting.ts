import { onTestFinished } from 'vitest';
import { type ConnectOptions, type ControlSettings, connect } from '../../src/control/connect.ts';
import { ControlError, type ControlServer } from '../../src/control/control-server.ts';
import { type LoopbackServer, SECRETS } from '../loopback/control-server.ts';
import { IDENTITY_PATH } from '../loopback/tailscale.ts';

/** A server that is closed, and so checked against its OpenAPI document, when the test ends. */
export async function during(starting: Promise<LoopbackServer>): Promise<LoopbackServer> {
  const server = await starting;
  onTestFinished(() => server.close());
  return server;
}

export interface Connected extends ControlServer {
  /** The pauses that were asked for, in milliseconds; none is waited for. */
  readonly pauses: readonly number[];
  readonly secrets: readonly string[];
}

export function connected(settings: ControlSettings, options: Partial<ConnectOptions> = {}): Connected {
  const pauses: number[] = [];
  const secrets: string[] = [];
  const server = connect(settings, {
    environment: {},
    onSecret: (secret) => void secrets.push(secret),
    pause: async (ms) => void pauses.push(ms),
    ...options,
  });
  return { ...server, pauses, secrets };
}

export const API_KEY = { by: 'api-key', key: SECRETS.apiKey } as const;
export const OAUTH = {
  by: 'oauth',
  clientId: SECRETS.clientId,
  clientSecret: SECRETS.clientSecret,
} as const;
export const oidc = (server: LoopbackServer) =>
  ({
    by: 'oidc',
    clientId: SECRETS.clientId,
    audience: SECRETS.audience,
    requestUrl: `${server.url}${IDENTITY_PATH}`,
    requestToken: SECRETS.requestToken,
  }) as const;

export type TailscaleSignIn = Extract<ControlSettings, { kind: 'tailscale' }>['signIn'];

export const onTailscale = (
  server: LoopbackServer,
  signIn: TailscaleSignIn = API_KEY,
  tailnet = '-',
): ControlSettings => ({ kind: 'tailscale', baseUrl: server.url, tailnet, signIn });

export const onHeadscale = (
  server: LoopbackServer,
  by: 'api-key' | 'oauth' = 'api-key',
): ControlSettings => ({
  kind: 'headscale',
  url: server.url,
  signIn: by === 'api-key' ? API_KEY : OAUTH,
});

/** What a `ControlError` says, with the port of the loopback server as `PORT`; anything else is a bug. */
export async function errorOf(doing: Promise<unknown> | (() => unknown)): Promise<ControlError> {
  try {
    await (typeof doing === 'function' ? doing() : doing);
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export async function messageOf(doing: Promise<unknown> | (() => unknown)): Promise<string> {
  return (await errorOf(doing)).message.replace(/127\.0\.0\.1:\d+/g, 'HOST');
}

/** `GET /path?query` of every request. */
export function asked(server: LoopbackServer): readonly string[] {
  return server.requests.map(({ method, path, query }) => {
    const text = query.toString();
    return `${method} ${path}${text && `?${text}`}`;
  });
}
