import { firstOf, memberOf, parsedJson } from './json-value.ts';

/** What a server says is data: no more of it is shown. UTF-16 units. */
const LONGEST = 200;
/** No more of it is looked at. */
const READ = 1 << 16;

/**
 * What the body of an error says, in any of the shapes there are: plain text, `{code, message, details}` of
 * grpc-gateway, `{title, status, detail, errors}` of problem+json, `{message, data}` of Tailscale, and
 * `{error, error_description}` of OAuth. Empty if it says nothing; as the server wrote it, so for `shown` alone.
 */
export function messageIn(body: string): string {
  const text = body.slice(0, READ).trim();
  if (text.startsWith('<')) return '';
  const value = parsedJson(text);
  if (value === undefined) return text;
  const context = firstText(value, ['detail', 'message', 'error_description', 'error', 'title']);
  const cause = firstText(firstOf(memberOf(value, 'errors')), ['message']) || dataError(value);
  if (cause === '' || context.includes(cause)) return context;
  return context === '' ? cause : `${context}: ${cause}`;
}

/** A server's text on one line, without control and format characters, clipped, and without secrets. */
export function shown(text: string, hide: (text: string) => string): string {
  const line = hide(text.slice(0, READ))
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, '�')
    .trim();
  // Again: a secret may only be one without what was between its parts.
  const hidden = hide(line);
  return hidden.length > LONGEST ? `${hidden.slice(0, LONGEST).replace(/\p{Cs}$/u, '')}…` : hidden;
}

/** [Tailscale API 2026-07, ACL errors; Headscale 0.30, v2] */
function dataError(value: unknown): string {
  const data = firstOf(memberOf(value, 'data'));
  const error = firstOf(memberOf(data, 'errors'));
  return typeof error === 'string' ? error : '';
}

function firstText(value: unknown, keys: readonly string[]): string {
  for (const key of keys) {
    const text = memberOf(value, key);
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}
