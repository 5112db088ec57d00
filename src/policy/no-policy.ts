import { sourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import { readPolicy } from './read-policy.ts';

/** What a tailnet has before anybody writes a policy: everything may reach everything [Tailscale docs, default policy]. */
export const NO_POLICY = readPolicy({
  kind: 'map',
  members: [],
  span: spanOf(sourceFile('', '{}'), 0, 2),
}).policy;
