import { sourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import type { Policy } from './policy.ts';
import { readPolicy } from './read/read-policy.ts';

/** What a tailnet has before anybody writes a policy: everything may reach everything [Tailscale docs, default policy]. */
export function noPolicy(): Policy {
  const span = spanOf(sourceFile('', '{}'), 0, 2);
  return readPolicy({ kind: 'map', members: [], span }).policy;
}
