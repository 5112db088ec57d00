import { setTimeout } from 'node:timers/promises';
import type { Api } from './api.ts';
import { readBaseUrl } from './base-url.ts';
import type { ControlServer } from './control-server.ts';
import { type Environment, environmentWarnings, fetchThrough, proxySecrets, proxyVariable } from './fetch.ts';
import { headscaleOperations } from './headscale.ts';
import type { Caller } from './request.ts';
import { secretKeeper } from './secrets.ts';
import { type SignInSettings, signInWith } from './sign-in.ts';
import { tailscaleOperations } from './tailscale.ts';

export type ControlSettings =
  | {
      readonly kind: 'tailscale';
      /** As `https://api.tailscale.com`. */
      readonly baseUrl: string;
      /** `-` for the one of the sign-in. */
      readonly tailnet: string;
      readonly signIn: SignInSettings;
    }
  | {
      readonly kind: 'headscale';
      readonly url: string;
      /** An OAuth client is asked for through v2 [Headscale 0.30]. */
      readonly signIn: Exclude<SignInSettings, { readonly by: 'oidc' }>;
    };

export interface ConnectOptions {
  /** For the proxies, as `process.env`. */
  readonly environment: Environment;
  /** Called with every secret before it is first used, those that the servers hand out included. */
  readonly onSecret: (secret: string) => void;
  /** Waits so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
  /** For one attempt at a request, in milliseconds; 15,000 without it. */
  readonly timeout?: number;
}

const TAILSCALE = 'api.tailscale.com';
/** Milliseconds. */
const TIMEOUT = 15_000;

/** A control server, not asked anything yet. Throws a `ControlError` for settings that cannot be right. */
export function connect(settings: ControlSettings, options: ConnectOptions): ControlServer {
  const { environment, onSecret, timeout = TIMEOUT, pause = (ms) => setTimeout(ms) } = options;
  const secrets = secretKeeper(onSecret);
  for (const secret of proxySecrets(environment)) secrets.add(secret);
  const name = settings.kind === 'tailscale' ? 'Tailscale' : 'Headscale';
  const base = readBaseUrl(settings.kind === 'tailscale' ? settings.baseUrl : settings.url, name);
  const called = base.host === TAILSCALE ? name : `${name} at ${base.host}`;
  const caller: Caller = {
    fetch: fetchThrough(environment),
    secrets,
    proxyOf: (url) => proxyVariable(environment, url),
    pause,
    timeout,
  };
  const clientsSince = settings.kind === 'headscale' ? { clientsSince: '0.30' } : {};
  const signIn = signInWith(settings.signIn, { called, url: base.url, ...clientsSince }, caller);
  const api: Api = { called, url: base.url, caller, signIn };
  return {
    called,
    warnings: [...base.warnings, ...environmentWarnings(environment)],
    ...operationsOf(settings, api),
  };
}

function operationsOf(settings: ControlSettings, api: Api): Omit<ControlServer, 'called' | 'warnings'> {
  if (settings.kind === 'tailscale') return tailscaleOperations(api, settings.tailnet.trim());
  return settings.signIn.by === 'oauth'
    ? tailscaleOperations(api, '-', 'headscale')
    : headscaleOperations(api);
}
