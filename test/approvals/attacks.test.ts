import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeReviewed, type ReviewedPlan } from '../../src/plan/reviewed.ts';
import { type LoopbackServer, SECRETS } from '../loopback/control-server.ts';
import { type Account, addComment, editComment, type FakeOptions, JOB } from '../loopback/github.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import {
  ALL_APPROVED,
  approvedOn,
  BASE,
  devicesOf,
  dispatchEvent,
  filesOf,
  HEAD,
  MERGED,
  merge,
  NONE_APPROVED,
  openScene,
  pullRequestEvent,
  pushEvent,
  type Ran,
  REPOSITORY,
  ROUTES,
  type Scene,
  SIGN_INS,
  scheduleEvent,
  sha,
} from './scene.ts';

const MALLORY: Account = { login: 'mallory', id: 666, type: 'User' };
/** A route that one side of a review knows and the other does not. */
const LAN = '192.168.70.0/24';
const MORE = filesOf([...ROUTES, `{node: kyoto-1, prefix: ${LAN}}`]);
const ADVERTISING_MORE = { 'kyoto-1': { advertised: ['10.42.1.0/24', LAN] } };

/** Closed together at the end: tests run beside each other, and wait for GitHub's client most of their time. */
const opened: Scene[] = [];
afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
});

/** Everything that a test plays with. */
async function open(
  changes: Parameters<typeof devicesOf>[0] = {},
  devices = devicesOf(changes),
  github: FakeOptions = {},
) {
  const server = await startTailscale({ devices });
  const scene = await openScene(server, SIGN_INS['an API key'], { github });
  opened.push(scene);
  return {
    scene,
    server,
    /** The pull request as it is reviewed. */
    review: (files = filesOf()): Promise<Ran> => scene.run(pullRequestEvent(files), { mode: 'plan' }),
    apply: (files = filesOf()): Promise<Ran> => scene.run(pushEvent(files), { mode: 'apply' }),
    writes: () => server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path),
    /** Nothing was written, and the log, the summary or the comment says why. */
    expectRefused: (ran: Ran, why: RegExp, approved: Record<string, readonly string[]> = NONE_APPROVED) => {
      expect(approvedOn(server)).toEqual(approved);
      expect(ran.outputs.outcome).toBe('refused');
      expect(ran.status).not.toBe(0);
      expect(scene.said()).toMatch(why);
    },
    forged: (changes: Partial<ReviewedPlan> = {}) => forgedPlan(server, changes),
  };
}

/** A plan as podroute writes it, of everything that there is. */
function forgedPlan({ url, devices }: LoopbackServer, changes: Partial<ReviewedPlan>): string {
  const routes = devices.flatMap(({ id, name, created, advertised }) =>
    advertised.map(
      (prefix) => ({ node: name, device: id, created, prefix, action: 'approve', pending: false }) as const,
    ),
  );
  const plan: ReviewedPlan = {
    version: 1,
    repository: REPOSITORY,
    pull: 12,
    heads: [HEAD],
    server: `Tailscale at ${new URL(url).host}`,
    control: 'tailscale',
    digest: `sha256:${'0'.repeat(64)}`,
    routes,
    ...changes,
  };
  return `<!-- podroute:plan -->\n<!-- podroute:reviewed ${encodeReviewed(plan)} -->\n\nAll is well.`;
}

