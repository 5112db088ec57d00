import { describe, expect, test } from 'vitest';
import { formatPrefix } from '../../src/net/format.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { changesOf } from '../../src/plan/plan.ts';
import type { Given } from '../policy/tailnet.ts';
import { changesIn, placeOf, planOf, refusalsIn, type Setting, TAGGED, wantedIn } from './plans.ts';

const own = '10.42.0.0/24';
const ready = (...advertised: string[]): Given => ({ ...TAGGED, advertised, approved: [] });
const one = (device: Given | undefined, route: object = {}): Setting => ({
  nodes: { a: {} },
  routes: [{ node: 'a', prefix: own, ...route }],
  devices: device ? { a: device } : {},
});

describe('what a route waits for', () => {
  const offline = { isOnline: false };
  test.each<[string, Given | undefined, object, string]>([
    ['nothing', ready(own), {}, 'now'],
    ['nothing, approved already', { ...TAGGED, advertised: [own] }, {}, 'done'],
    [
      'nothing, approved and no longer advertised',
      { ...TAGGED, approved: [own], advertised: [] },
      {},
      'done',
    ],
    ['its node', undefined, {}, 'pending'],
    ['its node, whatever may be approved before', undefined, { preApprove: true, offline: true }, 'pending'],
    ['its advertisement', ready(), {}, 'pending'],
    ['the advertisement of itself, not of a wider one', ready('10.42.0.0/16'), {}, 'pending'],
    ['not for its advertisement', ready(), { preApprove: true }, 'now'],
    ['its device', { ...ready(own), ...offline }, {}, 'held'],
    ['not for its device', { ...ready(own), ...offline }, { offline: true }, 'now'],
    ['its device, not for its advertisement', { ...ready(), ...offline }, { preApprove: true }, 'held'],
    [
      'nothing, while nobody tells whether it is online',
      { ...ready(own), isOnline: undefined as never },
      {},
      'now',
    ],
  ])('for %s', (_, device, limits, state) => {
    const plan = planOf(one(device), { limits: { ...DEFAULT_LIMITS, ...limits } });
    expect(wantedIn(plan)).toEqual([`${state} approve a ${own}`]);
    expect(changesIn(plan)).toEqual(state === 'now' ? [`a: nothing > ${own}`] : []);
    expect(plan.refusals).toEqual([]);
  });

  test.each([{ approve: false }, { approve: false, prune: true }])('%j is not wanted', (route) => {
    expect(planOf(one(ready(own), route)).wanted.filter(({ action }) => action === 'approve')).toEqual([]);
  });

  test('what other files advertise is nobody asked to approve', () => {
    const file = `services: {tailscale: {image: tailscale/tailscale, hostname: a, environment: [TS_ROUTES=${own}]}}\n`;
    const setting = { nodes: { a: {} }, devices: { a: ready(own) }, files: { 'a/compose.yaml': file } };
    expect(planOf(setting).wanted).toEqual([]);
  });
});

describe('a change', () => {
  const setting: Setting = {
    nodes: { a: {} },
    routes: [
      { node: 'a', prefix: ['10.7.0.0/24', own] },
      { node: 'a', prefix: '10.8.0.0/24', prune: true },
    ],
    devices: {
      a: {
        ...TAGGED,
        advertised: [own, '10.7.0.0/24'],
        approved: ['10.9.0.0/24', '10.8.0.0/24', '10.1.0.0/24'],
      },
    },
  };

  test('is the union of what is approved with what is wanted, and takes back what is named alone', () => {
    const plan = planOf(setting);
    const [change] = changesOf(plan);
    expect(changesIn(plan)).toEqual([
      `a: 10.1.0.0/24,10.8.0.0/24,10.9.0.0/24 > 10.1.0.0/24,10.7.0.0/24,10.9.0.0/24,${own}`,
    ]);
    expect([change?.add, change?.remove].map((each) => each?.map(formatPrefix))).toEqual([
      ['10.7.0.0/24', own],
      ['10.8.0.0/24'],
    ]);
    expect(new Set(change?.because.map(placeOf))).toEqual(new Set(['routes.yaml:5', 'routes.yaml:6']));
    expect(change?.device.id).toBe('a');
  });

  test('is made once for entries of several files', () => {
    const again = `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n    - {node: a, prefix: ${own}}\n`;
    const plan = planOf({ ...one(ready(own)), files: { 'more.yaml': again } });
    expect(plan.wanted.map(({ because }) => because.map(placeOf))).toEqual([
      ['more.yaml:5', 'routes.yaml:5'],
    ]);
  });
});

