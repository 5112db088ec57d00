import { notPortable as differencesOf } from '../policy/headscale/portability.ts';
import type { Rule } from './rule.ts';

/** Only where the settings or a device list tell that the tailnet is one of Headscale's. */
export const notPortable: Rule = {
  id: 'not-portable',
  summary: 'what Headscale refuses in a policy, or reads in another way than Tailscale',
  severity: 'warning',
  *check({ tailnet, policies }) {
    if (tailnet.control !== 'headscale') return;
    for (const { policy, tree } of policies) {
      for (const { message, at, effect } of differencesOf(policy, tree)) {
        yield { message, at, severity: effect === 'refused' ? 'error' : 'warning' };
      }
    }
  },
};
