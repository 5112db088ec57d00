import type { Api, Operation } from './api.ts';
import { ask, jsonOf, refusalOf } from './api.ts';
import { pathSegment } from './base-url.ts';
import { ControlError, type ControlServer, type PolicyInForce } from './control-server.ts';
import { shown } from './error-body.ts';
import { memberOf } from './json-value.ts';
import { type Replier, readList, readOne } from './read-reply.ts';
import { isFromApi, isPage, type Reply } from './reply.ts';

type Operations = Omit<ControlServer, 'called' | 'warnings'>;

/**
 * Tailscale's API v2 of devices, routes and the policy [Tailscale API 2026-07]; Headscale 0.30 has the same, with the
 * tailnet `-` alone. `control` says whose devices they are, where that is known.
 */
export function tailscaleOperations(api: Api, tailnet: string, control?: Replier['control']): Operations {
  const replier: Replier = {
    called: api.called,
    hide: api.caller.secrets.hide,
    ...(control && { control }),
  };
  const show = (text: string) => shown(text, replier.hide);
  const base = `/api/v2/tailnet/${pathSegment(tailnet, 'the name of the tailnet')}`;
  const noTailnet = `there is no tailnet "${show(tailnet)}" for this sign-in, whose own is "-"`;

  return {
    async listDevices() {
      const operation: Operation = {
        method: 'GET',
        path: `${base}/devices?fields=all`,
        effect: 'read',
        does: 'list the devices',
        scope: 'devices:core:read',
        missing: noTailnet,
      };
      const reply = await ask(api, operation);
      jsonOf(api, operation, reply);
      return readList(reply.text, replier, { withAllFields: true });
    },

    async readDevice(id) {
      const operation: Operation = {
        method: 'GET',
        path: `${devicePath(id)}?fields=all`,
        effect: 'read',
        does: `read the device ${show(id)}`,
        scope: 'devices:core:read',
        missing: `there is no device ${show(id)}`,
      };
      const reply = await ask(api, operation);
      if (reply.status === 404 && isFromApi(reply)) return undefined;
      jsonOf(api, operation, reply);
      return readOne(id, reply.text, replier, { withAllFields: true });
    },

    async setRoutes(id, routes) {
      const operation: Operation = {
        method: 'POST',
        path: `${devicePath(id)}/routes`,
        body: JSON.stringify({ routes }),
        effect: 'write',
        does: `set the routes of the device ${show(id)}`,
        scope: 'devices:routes',
        missing: `there is no device ${show(id)}`,
      };
      const value = jsonOf(api, operation, await ask(api, operation));
      if (!Array.isArray(memberOf(value, 'enabledRoutes'))) {
        throw new ControlError(
          `${api.called} does not answer with the routes of the device ${show(id)}`,
          true,
        );
      }
    },

    async readPolicy(): Promise<PolicyInForce> {
      const operation: Operation = {
        method: 'GET',
        path: `${base}/acl`,
        accept: 'application/hujson',
        effect: 'read',
        does: 'read the policy',
        scope: 'policy_file:read',
        missing: noTailnet,
        attempts: 2,
      };
      const reply = await ask(api, operation);
      if (reply.status === 403) return { text: undefined, why: api.signIn.lacks(operation.scope) };
      const why = whyUnread(reply);
      if (why !== undefined) return { text: undefined, why };
      if (reply.status !== 200) throw refusalOf(api, operation, reply);
      return { text: reply.text };
    },
  };
}

/**
 * Why a plan goes on without the policy in force: the server does not show it. Undefined for a policy, and for what may
 * pass or says that nothing else will be granted either.
 */
export function whyUnread(reply: Reply): string | undefined {
  const { status } = reply;
  if (status === 200) {
    if (isPage(reply)) return 'a web page stands where it should be';
    return reply.text.trim() === '' ? 'there is none stored' : undefined;
  }
  if ([401, 408, 429].includes(status) || status > 501) return undefined;
  return `the control server does not show it (${status})`;
}

function devicePath(id: string): string {
  return `/api/v2/device/${pathSegment(id, 'the id of a device')}`;
}
