import type { ScalarTree } from '../../syntax/tree.ts';
import type { Report } from './fields.ts';

/**
 * Of `tailscale.com/cap/`: what a policy may grant. The rest are the service's own, as `ingress` and
 * `relay-target`. [Tailscale docs, application capabilities, 2025-12; Tailscale, tailcfg]
 */
const GRANTABLE = new Set(
  [
    'aperture',
    'drive',
    'golink',
    'kubernetes',
    'proxy-to-grafana',
    'relay',
    'secrets',
    'tailsql',
    'tsidp',
    'webui',
  ].map((name) => `tailscale.com/cap/${name}`),
);

/** Reports a name in a grant's `app` that the service refuses. */
export function checkCapability({ text, span }: ScalarTree, report: Report): void {
  const slash = text.indexOf('/');
  const domain = text.slice(0, Math.max(slash, 0));
  if (domain === '' || slash === text.length - 1 || text.includes('://')) {
    report('capability name must have the form {domain}/{path}', span);
  } else if ((domain === 'tailscale.com' || domain === 'tailscale.io') && !GRANTABLE.has(text)) {
    report(`capability name must not be in the ${domain} domain`, span);
  }
}