describe.concurrent('comments', () => {
  test('the forged plan of these tests would be taken if podroute had written it', async () => {
    const on = await open();
    addComment(on.scene.github.repository, { pull: 12, author: JOB, body: on.forged() });
    merge(on.scene);
    expect((await on.apply()).outputs.outcome).toBe('applied');
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
  });

  test("somebody else's comment with the marker, and none of podroute's", async () => {
    const on = await open();
    addComment(on.scene.github.repository, { pull: 12, author: MALLORY, body: on.forged() });
    merge(on.scene);
    on.expectRefused(await on.apply(), /no plan of podroute's was shown on #12/);
    expect(on.writes()).toEqual([]);
  });

  test("somebody else's comment with the marker, before podroute's with less in it", async () => {
    const on = await open(ADVERTISING_MORE);
    addComment(on.scene.github.repository, { pull: 12, author: MALLORY, body: on.forged() });
    await on.review();
    merge(on.scene, MORE);
    const ran = await on.apply(MORE);
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '2' });
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
  });

  test('an edited comment', async () => {
    const on = await open();
    await on.review(filesOf());
    editComment(on.scene.github.repository.comments[0]!, on.forged(), MALLORY);
    merge(on.scene);
    on.expectRefused(await on.apply(), /the comment with the plan of #12 was edited by mallory/);
  });

  test('a comment that was edited and set back', async () => {
    const on = await open();
    await on.review();
    const [comment] = on.scene.github.repository.comments;
    const { body } = comment!;
    editComment(comment!, on.forged(), MALLORY);
    editComment(comment!, body, MALLORY);
    merge(on.scene);
    on.expectRefused(await on.apply(), /edited by mallory/);
  });

  test('a second comment of the same author, as of another workflow that repeats what it is told', async () => {
    const on = await open();
    await on.review(filesOf());
    addComment(on.scene.github.repository, { pull: 12, author: JOB, body: on.forged() });
    merge(on.scene);
    on.expectRefused(await on.apply(), /2 comments on #12 show a plan/);
  });

  test.each([
    ['another pull request', { pull: 11 }],
    ['another repository', { repository: 'mallory/home' }],
    ['another control server', { server: 'Headscale at example.com' }],
  ])('a plan that was made for %s', async (_, changes) => {
    const on = await open();
    addComment(on.scene.github.repository, { pull: 12, author: JOB, body: on.forged(changes) });
    merge(on.scene);
    on.expectRefused(await on.apply(), /is of|was made for/);
  });
});

describe.concurrent('what is merged is not what was reviewed', () => {
  test('a new commit after the review, merged before it was planned', async () => {
    const on = await open();
    await on.review(filesOf());
    merge(on.scene, filesOf(), { head: sha('f') });
    on.expectRefused(await on.apply(), /commit fffffff of #12 came after the plan/);
  });

  test('a new commit after the approval, with a plan of its own', async () => {
    const on = await open(ADVERTISING_MORE);
    await on.review(filesOf());
    const { reviews, pulls } = on.scene.github.repository;
    reviews.push({ pull: 12, user: { login: 'ada', id: 7, type: 'User' }, state: 'APPROVED', commit: HEAD });
    pulls[0]!.head = { ...pulls[0]!.head, sha: sha('f') };
    await on.scene.run(pullRequestEvent(MORE, { head: sha('f') }), { mode: 'plan' });
    merge(on.scene, MORE);
    on.expectRefused(
      await on.apply(MORE),
      /#12 was approved at commit bbbbbbb, for which the plan was another/,
    );
  });

  test('a new commit after the approval that leaves the plan as it was', async () => {
    const on = await open();
    await on.review();
    const { reviews, pulls } = on.scene.github.repository;
    reviews.push({ pull: 12, user: { login: 'ada', id: 7, type: 'User' }, state: 'APPROVED', commit: HEAD });
    pulls[0]!.head = { ...pulls[0]!.head, sha: sha('f') };
    await on.scene.run(pullRequestEvent({ ...filesOf(), 'README.md': 'x' }, { head: sha('f') }), {
      mode: 'plan',
    });
    merge(on.scene);
    expect((await on.apply()).outputs.outcome).toBe('applied');
  });

  test('more in the merged files than in the reviewed ones: only that is refused', async () => {
    const on = await open(ADVERTISING_MORE);
    await on.review();
    merge(on.scene, MORE);
    const ran = await on.apply(MORE);
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '2' });
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
    expect(on.scene.said()).toMatch(/podroute apply --digest sha256:/);
  });

  test('what somebody approved meanwhile is fine', async () => {
    const on = await open();
    await on.review();
    on.server.devices[1]!.enabled = ['10.42.1.0/24', '192.168.77.0/24'];
    merge(on.scene);
    expect((await on.apply()).outputs).toMatchObject({ outcome: 'applied', approved: '1' });
    expect(approvedOn(on.server)).toEqual({
      ...ALL_APPROVED,
      'kyoto-1': ['10.42.1.0/24', '192.168.77.0/24'],
    });
  });

  test('an old run, started again when the branch no longer declares a route', async () => {
    const on = await open(ADVERTISING_MORE);
    await on.review(MORE);
    merge(on.scene, MORE);
    const { branches, trees } = on.scene.github.repository;
    branches.set('main', sha('d'));
    trees.set(sha('d'), filesOf());
    const ran = await on.apply(MORE);
    expect(ran.outputs.outcome).toBe('refused');
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
    expect(on.scene.said()).toMatch(/declares some of it no longer/);
  });

  test('an old run, started again when the branch has the node on another device', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    const { branches, trees } = on.scene.github.repository;
    const files = filesOf();
    branches.set('main', sha('d'));
    trees.set(sha('d'), {
      ...files,
      'cluster.yaml': files['cluster.yaml']!.replace('100.64.0.2', '100.64.0.9'),
    });
    on.server.devices[1] = { ...on.server.devices[1]!, name: 'spare', hostname: 'spare' };
    const ran = await on.apply();
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '1' });
    expect(approvedOn(on.server).spare).toEqual([]);
  });

  test('a plan that an old run would show again after the merge', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    on.server.devices[1] = { ...on.server.devices[1]!, id: '9', created: '2026-11-20T00:00:00Z' };
    const again = await on.review();
    expect(again.outputs.outcome).toBe('passed');
    expect(again.stdout).toMatch(/no comment was written: #12 is merged already/);
    const ran = await on.apply();
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '1' });
    expect(approvedOn(on.server)['kyoto-1']).toEqual([]);
  });

  test('an old run, started again when the branch has moved on and declares the same', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    on.scene.github.repository.branches.set('main', sha('d'));
    on.scene.github.repository.trees.set(sha('d'), filesOf());
    expect((await on.apply()).outputs.outcome).toBe('applied');
  });
});

