import { formatAddress } from '../net/format.ts';
import type { NamedWay, PairChange, PathsDifference, Way } from '../paths/compare-paths.ts';
import type { Outcome } from '../paths/connection.ts';
import { filtersOf } from '../paths/filter.ts';
import type { Host } from '../paths/host.ts';
import type { Network } from '../paths/network.ts';
import type { Path, Step } from '../paths/path.ts';
import { type Asked, type PodPair, podTracer } from '../paths/pod-paths.ts';
import { DNS, type ServicePath, traceService } from '../paths/service-paths.ts';
import type { Span } from '../source/span.ts';
import { jsonLine, jsonText } from './json.ts';
import { endsOf } from './lines.ts';
import { fateOf } from './path-fates.ts';
import { assumptionsIn, type ClusterPaths, countsOf, type PathsReport, type Traced } from './paths-report.ts';
import { stepsOf } from './paths-verdict.ts';
import { type Redaction, redactionOf } from './redact.ts';

/** More pairs are not told step by step: their `because` has the lines of a failure's cause alone. */
const MOST_TOLD = 10_000;

/** The same of what stands beside them, of each kind. */
const MOST_TOLD_BESIDE = 1000;

/** More UTF-16 units than this do not fit in a string with certainty. */
const LONGEST = 256 * 1024 * 1024;

/** An entry of `pairs` and of the members beside it. */
interface Entry {
  readonly from: string;
  readonly to: string;
  readonly path: Pick<Path, 'via' | 'delivered' | 'cause' | 'seen' | 'steps'>;
  /** Of what is no pod's: what is asked. */
  readonly service?: ServicePath;
}

type Names = ReadonlyMap<Host, string>;

/**
 * Version 1 of the format: it may gain members, and loses or renames none. Each pair has a line. With `traced` the
 * pairs are that one. Undefined where it is too much for one text.
 */
export function renderPathsJson(report: PathsReport, traced?: Traced): string | undefined {
  const redaction = redactionOf(report.secrets);
  const { clusters, asked } = report;
  const total = clusters.reduce((sum, { nodes }) => sum + nodes.length * (nodes.length - 1), 0);
  const isTold = total <= MOST_TOLD;
  const names = new Map(
    clusters.flatMap(({ nodes }) => nodes.map(({ host, name }) => [host, redaction.text(name)] as const)),
  );
  const before = {
    version: 1,
    asked: { protocol: asked.protocol, port: asked.port, pod: 'network address plus ten' },
    assumptions: assumptionsIn(report).map(redaction.text),
    clusters: clusters.map((cluster) => clusterIn(cluster, traced === undefined, names, redaction)),
    nodes: [...names.values()],
  };
  const entries =
    traced === undefined
      ? clusters.flatMap(({ network, pairs }) => podEntries(network, pairs, report.asked, isTold, names))
      : [{ from: names.get(traced.from.host)!, to: names.get(traced.to.host)!, path: traced.path }];
  const beside = traced === undefined ? besideOf(report, names) : [];

  const members = Object.entries(before).map(jsonMember);
  let length = 0;
  for (const [key, list] of [['pairs', entries] as const, ...beside]) {
    const lines: string[] = [];
    for (const entry of list) {
      const line = jsonLine(entryIn(entry, redaction));
      length += line.length + 6;
      if (length > LONGEST) return undefined;
      lines.push(`\n    ${line}`);
    }
    members.push(`  ${jsonLine(key)}: [${lines.join()}${lines.length > 0 ? '\n  ' : ''}]`);
  }
  const { difference } = report;
  if (difference) members.push(jsonMember(['difference', differenceIn(difference, redaction)]));
  return `{\n${members.join(',\n')}\n}\n`;
}

function clusterIn(cluster: ClusterPaths, isWhole: boolean, names: Names, redaction: Redaction) {
  const { name, nodes, sites } = cluster;
  return {
    name: name && redaction.text(name),
    nodes: nodes.map(({ host }) => names.get(host)),
    sites: sites.map((site) => ({
      name: site.name && redaction.text(site.name),
      nodes: site.nodes.map(({ host }) => names.get(host)),
    })),
    ...(isWhole && { summary: Object.fromEntries(countsOf(cluster.pairs)) }),
  };
}

