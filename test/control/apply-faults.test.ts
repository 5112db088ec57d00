import { describe, expect, test } from 'vitest';
import { ControlError } from '../../src/control/control-server.ts';
import { formatPrefix } from '../../src/net/format.ts';
import type { AppliedChange } from '../../src/plan/applied.ts';
import {
  type ApplyRequest,
  applyOnce,
  devicesBefore,
  isWrite,
  requestsOfApply,
  THEIRS_BEFORE,
  WANTED,
  WAYS_IN,
  type WayIn,
} from '../loopback/apply-world.ts';
import { type FakeDevice, type Fault, type LoopbackServer, SECRETS } from '../loopback/control-server.ts';

/** For one attempt, in milliseconds: short where the server hangs, else never reached. */
const SHORT = 200;
const LONG = 20_000;
const THEIRS = '192.168.77.0/24';

const SECRET = [
  SECRETS.apiKey,
  SECRETS.clientSecret,
  SECRETS.requestToken,
  SECRETS.identityToken,
  SECRETS.accessToken,
];

interface Trouble {
  readonly called: string;
  /** What the server does to the request. */
  readonly fault?: Fault;
  /** Whether it does the same to all that follow. */
  readonly lasts?: boolean;
  /** What happens just before it to the device that it is about, or to the first. */
  readonly act?: (device: FakeDevice, server: LoopbackServer) => void;
  /** Whether somebody else approves `THEIRS`. */
  readonly approvesTheirs?: boolean;
}

const TROUBLES: readonly Trouble[] = [
  { called: 'the connection is cut before it takes effect', fault: { do: 'cut-before' } },
  { called: 'the connection is cut after it took effect', fault: { do: 'cut-after' } },
  { called: 'the reply is cut off', fault: { do: 'cut-reply' } },
  { called: 'the reply is cut short', fault: { do: 'short-reply' } },
  { called: '429', fault: { do: 'status', status: 429 } },
  { called: '429 with Retry-After', fault: { do: 'status', status: 429, retryAfter: '2' } },
  { called: '500', fault: { do: 'status', status: 500 } },
  { called: '500 after it took effect', fault: { do: 'status', status: 500, done: true } },
  { called: '503', fault: { do: 'status', status: 503 } },
  { called: '504 after it took effect', fault: { do: 'status', status: 504, done: true } },
  { called: '400', fault: { do: 'status', status: 400 } },
  { called: '401', fault: { do: 'status', status: 401 } },
  { called: '403', fault: { do: 'status', status: 403 } },
  { called: '404', fault: { do: 'status', status: 404 } },
  { called: 'it hangs', fault: { do: 'hang' } },
  { called: 'it hangs after it took effect', fault: { do: 'hang', done: true } },
  { called: 'the reply hangs', fault: { do: 'hang', late: true } },
  { called: 'a redirect', fault: { do: 'redirect', to: 'http://127.0.0.1:9/' } },
  { called: 'a web page after it took effect', fault: { do: 'html', done: true } },
  { called: 'the server goes down', fault: { do: 'cut-before' }, lasts: true },
  { called: 'the server goes down after it took effect', fault: { do: 'cut-after' }, lasts: true },
  { called: 'the sign-in is revoked', fault: { do: 'status', status: 401 }, lasts: true },
  {
    called: 'another writer approves something else',
    act: (device) => device.enabled.push(THEIRS),
    approvesTheirs: true,
  },
  {
    called: 'another writer approves the same',
    act: (device) => {
      const { add } = WANTED.find(({ id }) => id === device.id)!;
      device.enabled = [...new Set([...device.enabled, ...add])];
    },
  },
  {
    called: 'another writer takes it back',
    act: (device) => {
      const { add } = WANTED.find(({ id }) => id === device.id)!;
      device.enabled = device.enabled.filter((route) => !add.some((one) => one === route));
    },
  },
  {
    called: 'the device is gone',
    act: (device, server) => {
      server.devices = server.devices.filter((one) => one !== device);
    },
  },
];

interface Case {
  readonly way: WayIn;
  readonly request: ApplyRequest;
  readonly trouble: Trouble;
}

const cases: [string, Case][] = [];
for (const way of WAYS_IN) {
  for (const request of await requestsOfApply(way)) {
    for (const trouble of TROUBLES) {
      const title = `${way.called}, ${request.number} ${request.method} ${request.path}: ${trouble.called}`;
      cases.push([title, { way, request, trouble }]);
    }
  }
}

/** Once; a write is not counted twice because it was tried again. */
function cause({ request, trouble }: Case, server: LoopbackServer): void {
  const { fault, act, lasts } = trouble;
  server.meddle = (_, number) => {
    if (number !== request.number && !(lasts && number > request.number)) return undefined;
    const device = server.devices.find(({ id }) => id === (request.id ?? '1'));
    if (number === request.number && device) act?.(device, server);
    return fault;
  };
}

