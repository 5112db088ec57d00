import { ControlError } from './control-server.ts';
import { messageIn, shown } from './error-body.ts';
import { isFromApi, isPage, parseJson, type Reply, WRONG_ADDRESS } from './reply.ts';
import { type Caller, isPassing, request } from './request.ts';
import type { SignIn } from './sign-in.ts';

/** The API of one control server: where it is, and who asks. */
export interface Api {
  /** What messages call it. */
  readonly called: string;
  /** Without a slash at the end. */
  readonly url: string;
  readonly caller: Caller;
  readonly signIn: SignIn;
}

/** What is asked of an API, for requests and for what is said when they are refused. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** With its query; begins with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly accept?: string;
  readonly effect: 'read' | 'write';
  /** Of a read; 4 without it. */
  readonly attempts?: number;
  /** As in `list the devices`. */
  readonly does: string;
  /** What a token needs for it, where tokens have scopes. */
  readonly scope: string;
  /** What 404 says, if the API itself says it: as in `there is no device 3`. */
  readonly missing: string;
}

/** A request in the name of who asks. A read whose token is no longer taken signs in again, once. */
export async function ask(api: Api, operation: Operation): Promise<Reply> {
  const { caller, signIn, called, url } = api;
  const { method, path, body, effect, attempts, accept = 'application/json' } = operation;
  const send = (authorization: string) =>
    request(
      caller,
      {
        method,
        url: `${url}${path}`,
        headers: { authorization, accept, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body }),
        effect,
        ...(attempts !== undefined && { attempts }),
      },
      called,
    );
  const authorization = await signIn.authorization();
  const reply = await send(authorization);
  if (reply.status !== 401 || effect === 'write' || !signIn.forget(authorization)) return reply;
  return send(await signIn.authorization());
}

/** The JSON of a reply of 200; throws a `ControlError` for any other reply. */
export function jsonOf(api: Api, operation: Operation, reply: Reply): unknown {
  if (reply.status !== 200) throw refusalOf(api, operation, reply);
  return parseJson(reply, api.called, operation.effect);
}

/** Why a request was not granted, with what would change that and what the server says itself. */
export function refusalOf(api: Api, operation: Operation, reply: Reply): ControlError {
  const { status } = reply;
  const { effect } = operation;
  // A refusal says that nothing was done; 408 says that the server waited too long for the rest.
  const mayBeDone = effect === 'write' && !(status >= 400 && status < 500 && status !== 408);
  const said = isPage(reply) ? 'a web page' : shown(messageIn(reply.text), api.caller.secrets.hide);
  const answer = said === '' ? `${status}` : `${status}: ${said}`;
  return new ControlError(`${api.called} ${reasonOf(api, operation, reply)} (${answer})`, mayBeDone, {
    mayPass: isPassing(reply),
    isGeneral: status === 401 || status === 403,
    retryAfter: reply.retryAfter,
  });
}

function reasonOf({ signIn }: Api, { does, scope, missing }: Operation, reply: Reply): string {
  switch (reply.status) {
    case 401:
      return `does not accept ${signIn.called}: ${signIn.whyRefused}`;
    case 403:
      return isPage(reply)
        ? `refuses to ${does}: something before it lets nobody through`
        : `refuses to ${does}: ${signIn.lacks(scope)}`;
    case 404:
      return isFromApi(reply) ? `refuses to ${does}: ${missing}` : `has no such API there: ${WRONG_ADDRESS}`;
    case 429:
      return `refuses to ${does}: there were too many requests`;
    default:
      return `${reply.status >= 500 ? 'fails' : 'refuses'} to ${does}`;
  }
}
