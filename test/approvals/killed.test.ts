import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../app/temporary-folder.ts';
import { type Fault, type LoopbackServer, SECRETS } from '../loopback/control-server.ts';
import { startHeadscale } from '../loopback/headscale.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import { startBundle } from '../run-bundle.ts';
import { ALL_APPROVED, approvedOn, devicesOf, filesOf } from './scene.ts';

const FOREIGN = '192.168.77.0/24';

interface Kind {
  readonly open: () => Promise<LoopbackServer>;
  readonly env: (url: string) => Record<string, string>;
}

/** Somebody else has approved a route of their own on each device. */
const devices = () => devicesOf().map((device) => ({ ...device, enabled: [...device.enabled, FOREIGN] }));

const KINDS: Readonly<Record<string, Kind>> = {
  'Tailscale with an OAuth client': {
    open: () => startTailscale({ devices: devices() }),
    env: (url) => ({
      TAILSCALE_BASE_URL: url,
      TAILSCALE_OAUTH_CLIENT_ID: SECRETS.clientId,
      TAILSCALE_OAUTH_CLIENT_SECRET: SECRETS.clientSecret,
    }),
  },
  'Headscale 0.29': {
    open: () => startHeadscale('0.29', { devices: devices() }),
    env: (url) => ({ HEADSCALE_URL: url, HEADSCALE_API_KEY: SECRETS.apiKey }),
  },
};

const opened: LoopbackServer[] = [];
afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
});

describe.each(Object.entries(KINDS))('%s', (_, { open, env }) => {
  const run = (server: LoopbackServer, folder: string, words: readonly string[]) =>
    startBundle('dist/cli.js', [...words, '--format', 'json'], { cwd: folder, env: env(server.url) });

  const digestOf = async (server: LoopbackServer, folder: string): Promise<string> =>
    JSON.parse((await run(server, folder, ['plan']).ended).stdout).digest;

  test('killed at any request of an apply, before or after it takes effect: a second run ends as wanted', async () => {
    const folder = temporaryFolder(filesOf());
    const clean = await open();
    opened.push(clean);
    const digest = await digestOf(clean, folder);
    const before = clean.requests.length;
    await run(clean, folder, ['apply', '--digest', digest]).ended;
    const requests = clean.requests.slice(before);
    expect(approvedOn(clean)).toEqual(wanted);
    expect(requests.length).toBeGreaterThan(6);

    const table = requests.flatMap(({ method, path }, index) =>
      (['before', 'after'] as const).map((when) => ({ number: index + 1, method, path, when })),
    );
    for (const row of table) {
      const server = await open();
      opened.push(server);
      const first = run(server, folder, ['apply', '--digest', digest]);
      server.meddle = async (_request, number): Promise<Fault | undefined> => {
        if (number !== row.number) return undefined;
        first.kill();
        return row.when === 'before' ? { do: 'cut-before' } : { do: 'cut-after' };
      };
      const killed = await first.ended;
      expect({ ...row, status: killed.status, stdout: killed.stdout }).toEqual({
        ...row,
        status: null,
        stdout: '',
      });
      for (const { enabled } of server.devices) expect(enabled).toContain(FOREIGN);
      server.meddle = undefined;
      const second = await run(server, folder, ['apply', '--digest', digest]).ended;
      expect({ ...row, status: second.status, approved: approvedOn(server) }).toEqual({
        ...row,
        status: 0,
        approved: wanted,
      });
    }
  });
});

const wanted = Object.fromEntries(
  Object.entries(ALL_APPROVED).map(([name, routes]) => [name, [...routes, FOREIGN].sort()]),
);
