import { describe, expect, test } from 'vitest';
import { type ApplyOptions, applyPlan } from '../../src/control/apply-plan.ts';
import { ControlError } from '../../src/control/control-server.ts';
import { formatPrefix } from '../../src/net/format.ts';
import type { AppliedChange } from '../../src/plan/applied.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import type { Plan } from '../../src/plan/plan.ts';
import {
  changeOf,
  deviceOf,
  type MemoryDevice,
  type MemoryFault,
  type MemoryRequest,
  type MemoryServer,
  memoryDevice,
  memoryServer,
  planOf,
} from './memory-server.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');

async function run(plan: Plan, server: MemoryServer, options: Partial<ApplyOptions> = {}) {
  const told: string[] = [];
  const pauses: number[] = [];
  const applied = await applyPlan(plan, server, {
    limits: DEFAULT_LIMITS,
    now: () => NOW,
    pause: async (milliseconds) => pauses.push(milliseconds),
    told: (done) => told.push(lineOf(done)),
    ...options,
  });
  return { applied, lines: applied.map(lineOf), told, pauses };
}

/** `node-1 applied +10.42.1.0/24: why (warning)`. */
function lineOf({ change, outcome, why, added, removed, warnings }: AppliedChange): string {
  const routes = [
    ...added.map((one) => ` +${formatPrefix(one)}`),
    ...removed.map((one) => ` -${formatPrefix(one)}`),
  ];
  const reason = why === undefined ? '' : `: ${why}`;
  return [
    `${change.device.name} ${outcome}${routes.join('')}${reason}`,
    ...warnings.map((text) => `(${text})`),
  ].join(' ');
}

const ONE = '10.42.1.0/24';
const TWO = '10.42.2.0/24';
const THREE = '10.42.3.0/24';
const THEIRS = '192.168.7.0/24';

const broken = (mayBeDone: boolean) => new ControlError('the connection broke', mayBeDone, { mayPass: true });
const overloaded = new ControlError('answered 503', false, { mayPass: true });
const forbidden = new ControlError('the sign-in lacks a scope', false, { isGeneral: true });
const invalid = new ControlError('the route is not one', false);

/** Meddles with the n-th request only. */
function at(number: number, act: (request: MemoryRequest) => MemoryFault | undefined) {
  return (request: MemoryRequest) => (request.number === number ? act(request) : undefined);
}

