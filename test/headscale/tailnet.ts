import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endOf, eventually, freePorts, missing, type Running, start } from './programs.ts';

/** A Headscale on loopback and its devices, each a tailscaled of its own. */
export interface Tailnet {
  readonly url: string;
  readonly apiKey: string;
  /** Headscale's own command; what it prints. */
  readonly headscale: (...words: string[]) => string;
  /** The nodes as Headscale's command tells them; waits until they are as asked for. */
  readonly nodes: (until?: (nodes: readonly HeadscaleNode[]) => boolean) => Promise<readonly HeadscaleNode[]>;
  readonly advertise: (device: string, routes: readonly string[]) => Promise<void>;
  readonly setOnline: (device: string, isOnline: boolean) => Promise<void>;
  /** Takes the device out of the tailnet and lets it join again, as another node. */
  readonly registerAgain: (device: string) => Promise<void>;
  readonly setPolicy: (text: string) => void;
  readonly stop: () => Promise<void>;
}

export interface HeadscaleNode {
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly isOnline: boolean;
  /** Each sorted. */
  readonly approved: readonly string[];
  readonly advertised: readonly string[];
}

export interface TailnetSettings {
  /** What each device advertises. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
  readonly policy: string;
  /** What every device is tagged with. */
  readonly tag: string;
}

export const MISSING = missing(['headscale', 'tailscaled', 'tailscale']);

/** The second version of Headscale's interface came together with OAuth clients [Headscale 0.30]. */
export const HAS_V2 =
  MISSING.length === 0 &&
  spawnSync('headscale', ['--help'], { encoding: 'utf8' }).stdout.includes('oauth-clients');

/**
 * Starts everything in a temporary folder and on loopback, and waits until each device is online and advertises its
 * routes. None of it outlives the process that calls.
 */
