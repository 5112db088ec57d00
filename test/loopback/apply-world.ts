import { applyPlan } from '../../src/control/apply-plan.ts';
import { type ControlSettings, connect } from '../../src/control/connect.ts';
import type { AppliedChange } from '../../src/plan/applied.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { DeviceList } from '../../src/policy/device-list.ts';
import { changeOfDevice, planOf } from '../control/memory-server.ts';
import { aDevice, type LoopbackServer, SECRETS, type ServerSettings } from './control-server.ts';
import { type HeadscaleVersion, startHeadscale } from './headscale.ts';
import { IDENTITY_PATH, startTailscale } from './tailscale.ts';

/** A control server and a way to sign in, for tests that go through all of them. */
export interface WayIn {
  readonly called: string;
  readonly start: (settings: ServerSettings) => Promise<LoopbackServer>;
  readonly settings: (url: string) => ControlSettings;
}

const { apiKey, clientId, clientSecret, audience, requestToken } = SECRETS;
const byKey = { by: 'api-key', key: apiKey } as const;
const byClient = { by: 'oauth', clientId, clientSecret } as const;

function tailscale(
  called: string,
  signIn: (url: string) => Extract<ControlSettings, { kind: 'tailscale' }>['signIn'],
): WayIn {
  return {
    called: `Tailscale by ${called}`,
    start: startTailscale,
    settings: (url) => ({ kind: 'tailscale', baseUrl: url, tailnet: '-', signIn: signIn(url) }),
  };
}

function headscale(called: string, version: HeadscaleVersion, signIn: typeof byKey | typeof byClient): WayIn {
  return {
    called: `Headscale ${version} ${called}`,
    start: (settings) => startHeadscale(version, settings),
    settings: (url) => ({ kind: 'headscale', url, signIn }),
  };
}

export const WAYS_IN: readonly WayIn[] = [
  tailscale('API key', () => byKey),
  tailscale('OAuth client', () => byClient),
  tailscale('OIDC', (url) => {
    return { by: 'oidc', clientId, audience, requestUrl: `${url}${IDENTITY_PATH}`, requestToken };
  }),
  headscale('v1', '0.29', byKey),
  headscale('v1', '0.30', byKey),
  headscale('v2 by OAuth client', '0.30', byClient),
];

export const THEIRS_BEFORE = '192.168.7.0/24';

/** A remote node that gets one route and loses another, and two nodes on a LAN that only work together. */
export const WANTED = [
  { id: '1', add: ['10.42.1.0/24', 'fd00:42:1::/64'], remove: ['10.40.0.0/24'] },
  { id: '2', add: ['10.42.2.0/24'], remove: [] },
  { id: '3', add: ['10.42.3.0/24'], remove: [] },
] as const;

/** Before anything is done. */
export function devicesBefore() {
  return [
    aDevice('1', {
      advertised: ['10.42.1.0/24', 'fd00:42:1::/64'],
      enabled: ['10.40.0.0/24', THEIRS_BEFORE],
    }),
    aDevice('2', { advertised: ['10.42.2.0/24'], enabled: [THEIRS_BEFORE] }),
    aDevice('3', { advertised: ['10.42.3.0/24', '192.168.9.0/24'], enabled: ['192.168.9.0/24'] }),
    aDevice('4', { advertised: ['192.168.4.0/24'], enabled: ['192.168.4.0/24'] }),
  ];
}

/** What is left to do of `WANTED`. */
export function planFor({ devices }: DeviceList): Plan {
  const [remote, ...lan] = WANTED.map((wanted) => {
    const device = devices.find(({ id }) => id === wanted.id);
    const change = device && changeOfDevice(device, wanted);
    return change && change.add.length + change.remove.length > 0 ? [change] : [];
  });
  const pair = lan.flat();
  return planOf(...remote!, ...(pair.length > 1 ? [pair] : pair));
}

/** Connects, lists the devices, plans and applies; waits for nothing. Throws what `listDevices` throws. */
export async function applyOnce(
  way: WayIn,
  url: string,
  timeout = 20_000,
): Promise<readonly AppliedChange[]> {
  const pause = () => Promise.resolve();
  const server = connect(way.settings(url), { environment: {}, onSecret: () => {}, pause, timeout });
  const plan = planFor(await server.listDevices());
  return applyPlan(plan, server, { limits: DEFAULT_LIMITS, now: Date.now, pause });
}

export interface ApplyRequest {
  /** From 1. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** The device that it is about. */
  readonly id: string | undefined;
  readonly isWrite: boolean;
}

/** Every request of an apply that nothing disturbs, sign-in and list included: where faults are injected. */
export async function requestsOfApply(way: WayIn): Promise<readonly ApplyRequest[]> {
  const server = await way.start({ devices: devicesBefore() });
  try {
    await applyOnce(way, server.url);
    return server.requests.map((request) => {
      const { number, method, path } = request;
      const id = /\/(?:device|node)\/([^/]+)/.exec(path)?.[1];
      return { number, method, path, id, isWrite: isWrite(request) };
    });
  } finally {
    await server.close();
  }
}

export function isWrite({ method, path }: Pick<ApplyRequest, 'method' | 'path'>): boolean {
  return method === 'POST' && /\/(?:device|node)\//.test(path);
}
