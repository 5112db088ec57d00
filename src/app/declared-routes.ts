import { buildClusters } from '../cluster/build.ts';
import type { DeclaredRoute } from '../report/plan-report.ts';
import type { ReadFolder } from './read-folder.ts';

/** What the files want approved or taken back, whatever the tailnet is. */
export function declaredRoutes({
  read,
  given,
}: Pick<ReadFolder, 'read' | 'given'>): readonly DeclaredRoute[] {
  return buildClusters(read, given).flatMap(({ routes, prunes }) => [
    ...routes
      .filter(({ approve }) => approve)
      .map(({ node, prefix, span }) => ({
        node: node.name ?? '',
        prefix,
        action: 'approve' as const,
        at: span,
      })),
    ...prunes.map(({ node, prefix, span }) => ({
      node: node.name ?? '',
      prefix,
      action: 'remove' as const,
      at: span,
    })),
  ]);
}