export async function startTailnet({ devices, policy, tag }: TailnetSettings): Promise<Tailnet> {
  const folder = mkdtempSync(join(tmpdir(), 'podroute-headscale-'));
  const running: Running[] = [];
  const stop = async () => {
    await Promise.all(running.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  const log = join(folder, 'headscale.log');
  try {
    const config = join(folder, 'headscale.yaml');
    const url = await writeConfig(folder, config);
    running.push(start('headscale', ['-c', config, 'serve'], { log }));
    await eventually('Headscale answers', () => answers(`${url}/health`));

    const headscale: Tailnet['headscale'] = (...words) =>
      execFileSync('headscale', ['-c', config, ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const asked = (...words: string[]) => JSON.parse(headscale('-o', 'json', ...words));
    const setPolicy: Tailnet['setPolicy'] = (text) => {
      const file = join(folder, 'policy.hujson');
      writeFileSync(file, text);
      headscale('policy', 'set', '-f', file);
    };
    const user = String(asked('users', 'create', 'lab').id);
    setPolicy(policy);
    const { key } = asked('preauthkeys', 'create', '--user', user, '--reusable', '--tags', tag);

    const tailscale = async (device: string, ...words: string[]): Promise<void> => {
      await promisify(execFile)('tailscale', [`--socket=${socketOf(folder, device)}`, ...words]);
    };
    const register = async (device: string, ...more: string[]) => {
      const routes = devices[device]?.join() ?? '';
      const settings = [
        `--hostname=${device}`,
        `--advertise-routes=${routes}`,
        '--accept-routes',
        '--accept-dns=false',
      ];
      await tailscale(
        device,
        'up',
        `--login-server=${url}`,
        `--auth-key=${key}`,
        ...settings,
        '--timeout=40s',
        ...more,
      );
    };
    const nodes: Tailnet['nodes'] = (until = () => true) =>
      eventually('the nodes are as asked for', () => {
        const all = asked('nodes', 'list').map(readNode);
        return until(all) ? all : undefined;
      });
    const node = (device: string, until: (node: HeadscaleNode) => boolean) =>
      nodes((all) => all.some((each) => each.name === device && until(each)));
    const isUp = ({ name, isOnline, advertised }: HeadscaleNode) =>
      isOnline && advertised.join() === devices[name]?.toSorted().join();

    const names = Object.keys(devices);
    for (const device of names) running.push(startDevice(folder, device));
    for (const device of names)
      await eventually('tailscaled listens', () => succeeds(tailscale(device, 'debug', 'prefs')));
    await Promise.all(names.map((device) => register(device)));
    await nodes((all) => all.length === names.length && all.every(isUp));

    return {
      url,
      apiKey: asked('apikeys', 'create'),
      headscale,
      nodes,
      advertise: async (device, routes) => {
        await tailscale(device, 'set', `--advertise-routes=${routes.join()}`);
        await node(device, ({ advertised }) => advertised.join() === routes.toSorted().join());
      },
      setOnline: async (device, isOnline) => {
        await (isOnline ? register(device) : tailscale(device, 'down'));
        await node(device, (each) => each.isOnline === isOnline);
      },
      registerAgain: async (device) => {
        const [before] = (await nodes()).filter(({ name }) => name === device);
        headscale('nodes', 'delete', '-i', before!.id, '--force');
        await register(device, '--force-reauth');
        await node(device, (each) => each.id !== before!.id && isUp(each));
      },
      setPolicy,
      stop,
    };
  } catch (error) {
    const told = endOf(log);
    await stop();
    throw new Error(`the tailnet does not start; the end of Headscale's log:\n${told}`, { cause: error });
  }
}

/** Headscale refuses to start without a relay, so it is its own; nothing is fetched from elsewhere. */
async function writeConfig(folder: string, path: string): Promise<string> {
  const [port, metrics, stun, grpc] = await freePorts(4);
  // An address and not a name: with a name clients try port 443 as well.
  const url = `http://127.0.0.1:${port}`;
  const config = {
    server_url: url,
    listen_addr: `127.0.0.1:${port}`,
    metrics_listen_addr: `127.0.0.1:${metrics}`,
    // Of 0.29 and earlier.
    grpc_listen_addr: `127.0.0.1:${grpc}`,
    unix_socket: join(folder, 'headscale.sock'),
    noise: { private_key_path: join(folder, 'noise.key') },
    prefixes: { v4: '100.64.0.0/10', v6: 'fd7a:115c:a1e0::/48', allocation: 'sequential' },
    database: { type: 'sqlite', sqlite: { path: join(folder, 'database.sqlite') } },
    policy: { mode: 'database' },
    dns: {
      magic_dns: false,
      base_domain: 'lab.test',
      override_local_dns: false,
      nameservers: { global: [] },
    },
    derp: {
      urls: [],
      auto_update_enabled: false,
      server: {
        enabled: true,
        region_id: 999,
        region_code: 'lab',
        region_name: 'lab',
        verify_clients: true,
        ipv4: '127.0.0.1',
        stun_listen_addr: `127.0.0.1:${stun}`,
        private_key_path: join(folder, 'derp.key'),
      },
    },
    disable_check_updates: true,
    logtail: { enabled: false },
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));
  return url;
}

/** Without a tun device and firewall rules: it advertises its routes all the same, and needs no root. */
function startDevice(folder: string, device: string): Running {
  const state = join(folder, device);
  mkdirSync(state);
  const words = ['--tun=userspace-networking', '--no-logs-no-support', '--port=0'];
  return start('tailscaled', [...words, `--statedir=${state}`, `--socket=${socketOf(folder, device)}`], {
    log: join(folder, `${device}.log`),
    env: {
      HOME: state,
      TS_DEBUG_USE_DERP_HTTP: 'true',
      TS_NO_LOGS_NO_SUPPORT: 'true',
      TS_DISABLE_PORTMAPPER: '1',
    },
  });
}

function socketOf(folder: string, device: string): string {
  return join(folder, `${device}.sock`);
}

/** Before 0.30 the command writes members as `given_name`, ids as numbers, and leaves out what is empty. */
function readNode(node: Readonly<Record<string, unknown>>): HeadscaleNode {
  const member = (name: string) =>
    node[name] ?? node[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  const texts = (name: string) => [member(name) ?? []].flat().map(String);
  return {
    id: String(member('id')),
    name: String(member('givenName')),
    addresses: texts('ipAddresses'),
    isOnline: member('online') === true,
    approved: texts('approvedRoutes').sort(),
    advertised: texts('availableRoutes').sort(),
  };
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok ?? false;
}

function succeeds(done: Promise<void>): Promise<boolean> {
  return done.then(
    () => true,
    () => false,
  );
}