describe('one device', () => {
  const added = (device: MemoryDevice) => planOf(changeOf(device, { add: [ONE] }));

  test('is read, written as the union of what is there now, and read back', async () => {
    const device = memoryDevice('1', { approved: ['10.42.9.0/24'] });
    const server = memoryServer([device]);
    const plan = added(device);
    device.approved.push(THEIRS);
    const { lines, told, pauses } = await run(plan, server);
    expect(lines).toEqual([`node-1 applied +${ONE}`]);
    expect(told).toEqual(lines);
    expect(pauses).toEqual([]);
    expect(server.log()).toEqual(['read 1', `write 1 10.42.9.0/24 ${THEIRS} ${ONE}`, 'read 1']);
  });

  test('costs one request where it is done already', async () => {
    const device = memoryDevice('1');
    const server = memoryServer([device]);
    const plan = added(device);
    device.approved = [ONE];
    expect((await run(plan, server)).lines).toEqual(['node-1 already so']);
    expect(server.log()).toEqual(['read 1']);
  });

  test('is done already though it is offline by now and advertises it no longer', async () => {
    const device = memoryDevice('1');
    const plan = added(device);
    Object.assign(device, { approved: [ONE], isOnline: false, advertised: [] });
    expect((await run(plan, memoryServer([device]))).lines).toEqual(['node-1 already so']);
  });

  test('keeps every entry as it is written, with host bits and in any spelling, and none twice', async () => {
    const device = memoryDevice('1', { approved: ['10.42.1.7/24', 'FD00:0::/64', TWO, TWO] });
    const server = memoryServer([device]);
    await run(planOf(changeOf(device, { add: [ONE], remove: ['10.42.8.0/24'] })), server);
    expect(server.log()[1]).toBe(`write 1 10.42.1.7/24 FD00:0::/64 ${TWO} ${ONE}`);
  });

  test('does not add what somebody else approved in another spelling', async () => {
    const device = memoryDevice('1', { advertised: [ONE, 'fd00::/64'] });
    const server = memoryServer([device]);
    const plan = planOf(changeOf(device, { add: [ONE, 'fd00::/64'] }));
    device.approved = ['FD00::/64'];
    await run(plan, server);
    expect(server.log()[1]).toBe(`write 1 FD00::/64 ${ONE}`);
  });

  test('removes what the change names and nothing else', async () => {
    const device = memoryDevice('1', { approved: ['FD00::/64', TWO, THEIRS] });
    const server = memoryServer([device]);
    const { lines } = await run(planOf(changeOf(device, { add: [ONE], remove: ['fd00::/64', TWO] })), server);
    expect(lines).toEqual([`node-1 applied +${ONE} -${TWO} -fd00::/64`]);
    expect(device.approved).toEqual([THEIRS, ONE]);
  });

  test('reports only what it did itself of what is done', async () => {
    const device = memoryDevice('1', { advertised: [ONE, TWO] });
    const server = memoryServer([device]);
    const plan = planOf(changeOf(device, { add: [ONE, TWO] }));
    device.approved = [TWO];
    expect((await run(plan, server)).lines).toEqual([`node-1 applied +${ONE}`]);
  });

  test.each<[string, Partial<MemoryDevice>, string]>([
    ['another id', { id: '9' }, 'node-1 is not in the tailnet any more'],
    [
      'another date',
      { created: '2026-05-05T05:05:05Z' },
      'node-1 was registered again after the plan was made',
    ],
    ['other addresses', { address: '100.64.0.99' }, 'node-1 was registered again after the plan was made'],
    ['shared in', { isExternal: true }, 'node-1 is shared in from another tailnet'],
    ['not let in', { isAuthorized: false }, 'node-1 is not authorised'],
    ['expired', { expires: '2026-05-31T00:00:00Z' }, 'the key of node-1 expired on 2026-05-31T00:00:00Z'],
    [
      'expired just now',
      { expires: '2026-06-01T00:00:00Z' },
      'the key of node-1 expired on 2026-06-01T00:00:00Z',
    ],
    ['offline', { isOnline: false }, 'node-1 is offline'],
    ['advertises less', { advertised: [TWO] }, `node-1 does not advertise ${ONE} any more`],
    ['advertises more', { advertised: ['10.42.0.0/16'] }, `node-1 does not advertise ${ONE} any more`],
  ])('is refused when it has changed: %s', async (_, changes, why) => {
    const device = memoryDevice('1');
    const plan = added(device);
    Object.assign(device, changes);
    const server = memoryServer([device]);
    expect((await run(plan, server)).lines).toEqual([`node-1 refused: ${why}`]);
    expect(server.log()).toEqual(['read 1']);
    expect(device.approved).toEqual([]);
  });

  test('is refused when the server answers with another', async () => {
    const device = memoryDevice('1');
    const server = memoryServer([device]);
    const another: MemoryServer = {
      ...server,
      readDevice: async () => ({ ...deviceOf(device), id: '2' }),
    };
    expect((await run(added(device), another)).lines).toEqual([
      'node-1 refused: node-1 was registered again after the plan was made',
    ]);
  });

  test.each<[string, Partial<MemoryDevice>, Partial<ApplyOptions['limits']>]>([
    ['renamed', { name: 'another' }, {}],
    ['of unknown state', { isOnline: undefined }, {}],
    ['never to expire', { expires: '0001-01-01T00:00:00Z' }, {}],
    ['not expired yet', { expires: '2026-06-01T00:00:01Z' }, {}],
    ['offline and asked for', { isOnline: false }, { offline: true }],
    ['not advertised and asked for', { advertised: [] }, { preApprove: true }],
  ])('is changed all the same: %s', async (_, changes, limits) => {
    const device = memoryDevice('1');
    const plan = added(device);
    Object.assign(device, changes);
    const options = { limits: { ...DEFAULT_LIMITS, ...limits } };
    expect((await run(plan, memoryServer([device]), options)).lines).toEqual([`node-1 applied +${ONE}`]);
  });

  test('loses an approval though it is offline, expired and advertises nothing', async () => {
    const device = memoryDevice('1', { approved: [ONE] });
    const plan = planOf(changeOf(device, { remove: [ONE] }));
    Object.assign(device, { isOnline: false, expires: '2026-01-01T00:00:00Z', advertised: [] });
    expect((await run(plan, memoryServer([device]))).lines).toEqual([`node-1 applied -${ONE}`]);
    expect(device.approved).toEqual([]);
  });
});