describe.concurrent('where it runs', () => {
  test('on a pull request', async () => {
    const on = await open();
    await on.review();
    on.expectRefused(
      await on.scene.run(pullRequestEvent(), { mode: 'apply' }),
      /apply approves after a merge only, not on a pull request/,
    );
    expect(on.writes()).toEqual([]);
  });

  test('on pull_request_target', async () => {
    const on = await open();
    const ran = await on.scene.run(pullRequestEvent(filesOf(), { name: 'pull_request_target' }), {
      mode: 'apply',
    });
    on.expectRefused(ran, /apply approves after a merge only, not on a pull request/);
  });

  test.each([
    ['a push to another branch', pushEvent(filesOf(), { ref: 'refs/heads/kyoto' })],
    ['a tag', pushEvent(filesOf(), { ref: 'refs/tags/main' })],
    ['a dispatch on another branch', dispatchEvent(filesOf(), { ref: 'refs/heads/kyoto' })],
    ['an event of another kind', { ...pushEvent(), name: 'workflow_run' }],
  ])('%s', async (_, event) => {
    const on = await open();
    const digest = (await on.review()).outputs['plan-digest']!;
    merge(on.scene);
    on.expectRefused(
      await on.scene.run(event, { mode: 'apply', digest }),
      /apply works on (the default branch only|push, workflow_dispatch and schedule), not on/,
    );
    expect(on.writes()).toEqual([]);
  });

  test("a fork's pull request gets no secrets, and says what is declared", async () => {
    const on = await open();
    const ran = await on.scene.run(pullRequestEvent(filesOf(), { from: 'mallory/home' }), {
      mode: 'plan',
      ...NO_SECRETS,
    });
    expect(ran.outputs.outcome).toBe('passed');
    expect(ran.summary).toContain('`10.42.1.0/24`');
    expect(on.server.requests).toEqual([]);
    expect(on.scene.github.repository.comments).toEqual([]);
  });

  test('the branch of a fork: nothing is applied at the merge, and then what somebody names by its digest', async () => {
    const on = await open();
    const { pulls } = on.scene.github.repository;
    pulls[0]!.head = { ...pulls[0]!.head, repository: 'mallory/home' };
    addComment(on.scene.github.repository, { pull: 12, author: JOB, body: on.forged() });
    merge(on.scene);
    const ran = await on.apply();
    on.expectRefused(ran, /#12 comes from a fork/);
    const digest = ran.outputs['plan-digest']!;
    expect(on.scene.said()).toContain(digest);
    on.expectRefused(await on.scene.run(dispatchEvent(), { mode: 'apply' }), /no digest was given/);
    const wrong = digest.replace(/.$/, digest.endsWith('0') ? '1' : '0');
    on.expectRefused(
      await on.scene.run(dispatchEvent(), { mode: 'apply', digest: wrong }),
      /the plan is sha256:\w+ now, not sha256:/,
    );
    const done = await on.scene.run(dispatchEvent(), { mode: 'apply', digest });
    expect(done.outputs).toMatchObject({ outcome: 'applied', approved: '2' });
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
  });

  test('a push without a pull request', async () => {
    const on = await open();
    merge(on.scene);
    on.scene.github.repository.pulls.length = 0;
    on.scene.github.repository.linked.clear();
    on.expectRefused(await on.apply(), /no pull request was merged by this push/);
  });

  test('a merge queue asks whether all is in order, and nothing is approved', async () => {
    const on = await open();
    const event = {
      name: 'merge_group',
      sha: sha('d'),
      ref: 'refs/heads/gh-readonly-queue/main/pr-12-x',
      files: filesOf(),
      payload: {
        merge_group: {
          head_sha: sha('d'),
          head_ref: `refs/heads/gh-readonly-queue/main/pr-12-${BASE}`,
          base_sha: BASE,
          base_ref: 'refs/heads/main',
        },
      },
    };
    expect((await on.scene.run(event, { mode: 'apply' })).outputs.outcome).toBe('passed');
    expect(approvedOn(on.server)).toEqual(NONE_APPROVED);
    expect(on.scene.github.repository.comments).toEqual([]);
  });
});

const NO_SECRETS = { 'api-key': '' };

describe.concurrent('devices', () => {
  test('a device that was registered again since the review', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    on.server.devices[1] = { ...on.server.devices[1]!, id: '9', created: '2026-11-20T00:00:00Z' };
    const ran = await on.apply();
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '1' });
    expect(approvedOn(on.server)).toEqual({ ...ALL_APPROVED, 'kyoto-1': [] });
  });

  test('a node that was not there at the review, led to another device since', async () => {
    const [oslo, kyoto, bergen] = devicesOf();
    const on = await open({}, [oslo!, bergen!]);
    await on.review();
    merge(on.scene);
    expect((await on.apply()).outputs).toMatchObject({ outcome: 'applied', approved: '1' });

    on.server.devices.push({ ...kyoto!, id: '66', addresses: ['100.64.0.66'] });
    const led = filesOf();
    led['cluster.yaml'] = led['cluster.yaml']!.replace('100.64.0.2', '100.64.0.66');
    on.scene.github.repository.pulls.push({
      number: 13,
      head: { ref: 'other', sha: sha('f'), repository: 'mallory/home' },
      base: { ref: 'main', sha: BASE },
    });
    merge(on.scene, led, { number: 13, commit: sha('d'), at: '2026-11-20T12:01:00Z' });
    const push = pushEvent(led, { commit: sha('d'), before: MERGED });
    expect((await on.scene.run(push, { mode: 'apply' })).outputs).toMatchObject({
      outcome: 'refused',
      approved: '0',
    });
    const nightly = { ...scheduleEvent(led), sha: sha('d') };
    expect((await on.scene.run(nightly, { mode: 'apply' })).outputs.approved).toBe('0');
    expect(on.server.devices.find(({ id }) => id === '66')!.enabled).toEqual([]);
  });

  test('a device that takes the name of a node', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    const [, kyoto] = on.server.devices;
    on.server.devices[1] = {
      ...kyoto!,
      name: 'kyoto-old',
      hostname: 'kyoto-old',
      addresses: ['100.64.0.77'],
    };
    on.server.devices.push({ ...kyoto!, id: '66', addresses: ['100.64.0.66'], user: 'mallory' });
    const ran = await on.apply();
    expect(ran.outputs.outcome).toBe('refused');
    expect(on.server.devices.find(({ id }) => id === '66')!.enabled).toEqual([]);
  });

  test('a device that is registered again between the reading and the writing', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    on.server.meddle = ({ path }) => {
      if (path === '/api/v2/device/2')
        on.server.devices[1] = { ...on.server.devices[1]!, created: '2026-11-20T00:00:00Z' };
      return undefined;
    };
    const ran = await on.apply();
    expect(ran.outputs).toMatchObject({ outcome: 'refused', approved: '1' });
    expect(approvedOn(on.server)['kyoto-1']).toEqual([]);
    expect(on.scene.said()).toMatch(/registered again/);
  });

  test.each(['0.0.0.0/0', '::/0', '10.0.0.0/8', '10.42.0.0/16', '128.0.0.0/1', '2000::/3'])(
    'the route %s slipped in',
    async (prefix) => {
      const slipped = [...ROUTES, `{node: kyoto-1, prefix: "${prefix}"}`];
      const on = await open({ 'kyoto-1': { advertised: ['10.42.1.0/24', prefix] } });
      const planned = await on.review(filesOf(slipped));
      expect(planned.outputs.outcome).toBe('failed');
      addComment(on.scene.github.repository, { pull: 12, author: JOB, body: '' });
      merge(on.scene, filesOf(slipped));
      const ran = await on.apply(filesOf(slipped));
      expect(ran.outputs.outcome).toBe('refused');
      expect(on.server.devices.flatMap(({ enabled }) => enabled)).not.toContain(prefix);
      const digest = ran.outputs['plan-digest']!;
      await on.scene.run(dispatchEvent(filesOf(slipped)), { mode: 'apply', digest });
      expect(on.server.devices.flatMap(({ enabled }) => enabled)).not.toContain(prefix);
    },
  );

  test('limits that a pull request lifts for itself', async () => {
    const files = {
      ...filesOf([...ROUTES, '{node: kyoto-1, prefix: 172.16.0.0/12}']),
      '.podroute.yaml': 'approvals: {widest-ipv4: 8}\n',
    };
    const on = await open({ 'kyoto-1': { advertised: ['10.42.1.0/24', '172.16.0.0/12'] } });
    await on.review(files);
    expect(on.scene.said()).toMatch(/172\.16\.0\.0\/12/);
    merge(on.scene, files);
    on.expectRefused(await on.apply(files), /not .*reviewed/, ALL_APPROVED);
    // Of the next pull request the base has the new limit.
    const { github } = on.scene;
    github.repository.pulls.push({
      number: 13,
      head: { ref: 'x', sha: sha('f'), repository: REPOSITORY },
      base: { ref: 'main', sha: MERGED },
    });
    const event = pullRequestEvent(files, { number: 13, head: sha('f') });
    const payload = event.payload as { pull_request: { base: { sha: string } } };
    payload.pull_request.base.sha = MERGED;
    expect((await on.scene.run(event, { mode: 'plan' })).outputs.outcome).toBe('passed');
    merge(on.scene, files, { number: 13, commit: sha('d'), at: '2026-11-21T12:00:00Z' });
    const ran = await on.scene.run(pushEvent(files, { commit: sha('d') }), { mode: 'apply' });
    expect(ran.outputs.outcome).toBe('applied');
  });

  test.each(['./.podroute.yaml', 'ops//limits.yaml', 'ops/../ops/limits.yaml'])(
    'limits that a pull request lifts in a file called %s',
    async (config) => {
      const wide = [...ROUTES, '{node: kyoto-1, prefix: 172.16.0.0/22}'];
      const on = await open({ 'kyoto-1': { advertised: ['10.42.1.0/24', '172.16.0.0/22'] } });
      const limits = (text: string) => ({ '.podroute.yaml': text, 'ops/limits.yaml': text });
      const { trees } = on.scene.github.repository;
      trees.set(BASE, { ...filesOf([]), ...limits('approvals: {widest-ipv4: 24}\n') });
      const files = { ...filesOf(wide), ...limits('approvals: {widest-ipv4: 8}\n') };
      const ran = await on.scene.run(pullRequestEvent(files), { mode: 'plan', config });
      expect(ran.stdout).toMatch(/172\.16\.0\.0\/22 is wider than \/24/);
    },
  );

  test('limits of a branch that the pull request is turned away from after its plan', async () => {
    const wide = filesOf([...ROUTES, '{node: kyoto-1, prefix: 172.16.0.0/12}']);
    const files = { ...wide, '.podroute.yaml': 'approvals: {widest-ipv4: 8}\n' };
    const on = await open({ 'kyoto-1': { advertised: ['10.42.1.0/24', '172.16.0.0/12'] } });
    const { trees } = on.scene.github.repository;
    trees.set(sha('9'), files);
    const event = pullRequestEvent(files);
    const payload = event.payload as { pull_request: { base: { ref: string; sha: string } } };
    Object.assign(payload.pull_request.base, { ref: 'mallory', sha: sha('9') });
    const ran = await on.scene.run(event, { mode: 'plan' });
    expect(ran.stdout).toMatch(/172\.16\.0\.0\/12 is wider than \/16/);
  });

  test('waiting that a pull request leaves out for itself', async () => {
    const files = {
      ...filesOf(),
      '.podroute.yaml': 'approvals: {pre-approve: true, offline: true}\n',
    };
    const on = await open({ 'kyoto-1': { advertised: [] }, 'bergen-1': { online: false } });
    await on.review(files);
    merge(on.scene, files);
    on.expectRefused(await on.apply(files), /not in the reviewed plan/);
    on.server.devices[1]!.advertised = ['10.42.1.0/24'];
    on.server.devices[2]!.online = true;
    expect((await on.apply(files)).outputs.outcome).toBe('applied');
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
  });

  test('names full of markdown and commands', async () => {
    const name =
      'x`]|<!-- podroute:plan -->\n::set-output name=a::b ##[error]x @team #1 <b> ![](http://x)\u001b[31m\u202e';
    const [oslo, kyoto, bergen] = devicesOf();
    const other = {
      ...kyoto!,
      id: '66',
      name,
      hostname: name,
      addresses: ['100.64.0.66'],
      user: name,
      advertised: [],
    };
    const on = await open({}, [oslo!, kyoto!, bergen!, other]);
    await on.review();
    merge(on.scene);
    const ran = await on.apply();
    expect(ran.outputs.outcome).toBe('applied');
    const lines = on.scene.said().split(/\r\n|\r|\n/);
    expect(lines.filter((line) => /^\s*::(?!(error|warning|notice) )|##\[/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('\u001b') || line.includes('\u202e'))).toEqual([]);
    for (const { body } of on.scene.github.repository.comments) {
      const bare = body.replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, '');
      expect(bare.match(/<!--/g)?.length).toBeLessThanOrEqual(2);
      expect(bare).not.toMatch(/@team|<b>|!\[/);
    }
  });
});

