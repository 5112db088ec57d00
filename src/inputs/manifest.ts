import podrouteSchema from '../../schema/podroute.schema.json' with { type: 'json' };
import type { Problem } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Span, textOf } from '../source/span.ts';
import { schemaFrom } from '../syntax/json-schema.ts';
import { checkSchema } from '../syntax/schema.ts';
import { type MapTree, memberOf, scalarAt } from '../syntax/tree.ts';
import { parseYaml } from '../syntax/yaml.ts';
import { readCluster, readClusterNodes, secretsOfCluster } from './cluster-manifest.ts';
import { type FileFacts, fileFacts } from './facts.ts';
import { readKubernetes } from './kubernetes.ts';
import { looksLikeManifest } from './manifest-marks.ts';
import { contradictionsOf, readRoutes } from './routes-manifest.ts';

const API_VERSION = 'podroute/v1';
const CLUSTER = schemaFrom(podrouteSchema, 'cluster');
const ROUTES = schemaFrom(podrouteSchema, 'routes');

type ManifestFacts = Pick<FileFacts, 'problems' | 'clusters' | 'nodes' | 'secrets'>;
const NOTHING: ManifestFacts = { problems: [], clusters: [], nodes: [], secrets: [] };

/**
 * Reads the documents of a YAML or JSON file that are ours: `Cluster` and `Routes` manifests against their schema,
 * Kubernetes `Node` objects and those of the Tailscale operator without one. Other documents are passed over, and so is
 * what is wrong with their text.
 */
export function readManifests(file: SourceFile): FileFacts {
  const all: ManifestFacts[] = [];
  for (const { tree, problems, span } of parseYaml(file)) {
    const facts = tree?.kind === 'map' ? readDocument(tree) : undefined;
    if (facts) {
      const broken = facts.problems.filter(({ at }) => !problems.some((problem) => touch(problem.at, at)));
      all.push({ ...facts, problems: [...problems, ...broken] });
    } else if (looksLikeManifest(textOf(span))) {
      all.push({ ...NOTHING, problems });
    }
  }
  return {
    ...fileFacts('manifest'),
    problems: all.flatMap((each) => each.problems),
    clusters: all.flatMap((each) => each.clusters),
    nodes: all.flatMap((each) => each.nodes),
    secrets: all.flatMap((each) => each.secrets),
  };
}

/** What the schema says of a value that does not parse is not worth saying. */
function touch(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** Nothing where a document is not ours. */
function readDocument(document: MapTree): ManifestFacts | undefined {
  const apiVersion = scalarAt(document, 'apiVersion');
  const kind = scalarAt(document, 'kind');
  if (apiVersion?.value === API_VERSION || (!apiVersion && isOurKind(kind?.value))) {
    return readPodroute(document, kind?.value);
  }
  if (apiVersion?.value.startsWith('podroute/')) {
    const message = `unknown apiVersion "${apiVersion.value}", the known one is "${API_VERSION}"`;
    return { ...NOTHING, problems: [{ message, at: apiVersion.span }] };
  }
  const nodes = readKubernetes(document);
  return nodes.length > 0 ? { ...NOTHING, nodes } : undefined;
}

function isOurKind(kind: string | undefined): boolean {
  return kind === 'Cluster' || kind === 'Routes';
}

function readPodroute(manifest: MapTree, kind: string | undefined): ManifestFacts {
  if (kind === 'Cluster') {
    const nodes = readClusterNodes(manifest);
    return {
      problems: checkSchema(manifest, CLUSTER),
      clusters: [readCluster(manifest)],
      nodes,
      secrets: secretsOfCluster(nodes),
    };
  }
  if (kind === 'Routes') {
    const problems = [...checkSchema(manifest, ROUTES), ...contradictionsOf(manifest)];
    return { ...NOTHING, problems, nodes: readRoutes(manifest) };
  }
  return { ...NOTHING, problems: [wrongKind(manifest, kind)] };
}

function wrongKind(manifest: MapTree, kind: string | undefined): Problem {
  const member = memberOf(manifest, 'kind');
  if (member === undefined || kind === undefined) {
    const at = member?.key.span ?? memberOf(manifest, 'apiVersion')?.key.span ?? manifest.span;
    return { message: `a podroute manifest lacks "kind"`, at };
  }
  const near = nearest(kind, ['Cluster', 'Routes']);
  const hint =
    near === undefined ? ', known are "Cluster" and "Routes"' : `, the nearest known one is "${near}"`;
  return { message: `unknown kind "${kind}" of a podroute manifest${hint}`, at: member.value.span };
}
