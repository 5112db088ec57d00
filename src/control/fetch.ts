import { Agent, EnvHttpProxyAgent, type RequestInit, type Response, fetch as undiciFetch } from 'undici';
import { parseUrl } from './base-url.ts';
import { ControlError } from './control-server.ts';

/** Where the proxies stand, as in `process.env`; the names count in either case. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * The one `fetch`: it honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment it is given, and no others. Own
 * certificate authorities are Node's doing, through NODE_EXTRA_CA_CERTS.
 *
 * Throws a `ControlError` for a proxy that is no address.
 */
export function fetchThrough(environment: Environment): Fetch {
  const dispatcher = dispatcherFor(environment);
  return (url, init) => undiciFetch(url, { ...init, dispatcher });
}

/** The variable that names the proxy for a URL; undefined for none. NO_PROXY is not looked at. */
export function proxyVariable(environment: Environment, url: string): string | undefined {
  const names = url.startsWith('https:') ? ['HTTPS_PROXY', 'HTTP_PROXY'] : ['HTTP_PROXY'];
  return names.find((name) => variable(environment, name) !== '');
}

/** The passwords of the proxies. */
export function proxySecrets(environment: Environment): readonly string[] {
  return ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
    const { password = '' } = parseUrl(withScheme(variable(environment, name))) ?? {};
    return password === '' ? [] : [password, decoded(password) ?? password];
  });
}

/** What is wrong with the environment, without being refused. */
export function environmentWarnings({ NODE_TLS_REJECT_UNAUTHORIZED }: Environment): readonly string[] {
  return NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? ['NODE_TLS_REJECT_UNAUTHORIZED is 0, so nobody checks whether the server is the one it says it is']
    : [];
}

function dispatcherFor(environment: Environment): Agent | EnvHttpProxyAgent {
  const [httpProxy, httpsProxy] = [proxyOf(environment, 'HTTP_PROXY'), proxyOf(environment, 'HTTPS_PROXY')];
  // Only where it is needed: it warns on stderr that it is experimental.
  if (httpProxy === '' && httpsProxy === '') return new Agent();
  return new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy: httpsProxy || httpProxy,
    noProxy: variable(environment, 'NO_PROXY'),
  });
}

/** Empty for none. */
function proxyOf(environment: Environment, name: string): string {
  const value = withScheme(variable(environment, name));
  if (value === '') return '';
  const url = parseUrl(value);
  const isReadable = decoded(`${url?.username}${url?.password}`) !== undefined;
  if (url === undefined || url.hostname === '' || !/^https?:$/.test(url.protocol) || !isReadable) {
    throw new ControlError(`${name} is not the address of an http or https proxy`);
  }
  return url.href;
}

function variable(environment: Environment, name: string): string {
  return (environment[name.toLowerCase()] || environment[name] || '').trim();
}

function withScheme(proxy: string): string {
  return proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** Undefined for a stray percent sign. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