describe('a write that fails', () => {
  const setUp = (meddle: MemoryServer['meddle']) => {
    const device = memoryDevice('1');
    const server = memoryServer([device]);
    server.meddle = meddle;
    return { device, server, plan: planOf(changeOf(device, { add: [ONE] })) };
  };

  test('is found done when the device is read again', async () => {
    const { server, plan } = setUp(at(2, () => ({ error: broken(true), done: true })));
    const { lines, pauses } = await run(plan, server);
    expect(lines).toEqual([`node-1 applied +${ONE}`]);
    expect(pauses).toEqual([1000]);
    expect(server.log()).toEqual(['read 1', `write 1 ${ONE}`, 'read 1']);
  });

  test('is made anew from what is there by then', async () => {
    const { device, server, plan } = setUp((request) => {
      if (request.number === 3) device.approved.push(THEIRS);
      return request.number === 2 ? { error: overloaded } : undefined;
    });
    const { lines } = await run(plan, server);
    expect(lines).toEqual([
      `node-1 applied +${ONE} (${THEIRS} was approved on node-1 meanwhile: somebody else writes at the same time)`,
    ]);
    expect(server.log()).toEqual([
      'read 1',
      `write 1 ${ONE}`,
      'read 1',
      `write 1 ${THEIRS} ${ONE}`,
      'read 1',
    ]);
  });

  test('is tried three times at most', async () => {
    const { server, plan } = setUp(({ kind }) => (kind === 'write' ? { error: overloaded } : undefined));
    const { lines, pauses } = await run(plan, server);
    expect(lines).toEqual(['node-1 failed: answered 503']);
    expect(server.log()).toHaveLength(7);
    expect(pauses).toEqual([1000, 4000, 16_000]);
  });

  test('waits as long as the server asks, up to a minute', async () => {
    const asks = [5000, 3_600_000];
    const { server, plan } = setUp(({ kind }) => {
      if (kind === 'read' || asks.length === 0) return undefined;
      return { error: new ControlError('answered 429', false, { mayPass: true, retryAfter: asks.shift() }) };
    });
    const { lines, pauses } = await run(plan, server);
    expect(lines).toEqual([`node-1 applied +${ONE}`]);
    expect(pauses).toEqual([5000, 60_000]);
  });

  test('is final when it is refused', async () => {
    const { server, plan } = setUp(at(2, () => ({ error: invalid })));
    const { lines, pauses } = await run(plan, server);
    expect(lines).toEqual(['node-1 failed: the route is not one']);
    expect(server.log()).toEqual(['read 1', `write 1 ${ONE}`, 'read 1']);
    expect(pauses).toEqual([]);
  });

  test('is nobody’s doing when it was refused and somebody else did it', async () => {
    const { device, server, plan } = setUp((request) => {
      if (request.number === 3) device.approved.push(ONE);
      return request.number === 2 ? { error: invalid } : undefined;
    });
    expect((await run(plan, server)).lines).toEqual(['node-1 already so']);
  });

  test('goes to a device that was registered again under its id: it is taken back', async () => {
    const { device, server, plan } = setUp(
      at(2, () => {
        Object.assign(device, { created: '2026-05-05T05:05:05Z', approved: [THEIRS] });
        return { error: broken(true), done: true };
      }),
    );
    expect((await run(plan, server)).lines[0]).toMatch(
      /^node-1 failed: node-1 was registered again after the plan was made; what was written is taken back/,
    );
    expect(device.approved).toEqual([]);
  });

  test('is not made anew for a device that is another by then', async () => {
    const { device, server, plan } = setUp((request) => {
      if (request.number === 3) device.created = '2026-05-05T05:05:05Z';
      return request.number === 2 ? { error: broken(true) } : undefined;
    });
    expect((await run(plan, server)).lines).toEqual([
      'node-1 failed: node-1 was registered again after the plan was made',
    ]);
    expect(device.approved).toEqual([]);
  });

  test('is not made anew for a route that is not advertised any more', async () => {
    const { device, server, plan } = setUp((request) => {
      if (request.number === 3) device.advertised = [];
      return request.number === 2 ? { error: overloaded } : undefined;
    });
    expect((await run(plan, server)).lines).toEqual([
      `node-1 failed: node-1 does not advertise ${ONE} any more`,
    ]);
    expect(server.log()).toHaveLength(3);
  });

  test.each<[string, MemoryFault | undefined, string]>([
    ['well', undefined, 'it was written, but could not be read back: the connection broke'],
    [
      'perhaps',
      { error: broken(true) },
      'it may have been written, but could not be read back: the connection broke',
    ],
    ['not at all', { error: overloaded }, 'answered 503'],
  ])('or cannot be read back, is not told as done: written %s', async (_, fault, why) => {
    const { server, plan } = setUp(({ number }) => {
      if (number === 2) return fault;
      return number > 2 ? { error: broken(false) } : undefined;
    });
    expect((await run(plan, server)).lines).toEqual([`node-1 failed: ${why}`]);
  });

  test('stops everything when the device cannot even be read', async () => {
    const devices = ['1', '2'].map((id) => memoryDevice(id));
    const server = memoryServer(devices);
    server.meddle = () => ({ error: broken(false) });
    const plan = planOf(changeOf(devices[0]!, { add: [ONE] }), changeOf(devices[1]!, { add: [TWO] }));
    const { lines, told } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 failed: the connection broke',
      'node-2 failed: not tried: Memory failed at node-1',
    ]);
    expect(told).toEqual(lines);
    expect(server.log()).toEqual(['read 1']);
  });
});

