import { type Fate, fateOf } from './path-fates.ts';
import { type ClusterPaths, type PathNode, pairOf } from './paths-report.ts';

/** A line of a drawing. */
export interface Edge {
  readonly from: PathNode;
  readonly to: PathNode;
  readonly fate: Fate;
  /** The way back fares alike, and is not drawn again. */
  readonly isMutual: boolean;
}

/** Every pair, both directions in one where they fare alike. */
export function edgesOf(cluster: ClusterPaths): readonly Edge[] {
  const { nodes } = cluster;
  return nodes.flatMap((from) =>
    nodes.slice(from.number + 1).flatMap((to): readonly Edge[] => {
      const [there, back] = [pairOf(cluster, from, to), pairOf(cluster, to, from)];
      if (there === undefined || back === undefined) return [];
      const [fate, other] = [fateOf(there), fateOf(back)];
      if (fate === other) return [{ from, to, fate, isMutual: true }];
      return [
        { from, to, fate, isMutual: false },
        { from: to, to: from, fate: other, isMutual: false },
      ];
    }),
  );
}
