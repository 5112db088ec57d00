import { ControlError } from './control-server.ts';

export interface BaseUrl {
  /** Without a slash at the end: a path of the API is put after it. */
  readonly url: string;
  /** With a port that is not the usual one. */
  readonly host: string;
  readonly warnings: readonly string[];
}

/**
 * Reads the address of a control server; a path before that of the API is fine. Throws a `ControlError` for what is no
 * such address, and does not repeat it: it may have a password in it.
 */
export function readBaseUrl(text: string, called: string): BaseUrl {
  const refuse = (why: string) => new ControlError(`the address of ${called} ${why}`);
  const url = parseUrl(text.trim());
  if (url === undefined) throw refuse('is not a URL: it begins with https:// and the name of the server');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('is not an https:// URL');
  if (url.username !== '' || url.password !== '') throw refuse('has a user name or a password in it');
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or a fragment');
  if (/^169\.254\./.test(url.hostname)) throw refuse('is link-local, where only a metadata service is');
  const warnings = url.protocol === 'http:' ? [plainHttp(called, url.host)] : [];
  return { url: url.href.replace(/\/+$/, ''), host: url.host, warnings };
}

/** A part of a path. Throws a `ControlError` for one that would leave its place. */
export function pathSegment(text: string, called: string): string {
  if (text === '') throw new ControlError(`${called} is empty`);
  // Dots stay dots in a URL, however they are written, and half a surrogate pair cannot be written at all.
  if (/^\.{1,2}$|\p{Cs}/u.test(text)) throw new ControlError(`${called} is no name that can stand in a URL`);
  return encodeURIComponent(text);
}

/** `URL.parse`, which Node 20 does not have; undefined for what is no URL. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

function plainHttp(called: string, host: string): string {
  return `${called} is asked over plain http, so whoever is between here and ${host} can read the key and change the answers`;
}
