import { parseUrl } from './base-url.ts';
import { ControlError } from './control-server.ts';
import { messageIn, shown } from './error-body.ts';
import { memberOf } from './json-value.ts';
import { parseJson, type Reply } from './reply.ts';
import { type Asked, type Caller, isPassing, request } from './request.ts';
import { headerSafe } from './secrets.ts';

export type SignInSettings =
  | { readonly by: 'api-key'; readonly key: string }
  | { readonly by: 'oauth'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly by: 'oidc';
      readonly clientId: string;
      readonly audience: string;
      /** `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` of GitHub's runner. */
      readonly requestUrl: string;
      readonly requestToken: string;
    };

/** Who asks, by whatever way to sign in. */
export interface SignIn {
  /** As in `the API key`. */
  readonly called: string;
  /** Why it may not be accepted. */
  readonly whyRefused: string;
  /** How to say that it may not do what needs a scope. */
  readonly lacks: (scope: string) => string;
  /** The header's value. Signs in first, where that is needed and was not done; throws a `ControlError`. */
  readonly authorization: () => Promise<string>;
  /** Makes the next `authorization` sign in again; false if that gives the same. */
  readonly forget: (authorization: string) => boolean;
}

/**
 * How a server is asked. An API key goes as it is; an OAuth client and a federated identity get an access token when
 * it is first needed. `secrets` gets every secret before it is used.
 *
 * Throws a `ControlError` for what cannot be a key.
 */
export function signInWith(settings: SignInSettings, server: SignInServer, caller: Caller): SignIn {
  switch (settings.by) {
    case 'api-key':
      return withKey(settings.key, caller);
    case 'oauth':
      return withClient(settings, server, caller);
    case 'oidc':
      return withIdentity(settings, server, caller);
  }
}

/** Where to sign in. */
export interface SignInServer {
  readonly called: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** Its version since which there are OAuth clients, where there were none before. */
  readonly clientsSince?: string;
}

type Settings<By extends SignInSettings['by']> = Extract<SignInSettings, { readonly by: By }>;

function withKey(text: string, caller: Caller): SignIn {
  const authorization = `Bearer ${secret(text, 'the API key', caller)}`;
  return {
    called: 'the API key',
    whyRefused: 'it is wrong, has expired or was revoked, or is of another server',
    lacks: (scope) => `the API key or its owner may not do what needs ${scope}`,
    authorization: () => Promise.resolve(authorization),
    forget: () => false,
  };
}

/** The client-credentials grant [RFC 6749, 4.4]. */
function withClient(settings: Settings<'oauth'>, server: SignInServer, caller: Caller): SignIn {
  const { called, url, clientsSince } = server;
  const clientId = headerSafe(settings.clientId, 'the id of the OAuth client');
  const clientSecret = secret(settings.clientSecret, 'the secret of the OAuth client', caller);
  // Shown with what looks like a key hidden: the two are mixed up easily.
  const name = shown(clientId, caller.secrets.hide);
  const since = clientsSince === undefined ? '' : `, or the server is older than ${clientsSince}`;
  const why = `does not accept the OAuth client ${name}: its id or its secret is wrong, or it was revoked${since}`;
  return withToken(`the OAuth client ${name}`, async () => {
    const form = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' };
    const reply = await request(caller, post(`${url}/api/v2/oauth/token`, form), called);
    return tokenIn(reply, 'access_token', why, called, caller);
  });
}

const GITHUB = "GitHub's token service";

/** Workload identity federation: the job's identity token for an access token [Tailscale, token-exchange]. */
function withIdentity(settings: Settings<'oidc'>, { called, url }: SignInServer, caller: Caller): SignIn {
  const clientId = headerSafe(settings.clientId, 'the id of the federated identity');
  const audience = headerSafe(settings.audience, 'the audience');
  const asking = "the token that asks for the job's identity token";
  const requestToken = secret(settings.requestToken, asking, caller);
  const identity: Asked = {
    method: 'GET',
    url: identityUrl(settings.requestUrl, audience),
    headers: { authorization: `Bearer ${requestToken}`, accept: 'application/json' },
    effect: 'read',
  };
  const [name, whom] = [clientId, audience].map((text) => shown(text, caller.secrets.hide));
  const noIdentity = 'gives the job no identity token: it needs the permission "id-token: write"';
  const why = `does not accept the job's identity token for ${name}: the issuer, the subject or the audience "${whom}" is not that of the federated identity`;
  return withToken(`the federated identity ${name}`, async () => {
    const jwt = tokenIn(await request(caller, identity, GITHUB), 'value', noIdentity, GITHUB, caller);
    const exchange = post(`${url}/api/v2/oauth/token-exchange`, { client_id: clientId, jwt });
    return tokenIn(await request(caller, exchange, called), 'access_token', why, called, caller);
  });
}

function withToken(called: string, signIn: () => Promise<string>): SignIn {
  let current: Promise<string> | undefined;
  let last: string | undefined;
  return {
    called: `the access token of ${called}`,
    whyRefused: 'it has expired, or the client was revoked meanwhile',
    lacks: (scope) => `${called} lacks the scope ${scope}`,
    async authorization() {
      current ??= signIn();
      try {
        last = `Bearer ${await current}`;
        return last;
      } catch (error) {
        current = undefined;
        throw error;
      }
    },
    forget(authorization) {
      // Another request may have signed in meanwhile, or be about to.
      if (authorization === last) current = last = undefined;
      return true;
    },
  };
}

function secret(text: string, called: string, { secrets }: Caller): string {
  // Masked as it was given too, should somebody print it.
  secrets.add(text);
  const safe = headerSafe(text, called);
  if (safe !== text) secrets.add(safe);
  return safe;
}

function post(url: string, form: Readonly<Record<string, string>>): Asked {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  return { method: 'POST', url, headers, body: new URLSearchParams(form).toString(), effect: 'read' };
}

function identityUrl(text: string, audience: string): string {
  // The runner's address has a query of its own.
  const url = parseUrl(text.trim());
  if (url === undefined || url.username !== '' || url.password !== '' || !/^https?:$/.test(url.protocol)) {
    throw new ControlError(
      'the job has no address to ask for an identity token: it needs the permission "id-token: write"',
    );
  }
  url.searchParams.set('audience', audience);
  return url.href;
}

/** The token in a reply, masked. Throws a `ControlError` with `why` for a refusal, and for a reply without one. */
function tokenIn(reply: Reply, key: string, why: string, called: string, caller: Caller): string {
  const { status, text, retryAfter } = reply;
  if (status >= 400) {
    const said = shown(messageIn(text), caller.secrets.hide);
    const answer = said === '' ? `${status}` : `${status}: ${said}`;
    const isRefusal = status < 500 && status !== 429 && status !== 404;
    const says = isRefusal ? why : noTokenFor(status);
    const mayPass = isPassing(reply);
    throw new ControlError(`${called} ${says} (${answer})`, false, { mayPass, isGeneral: true, retryAfter });
  }
  const token = memberOf(parseJson(reply, called, 'read'), key);
  if (typeof token !== 'string' || token === '') throw new ControlError(`${called} answers without "${key}"`);
  return secret(token, `the token of ${called}`, caller);
}

function noTokenFor(status: number): string {
  return status === 404 ? 'has no such way to sign in at this address' : 'gives no token now';
}
