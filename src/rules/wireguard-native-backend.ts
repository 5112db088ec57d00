import { serverBackends } from '../cluster/backends.ts';
import type { Rule } from './rule.ts';

/** Without Tailscale it is what K3s recommends for sites that are far apart, and no finding. */
export const wireguardNativeBackend: Rule = {
  id: 'wireguard-native-backend',
  summary: 'a server on a tailnet encrypts every packet a second time with wireguard-native',
  severity: 'error',
  *check(cluster) {
    for (const { backend, onTailnet } of serverBackends(cluster)) {
      if (backend.value !== 'wireguard-native' || !onTailnet) continue;
      yield {
        message: 'flannel-backend wireguard-native encrypts a second time what Tailscale carries',
        at: backend.span,
      };
    }
  },
};
