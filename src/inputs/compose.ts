import type { SourceFile } from '../source/source-file.ts';
import { located } from '../source/span.ts';
import { givenAt, type Tree, valueAt } from '../syntax/tree.ts';
import { parseYaml } from '../syntax/yaml.ts';
import { programOf } from './compose/container.ts';
import { type ComposeProject, composeProject, readEnvironment } from './compose/environment.ts';
import { interpolate } from './compose/interpolation.ts';
import { readK3sService } from './compose/k3s.ts';
import { readTailscaleService } from './compose/tailscale.ts';
import { type FileFacts, fileFacts, type NodeFacts, type Secret } from './facts.ts';
import { folderNameOf } from './names.ts';
import { secretOfVariable } from './secret-variables.ts';
import { uniqueSecrets } from './secrets.ts';

/**
 * Reads the services of a Compose file that run Tailscale or K3s; says nothing of the others.
 *
 * @param fileNamed another file by a path in the form of `file.path`: `.env` and what `env_file` names. Values
 * that stand there keep their places.
 */
export function readCompose(
  file: SourceFile,
  fileNamed: (path: string) => SourceFile | undefined,
): FileFacts {
  const documents = parseYaml(file);
  const problems = documents.flatMap((document) => document.problems);
  const services = valueAt(documents[0]?.tree, 'services');
  const project = composeProject(file, fileNamed);
  const read: ReadService[] = [];
  const secrets: Secret[] = [];
  const guests = new Map<string, Set<string>>();
  for (const { key, value: tree } of services?.kind === 'map' ? services.members : []) {
    if (tree.kind !== 'map') continue;
    const environment = readEnvironment(tree, project);
    secrets.push(...environment.all.flatMap(({ name, value }) => secretOfVariable(name.value, value)));
    const host = networkOf(tree, project);
    if (host !== undefined) guests.set(host, (guests.get(host) ?? new Set()).add(key.text));
    const containerName = givenAt(tree, 'container_name')?.text;
    const program = programOf(tree, environment, project.variables);
    if (program === undefined) continue;
    const readService = program === 'k3s' ? readK3sService : readTailscaleService;
    const found = readService(located(key.text, key.span), tree, environment, project.variables);
    read.push({ name: key.text, program, node: found.node, ...(containerName && { containerName }) });
    secrets.push(...found.secrets);
  }
  const k3s = new Set(read.filter(({ program }) => program === 'k3s').map(({ name }) => name));
  const hosted = read.map((service) => {
    const { name, containerName = name } = service;
    return withGuests(service, guests.get(name) ?? guests.get(containerName), k3s);
  });
  // Docker refuses a file that does not parse: what it seems to lack may stand behind the error.
  if (problems.length > 0) return { ...fileFacts('compose'), problems, secrets: uniqueSecrets(secrets) };
  const folderName = folderNameOf(file);
  const nodes = [...withNames(hosted, 'tailscale', folderName), ...withNames(hosted, 'k3s', folderName)];
  return { ...fileFacts('compose'), problems, nodes, secrets: uniqueSecrets(secrets) };
}

/** The service, or the name of the container, whose network a service uses. */
function networkOf(service: Tree, { variables }: ComposeProject): string | undefined {
  const mode = givenAt(service, 'network_mode');
  const text = mode && interpolate(mode, variables).text;
  return /^(?:service|container):(.+)$/.exec(text ?? '')?.[1];
}

interface ReadService {
  readonly name: string;
  readonly containerName?: string;
  readonly program: 'tailscale' | 'k3s';
  readonly node: NodeFacts;
  /** Tailscale for other services of the file, and not for a node. */
  readonly isSidecar?: boolean;
}

/** What the services that use a service's network make of it. */
function withGuests(
  service: ReadService,
  guests: ReadonlySet<string> | undefined,
  k3s: ReadonlySet<string>,
): ReadService {
  const { node } = service;
  if (guests === undefined || !node.container) return service;
  if (![...guests].some((guest) => k3s.has(guest))) return { ...service, isSidecar: true };
  return { ...service, node: { ...node, container: { ...node.container, carriesK3s: true } } };
}

/** A device that publishes a program: it serves, or is called otherwise and has nothing of a router. */
function isAppProxy({ container, hostname, tailscale }: NodeFacts, folderName: string | undefined): boolean {
  if (!container || container.networkMode?.text === 'host') return false;
  if (container.environment.some(({ name }) => name.value === 'TS_SERVE_CONFIG')) return true;
  const routes = tailscale.some(({ advertise, acceptRoutes }) => advertise.length > 0 || acceptRoutes);
  const isCalledOtherwise =
    hostname?.text !== undefined && hostname.text.toLowerCase() !== folderName?.toLowerCase();
  return isCalledOtherwise && !routes && container.tun !== true;
}

/**
 * The folder names the service that is the node itself: the only one of its program that is no sidecar, or of
 * several the only one on the host's network. The others are devices of their own, and a device without a name has its service's.
 */
function withNames(
  all: readonly ReadService[],
  program: ReadService['program'],
  folderName: string | undefined,
): NodeFacts[] {
  const alike = all.filter((service) => service.program === program);
  const candidates = alike.filter(({ isSidecar, node }) => !isSidecar && !isAppProxy(node, folderName));
  const onHost = candidates.filter(({ node }) => node.container?.networkMode?.text === 'host');
  const [itself] = candidates.length === 1 ? candidates : onHost.length === 1 ? onHost : [];
  return alike.map((service) => {
    const { node, name } = service;
    const isNamed = node.nodeName !== undefined || node.hostname !== undefined;
    const weak = service === itself ? folderName : isNamed ? undefined : name;
    return weak === undefined ? node : { ...node, folderName: weak };
  });
}
