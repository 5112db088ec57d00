import { nameOf } from '../source/source-file.ts';
import type { FileKind } from './facts.ts';

/**
 * The kind that a file's path alone gives away, for a file whose content cannot be read. Names that other programs
 * use too (`.env`, `compose.yaml`) give away nothing.
 */
export function kindOfName(path: string): FileKind | undefined {
  const name = nameOf(path).toLowerCase();
  if (name.endsWith('.hujson') || name === 'acl.json') return 'policy';
  if (/(^|\/)k3s\/config\.ya?ml(\.d\/[^/]+\.ya?ml)?$/.test(path)) return 'k3s-config';
  return undefined;
}