describe('another writer', () => {
  const setUp = (act: (device: MemoryDevice, request: MemoryRequest) => void) => {
    const device = memoryDevice('1', { approved: ['10.42.9.0/24'] });
    const server = memoryServer([device]);
    server.meddle = (request) => {
      act(device, request);
      return undefined;
    };
    return { device, server, plan: planOf(changeOf(device, { add: [ONE] })) };
  };

  test('takes the approval away: it is tried once more', async () => {
    const { server, plan } = setUp((device, { number }) => {
      if (number === 3) device.approved = [THEIRS];
    });
    expect((await run(plan, server)).lines).toEqual([
      `node-1 applied +${ONE} (10.42.9.0/24 was taken away on node-1 meanwhile: somebody else writes at the same time) (${THEIRS} was approved on node-1 meanwhile: somebody else writes at the same time)`,
    ]);
    expect(server.log().slice(3)).toEqual([`write 1 ${THEIRS} ${ONE}`, 'read 1']);
  });

  test('takes it away again and again: it has failed', async () => {
    const { server, plan } = setUp((device, { kind }) => {
      if (kind === 'read') device.approved = ['10.42.9.0/24'];
    });
    expect((await run(plan, server)).lines).toEqual([
      'node-1 failed: it was written, but is not there: another writer changes the routes of node-1',
    ]);
    expect(server.log()).toHaveLength(5);
  });

  test('is warned of when it changes something else after the write', async () => {
    const { device, server, plan } = setUp((_, { number }) => {
      if (number === 3) device.approved = [ONE, THEIRS];
    });
    const { lines } = await run(plan, server);
    expect(lines[0]).toMatch(
      /^node-1 applied \+10\.42\.1\.0\/24 \(10\.42\.9\.0\/24 was taken away on .*\) \(192/,
    );
    expect(device.approved).toEqual([ONE, THEIRS]);
  });
});

describe('several steps', () => {
  const devices = () =>
    ['1', '2', '3'].map((id) => memoryDevice(id)) as [MemoryDevice, MemoryDevice, MemoryDevice];

  test('go on after one that is refused or fails', async () => {
    const [a, b, c] = devices();
    const server = memoryServer([a, b, c]);
    const plan = planOf(
      changeOf(a, { add: [ONE] }),
      changeOf(b, { add: [TWO] }),
      changeOf(c, { add: [THREE] }),
    );
    a.isOnline = false;
    server.meddle = ({ kind, id }) => (kind === 'write' && id === '2' ? { error: invalid } : undefined);
    const { lines, told } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 refused: node-1 is offline',
      'node-2 failed: the route is not one',
      `node-3 applied +${THREE}`,
    ]);
    expect(told).toEqual(lines);
  });

  test('stop when the sign-in is refused', async () => {
    const [a, b] = devices();
    const server = memoryServer([a, b]);
    server.meddle = ({ kind }) => (kind === 'write' ? { error: forbidden } : undefined);
    const plan = planOf(changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] }));
    expect((await run(plan, server)).lines).toEqual([
      'node-1 failed: the sign-in lacks a scope',
      'node-2 failed: not tried: Memory failed at node-1',
    ]);
  });

  test('do not approve a prefix that could not be taken from where it was', async () => {
    const [a, b, c] = devices();
    a.approved = ['10.42.0.0/16'];
    const server = memoryServer([a, b, c]);
    const plan = planOf(
      changeOf(a, { remove: ['10.42.0.0/16'] }),
      changeOf(b, { add: [TWO] }),
      changeOf(c, { add: ['10.99.0.0/24'] }),
    );
    c.advertised = ['10.99.0.0/24'];
    server.meddle = ({ kind, id }) => (kind === 'write' && id === '1' ? { error: invalid } : undefined);
    expect((await run(plan, server)).lines).toEqual([
      'node-1 failed: the route is not one',
      'node-2 failed: not tried: 10.42.0.0/16 is still approved on node-1',
      'node-3 applied +10.99.0.0/24',
    ]);
  });

  test('leave out what would cut a pair without what failed, and go on with the rest', async () => {
    const [a, b, c] = devices();
    const server = memoryServer([a, b, c]);
    const changes = [changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] }), changeOf(c, { add: [THREE] })];
    a.isOnline = false;
    const asked: string[] = [];
    const cuts: ApplyOptions['cuts'] = (done) => {
      const nodes = done.map(({ node }) => node);
      asked.push(nodes.join());
      return nodes.includes('node-2') && !nodes.includes('node-1') ? [{ from: 'node-2', to: 'node-3' }] : [];
    };
    const { lines } = await run(planOf(...changes), server, { cuts });
    expect(lines).toEqual([
      'node-1 refused: node-1 is offline',
      'node-2 failed: not tried: it would cut node-2 from node-3 while node-1 is not as planned',
      `node-3 applied +${THREE}`,
    ]);
    expect(asked).toEqual(['', 'node-2,node-3', 'node-2', '', 'node-3']);
    expect(b.approved).toEqual([]);
  });

  test('ask for no cuts while all goes well', async () => {
    const [a, b] = devices();
    const plan = planOf(changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] }));
    const cuts = () => {
      throw new Error('asked');
    };
    const { lines } = await run(plan, memoryServer([a, b]), { cuts });
    expect(lines).toEqual([`node-1 applied +${ONE}`, `node-2 applied +${TWO}`]);
  });

  test('are not left out for a pair that is cut already', async () => {
    const [a, b] = devices();
    a.isOnline = false;
    const plan = planOf(changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] }));
    const cuts = () => [{ from: 'x', to: 'y' }];
    expect((await run(plan, memoryServer([a, b]), { cuts })).lines[1]).toBe(`node-2 applied +${TWO}`);
  });

  test('ask once where nothing rests on what failed', async () => {
    const [a, b, c] = devices();
    a.isOnline = false;
    const plan = planOf(
      changeOf(a, { add: [ONE] }),
      changeOf(b, { add: [TWO] }),
      changeOf(c, { add: [THREE] }),
    );
    const asked: number[] = [];
    const cuts: ApplyOptions['cuts'] = (done) => {
      asked.push(done.length);
      return [];
    };
    await run(plan, memoryServer([a, b, c]), { cuts });
    expect(asked).toEqual([0, 2]);
  });

  test('do not take a prefix from a device while another does not have it', async () => {
    const [a, b] = devices();
    b.approved = [ONE];
    a.isOnline = false;
    const plan = planOf(changeOf(a, { add: [ONE] }), changeOf(b, { remove: [ONE] }));
    expect((await run(plan, memoryServer([a, b]))).lines).toEqual([
      'node-1 refused: node-1 is offline',
      `node-2 failed: not tried: ${ONE} is not approved on node-1`,
    ]);
    expect(b.approved).toEqual([ONE]);
  });
});

