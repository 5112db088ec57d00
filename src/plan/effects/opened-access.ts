import { type AddressSet, intersection } from '../../net/address-set.ts';
import { arrivalsOf, everyArrival } from '../../policy/access/arrivals.ts';
import { type AccessChange, addressNamesOf, compareAccess } from '../../policy/access/compare-access.ts';
import { type CompiledPolicy, compilePolicy, filterOf } from '../../policy/compile.ts';
import type { Device } from '../../policy/device-list.ts';
import type { FilterLine } from '../../policy/filter.ts';
import type { Change } from '../plan.ts';
import { type Outlook, policyOf } from './outlook.ts';
import { withChanges } from './states.ts';

/** The most pairs of a device and a destination of the policy for which the access is worked out. */
const MOST_WORK = 1_000_000;

/**
 * What changes let in that was not let in before: what is behind a router can be reached once a route to it is
 * approved, by those that a rule lets there, and may itself reach what every source may. Undefined if there is too
 * much to compare.
 */
export function openedAccess(
  outlook: Outlook,
  changes: readonly Change[],
): readonly AccessChange[] | undefined {
  const policy = policyOf(outlook);
  const before = compilePolicy(policy, outlook.list);
  if (before.list.devices.length * before.targets.length > MOST_WORK) return undefined;
  const after = compilePolicy(policy, withChanges(outlook.list, changes));
  // The devices of both are the same, in the same order.
  const filters = after.list.devices.map(
    (device, index) => [device, clippedFilter(before, before.list.devices[index]!)] as const,
  );
  const names = addressNamesOf(after);
  return compareAccess(
    { filters: new Map(filters), names },
    { filters: new Map(after.list.devices.map((device) => [device, filterOf(after, device)])), names },
  ).gains;
}

/** What a filter lets in of what arrives at all: to a route that is not approved nothing does. */
function clippedFilter(compiled: CompiledPolicy, device: Device): readonly FilterLine[] {
  const arriving: AddressSet = everyArrival(arrivalsOf(device));
  return filterOf(compiled, device).map((line) => ({
    ...line,
    destinations: line.destinations.flatMap((each) =>
      intersection([each.range], arriving).map((range) => ({ ...each, range })),
    ),
  }));
}
