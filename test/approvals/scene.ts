/**
 * What the tests of approvals play on: a repository on a loopback GitHub, its tailnet on a loopback control server, and
 * the built Action run on events as a runner runs it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addFiles } from '../app/temporary-folder.ts';
import type { FakeDevice, LoopbackServer } from '../loopback/control-server.ts';
import { aDevice, SECRETS } from '../loopback/control-server.ts';
import { type FakeGitHub, type FakeOptions, startGitHub } from '../loopback/github.ts';
import { IDENTITY_PATH } from '../loopback/tailscale.ts';
import { type Ended, type Running, startBundle } from '../run-bundle.ts';

export const REPOSITORY = 'homelab/home';
/** Commits, as Git names them. */
export const sha = (letter: string) => letter.repeat(40);
export const BASE = sha('a');
export const HEAD = sha('b');
export const MERGED = sha('c');

const NODES = [
  { name: 'oslo-1', id: '1', role: 'server', pods: '10.42.0.0/24' },
  { name: 'kyoto-1', id: '2', role: 'remote-agent', pods: '10.42.1.0/24' },
  { name: 'bergen-1', id: '3', role: 'remote-agent', pods: '10.42.2.0/24' },
] as const;

/** The files of a cluster of three sites; `routes` are the entries of its Routes manifest. */
export function filesOf(routes: readonly string[] = ROUTES): Record<string, string> {
  const nodes = NODES.map(
    ({ name, id, role, pods }) =>
      `    - {name: ${name}, role: ${role}, site: ${name}, tailscaleIp: 100.64.0.${id}, podCidr: ${pods}` +
      `${role === 'server' ? '' : ', masterTailscaleIp: 100.64.0.1, tokenFrom: "env:K3S_TOKEN"'}` +
      ', tailscale: {acceptRoutes: true}}',
  );
  return {
    'cluster.yaml': `apiVersion: podroute/v1
kind: Cluster
metadata: {name: home}
spec:
  flannelBackend: host-gw
  nodes:
${nodes.join('\n')}
`,
    'routes.yaml': `apiVersion: podroute/v1
kind: Routes
metadata: {name: home}
spec:
  routes:
${routes.map((route) => `    - ${route}\n`).join('')}`,
  };
}

export const ROUTES = NODES.map(({ name, pods }) => `{node: ${name}, prefix: ${pods}}`);

/** The devices of the three nodes: each advertises its pods, and those of oslo-1 are approved. */
export function devicesOf(changes: Readonly<Record<string, Partial<FakeDevice>>> = {}): FakeDevice[] {
  return NODES.map(({ name, id, pods }) =>
    aDevice(id, {
      name,
      advertised: [pods],
      enabled: name === 'oslo-1' ? [pods] : [],
      ...changes[name],
    }),
  );
}

/** What every device has approved, by its name. */
export function approvedOn({ devices }: LoopbackServer): Record<string, readonly string[]> {
  return Object.fromEntries(devices.map(({ name, enabled }) => [name, [...enabled].sort()]));
}

export const ALL_APPROVED = {
  'oslo-1': ['10.42.0.0/24'],
  'kyoto-1': ['10.42.1.0/24'],
  'bergen-1': ['10.42.2.0/24'],
};
export const NONE_APPROVED = { ...ALL_APPROVED, 'kyoto-1': [], 'bergen-1': [] };

/** The Action's inputs for each way to sign in, and the environment that goes with them. */
export const SIGN_INS = {
  'an API key': {
    inputs: { 'api-key': SECRETS.apiKey },
    env: ({ url }: LoopbackServer) => ({ TAILSCALE_BASE_URL: url }),
  },
  'an OAuth client': {
    inputs: { 'oauth-client-id': SECRETS.clientId, 'oauth-client-secret': SECRETS.clientSecret },
    env: ({ url }: LoopbackServer) => ({ TAILSCALE_BASE_URL: url }),
  },
  OIDC: {
    inputs: { 'oauth-client-id': SECRETS.clientId, audience: SECRETS.audience },
    env: ({ url }: LoopbackServer) => ({
      TAILSCALE_BASE_URL: url,
      ACTIONS_ID_TOKEN_REQUEST_URL: url + IDENTITY_PATH,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: SECRETS.requestToken,
    }),
  },
} as const;

export interface SignIn {
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: (server: LoopbackServer) => Readonly<Record<string, string>>;
}

export function headscaleSignIn(url: string): SignIn {
  return { inputs: { 'headscale-url': url, 'headscale-api-key': SECRETS.apiKey }, env: () => ({}) };
}

