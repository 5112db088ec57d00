import type { Related } from '../../diagnostics/finding.ts';
import { meets } from '../../net/address-set.ts';
import { placeKey } from '../../source/span.ts';
import type { CompiledPolicy } from '../compile.ts';
import { type Access, portsLetThrough } from './access.ts';
import { commonFlows, commonPorts, type Flows } from './flows.ts';

/** More would hide the finding itself. */
const MOST_RULES = 3;

/** The rules that let some connections through, or a part of them. */
export function rulesLettingThrough(accesses: readonly Access[], flows: Flows): readonly Related[] {
  const found = new Map<string, Related>();
  for (const access of accesses) {
    if (found.size === MOST_RULES) break;
    const at = access.destination.at;
    if (commonFlows(access, flows)) found.set(placeKey(at), { at, label: 'lets it through' });
  }
  return [...found.values()];
}

/**
 * The rules that come nearest to letting through some connections that none lets through: those that differ in one
 * respect alone.
 */
export function nearestRules(
  { targets, resolver }: CompiledPolicy,
  missing: Flows,
  protocols: readonly number[],
): readonly Related[] {
  const near: Related[] = [];
  for (const { destination, sources } of targets) {
    const { selector, at, traffic } = destination;
    const ports = portsLetThrough(traffic, protocols);
    const different = [
      !meets(sources, missing.sources) && 'other sources',
      !meets(resolver.addressesOf(selector.value, 'destination'), missing.destinations) &&
        'other destinations',
      !ports.some((each) => commonPorts(each, missing.ports)) &&
        (ports.length > 0 ? 'other ports' : 'another protocol'),
    ].filter((each) => each !== false);
    if (different.length === 1) near.push({ at, label: `the nearest rule, for ${different[0]}` });
    if (near.length === MOST_RULES) break;
  }
  return near;
}