function jsonMember([key, value]: readonly [string, unknown]): string {
  return `  "${key}": ${jsonText(value).trimEnd().replaceAll('\n', '\n  ')}`;
}

function podEntries(
  network: Network,
  pairs: readonly PodPair[],
  asked: Asked,
  isTold: boolean,
  names: Names,
): readonly Entry[] {
  const trace = podTracer(network, asked);
  return pairs.map((pair) => {
    const { from, to } = pair;
    return {
      from: names.get(from)!,
      to: names.get(to)!,
      path: isTold ? trace(from, to) : untold(pair),
    };
  });
}

function serviceEntries(
  network: Network,
  paths: readonly ServicePath[],
  isTold: boolean,
  names: Names,
): readonly Entry[] {
  const admits = filtersOf(network);
  return paths.map((service) => ({
    from: names.get(service.from)!,
    to: names.get(service.to)!,
    path: isTold ? traceService(network, service, admits) : untold(service),
    service,
  }));
}

/** Without the way, with the cause. */
function untold({ via, delivered, seen, cause }: Outcome): Entry['path'] {
  return { via, delivered, seen: seen && formatAddress(seen), cause, steps: cause ? [cause] : [] };
}

/** What stands beside the pairs; nothing that is left out of any cluster. */
function besideOf({ clusters }: PathsReport, names: Names): readonly (readonly [string, readonly Entry[]])[] {
  const isTold = (paths: readonly unknown[]) => paths.length <= MOST_TOLD_BESIDE;
  const services = (kind: 'api' | 'hosts') =>
    clusters.flatMap(({ network, [kind]: paths = [] }) =>
      serviceEntries(network, paths, isTold(paths), names),
    );
  const dns = clusters.flatMap(({ network, dns = [] }) => podEntries(network, dns, DNS, isTold(dns), names));
  const isWhole = clusters.every((each) => each.dns !== undefined && each.hosts !== undefined);
  return [
    ['api', services('api')],
    ...(isWhole ? [['dns', dns] as const, ['hosts', services('hosts')] as const] : []),
  ];
}

function entryIn({ from, to, path, service }: Entry, redaction: Redaction) {
  const { via, delivered, seen, cause } = path;
  const steps = stepsOf(path);
  return {
    from,
    to,
    ...(service && {
      asks: service.asks,
      address: service.address && formatAddress(service.address),
      port: service.port,
    }),
    via,
    delivered: delivered ?? null,
    fate: fateOf(path),
    seen,
    cause: cause && {
      kind: cause.kind,
      node: redaction.text(cause.host.name),
      says: redaction.text(cause.says),
      lacks: cause.lack && { kind: cause.lack.kind, node: redaction.text(cause.lack.host.name) },
    },
    steps: steps.map(({ says }) => redaction.text(says)),
    because: steps.flatMap((step) => groundsIn(step, redaction)),
  };
}

/** A step's sentence at each of its places. */
function groundsIn({ says, because }: Step, redaction: Redaction) {
  return because.map((span) => ({ says: redaction.text(says), ...placeIn(span, redaction) }));
}

export function placeIn(span: Span, redaction: Redaction) {
  return { path: redaction.text(span.file.path), ...endsOf(span) };
}

export function differenceIn(
  { broken, mended, moved, added, removed }: PathsDifference,
  redaction: Redaction,
) {
  const way = ({ via, delivered }: Way) => ({ via, delivered: delivered ?? null });
  const named = ({ from, to }: { readonly from: string; readonly to: string }) => ({
    from: redaction.text(from),
    to: redaction.text(to),
  });
  const change = (each: PairChange) => ({
    ...named(each),
    before: way(each.before),
    after: way(each.after),
    cause: each.cause && redaction.text(each.cause),
    changed: each.changed.map((span) => placeIn(span, redaction)),
  });
  const whole = (each: NamedWay) => ({ ...named(each), ...way(each) });
  return {
    broken: broken.map(change),
    mended: mended.map(change),
    moved: moved.map(change),
    added: added.map(whole),
    removed: removed.map(whole),
  };
}