export interface Ran extends Ended {
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Scene {
  readonly github: FakeGitHub;
  readonly server: LoopbackServer;
  /** Runs the Action on an event; `files` are what is checked out. */
  readonly run: (event: FakeEvent, inputs?: Readonly<Record<string, string>>) => Promise<Ran>;
  /** The same, still running. */
  readonly start: (
    event: FakeEvent,
    inputs?: Readonly<Record<string, string>>,
  ) => Running & { readonly ran: Promise<Ran> };
  /** Everything that any run so far has printed or written, the comments included. */
  readonly said: () => string;
  readonly close: () => Promise<void>;
}

/** What a runner tells of an event. */
export interface FakeEvent {
  readonly name: string;
  readonly payload: unknown;
  readonly sha: string;
  readonly ref: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A pull request is open on a GitHub, a control server has its devices. */
export async function openScene(
  server: LoopbackServer,
  signIn: SignIn,
  { github: options }: { readonly github?: FakeOptions } = {},
): Promise<Scene> {
  const github = await startGitHub(REPOSITORY, options);
  github.repository.branches.set('main', BASE);
  github.repository.trees.set(BASE, filesOf([]));
  github.repository.pulls.push({
    number: 12,
    head: { ref: 'kyoto', sha: HEAD, repository: REPOSITORY },
    base: { ref: 'main', sha: BASE },
  });
  const said: string[] = [];
  // Tests run beside each other: the folders go with their scene.
  const folders: string[] = [];
  const folderOf = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), 'podroute-scene-'));
    folders.push(folder);
    addFiles(folder, files);
    return folder;
  };
  const start: Scene['start'] = (event, inputs = {}) => {
    const workspace = folderOf(event.files);
    const runner = folderOf({ output: '', summary: '', 'event.json': JSON.stringify(event.payload) });
    const given = {
      paths: '.',
      'fail-on': 'error',
      token: 'ghs_job',
      comment: 'auto',
      ...signIn.inputs,
      ...inputs,
    };
    const env = {
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: join(runner, 'event.json'),
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_SHA: event.sha,
      GITHUB_REF: event.ref,
      GITHUB_RUN_ID: '99',
      GITHUB_ACTOR: 'ada',
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: join(runner, 'output'),
      GITHUB_STEP_SUMMARY: join(runner, 'summary'),
      RUNNER_TEMP: runner,
      ...signIn.env(server),
    };
    const running = startBundle('dist/action.js', [], { cwd: workspace, env });
    const ran = running.ended.then((ended) => {
      const summary = readFileSync(join(runner, 'summary'), 'utf8');
      const output = readFileSync(join(runner, 'output'), 'utf8');
      const outputs = outputsIn(output);
      const files = ['findings-file', 'sarif-file'].flatMap((name) =>
        outputs[name] ? [readFileSync(outputs[name], 'utf8')] : [],
      );
      // The runner reads the masks and prints none of them.
      const log = ended.stdout.replace(/^::add-mask::.*\n/gm, '');
      said.push(log, ended.stderr, summary, output, ...files);
      return { ...ended, stdout: log, summary, outputs };
    });
    return { ...running, ran };
  };
  return {
    github,
    server,
    start,
    run: (event, inputs) => start(event, inputs).ran,
    said: () => [...said, ...github.repository.comments.map(({ body }) => body)].join('\n'),
    close: async () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      await github.close();
      await server.close();
    },
  };
}

/** Outputs as the runner reads them: `name<<delimiter`, the value, the delimiter. */
export function outputsIn(text: string): Record<string, string> {
  const outputs = text.matchAll(/^([\w-]+)<<(.+)\r?\n([\s\S]*?)\r?\n\2$/gm);
  return Object.fromEntries([...outputs].map(([, name, , value]) => [name, value]));
}

const repository = { full_name: REPOSITORY, default_branch: 'main' };

export function pullRequestEvent(
  files: Readonly<Record<string, string>> = filesOf(),
  { head = HEAD, from = REPOSITORY, number = 12, name = 'pull_request' } = {},
): FakeEvent {
  return {
    name,
    sha: sha('e'),
    ref: `refs/pull/${number}/merge`,
    files,
    payload: {
      action: 'synchronize',
      number,
      pull_request: {
        number,
        head: { ref: 'kyoto', sha: head, repo: { full_name: from, fork: from !== REPOSITORY } },
        base: { ref: 'main', sha: BASE, repo: { full_name: REPOSITORY, fork: false } },
      },
      repository,
    },
  };
}

export function pushEvent(
  files: Readonly<Record<string, string>> = filesOf(),
  { commit = MERGED, before = BASE, ref = 'refs/heads/main' } = {},
): FakeEvent {
  const payload = { ref, before, after: commit, commits: [{ id: commit }], repository };
  return { name: 'push', sha: commit, ref, files, payload };
}

export function dispatchEvent(
  files: Readonly<Record<string, string>> = filesOf(),
  { commit = MERGED, ref = 'refs/heads/main' } = {},
): FakeEvent {
  return { name: 'workflow_dispatch', sha: commit, ref, files, payload: { ref, inputs: {}, repository } };
}

export function scheduleEvent(files: Readonly<Record<string, string>> = filesOf()): FakeEvent {
  return {
    name: 'schedule',
    sha: MERGED,
    ref: 'refs/heads/main',
    files,
    payload: { schedule: '0 4 * * *', repository },
  };
}

/** Somebody merges the pull request: the branch moves on. */
export function merge(
  { github: { repository: place } }: Scene,
  files: Readonly<Record<string, string>> = filesOf(),
  {
    number = 12,
    commit = MERGED,
    at = '2026-11-20T12:00:00Z',
    head,
  }: { number?: number; commit?: string; at?: string; head?: string } = {},
): void {
  const pull = place.pulls.find((each) => each.number === number)!;
  Object.assign(pull, { merged: { at, commit }, closed: true, updatedAt: at });
  if (head !== undefined) pull.head = { ...pull.head, sha: head };
  place.branches.set('main', commit);
  place.trees.set(commit, files);
  place.linked.set(commit, [number]);
}
