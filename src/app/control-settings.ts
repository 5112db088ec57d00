import type { ControlSettings } from '../control/connect.ts';
import { SettingsError } from './errors.ts';

/** What the environment or the Action's inputs say of the control server; an empty text says nothing. */
export interface ControlWords {
  readonly tailnet: string;
  readonly apiKey: string;
  readonly oauthClientId: string;
  readonly oauthClientSecret: string;
  readonly audience: string;
  readonly baseUrl: string;
  readonly headscaleUrl: string;
  readonly headscaleApiKey: string;
}

/** What each of the words is called where it was said, for messages. */
export type ControlNames = { readonly [Word in keyof ControlWords]: string };

/** As its users know them from Tailscale's and Headscale's own tools. */
export const ENVIRONMENT_NAMES: ControlNames = {
  tailnet: 'TAILSCALE_TAILNET',
  apiKey: 'TAILSCALE_API_KEY',
  oauthClientId: 'TAILSCALE_OAUTH_CLIENT_ID',
  oauthClientSecret: 'TAILSCALE_OAUTH_CLIENT_SECRET',
  audience: 'audience',
  baseUrl: 'TAILSCALE_BASE_URL',
  headscaleUrl: 'HEADSCALE_URL',
  headscaleApiKey: 'HEADSCALE_API_KEY',
};

export const INPUT_NAMES: ControlNames = {
  tailnet: 'tailnet',
  apiKey: 'api-key',
  oauthClientId: 'oauth-client-id',
  oauthClientSecret: 'oauth-client-secret',
  audience: 'audience',
  baseUrl: 'TAILSCALE_BASE_URL',
  headscaleUrl: 'headscale-url',
  headscaleApiKey: 'headscale-api-key',
};

/** Where a job gets its own identity token; both are empty in a job without `id-token: write`. */
export interface IdentityTokens {
  readonly requestUrl: string;
  readonly requestToken: string;
}

const TAILSCALE = 'https://api.tailscale.com';

/** Which control server is meant and how to sign in; undefined where no credential is given at all. */
export function controlSettings(
  words: ControlWords,
  names: ControlNames,
  identity: IdentityTokens = { requestUrl: '', requestToken: '' },
): ControlSettings | undefined {
  const forHeadscale = words.headscaleUrl !== '' || words.headscaleApiKey !== '';
  const forTailscale = words.apiKey !== '' || (words.oauthClientId !== '' && words.headscaleUrl === '');
  if (forHeadscale && forTailscale) {
    const here = words.apiKey !== '' ? names.apiKey : names.oauthClientId;
    const there = words.headscaleUrl !== '' ? names.headscaleUrl : names.headscaleApiKey;
    throw new SettingsError(`${here} is for Tailscale and ${there} for Headscale: give one of them`);
  }
  if (forHeadscale) return headscaleSettings(words, names);
  if (!forTailscale) {
    if (words.oauthClientSecret !== '' || words.audience !== '') {
      const lonely = words.oauthClientSecret !== '' ? names.oauthClientSecret : names.audience;
      throw new SettingsError(`${lonely} needs ${names.oauthClientId}`);
    }
    return undefined;
  }
  const server = {
    kind: 'tailscale',
    baseUrl: words.baseUrl || TAILSCALE,
    // The tailnet that the credential belongs to [Tailscale API 2026-07].
    tailnet: words.tailnet || '-',
  } as const;
  if (words.apiKey !== '') {
    if (words.oauthClientId !== '') {
      throw new SettingsError(`${names.apiKey} and ${names.oauthClientId}: give one of them`);
    }
    return { ...server, signIn: { by: 'api-key', key: words.apiKey } };
  }
  if (words.oauthClientSecret !== '') return { ...server, signIn: oauth(words) };
  if (words.audience === '') {
    throw new SettingsError(`${names.oauthClientId} needs ${names.oauthClientSecret} or ${names.audience}`);
  }
  if (identity.requestUrl === '' || identity.requestToken === '') {
    throw new SettingsError(
      `${names.audience}: the job has no identity token, which a job in GitHub Actions with the permission id-token: write has`,
    );
  }
  return {
    ...server,
    signIn: { by: 'oidc', clientId: words.oauthClientId, audience: words.audience, ...identity },
  };
}

function headscaleSettings(words: ControlWords, names: ControlNames): ControlSettings {
  if (words.headscaleUrl === '')
    throw new SettingsError(`${names.headscaleApiKey} needs ${names.headscaleUrl}`);
  const server = { kind: 'headscale', url: words.headscaleUrl } as const;
  if (words.headscaleApiKey !== '') {
    if (words.oauthClientId !== '') {
      throw new SettingsError(`${names.headscaleApiKey} and ${names.oauthClientId}: give one of them`);
    }
    return { ...server, signIn: { by: 'api-key', key: words.headscaleApiKey } };
  }
  if (words.oauthClientId !== '' && words.oauthClientSecret !== '')
    return { ...server, signIn: oauth(words) };
  throw new SettingsError(`${names.headscaleUrl} needs ${names.headscaleApiKey}`);
}

function oauth({ oauthClientId, oauthClientSecret }: ControlWords) {
  return { by: 'oauth', clientId: oauthClientId, clientSecret: oauthClientSecret } as const;
}

/** What the environment says, but for what the command line names. */
export function environmentWords(
  environment: NodeJS.ProcessEnv,
  { tailnet, headscaleUrl }: { readonly tailnet?: string; readonly headscaleUrl?: string },
): ControlWords {
  const said = (name: string) => environment[name]?.trim() ?? '';
  return {
    tailnet: tailnet ?? said(ENVIRONMENT_NAMES.tailnet),
    apiKey: said(ENVIRONMENT_NAMES.apiKey),
    oauthClientId: said(ENVIRONMENT_NAMES.oauthClientId),
    oauthClientSecret: said(ENVIRONMENT_NAMES.oauthClientSecret),
    audience: '',
    baseUrl: said(ENVIRONMENT_NAMES.baseUrl),
    headscaleUrl: headscaleUrl ?? said(ENVIRONMENT_NAMES.headscaleUrl),
    headscaleApiKey: said(ENVIRONMENT_NAMES.headscaleApiKey),
  };
}

/** What the Action's inputs say; the address of Tailscale's API alone has no input. */
export function inputWords(input: (name: string) => string, environment: NodeJS.ProcessEnv): ControlWords {
  return {
    tailnet: input(INPUT_NAMES.tailnet),
    apiKey: input(INPUT_NAMES.apiKey),
    oauthClientId: input(INPUT_NAMES.oauthClientId),
    oauthClientSecret: input(INPUT_NAMES.oauthClientSecret),
    audience: input(INPUT_NAMES.audience),
    baseUrl: environment[INPUT_NAMES.baseUrl]?.trim() ?? '',
    headscaleUrl: input(INPUT_NAMES.headscaleUrl),
    headscaleApiKey: input(INPUT_NAMES.headscaleApiKey),
  };
}
