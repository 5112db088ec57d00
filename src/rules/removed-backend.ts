import { serverBackends } from '../cluster/backends.ts';
import type { Rule } from './rule.ts';

/** [K3s docs, networking/basic-network-options] */
const REMOVED_IN: ReadonlyMap<string, string> = new Map([
  ['wireguard', 'v1.26'],
  ['ipsec', 'v1.27'],
]);

export const removedBackend: Rule = {
  id: 'removed-backend',
  summary: 'a flannel backend that K3s no longer has',
  severity: 'error',
  *check(cluster) {
    for (const { backend } of serverBackends(cluster)) {
      // `wireguard=mode=…` is the old way to give options.
      const version = REMOVED_IN.get(backend.value.split('=', 1)[0]!);
      if (version)
        yield {
          message: `flannel-backend "${backend.value}" was removed in K3s ${version}`,
          at: backend.span,
        };
    }
  },
};
