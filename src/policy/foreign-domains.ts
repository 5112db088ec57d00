import type { Problem } from '../diagnostics/finding.ts';
import type { Located } from '../source/span.ts';
import type { DeviceList } from './device-list.ts';
import { domainOf } from './identity.ts';
import type { Policy } from './policy.ts';
import { selectorUses } from './uses.ts';

/**
 * Where a policy names everybody of a domain (`user:*@example.com`, `localpart:*@example.com` as a login of ssh) that
 * is not the tailnet's: the service refuses it, capital letters too [recorded answers, 2026-05]. Which domains are
 * the tailnet's is known only as far as the owners of its devices tell; without any owner nothing is said.
 */
export function foreignDomains(policy: Policy, { devices }: DeviceList): readonly Problem[] {
  const own = new Set(devices.flatMap(({ owner }) => owner.flatMap((name) => domainOf(name) ?? [])));
  if (own.size === 0) return [];
  return domainUses(policy).flatMap(({ value: domain, span: at }) =>
    own.has(domain)
      ? []
      : [
          {
            message: `${domain} is not associated with this Tailnet and cannot be used in user:*@<domain> expressions`,
            at,
          },
        ],
  );
}

function domainUses(policy: Policy): readonly Located<string>[] {
  const selectors = selectorUses(policy).flatMap(({ value, span }) =>
    value.kind === 'domain' ? [{ value: value.domain, span }] : [],
  );
  const logins = policy.ssh.flatMap(({ users }) =>
    users.flatMap(({ value, span }) => {
      const domain = /^localpart:\*@(.+)$/s.exec(value)?.[1];
      return domain === undefined ? [] : [{ value: domain, span }];
    }),
  );
  return [...selectors, ...logins];
}
