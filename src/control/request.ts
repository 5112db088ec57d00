import type { Response } from 'undici';
import { parseUrl } from './base-url.ts';
import { readBroken } from './broken.ts';
import { ControlError } from './control-server.ts';
import { shown } from './error-body.ts';
import type { Fetch } from './fetch.ts';
import { isCutShort, type Reply } from './reply.ts';
import type { Secrets } from './secrets.ts';

/** What all requests of a run have in common. */
export interface Caller {
  readonly fetch: Fetch;
  readonly secrets: Secrets;
  /** The variable that names a proxy for a URL, for messages. */
  readonly proxyOf: (url: string) => string | undefined;
  /** In milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** For one attempt with the whole of its reply, in milliseconds. */
  readonly timeout: number;
}

export interface Asked {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A read is tried again, a write never. To sign in is to read. */
  readonly effect: 'read' | 'write';
  /** Of a read; 4 without it. */
  readonly attempts?: number;
}

const ATTEMPTS = 4;
/** Milliseconds. */
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 60_000;
/** Bytes, unpacked: a tailnet of 10,000 devices has about 15 MiB. */
const LARGEST_BODY = 64 * 1024 * 1024;
const PASSING = new Set([429, 500, 502, 503, 504]);

/** One attempt: a reply, or why there is none. */
type Outcome =
  | { readonly reply: Reply; readonly isPassing: boolean }
  | { readonly says: string; readonly isPassing: boolean; readonly mayBeDone: boolean };

/**
 * Makes a request and reads the whole reply, whatever its status. Reads that fail in passing are tried again, with
 * pauses that double and vary, or as long as the server asks for. A redirect is not followed.
 *
 * Throws a `ControlError` if there is no whole reply; `called` is whom the message is about.
 */
export async function request(caller: Caller, asked: Asked, called: string): Promise<Reply> {
  const attempts = asked.effect === 'write' ? 1 : (asked.attempts ?? ATTEMPTS);
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptOnce(caller, asked);
    if (!outcome.isPassing || attempt === attempts) {
      if ('reply' in outcome) return outcome.reply;
      const mayBeDone = asked.effect === 'write' && outcome.mayBeDone;
      throw new ControlError(`${called} ${outcome.says}`, mayBeDone, { mayPass: outcome.isPassing });
    }
    await caller.pause(pauseAfter(attempt, 'reply' in outcome ? outcome.reply.retryAfter : undefined));
  }
}

async function attemptOnce(caller: Caller, asked: Asked): Promise<Outcome> {
  const { url, method, headers, body } = asked;
  try {
    const response = await caller.fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(caller.timeout),
    });
    if (response.status >= 300 && response.status < 400) {
      const says = redirectIn(response, url, caller);
      await response.body?.cancel();
      return { says, isPassing: false, mayBeDone: true };
    }
    const text = await textOf(response);
    if (text === undefined) {
      const says = `answers with more than ${LARGEST_BODY / 1024 / 1024} MiB`;
      return { says, isPassing: false, mayBeDone: true };
    }
    const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
    const retryAfter = askedPause(response.headers.get('retry-after'));
    const reply = { status: statusOf(response.status, text), type, text, retryAfter };
    return { reply, isPassing: isPassing(reply) || (response.ok && isCutShort(reply)) };
  } catch (error) {
    const { says, isPassing, isSent } = readBroken(error, caller.proxyOf(url), caller.timeout);
    return { says, isPassing, mayBeDone: isSent };
  }
}

/** For a key that it does not know Headscale 0.26 says 500, before it looks at anything else, and means 401. */
function statusOf(status: number, text: string): number {
  return status === 500 && text.trim() === 'Unauthorized' ? 401 : status;
}

/** The key never follows a redirect, so only where it leads to is told. */
function redirectIn(response: Response, from: string, { secrets }: Caller): string {
  const to = parseUrl(response.headers.get('location') ?? '', from);
  const target = to === undefined || to.host === '' ? 'nowhere' : `${to.protocol}//${to.host}`;
  const leads = shown(target, secrets.hide);
  return `redirects to ${leads} (${response.status}), which is not followed: give the address where it really is`;
}

/** Undefined if it is too large; the rest of it is not waited for. */
async function textOf({ body }: Response): Promise<string | undefined> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > LARGEST_BODY) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether the same request may be granted a moment later. */
export function isPassing({ status }: Reply): boolean {
  return PASSING.has(status);
}

function pauseAfter(attempt: number, asked = 0): number {
  const usual = FIRST_PAUSE * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  return Math.min(Math.max(usual, asked), LONGEST_PAUSE);
}

/** `Retry-After` is in seconds or a date [RFC 9110, 10.2.3]; in milliseconds. */
function askedPause(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
