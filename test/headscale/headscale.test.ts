import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../app/temporary-folder.ts';
import { runBundle } from '../run-bundle.ts';
import { HAS_V2, type HeadscaleNode, MISSING, startTailnet, type Tailnet } from './tailnet.ts';

/** By hand on kyoto-1: no file declares it. */
const BY_HAND = '192.168.70.0/24';
const DEVICES = {
  'oslo-1': ['10.42.0.0/24'],
  'kyoto-1': ['10.42.3.0/24', BY_HAND],
  'bergen-1': ['10.42.4.0/24'],
};
const DECLARED = { 'oslo-1': ['10.42.0.0/24'], 'kyoto-1': ['10.42.3.0/24'], 'bergen-1': ['10.42.4.0/24'] };
const NOTHING = { 'oslo-1': [], 'kyoto-1': [], 'bergen-1': [] };
const POLICY = `{
  "tagOwners": {"tag:k3s": ["lab@"]},
  "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}],
}`;

interface PrintedPlan {
  readonly version: number;
  readonly control: string;
  readonly digest: string;
  readonly changes: readonly {
    readonly device: string;
    readonly name: string;
    readonly before: readonly string[];
    readonly after: readonly string[];
    readonly outcome?: string;
  }[];
  readonly refusals: readonly { readonly name: string; readonly prefix: string; readonly why: string }[];
  readonly nothingToDo: boolean;
}

