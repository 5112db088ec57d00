import { isRefusal } from '../policy/read/fields.ts';
import type { Cluster, TailnetPolicy } from './model.ts';

/**
 * The policies of a cluster that the service takes: of a refused one a part could not be read. Each is one of the
 * first cluster of its tailnet alone, so that what is asked of it and of the whole tailnet is asked once.
 */
export function acceptedPolicies(cluster: Cluster): readonly TailnetPolicy[] {
  const { clusters } = cluster.tailnet;
  return cluster.policies.filter(
    (policy) =>
      !policy.problems.some(isRefusal) &&
      clusters.find(({ policies }) => policies.includes(policy)) === cluster,
  );
}
