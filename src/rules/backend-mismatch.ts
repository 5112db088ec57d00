import { type ServerBackend, serverBackends } from '../cluster/backends.ts';
import { areDistinct } from '../cluster/devices.ts';
import type { Node } from '../cluster/model.ts';
import type { Rule } from './rule.ts';

/** K3s refuses a second server whose value differs [K3s v1.31 docs, cli/server, critical configuration values]. */
export const backendMismatch: Rule = {
  id: 'backend-mismatch',
  summary: 'servers of one cluster with different flannel backends',
  severity: 'error',
  *check(cluster) {
    const all = certain(serverBackends(cluster));
    for (const one of all) {
      const other = all.find((each) => each === one || areOfOneCluster(each, one));
      if (!other || one.backend.value === other.backend.value) continue;
      yield {
        message: `flannel-backend is ${one.backend.value} here and ${other.backend.value} elsewhere in this cluster`,
        at: one.backend.span,
        related: [{ at: other.backend.span, label: 'the other value' }],
      };
    }
  },
};

/** A script that has several values starts a server with one of them: it is not known which. */
function certain(all: readonly ServerBackend[]): readonly ServerBackend[] {
  const values = new Map<Node | undefined, Set<string>>();
  for (const { node, backend } of all) {
    values.set(node, (values.get(node) ?? new Set()).add(backend.value));
  }
  return all.filter(({ node }) => node === undefined || values.get(node)!.size === 1);
}

/** Two scripts are for two servers where one of them joins a server; else they may be for two clusters. */
function areOfOneCluster(a: ServerBackend, b: ServerBackend): boolean {
  if (!a.node || !b.node || areDistinct(a.node, b.node)) return true;
  return a.node !== b.node && (a.joins || b.joins);
}