describe.skipIf(MISSING.length > 0)('a real Headscale', { timeout: 120_000 }, () => {
  let tailnet: Tailnet;
  let nodes: readonly HeadscaleNode[];

  beforeAll(async () => {
    tailnet = await startTailnet({ devices: DEVICES, policy: POLICY, tag: 'tag:k3s' });
  }, 120_000);
  afterAll(() => tailnet?.stop());

  beforeEach(async () => {
    nodes = await tailnet.nodes();
    for (const name of Object.keys(DEVICES)) approveByHand(name, []);
  });

  const nodeOf = (name: string) => nodes.find((node) => node.name === name)!;

  /** Replaces what is approved, with Headscale's own command. */
  function approveByHand(name: string, routes: readonly string[]): void {
    tailnet.headscale('nodes', 'approve-routes', '-i', nodeOf(name).id, '-r', routes.join());
  }

  /** What Headscale's own command says is approved. */
  async function approved(): Promise<Record<string, readonly string[]>> {
    const all = await tailnet.nodes();
    return Object.fromEntries(all.map(({ name, approved }) => [name, approved]));
  }

  function repository(moreRoutes: readonly string[] = []): string {
    const node = (name: string, site: string, podCidr: string, role: string) =>
      `    - {name: ${name}, site: ${site}, tailscaleIp: ${nodeOf(name).addresses[0]}, podCidr: ${podCidr}, ${role}, tailscale: {acceptRoutes: true, tags: ["tag:k3s"]}}`;
    const server = nodeOf('oslo-1').addresses[0];
    const remote = `role: remote-agent, masterTailscaleIp: ${server}, tokenFrom: "env:K3S_TOKEN"`;
    const declared = Object.entries(DECLARED).flatMap(([name, prefixes]) =>
      prefixes.map((prefix) => `{node: ${name}, prefix: ${prefix}}`),
    );
    return temporaryFolder({
      'cluster.yaml': `apiVersion: podroute/v1
kind: Cluster
metadata: {name: home}
spec:
  nodes:
${node('oslo-1', 'oslo', '10.42.0.0/24', `role: server, lanIp: 192.168.50.11/24, advertiseAddress: ${server}`)}
${node('kyoto-1', 'kyoto', '10.42.3.0/24', remote)}
${node('bergen-1', 'bergen', '10.42.4.0/24', remote)}
`,
      'routes.yaml': `apiVersion: podroute/v1
kind: Routes
metadata: {name: home}
spec:
  routes:
${[...declared, ...moreRoutes].map((route) => `    - ${route}\n`).join('')}`,
    });
  }

  const v1 = () => ({ HEADSCALE_URL: tailnet.url, HEADSCALE_API_KEY: tailnet.apiKey });

  const v2 = () => ({ TAILSCALE_BASE_URL: tailnet.url, TAILSCALE_TAILNET: '-' });
  const v2ByKey = () => ({ ...v2(), TAILSCALE_API_KEY: tailnet.apiKey });

  function podroute(cwd: string, words: readonly string[], env: Readonly<Record<string, string>> = v1()) {
    const ended = runBundle('dist/cli.js', words, { cwd, env });
    for (const output of [ended.stdout, ended.stderr]) expect(output).not.toContain(tailnet.apiKey);
    return ended;
  }

  /** What a command prints as JSON, and its exit code. */
  function printed(cwd: string, words: readonly string[], env?: Readonly<Record<string, string>>) {
    const { status, stdout, stderr } = podroute(cwd, [...words, '--format', 'json'], env);
    const plan: PrintedPlan | undefined = stdout.startsWith('{') ? JSON.parse(stdout) : undefined;
    if (plan === undefined) throw new Error(`exit code ${status}: ${stderr}`);
    return { status, plan };
  }

  const changes = (plan: PrintedPlan) =>
    plan.changes.map(({ name, before, after }) => ({ name, before, after })).toSorted(byName);
  const outcomes = (plan: PrintedPlan) =>
    plan.changes.map(({ name, outcome }) => ({ name, outcome })).toSorted(byName);

  test('the files have no faults of their own', () => {
    expect(podroute(repository(), ['check', '--fail-on', 'note'], {})).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('the plan shows every route that would be approved, and approves none', async () => {
    const { status, plan } = printed(repository(), ['plan']);
    expect(status).toBe(0);
    expect(plan).toMatchObject({ version: 1, control: 'headscale', refusals: [], nothingToDo: false });
    expect(plan.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(changes(plan)).toEqual([
      { name: 'bergen-1', before: [], after: ['10.42.4.0/24'] },
      { name: 'kyoto-1', before: [], after: ['10.42.3.0/24'] },
      { name: 'oslo-1', before: [], after: ['10.42.0.0/24'] },
    ]);
    expect(plan.changes.map(({ device }) => device).toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
    expect(await approved()).toEqual(NOTHING);
  });

  test('apply approves what was planned, and there is nothing to do afterwards', async () => {
    const files = repository();
    const { digest } = printed(files, ['plan']).plan;
    const { status, plan } = printed(files, ['apply', '--digest', digest]);
    expect(status).toBe(0);
    expect(outcomes(plan)).toEqual([
      { name: 'bergen-1', outcome: 'applied' },
      { name: 'kyoto-1', outcome: 'applied' },
      { name: 'oslo-1', outcome: 'applied' },
    ]);
    expect(await approved()).toEqual(DECLARED);

    expect(printed(files, ['plan'])).toMatchObject({
      status: 0,
      plan: { digest, changes: [], nothingToDo: true },
    });
    expect(printed(files, ['apply', '--digest', digest])).toMatchObject({
      status: 0,
      plan: { digest, changes: [], nothingToDo: true },
    });
  });

  test('what was approved by hand after the plan is kept, and changes no digest', async () => {
    const files = repository();
    const { digest } = printed(files, ['plan']).plan;
    approveByHand('kyoto-1', [BY_HAND]);
    expect(printed(files, ['apply', '--digest', digest]).status).toBe(0);
    expect(await approved()).toEqual({ ...DECLARED, 'kyoto-1': ['10.42.3.0/24', BY_HAND] });
  });

  test('another digest approves nothing', async () => {
    const { status } = podroute(repository(), ['apply', '--digest', `sha256:${'0'.repeat(64)}`]);
    expect(status).toBe(1);
    expect(await approved()).toEqual(NOTHING);
  });

  test('without a digest and a terminal nothing is approved', async () => {
    expect(podroute(repository(), ['apply']).status).toBe(2);
    expect(await approved()).toEqual(NOTHING);
  });

  test('the digest of a plan does not approve what was declared after it', async () => {
    const { digest } = printed(repository(), ['plan']).plan;
    const more = repository([`{node: kyoto-1, prefix: ${BY_HAND}}`]);
    expect(podroute(more, ['apply', '--digest', digest]).status).toBe(1);
    expect(await approved()).toEqual(NOTHING);
  });

  test('a route that is advertised after the review is approved with the same digest', async () => {
    const files = repository();
    await tailnet.advertise('bergen-1', []);
    try {
      const { plan } = printed(files, ['plan']);
      expect(changes(plan).map(({ name }) => name)).toEqual(['kyoto-1', 'oslo-1']);
      printed(files, ['apply', '--digest', plan.digest]);
      expect(await approved()).toEqual({ ...DECLARED, 'bergen-1': [] });

      await tailnet.advertise('bergen-1', DEVICES['bergen-1']);
      expect(printed(files, ['apply', '--digest', plan.digest]).status).toBe(0);
      expect(await approved()).toEqual(DECLARED);
    } finally {
      await tailnet.advertise('bergen-1', DEVICES['bergen-1']);
    }
  });

  test('only what prune names is taken back', async () => {
    approveByHand('kyoto-1', ['10.42.3.0/24', '10.99.0.0/24', BY_HAND]);
    const files = repository([`{node: kyoto-1, prefix: ${BY_HAND}, prune: true}`]);
    const { digest } = printed(files, ['plan']).plan;
    expect(printed(files, ['apply', '--digest', digest]).status).toBe(0);
    expect(await approved()).toEqual({ ...DECLARED, 'kyoto-1': ['10.42.3.0/24', '10.99.0.0/24'] });
  });

  test('an exit route is refused, the rest goes on', async () => {
    const files = repository(['{node: bergen-1, prefix: 0.0.0.0/0}']);
    const { plan } = printed(files, ['plan']);
    expect(plan.refusals).toMatchObject([{ name: 'bergen-1', prefix: '0.0.0.0/0' }]);
    expect(changes(plan).map(({ name }) => name)).toEqual(['bergen-1', 'kyoto-1', 'oslo-1']);
    podroute(files, ['apply', '--digest', plan.digest]);
    expect(await approved()).toEqual(DECLARED);
  });

  test('a device that is offline is held, and done once it is back', async () => {
    const files = repository();
    await tailnet.setOnline('bergen-1', false);
    try {
      for (const way of HAS_V2 ? [v1(), v2ByKey()] : [v1()]) {
        const { plan } = printed(files, ['plan'], way);
        expect(changes(plan).map(({ name }) => name)).toEqual(['kyoto-1', 'oslo-1']);
      }
      const { digest } = printed(files, ['plan']).plan;
      printed(files, ['apply', '--digest', digest]);
      expect(await approved()).toEqual({ ...DECLARED, 'bergen-1': [] });

      await tailnet.setOnline('bergen-1', true);
      expect(printed(files, ['apply', '--digest', digest]).status).toBe(0);
      expect(await approved()).toEqual(DECLARED);
    } finally {
      await tailnet.setOnline('bergen-1', true);
    }
  });

  test('what autoApprovers cover is not taken back, as Headscale would approve it again', async () => {
    tailnet.setPolicy(POLICY.replace('}],', `}], "autoApprovers": {"routes": {"${BY_HAND}": ["tag:k3s"]}},`));
    try {
      await tailnet.nodes((all) =>
        all.some((node) => node.name === 'kyoto-1' && node.approved.includes(BY_HAND)),
      );
      const { plan } = printed(repository([`{node: kyoto-1, prefix: ${BY_HAND}, prune: true}`]), ['plan']);
      expect(plan.refusals).toMatchObject([{ name: 'kyoto-1', prefix: BY_HAND }]);
      expect(plan.refusals[0]?.why).toContain('autoApprovers');
    } finally {
      tailnet.setPolicy(POLICY);
    }
  });

  test('drift is what the server has and the files do not', () => {
    const files = repository();
    const { digest } = printed(files, ['plan']).plan;
    printed(files, ['apply', '--digest', digest]);
    expect(podroute(files, ['plan', '--drift']).status).toBe(0);

    approveByHand('kyoto-1', ['10.42.3.0/24', BY_HAND]);
    const { status, stdout } = podroute(files, ['plan', '--drift']);
    expect(status).toBe(1);
    expect(stdout).toContain(BY_HAND);
    expect(stdout).toContain('kyoto-1');
  });

  test('a wrong key is refused, and said to be', async () => {
    const ended = podroute(repository(), ['plan'], { ...v1(), HEADSCALE_API_KEY: 'hskey-api-wrong' });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('does not accept the API key');
    expect(ended.stdout + ended.stderr).not.toContain('hskey-api-wrong');
  });

  test('a device that registered again is another one, whatever it is called', async () => {
    const files = repository();
    const { digest } = printed(files, ['plan']).plan;
    await tailnet.registerAgain('bergen-1');
    const { plan } = printed(files, ['plan']);
    expect(plan.digest).not.toBe(digest);
    expect(plan.refusals).toMatchObject([{ prefix: '10.42.4.0/24' }]);
    expect(podroute(files, ['apply', '--digest', digest]).status).toBe(1);
    expect(await approved()).toEqual(NOTHING);
  });

  describe.skipIf(!HAS_V2)('through the second version of its interface', () => {
    test('plan and apply with an API key', async () => {
      const files = repository();
      const first = printed(files, ['plan'], v2ByKey());
      expect(changes(first.plan)).toEqual(changes(printed(files, ['plan']).plan));
      approveByHand('kyoto-1', [BY_HAND]);
      const { status, plan } = printed(files, ['apply', '--digest', first.plan.digest], v2ByKey());
      expect(status).toBe(0);
      expect(outcomes(plan).every(({ outcome }) => outcome === 'applied')).toBe(true);
      expect(await approved()).toEqual({ ...DECLARED, 'kyoto-1': ['10.42.3.0/24', BY_HAND] });
      expect(printed(files, ['plan'], v2ByKey()).plan.nothingToDo).toBe(true);
    });

    test.each([
      ['Tailscale', () => v2()],
      ['Headscale', () => ({ HEADSCALE_URL: tailnet.url })],
    ])('plan and apply with an OAuth client of the least scopes, addressed as %s', async (_, address) => {
      const env = { ...address(), ...oauthClient('devices:core:read', 'devices:routes', 'policy_file:read') };
      const files = repository();
      const { digest } = printed(files, ['plan'], env).plan;
      expect(printed(files, ['apply', '--digest', digest], env).status).toBe(0);
      expect(await approved()).toEqual(DECLARED);
    });

    function oauthClient(...scopes: readonly string[]): Record<string, string> {
      const words = scopes.flatMap((scope) => ['--scope', scope]);
      const client = JSON.parse(tailnet.headscale('-o', 'json', 'oauth-clients', 'create', ...words));
      return { TAILSCALE_OAUTH_CLIENT_ID: client.id, TAILSCALE_OAUTH_CLIENT_SECRET: client.key };
    }

    test('a client that may not write is refused, and the scope it lacks is named', async () => {
      const env = { ...v2(), ...oauthClient('devices:core:read') };
      const files = repository();
      const { digest } = printed(files, ['plan'], env).plan;
      const { status, stdout, stderr } = podroute(files, ['apply', '--digest', digest], env);
      expect(status).not.toBe(0);
      expect(stdout + stderr).toContain('devices:routes');
      expect(await approved()).toEqual(NOTHING);
    });
  });
});

const byName = (a: { readonly name: string }, b: { readonly name: string }) => a.name.localeCompare(b.name);