describe('a step that works only as a whole', () => {
  const setUp = () => {
    const devices = ['1', '2', '3'].map((id) => memoryDevice(id));
    const [a, b, c] = devices as [MemoryDevice, MemoryDevice, MemoryDevice];
    const server = memoryServer(devices);
    const plan = planOf([
      changeOf(a, { add: [ONE] }),
      changeOf(b, { add: [TWO] }),
      changeOf(c, { add: [THREE] }),
    ]);
    return { a, b, c, server, plan };
  };

  test('is applied device by device', async () => {
    const { server, plan } = setUp();
    const { lines } = await run(plan, server);
    expect(lines).toEqual([`node-1 applied +${ONE}`, `node-2 applied +${TWO}`, `node-3 applied +${THREE}`]);
    expect(server.log()).toHaveLength(9);
  });

  test('is taken back when a device is refused', async () => {
    const { a, b, c, server, plan } = setUp();
    a.approved = [THEIRS];
    b.advertised = [];
    const { lines, told } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 undone: node-2, which goes together with it, was refused',
      `node-2 refused: node-2 does not advertise ${TWO} any more`,
      'node-3 failed: not tried: node-2, which goes together with it, was refused',
    ]);
    expect(told).toEqual([`node-1 applied +${ONE}`, lines[1], lines[0], lines[2]]);
    expect([a.approved, b.approved, c.approved]).toEqual([[THEIRS], [], []]);
    expect(server.log()).toEqual([
      'read 1',
      `write 1 ${THEIRS} ${ONE}`,
      'read 1',
      'read 2',
      'read 1',
      `write 1 ${THEIRS}`,
      'read 1',
    ]);
  });

  test('is not taken back where somebody else had approved it', async () => {
    const { a, b, c, server, plan } = setUp();
    a.approved = [ONE];
    c.isOnline = false;
    const { lines } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 already so',
      'node-2 undone: node-3, which goes together with it, was refused',
      'node-3 refused: node-3 is offline',
    ]);
    expect([a.approved, b.approved]).toEqual([[ONE], []]);
  });

  test('goes back the way it came', async () => {
    const { c, server, plan } = setUp();
    c.isOnline = false;
    const { told } = await run(plan, server);
    expect(server.log().filter((line) => line.startsWith('write'))).toEqual([
      `write 1 ${ONE}`,
      `write 2 ${TWO}`,
      'write 2',
      'write 1',
    ]);
    expect(told.map((line) => line.split(/[:+]/, 1)[0]!.trim())).toEqual([
      'node-1 applied',
      'node-2 applied',
      'node-3 refused',
      'node-2 undone',
      'node-1 undone',
    ]);
  });

  test('loses only what this run added of the change', async () => {
    const { a, b, server } = setUp();
    a.advertised = [ONE, THEIRS];
    a.approved = ['10.42.9.0/24'];
    const remove = ['10.42.9.0/24'];
    const plan = planOf([changeOf(a, { add: [ONE, THEIRS], remove }), changeOf(b, { add: [TWO] })]);
    a.approved = [THEIRS];
    b.isOnline = false;
    await run(plan, server);
    expect(a.approved).toEqual([THEIRS]);
  });

  test('counts as not done when it is taken back', async () => {
    const { a, b, c, server } = setUp();
    c.approved = [ONE];
    b.isOnline = false;
    const plan = planOf(
      [changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] })],
      changeOf(c, { remove: [ONE] }),
    );
    const { lines } = await run(plan, server);
    expect(lines[2]).toBe(`node-3 failed: not tried: ${ONE} is not approved on node-1`);
  });

  test('counts as undone for what comes later when it is taken back', async () => {
    const { a, b, c, server } = setUp();
    b.isOnline = false;
    const plan = planOf(
      [changeOf(a, { add: [ONE] }), changeOf(b, { add: [TWO] })],
      changeOf(c, { add: [THREE] }),
    );
    const asked: string[] = [];
    const cuts: ApplyOptions['cuts'] = (done) => {
      asked.push(done.map(({ node }) => node).join());
      return [];
    };
    await run(plan, server, { cuts });
    expect(asked).toEqual(['', 'node-3']);
  });

  test('is only one where half of it would cut a pair', async () => {
    const { a, b, server, plan } = setUp();
    b.isOnline = false;
    const steps = plan.steps.map((step) => ({ ...step, interrupted: [] }));
    const { lines } = await run({ ...plan, steps }, server);
    expect(lines).toEqual([
      `node-1 applied +${ONE}`,
      'node-2 refused: node-2 is offline',
      `node-3 applied +${THREE}`,
    ]);
    expect(a.approved).toEqual([ONE]);
  });

  test('keeps what somebody else approves before it is taken back', async () => {
    const { a, b, server, plan } = setUp();
    b.isOnline = false;
    server.meddle = at(5, () => {
      a.approved.push(THEIRS);
      return undefined;
    });
    await run(plan, server);
    expect(a.approved).toEqual([THEIRS]);
  });

  test('gets back what this run took away', async () => {
    const { a, b, server } = setUp();
    a.approved = [THEIRS, TWO];
    const plan = planOf([changeOf(a, { add: [ONE], remove: [TWO] }), changeOf(b, { add: [TWO] })]);
    server.meddle = ({ kind, id }) => (kind === 'write' && id === '2' ? { error: invalid } : undefined);
    const { lines } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 undone: node-2, which goes together with it, failed',
      'node-2 failed: the route is not one',
    ]);
    expect(a.approved).toEqual([THEIRS, TWO]);
  });

  test('is taken back too where nobody knew whether it was written', async () => {
    const { a, b, server, plan } = setUp();
    let isDown = false;
    server.meddle = ({ number }) => {
      isDown = number === 6;
      return isDown ? { error: broken(false) } : undefined;
    };
    const { lines } = await run(plan, server);
    expect(lines).toEqual([
      'node-1 undone: node-2, which goes together with it, failed',
      'node-2 failed: it was written, but could not be read back: the connection broke; what was written is taken back',
      'node-3 failed: not tried: node-2, which goes together with it, failed',
    ]);
    expect([a.approved, b.approved]).toEqual([[], []]);
  });

  test('tells which pairs suffer where it cannot be taken back, and stops', async () => {
    const { a, b, server, plan } = setUp();
    b.isOnline = false;
    const later = memoryDevice('4');
    server.devices.push(later);
    const whole: Plan = {
      ...plan,
      steps: [...plan.steps, ...planOf(changeOf(later, { add: ['10.42.4.0/24'] })).steps],
    };
    server.meddle = ({ number }) => (number > 4 ? { error: broken(false) } : undefined);
    const { lines } = await run(whole, server);
    expect(lines).toEqual([
      `node-1 failed +${ONE}: node-2, which goes together with it, was refused; it could not be taken back: the connection broke; pods may not get from node-1 to node-2`,
      'node-2 refused: node-2 is offline',
      'node-3 failed: not tried: node-2, which goes together with it, was refused',
      'node-4 failed: not tried: what was done to node-1 could not be taken back',
    ]);
    expect(a.approved).toEqual([ONE]);
  });

  test('names a few of the pairs', async () => {
    const { b, server, plan } = setUp();
    b.isOnline = false;
    const interrupted = [1, 2, 3, 4, 5].map((n) => ({ from: `a${n}`, to: `b${n}` }));
    const steps = plan.steps.map((step) => ({ ...step, interrupted }));
    server.meddle = ({ number }) => (number > 4 ? { error: broken(false) } : undefined);
    const { lines } = await run({ ...plan, steps }, server);
    expect(lines[0]).toMatch(/pods may not get from a1 to b1, a2 to b2, a3 to b3 and 2 more$/);
  });

  test('is undone where the device has left with it', async () => {
    const { a, b, server, plan } = setUp();
    b.isOnline = false;
    server.meddle = at(5, () => {
      server.devices = server.devices.filter((device) => device !== a);
      return undefined;
    });
    const { lines } = await run(plan, server);
    expect(lines[0]).toBe('node-1 undone: node-2, which goes together with it, was refused');
  });

  test('is not begun where it waits for what failed before', async () => {
    const { a, b, c, server } = setUp();
    c.approved = [TWO];
    const plan = planOf(changeOf(c, { remove: [TWO] }), [
      changeOf(a, { add: [ONE] }),
      changeOf(b, { add: [TWO] }),
    ]);
    server.meddle = ({ kind, id }) => (kind === 'write' && id === '3' ? { error: invalid } : undefined);
    expect((await run(plan, server)).lines.slice(1)).toEqual([
      `node-1 failed: not tried: ${TWO} is still approved on node-3`,
      `node-2 failed: not tried: ${TWO} is still approved on node-3`,
    ]);
  });
});

test('what is a bug and no refusal is thrown on', async () => {
  const device = memoryDevice('1');
  const server = memoryServer([device]);
  server.meddle = () => {
    throw new TypeError('a bug');
  };
  await expect(run(planOf(changeOf(device, { add: [ONE] })), server)).rejects.toThrow('a bug');
});