describe.concurrent('the control server', () => {
  test('that cannot be read leaves what check finds, in the log, the summary and the outputs', async () => {
    const on = await open();
    on.server.meddle = () => ({ do: 'status', status: 401, body: '{"message": "no"}' });
    const ran = await on.review(filesOf([...ROUTES, '{node: kyoto-1, prefix: 10.42.9.1/24}']));
    expect(ran).toMatchObject({ status: 2, outputs: { outcome: 'failed', errors: '1' } });
    expect(ran.outputs['findings-file']).toBeDefined();
    expect(ran.stdout).toMatch(/::error file=routes\.yaml,line=9.*invalid-prefix/);
    expect(ran.summary).toMatch(/invalid-prefix/);
    expect(ran.summary).toMatch(/\*\*failed\*\*: `Tailscale at .* does not accept the API key/);
  });

  test('an address that redirects elsewhere is not followed, and the key does not go there', async () => {
    const seen: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const on = await open();
    const to = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    on.server.meddle = () => ({ do: 'redirect', to });
    const ran = await on.review();
    elsewhere.close();
    expect(ran).toMatchObject({ status: 2, outputs: { outcome: 'failed' } });
    expect(ran.stdout).toMatch(/::error title=podroute::.*127\.0\.0\.1/);
    expect(seen).toEqual([]);
  });

  test.each([
    ['an error', 403],
    ['an error that passes', 500],
    ['an error of the key', 401],
  ])("a token that shows up in the server's text of %s", async (_, status) => {
    const on = await open();
    const key = SECRETS.apiKey;
    const encoded = [
      key,
      Buffer.from(key).toString('base64'),
      Buffer.from(`${key}:`).toString('base64'),
      encodeURIComponent(key),
    ];
    on.server.meddle = () => ({
      do: 'status',
      status,
      retryAfter: '0',
      body: JSON.stringify({ message: encoded.join(' ') }),
    });
    const ran = await on.review();
    expect(ran.status).toBe(2);
    for (const text of encoded) expect(on.scene.said()).not.toContain(text);
  });

  test('a token that shows up in the text of an error in the middle of an apply', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    on.server.meddle = ({ method }) =>
      method === 'POST'
        ? { do: 'status', status: 403, body: JSON.stringify({ message: `no ${SECRETS.apiKey}` }) }
        : undefined;
    const ran = await on.apply();
    expect(ran.outputs).toMatchObject({ outcome: 'failed', approved: '0' });
    expect(on.scene.said()).not.toContain(SECRETS.apiKey);
    expect(approvedOn(on.server)).toEqual(NONE_APPROVED);
  });
});

describe.concurrent('GitHub fails', () => {
  test.each(['cut before', { status: 500 }, { status: 403 }, { status: 422 }] as const)(
    'when it is to be told what was done: %j',
    async (fault) => {
      let isMerged = false;
      const on = await open({}, devicesOf(), {
        fault: ({ method, path }) =>
          isMerged && method === 'POST' && path.endsWith('/comments') ? fault : undefined,
      });
      await on.review();
      merge(on.scene);
      isMerged = true;
      const ran = await on.apply();
      expect(ran).toMatchObject({ status: 0, outputs: { outcome: 'applied', approved: '2' } });
      expect(ran.summary).toContain('kyoto-1');
      expect(ran.stdout).toMatch(/^::warning title=podroute::no comment was written: /m);
    },
  );

  test('before anything is done', async () => {
    const on = await open({}, devicesOf(), {
      fault: ({ path }) => (/\/branches\/|\/git\/ref\//.test(path) ? { status: 500 } : undefined),
    });
    await on.review();
    merge(on.scene);
    expect(await on.apply()).toMatchObject({ status: 2, outputs: { outcome: 'failed' } });
    expect(approvedOn(on.server)).toEqual(NONE_APPROVED);
  });

  test('and a token that may not even read comments keeps no plan from the summary', async () => {
    const on = await open({}, devicesOf(), {
      fault: ({ path }) => (path.includes('/comments') ? { status: 403 } : undefined),
    });
    const ran = await on.review();
    expect(ran).toMatchObject({ status: 0, outputs: { outcome: 'passed' } });
    expect(ran.summary).toContain('`10.42.1.0/24`');
    expect(ran.stdout).toMatch(/^::notice title=podroute::no comment was written: .*pull-requests: read/m);
  });

  test.each([404, 501])('and one that speaks a part of its API only will do: %i', async (status) => {
    const on = await open({}, devicesOf(), {
      fault: ({ path }) =>
        /graphql|^\/user|\/reviews|\/tarball|\/pulls\?state/.test(path) ? { status } : undefined,
    });
    await on.review();
    merge(on.scene);
    expect((await on.apply()).outputs.outcome).toBe('applied');
  });
});

describe.concurrent('runs that meet, and runs that wait', () => {
  test('a run that was dropped when a newer one came: both merges get applied', async () => {
    const on = await open({
      'kyoto-1': { advertised: ['10.42.1.0/24', LAN], enabled: ['10.42.1.0/24'] },
      'bergen-1': { advertised: ['10.42.2.0/24', '192.168.60.0/24'], enabled: ['10.42.2.0/24'] },
    });
    await on.review(MORE);
    merge(on.scene, MORE);
    // The run for the first merge never starts.
    on.scene.github.repository.pulls.push({
      number: 13,
      head: { ref: 'bergen', sha: sha('f'), repository: REPOSITORY },
      base: { ref: 'main', sha: BASE },
    });
    const bergen = '{node: bergen-1, prefix: 192.168.60.0/24}';
    const event = pullRequestEvent(filesOf([...ROUTES, bergen]), { number: 13, head: sha('f') });
    await on.scene.run(event, { mode: 'plan' });
    const both = filesOf([...ROUTES, bergen, `{node: kyoto-1, prefix: ${LAN}}`]);
    merge(on.scene, both, { number: 13, commit: sha('d'), at: '2026-11-20T12:01:00Z' });
    const ran = await on.scene.run(pushEvent(both, { commit: sha('d'), before: MERGED }), { mode: 'apply' });
    expect(ran.outputs).toMatchObject({ outcome: 'applied', approved: '2' });
    expect(approvedOn(on.server)).toMatchObject({
      'kyoto-1': ['10.42.1.0/24', LAN],
      'bergen-1': ['10.42.2.0/24', '192.168.60.0/24'],
    });
  });

  test('a plan that was applied approves nothing a second time', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    await on.apply();
    on.server.devices[1]!.enabled = [];
    on.scene.github.repository.pulls.push({
      number: 13,
      head: { ref: 'other', sha: sha('f'), repository: 'mallory/home' },
      base: { ref: 'main', sha: BASE },
    });
    merge(on.scene, filesOf(), { number: 13, commit: sha('d'), at: '2026-11-20T12:01:00Z' });
    const ran = await on.scene.run(pushEvent(filesOf(), { commit: sha('d'), before: MERGED }), {
      mode: 'apply',
    });
    on.expectRefused(ran, /#13 comes from a fork/, { ...ALL_APPROVED, 'kyoto-1': [] });
  });

  test('a merge of which all is refused is told so on its pull request, and is not finished', async () => {
    const approved = { 'kyoto-1': { enabled: ['10.42.1.0/24'] }, 'bergen-1': { enabled: ['10.42.2.0/24'] } };
    const on = await open(approved);
    const exit = filesOf([...ROUTES, '{node: kyoto-1, prefix: 0.0.0.0/0}']);
    merge(on.scene, exit);
    expect((await on.apply(exit)).outputs).toMatchObject({ outcome: 'refused', approved: '0' });
    const { comments } = on.scene.github.repository;
    expect(comments).toHaveLength(1);
    expect(comments[0]!.body).toMatch(/^<!-- podroute:applied -->\n(?!<!--)/);
    expect(comments[0]!.body).toMatch(/0\.0\.0\.0\/0/);
  });

  test('two runs at once', async () => {
    const on = await open();
    await on.review();
    merge(on.scene);
    const both = await Promise.all([on.apply(), on.apply()]);
    expect(approvedOn(on.server)).toEqual(ALL_APPROVED);
    for (const { outputs } of both) expect(['applied', 'nothing-to-do']).toContain(outputs.outcome);
  });

  test('a scheduled run finishes what was pending when it was reviewed, and nothing else', async () => {
    const on = await open({ 'kyoto-1': { advertised: [] } });
    await on.review();
    merge(on.scene);
    expect((await on.apply()).outputs).toMatchObject({ outcome: 'applied', approved: '1' });
    const early = await on.scene.run(scheduleEvent(), { mode: 'apply' });
    expect(early.outputs).toMatchObject({ outcome: 'nothing-to-do', approved: '0' });
    on.server.devices[1]!.advertised = ['10.42.1.0/24'];
    on.server.devices[2]!.enabled = [];
    const ran = await on.scene.run(scheduleEvent(), { mode: 'apply' });
    expect(ran.outputs).toMatchObject({ outcome: 'applied', approved: '1' });
    expect(approvedOn(on.server)).toEqual({ ...ALL_APPROVED, 'bergen-1': [] });
    expect(ran.summary).toMatch(/not in the reviewed plan/);
  });
});
