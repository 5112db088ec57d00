import type { Cluster } from '../cluster/model.ts';
import type { Finding, Severity } from '../diagnostics/finding.ts';

/** A rule is a value: what it is called, what it finds, and how. Its id is its file's, its page's and its fixtures' name. */
export interface Rule {
  readonly id: string;
  /** One line: what is wrong where it fires, lower-case, no full stop. */
  readonly summary: string;
  readonly severity: Severity;
  /** Pure; in any order; the engine stamps, sorts and removes doubles. */
  check(cluster: Cluster): Iterable<Finding>;
}
