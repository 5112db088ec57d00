import { type AddressSet, formatRange, union } from '../net/address-set.ts';
import type { AccessChange, AccessDifference } from '../policy/access/compare-access.ts';
import { endsOf } from './lines.ts';
import type { Redaction } from './redact.ts';

/** The member `difference` of `podroute policy --base`: complete, names and ranges of the same. */
export function differenceEntry({ gains, losses }: AccessDifference, redaction: Redaction) {
  const entryOf = (change: AccessChange) => changeEntry(change, redaction);
  return { gains: gains.map(entryOf), losses: losses.map(entryOf) };
}

/** What some sources gain or lose. */
export function changeEntry(change: AccessChange, redaction: Redaction) {
  const { sourceNames, sources, destinationNames, arrivals, ports, protocols, because } = change;
  return {
    src: sourceNames.map(redaction.text),
    srcRanges: textsOf(sources),
    dst: destinationNames.map(redaction.text),
    dstRanges: textsOf(union(...arrivals.map(({ addresses }) => addresses))),
    ports: ports.map(({ first, last }) => ({ first, last })),
    proto: protocols,
    because: because.map(({ destination: { at } }) => ({
      path: redaction.text(at.file.path),
      ...endsOf(at),
    })),
  };
}

function textsOf(set: AddressSet): string[] {
  return set.map(formatRange);
}
