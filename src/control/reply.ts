import { ControlError } from './control-server.ts';

/** A whole reply, whatever it says. */
export interface Reply {
  readonly status: number;
  /** The media type without its parameters, in lower case; empty if there is none. */
  readonly type: string;
  readonly text: string;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter: number | undefined;
}

/** Throws a `ControlError` for what is no JSON. */
export function parseJson(reply: Reply, called: string, effect: 'read' | 'write'): unknown {
  const refuse = (says: string) => new ControlError(`${called} ${says}`, effect === 'write');
  if (isPage(reply)) throw refuse(`answers with a web page instead of JSON: ${WRONG_ADDRESS}`);
  if (!isJson(reply.type)) {
    throw refuse(`answers with ${typeOf(reply)} instead of JSON: ${WRONG_ADDRESS}`);
  }
  if (isCutShort(reply)) throw refuse('answers with JSON that is cut short');
  try {
    return JSON.parse(reply.text);
  } catch {
    throw refuse('answers with what is not JSON, though it says so');
  }
}

/** Why something else may answer. */
export const WRONG_ADDRESS = 'the address is not that of its API, or a proxy answers in its place';

/** Whether it is the API that says so: what is not there at all is told in plain text, or on a page. */
export function isFromApi({ type, text }: Reply): boolean {
  return isJson(type) && text.trim().startsWith('{');
}

/** Whether JSON begins and does not end: something on the way has swallowed the rest. */
export function isCutShort({ type, text }: Pick<Reply, 'type' | 'text'>): boolean {
  if (!isJson(type)) return false;
  const trimmed = text.trim();
  const end = { '{': '}', '[': ']' }[trimmed[0] ?? ''];
  if (end === undefined) return trimmed === '';
  try {
    JSON.parse(trimmed);
    return false;
  } catch (error) {
    return !trimmed.endsWith(end) || /end of JSON|Unterminated/i.test(String(error));
  }
}

/** A media type. */
export function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json');
}

export function isPage({ type, text }: Reply): boolean {
  return type === 'text/html' || type === 'application/xhtml+xml' || /^\s*<(!doctype|html)/i.test(text);
}

function typeOf({ type }: Reply): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) && type.length < 60 ? type : 'something without a type';
}