test('without anything there is nothing to do', () => {
  const { wanted, steps, refusals, notes } = planOf({});
  expect({ wanted, steps, refusals, notes }).toEqual({ wanted: [], steps: [], refusals: [], notes: [] });
});

test('only what is to be done now is asked whether it was reviewed', () => {
  const setting: Setting = {
    nodes: { a: {}, b: {}, c: {} },
    routes: ['a', 'b', 'c'].map((node, index) => ({ node, prefix: `10.42.${index}.0/24` })),
    devices: { a: ready('10.42.0.0/24'), b: { ...TAGGED, advertised: ['10.42.1.0/24'] }, c: ready() },
  };
  const asked: string[] = [];
  const isReviewed = ({ node }: { node: string }) => asked.push(node) < 0;
  const plan = planOf(setting, { isReviewed });
  expect(asked).toEqual(['a']);
  expect(refusalsIn(plan)).toEqual(['routes.yaml:5 a 10.42.0.0/24: not in the reviewed plan']);
  expect(wantedIn(plan)).toEqual(['done approve b 10.42.1.0/24', 'pending approve c 10.42.2.0/24']);
});

describe('pairs that work', () => {
  const open = { acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }] };
  const accepts = { acceptRoutes: true, tags: ['tag:k3s'] };
  const onLan = (number: number) => ({ site: 'lan', lanIp: `192.168.50.1${number}/24`, tailscale: accepts });
  const routes = [0, 1, 2].map((index) => ({ node: 'abc'[index], prefix: `10.42.${index}.0/24` }));
  const setting: Setting = {
    nodes: { a: onLan(1), b: onLan(2), c: { site: 'c', tailscale: accepts } },
    routes,
    policy: open,
    devices: { a: ready('10.42.0.0/24'), b: ready(), c: ready('10.42.2.0/24') },
  };
  const [a] = ['routes.yaml:5 a 10.42.0.0/24: it cuts a → b and b → a, which work now, under'];

  test('half of a LAN is not approved, the rest is', () => {
    const plan = planOf(setting);
    expect(refusalsIn(plan)).toEqual([`${a} the policy of the files`]);
    expect(changesIn(plan)).toEqual(['c: nothing > 10.42.2.0/24']);
  });

  test('all of it is, in one step', () => {
    const plan = planOf({ ...setting, devices: { ...setting.devices, b: ready('10.42.1.0/24') } });
    expect(refusalsIn(plan)).toEqual([]);
    const steps = plan.steps.map(({ changes }) => changes.map(({ node }) => node).sort());
    expect(steps.find((names) => names.includes('a'))).toContain('b');
  });

  test('the half that is not reviewed holds the other one', () => {
    const devices = { ...setting.devices, b: ready('10.42.1.0/24') };
    const plan = planOf({ ...setting, devices }, { isReviewed: ({ node }) => node !== 'b' });
    expect(refusalsIn(plan)).toEqual([
      `${a} the policy of the files`,
      'routes.yaml:6 b 10.42.1.0/24: not in the reviewed plan',
    ]);
  });

  test('so does a device that is offline', () => {
    const devices = { ...setting.devices, b: { ...ready('10.42.1.0/24'), isOnline: false } };
    expect(refusalsIn(planOf({ ...setting, devices }))).toEqual([`${a} the policy of the files`]);
  });

  test('under the policy in force as well', () => {
    const devices = { ...setting.devices, b: ready('10.42.1.0/24') };
    // The pods of the LAN work over host-gw. In the tailnet the nodes learn the routes, and pods are not let through.
    const inForce = {
      tagOwners: { 'tag:k3s': [] },
      acls: [{ action: 'accept', src: ['tag:k3s'], dst: ['10.42.0.0/16:*'] }],
    };
    const plan = planOf({ ...setting, devices, inForce });
    expect(refusalsIn(plan).filter((text) => / [ab] /.test(text))).toEqual([
      'routes.yaml:5 a 10.42.0.0/24: it cuts a → b and b → a, which work now, under the policy in force',
      'routes.yaml:6 b 10.42.1.0/24: it cuts a → b and b → a, which work now, under the policy in force',
    ]);
  });

  test('what is taken back may cut them', () => {
    const approved = (...advertised: string[]): Given => ({ ...TAGGED, advertised });
    const devices = { a: approved('10.42.0.0/24'), b: approved('10.42.1.0/24'), c: ready('10.42.2.0/24') };
    const pruned = [{ ...routes[0], prune: true }, routes[1]!, routes[2]!];
    const plan = planOf({ ...setting, routes: pruned, devices });
    expect(refusalsIn(plan)).toEqual([]);
    expect(changesIn(plan).sort()).toEqual(['a: 10.42.0.0/24 > nothing', 'c: nothing > 10.42.2.0/24']);
  });
});
