import { afterAll, expect, test } from 'vitest';
import { type LoopbackServer, SECRETS } from '../loopback/control-server.ts';
import { startHeadscale } from '../loopback/headscale.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import {
  ALL_APPROVED,
  approvedOn,
  devicesOf,
  headscaleSignIn,
  merge,
  NONE_APPROVED,
  openScene,
  pullRequestEvent,
  pushEvent,
  type Scene,
  SIGN_INS,
  type SignIn,
} from './scene.ts';

const opened: Scene[] = [];
afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
});

const HEADSCALES = ['0.26', '0.29', '0.30'] as const;

interface Stage {
  readonly called: string;
  readonly open: () => Promise<readonly [LoopbackServer, SignIn]>;
}

const STAGES: readonly Stage[] = [
  ...Object.entries(SIGN_INS).map(
    ([called, signIn]): Stage => ({
      called: `Tailscale with ${called}`,
      open: async () => [await startTailscale({ devices: devicesOf() }), signIn],
    }),
  ),
  ...HEADSCALES.map(
    (version): Stage => ({
      called: `Headscale ${version}`,
      open: async () => {
        const server = await startHeadscale(version, { devices: devicesOf() });
        return [server, headscaleSignIn(server.url)];
      },
    }),
  ),
  {
    called: "Headscale's v2",
    open: async () => {
      const server = await startHeadscale('0.30', { devices: devicesOf() });
      return [
        server,
        { inputs: { 'api-key': SECRETS.apiKey }, env: () => ({ TAILSCALE_BASE_URL: server.url }) },
      ];
    },
  },
];

test.concurrent.each(STAGES)(
  '$called: pull request, comment, merge, applied, and nothing left to do',
  async ({ open }) => {
    const [server, signIn] = await open();
    const scene = await openScene(server, signIn);
    opened.push(scene);
    const { github, run } = scene;

    const planned = await run(pullRequestEvent(), { mode: 'plan' });
    expect({ status: planned.status, stderr: planned.stderr }).toEqual({ status: 0, stderr: '' });
    expect(planned.outputs).toMatchObject({
      outcome: 'passed',
      errors: '0',
      'plan-digest': expect.stringMatching(/^sha256:/),
    });
    expect(github.repository.comments).toHaveLength(1);
    const [comment] = github.repository.comments;
    expect(comment!.body).toMatch(/^<!-- podroute:plan -->\n<!-- podroute:reviewed [A-Za-z0-9+/=]+ -->\n/);
    expect(comment!.body).toContain('`10.42.1.0/24`');
    expect(comment!.body).toContain(planned.outputs['plan-digest']);
    expect(approvedOn(server)).toEqual(NONE_APPROVED);

    const again = await run(pullRequestEvent(), { mode: 'check' });
    expect(again.outputs).toMatchObject({ outcome: 'passed', 'plan-digest': planned.outputs['plan-digest'] });
    expect(github.requests.filter(({ method }) => method === 'PATCH')).toEqual([]);

    merge(scene);
    const applied = await run(pushEvent(), { mode: 'apply' });
    expect({ status: applied.status, stderr: applied.stderr }).toEqual({ status: 0, stderr: '' });
    expect(applied.outputs).toMatchObject({
      outcome: 'applied',
      approved: '2',
      'plan-digest': planned.outputs['plan-digest'],
    });
    expect(approvedOn(server)).toEqual(ALL_APPROVED);
    const report = github.repository.comments[1]!;
    expect(report.body).toMatch(/^<!-- podroute:applied -->\n/);
    expect(report.body).toContain('kyoto-1');

    const writes = server.requests.filter(({ method, path }) => method === 'POST' && path.includes('routes'));
    expect(writes).toHaveLength(2);
    const second = await run(pushEvent(), { mode: 'apply' });
    expect(second.outputs).toMatchObject({ outcome: 'nothing-to-do', approved: '0' });
    expect(second.status).toBe(0);
    expect(
      server.requests.filter(({ method, path }) => method === 'POST' && path.includes('routes')),
    ).toHaveLength(2);
    for (const secret of Object.values(SECRETS)) {
      if (secret !== SECRETS.clientId && secret !== SECRETS.audience)
        expect(scene.said()).not.toContain(secret);
    }
  },
);