function enabledOn(server: LoopbackServer, id: string): readonly string[] | undefined {
  return server.devices.find((device) => device.id === id)?.enabled;
}

/** What is told against what is there; in this world only podroute and the trouble write. */
function expectTruth(applied: readonly AppliedChange[], server: LoopbackServer): void {
  for (const { change, outcome, why, added, removed } of applied) {
    const enabled = enabledOn(server, change.device.id);
    if (enabled === undefined) {
      expect(outcome, why).toMatch(/refused|failed|undone|applied/);
      expect(outcome === 'applied' ? [] : [...added, ...removed]).toEqual([]);
      continue;
    }
    const has = (prefix: (typeof added)[number]) => enabled.includes(formatPrefix(prefix));
    const isSo = change.add.every(has) && !change.remove.some(has);
    const says = `${change.device.name} ${outcome}: ${why}`;
    expect([...added.filter((one) => !has(one)), ...removed.filter(has)], says).toEqual([]);
    if (outcome === 'applied' || outcome === 'already so') expect(isSo, says).toBe(true);
    else expect(why, says).toBeTruthy();
    if (outcome === 'undone' || outcome === 'refused') expect(isSo, says).toBe(false);
    if (outcome === 'failed' && isSo) expect(why).toMatch(/could not be (read|taken) back/);
  }
}

describe('whatever fails at any request of an apply', () => {
  test('all of them are tried', () => {
    const perWay = WAYS_IN.map((way) => cases.filter(([, one]) => one.way === way).length / TROUBLES.length);
    // A list and three for each device, and what it takes to sign in; without v1 that is found out first.
    expect(perWay).toEqual([10, 11, 12, 10, 10, 11]);
  });

  test.concurrent.each(cases)('%s', async (_, one) => {
    const { way, request, trouble } = one;
    const server = await way.start({ devices: devicesBefore() });
    try {
      cause(one, server);
      const timeout = trouble.fault?.do === 'hang' ? SHORT : LONG;
      const applied = await applyOnce(way, server.url, timeout).catch((error: unknown) => {
        // Before the plan: nothing is done, and nothing is told but that.
        expect(error).toBeInstanceOf(ControlError);
        expect(server.requests.filter(isWrite)).toEqual([]);
        return [];
      });
      expectTruth(applied, server);
      const told = JSON.stringify(applied.map(({ why, warnings }) => [why, warnings]));
      for (const secret of SECRET) expect(told).not.toContain(secret);

      server.meddle = undefined;
      const again = await applyOnce(way, server.url);
      expect(again.filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
      const isLost = trouble.approvesTheirs && request.isWrite;
      for (const before of devicesBefore()) {
        const enabled = enabledOn(server, before.id);
        if (enabled === undefined) continue;
        const wanted = WANTED.find(({ id }) => id === before.id);
        const kept = before.enabled.filter((route) => !wanted?.remove.some((one) => one === route));
        // The one thing that no client of these servers can see: a write between our read and our write.
        const theirs = trouble.approvesTheirs && !isLost && before.id === (request.id ?? '1') ? [THEIRS] : [];
        expect([...enabled].sort(), before.name).toEqual([...kept, ...(wanted?.add ?? []), ...theirs].sort());
      }
      expect(await applyOnce(way, server.url)).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

describe('what works only as a whole', () => {
  const PASSING: Fault = { do: 'status', status: 503 };
  const FINAL: Fault = { do: 'status', status: 400 };

  test.each(WAYS_IN)('is taken back on $called when its second half fails', async (way) => {
    const server = await way.start({ devices: devicesBefore() });
    for (const fault of [PASSING, FINAL]) {
      server.devices = devicesBefore();
      server.meddle = ({ method, path }) => {
        return method === 'POST' && /\/(device|node)\/3\//.test(path) ? fault : undefined;
      };
      const applied = await applyOnce(way, server.url);
      expect(applied.map(({ outcome }) => outcome)).toEqual(['applied', 'undone', 'failed']);
      expect(enabledOn(server, '2')).toEqual([THEIRS_BEFORE]);
      expect(enabledOn(server, '3')).toEqual(['192.168.9.0/24']);
    }
    await server.close();
  });

  test.each(WAYS_IN)('is taken back on $called when its second half is refused', async (way) => {
    const server = await way.start({ devices: devicesBefore() });
    server.meddle = ({ path }) => {
      if (/\/(device|node)\/3$/.test(path)) server.devices[2]!.advertised = [];
      return undefined;
    };
    const applied = await applyOnce(way, server.url);
    expect(applied.map(({ outcome }) => outcome)).toEqual(['applied', 'undone', 'refused']);
    expect(enabledOn(server, '2')).toEqual([THEIRS_BEFORE]);
    await server.close();
  });
});
