import type { Api, Operation } from './api.ts';
import { ask, jsonOf, refusalOf } from './api.ts';
import { pathSegment } from './base-url.ts';
import { ControlError, type ControlServer, type PolicyInForce } from './control-server.ts';
import { shown } from './error-body.ts';
import { memberOf } from './json-value.ts';
import { type Replier, readList, readOne } from './read-reply.ts';
import { isFromApi, parseJson } from './reply.ts';

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
      };
      const reply = await ask(api, operation);
      if (reply.status === 403) return { text: undefined, why: api.signIn.lacks(operation.scope) };
      if (reply.status !== 200) throw refusalOf(api, operation, reply);
      if (reply.type !== 'application/hujson') parseJson(reply, api.called, 'read');
      return { text: reply.text };
    },
  };
}

function devicePath(id: string): string {
  return `/api/v2/device/${pathSegment(id, 'the id of a device')}`;
}
