import type { DeviceList } from '../policy/device-list.ts';
import { type Api, ask, jsonOf, type Operation, refusalOf } from './api.ts';
import { pathSegment } from './base-url.ts';
import { ControlError, type ControlServer, type PolicyInForce } from './control-server.ts';
import { messageIn, shown } from './error-body.ts';
import { memberOf, parsedJson } from './json-value.ts';
import { type Replier, readList, readOne } from './read-reply.ts';
import { isFromApi, isJson, type Reply } from './reply.ts';
import { request } from './request.ts';
import { tailscaleOperations, whyUnread } from './tailscale.ts';

/**
 * Headscale's API v1, of 0.26 and later. A server without it is asked through v2, which is Tailscale's. An older one is
 * told by its replies, and named with what it lacks.
 */
export function headscaleOperations(api: Api): Omit<ControlServer, 'called' | 'warnings'> {
  const v2 = tailscaleOperations(api, '-', 'headscale');
  const replier: Replier = { called: api.called, hide: api.caller.secrets.hide, control: 'headscale' };
  /** The first list that is read decides it. */
  let version: 'v1' | 'v2' | undefined;

  /** Undefined if v2 is to be asked. There is no v1 if its path is not there, which is told in plain text. */
  async function askV1(operation: Operation): Promise<Reply | undefined> {
    if (version === 'v2') return undefined;
    const reply = await ask(api, operation);
    const isAbsent = reply.status === 404 && !isFromApi(reply);
    return isAbsent && version === undefined && operation.effect === 'read' ? undefined : reply;
  }

  const show = (id: string) => shown(id, replier.hide);

  async function listDevices(): Promise<DeviceList> {
    const operation = read('/api/v1/node', 'list the nodes', 'there is no list of nodes');
    const reply = await askV1(operation);
    if (reply === undefined) {
      const list = await v2.listDevices().catch(async (error: unknown) => {
        throw (await withoutApi(api)) ?? error;
      });
      version = 'v2';
      return list;
    }
    if (reply.status === 404 && isFromApi(reply)) {
      throw await tooOld(api, 'it has machines, and no routes to approve by node');
    }
    const nodes = memberOf(jsonOf(api, operation, reply), 'nodes');
    if (Array.isArray(nodes) && nodes.length > 0 && !nodes.some(hasRoutes)) {
      throw await tooOld(api, 'it has the old /routes, and no approve_routes by node');
    }
    for (const node of Array.isArray(nodes) ? nodes : []) requireRoutes(node, replier);
    const list = readList(reply.text, replier);
    version = 'v1';
    return list;
  }

  return {
    listDevices,

    async readDevice(id) {
      const operation = read(nodePath(id), `read the node ${show(id)}`, `there is no node ${show(id)}`);
      const reply = await askV1(operation);
      if (reply === undefined) return v2.readDevice(id);
      if (reply.status === 404 && isFromApi(reply)) return undefined;
      // An unknown node is a 500 in 0.26 as any other fault is, so whether it is one the list tells.
      if (reply.status === 500) {
        const { devices } = await listDevices();
        if (!devices.some((device) => device.id === id)) return undefined;
      }
      const value = jsonOf(api, operation, reply);
      requireRoutes(memberOf(value, 'node'), replier);
      // One node alone is shown as serving nothing, whatever it serves [Headscale 0.26 to 0.30].
      return { ...readOne(id, reply.text, replier), serving: undefined };
    },

    async setRoutes(id, routes) {
      const operation: Operation = {
        method: 'POST',
        path: `${nodePath(id)}/approve_routes`,
        // Nothing else: 0.30 refuses what it does not know.
        body: JSON.stringify({ routes }),
        effect: 'write',
        does: `approve the routes of the node ${show(id)}`,
        scope: 'devices:routes',
        missing: `there is no node ${show(id)}`,
      };
      const reply = await askV1(operation);
      if (reply === undefined) return v2.setRoutes(id, routes);
      const node = memberOf(jsonOf(api, operation, reply), 'node');
      if (memberOf(node, 'id') !== id || !hasRoutes(node)) {
        throw new ControlError(
          `${api.called} does not answer with the node ${show(id)} and its routes`,
          true,
        );
      }
    },

    async readPolicy(): Promise<PolicyInForce> {
      const operation = read('/api/v1/policy', 'read the policy', 'there is no policy');
      // None stored is a 500, as any other fault is, so it is not tried for long [Headscale 0.26 to 0.30, GetPolicy].
      const reply = await askV1({ ...operation, attempts: 2 });
      if (reply === undefined) return v2.readPolicy();
      if (reply.status === 500) {
        const said = shown(messageIn(reply.text), replier.hide);
        return { text: undefined, why: `it has none stored or cannot read it (500: ${said})` };
      }
      const why = whyUnread(reply);
      if (why !== undefined) return { text: undefined, why };
      const text = memberOf(jsonOf(api, operation, reply), 'policy');
      if (typeof text !== 'string') throw refusalOf(api, operation, reply);
      return text.trim() === '' ? { text: undefined, why: 'it has none stored' } : { text };
    },
  };
}

function read(path: string, does: string, missing: string): Operation {
  return { method: 'GET', path, effect: 'read', does, scope: 'devices:core:read', missing };
}

function nodePath(id: string): string {
  return `/api/v1/node/${pathSegment(id, 'the id of a node')}`;
}

function hasRoutes(node: unknown): boolean {
  return ['availableRoutes', 'approvedRoutes'].every((key) => Array.isArray(memberOf(node, key)));
}

/** Empty lists are written since 0.26, so one that is missing is not empty. */
function requireRoutes(node: unknown, { called, hide }: Replier): void {
  if (hasRoutes(node)) return;
  const id = shown(String(memberOf(node, 'id')), hide);
  throw new ControlError(`${called} answers with the node ${id} without its routes`);
}

async function tooOld(api: Api, lacks: string): Promise<ControlError> {
  const version = await versionOf(api);
  const is = version === undefined ? 'is older than 0.26' : `is of version ${version}, before 0.26`;
  return new ControlError(`${api.called} ${is}: ${lacks}`);
}

/** The error of a Headscale that has none of the APIs; undefined if it may be none at all. */
async function withoutApi(api: Api): Promise<ControlError | undefined> {
  const version = await versionOf(api);
  if (version === undefined) return undefined;
  const why = 'it has neither the API v1 nor v2, or does not show them to this key';
  return new ControlError(`${api.called} is Headscale ${version}, but ${why}`);
}

/** What `/version` says, which is there since 0.27 and asks for no key; undefined without it. */
async function versionOf({ caller, url, called }: Api): Promise<string | undefined> {
  const headers = { accept: 'application/json' };
  try {
    const asked = { url: `${url}/version`, method: 'GET', headers, effect: 'read', attempts: 1 } as const;
    const { status, type, text } = await request(caller, asked, called);
    const version = status === 200 && isJson(type) ? memberOf(parsedJson(text), 'version') : undefined;
    return typeof version === 'string' ? shown(version, caller.secrets.hide) : undefined;
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}
