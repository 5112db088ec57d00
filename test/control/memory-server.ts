import { ControlError, type ControlServer } from '../../src/control/control-server.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import { comparePrefixes, type Prefix } from '../../src/net/prefix.ts';
import type { Change, NodePair, Plan, PlanStep } from '../../src/plan/plan.ts';
import type { Device } from '../../src/policy/device-list.ts';

/** A device as a test may change it at any time. */
export interface MemoryDevice {
  id: string;
  name: string;
  address: string;
  advertised: string[];
  approved: string[];
  created: string;
  expires: string;
  isOnline: boolean | undefined;
  isAuthorized: boolean;
  isExternal: boolean;
}

export function memoryDevice(id: string, changes: Partial<MemoryDevice> = {}): MemoryDevice {
  return {
    id,
    name: `node-${id}`,
    address: `100.64.0.${id}`,
    advertised: [`10.42.${id}.0/24`],
    approved: [],
    created: '2026-01-02T03:04:05Z',
    expires: '',
    isOnline: true,
    isAuthorized: true,
    isExternal: false,
    ...changes,
  };
}

export interface MemoryRequest {
  /** From 1. */
  readonly number: number;
  readonly kind: 'read' | 'write';
  readonly id: string;
  /** Of a write. */
  readonly routes: readonly string[];
}

/** Thrown instead of the answer; `done`: a write takes effect all the same. */
export interface MemoryFault {
  readonly error: ControlError;
  readonly done?: boolean;
}

export interface MemoryServer extends ControlServer {
  devices: MemoryDevice[];
  readonly requests: MemoryRequest[];
  /** `read 1`, `write 1 10.42.1.0/24`. */
  readonly log: () => readonly string[];
  /** Runs before each request: it may change the devices or make the request fail. */
  meddle: ((request: MemoryRequest) => MemoryFault | undefined) | undefined;
}

/** The port to a control server over a state in memory. */
export function memoryServer(devices: MemoryDevice[]): MemoryServer {
  const requests: MemoryRequest[] = [];
  const begin = (kind: MemoryRequest['kind'], id: string, routes: readonly string[] = []) => {
    const request = { number: requests.length + 1, kind, id, routes };
    requests.push(request);
    return server.meddle?.(request);
  };
  const server: MemoryServer = {
    called: 'Memory',
    warnings: [],
    devices,
    requests,
    meddle: undefined,
    log: () => requests.map(({ kind, id, routes }) => [kind, id, ...routes].join(' ')),
    listDevices: async () => ({ control: 'headscale', devices: server.devices.map(deviceOf) }),
    readPolicy: async () => ({ text: undefined, why: 'there is none' }),
    async readDevice(id) {
      const fault = begin('read', id);
      if (fault) throw fault.error;
      const found = server.devices.find((device) => device.id === id);
      return found && deviceOf(found);
    },
    async setRoutes(id, routes) {
      const fault = begin('write', id, routes);
      const found = server.devices.find((device) => device.id === id);
      if (found && (fault === undefined || fault.done)) found.approved = [...routes];
      if (fault) throw fault.error;
      if (found === undefined) throw new ControlError('there is no such device');
    },
  };
  return server;
}

export function deviceOf(device: MemoryDevice): Device {
  const { id, name, advertised, approved, created, expires, isOnline, isAuthorized, isExternal } = device;
  const address = parseAddress(device.address);
  return {
    id,
    name,
    hostname: name,
    addresses: address.ok ? [address.value] : [],
    owner: [],
    tags: [],
    advertised: prefixes(...advertised),
    approved: prefixes(...approved),
    approvedAsWritten: [...approved],
    serving: undefined,
    isExternal,
    isAuthorized,
    isOnline,
    created,
    expires,
  };
}

/** Those that are prefixes without host bits. */
export function prefixes(...texts: readonly string[]): readonly Prefix[] {
  return texts.flatMap((text) => {
    const parsed = parsePrefix(text);
    return parsed.ok ? [parsed.value] : [];
  });
}

/** What one device gets and loses, from what it has now. */
export function changeOf(
  device: MemoryDevice,
  { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Change {
  return changeOfDevice(deviceOf(device), { add, remove });
}

export function changeOfDevice(
  device: Device,
  { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Change {
  const before = device.approved.map(formatPrefix);
  const kept = before.filter((text) => !remove.includes(text));
  return {
    device,
    node: device.name,
    before: sorted(before),
    after: sorted([...new Set([...kept, ...add])]),
    add: sorted(add.filter((text) => !before.includes(text))),
    remove: sorted(remove.filter((text) => before.includes(text))),
    because: [],
  };
}

function sorted(texts: readonly string[]): readonly Prefix[] {
  return [...prefixes(...texts)].sort(comparePrefixes);
}

export function together(changes: readonly Change[]): PlanStep {
  const [first, second] = changes;
  const pair: NodePair = { from: first?.node ?? '', to: second?.node ?? '' };
  return { changes, interrupted: [pair] };
}

/** Each change is a step of its own; a list of them is applied together. */
export function planOf(...steps: readonly (Change | readonly Change[])[]): Plan {
  return {
    control: 'headscale',
    digest: 'sha256:0',
    wanted: [],
    steps: steps.map((step) => ('device' in step ? { changes: [step], interrupted: [] } : together(step))),
    refusals: [],
    notes: [],
    effects: {
      paths: { broken: [], mended: [], moved: [], added: [], removed: [] },
      networks: [],
      access: undefined,
      learners: [],
    },
  };
}
