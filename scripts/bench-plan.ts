import { devicesOf } from '../src/cluster/declared-devices.ts';
import { applyPlan } from '../src/control/apply-plan.ts';
import type { ControlServer } from '../src/control/control-server.ts';
import { parsePrefix } from '../src/net/parse.ts';
import { DEFAULT_LIMITS } from '../src/plan/limits.ts';
import { type PlanInput, planApprovals } from '../src/plan/plan-approvals.ts';
import type { Device, DeviceList } from '../src/policy/device-list.ts';
import { clusterOf } from './bench-paths.ts';

/** A plan for `count` nodes that advertise their pods, none of them approved yet; the first `onLan` on one LAN. */
export function planning(count: number, onLan: number): () => unknown {
  const input = inputOf(count, onLan);
  return () => planApprovals(input);
}

/** How many requests it takes to plan and apply changes of `count` devices, if nothing fails. */
export async function requestsOfApply(count: number): Promise<number> {
  const input = inputOf(count, 1);
  const { server, requests } = countingServer(input.list);
  const list = await server.listDevices();
  await server.readPolicy();
  const applied = await applyPlan(planApprovals({ ...input, list }), server, {
    limits: input.limits,
    now: () => 0,
  });
  if (applied.filter(({ outcome }) => outcome === 'applied').length !== count) throw new Error('not applied');
  return requests();
}

function inputOf(count: number, onLan: number): PlanInput {
  const declared = devicesOf(clusterOf(count, onLan).tailnet);
  const devices = declared.devices.map((device) => ({ ...device, approved: [] }));
  const list: DeviceList = { ...declared, devices };
  const clusters = [clusterOf(count, onLan, list)];
  return { clusters, list, inForce: undefined, limits: DEFAULT_LIMITS, errors: [], now: 0 };
}

/** A control server in memory; each of its functions is one request. */
function countingServer({ control, devices }: DeviceList): { server: ControlServer; requests: () => number } {
  const byId = new Map(devices.map((device) => [device.id, device]));
  let requests = 0;
  const answer = <T>(value: T): Promise<T> => {
    requests++;
    return Promise.resolve(value);
  };
  const server: ControlServer = {
    called: 'memory',
    warnings: [],
    listDevices: () => answer({ control, devices: [...byId.values()] }),
    readDevice: (id) => answer(byId.get(id)),
    setRoutes: (id, routes) => {
      byId.set(id, withRoutes(byId.get(id)!, routes));
      return answer(undefined);
    },
    readPolicy: () => answer({ text: undefined, why: 'there is none' }),
  };
  return { server, requests: () => requests };
}

function withRoutes(device: Device, routes: readonly string[]): Device {
  const approved = routes.map(parsePrefix).flatMap((each) => (each.ok ? [each.value] : []));
  return { ...device, approved, approvedAsWritten: routes };
}
