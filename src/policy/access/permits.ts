import { type AddressSet, sameSet } from '../../net/address-set.ts';
import type { FilterLine } from '../filter.ts';
import type { PortRange } from '../policy.ts';
import { entryOf } from './entry-of.ts';

/** Who may send what, wherever it goes. */
export interface Permit {
  /** From 0. */
  readonly id: number;
  /** The same object for the same set. */
  readonly sources: AddressSet;
  /** In order, each once; the same object for the same protocols. */
  readonly protocols: readonly number[];
  readonly ports: PortRange;
}

/** All permits of some packet filters, each once. */
export interface PermitTable {
  readonly permits: readonly Permit[];
  /** The permits of a line by their ports: one for each port range that is asked for. */
  permitsOf(line: FilterLine): (ports: PortRange) => Permit;
}

/** An empty table. A set of sources is compared address by address once for each object that holds it. */
export function permitTable(): PermitTable {
  const permits: Permit[] = [];
  const bySources = new Map<AddressSet, Map<readonly number[], Map<number, Permit>>>();
  const sourcesOf = sharedSets();
  const protocolsOf = sharedLists();

  return {
    permits,
    permitsOf(line) {
      const [sources, protocols] = [sourcesOf(line.sources), protocolsOf(line.protocols)];
      const byProtocols = entryOf(
        bySources,
        sources,
        () => new Map<readonly number[], Map<number, Permit>>(),
      );
      const byPorts = entryOf(byProtocols, protocols, () => new Map<number, Permit>());
      return (ports) =>
        entryOf(byPorts, ports.first * 65_536 + ports.last, () => {
          const permit = { id: permits.length, sources, protocols, ports };
          permits.push(permit);
          return permit;
        });
    },
  };
}

function sharedSets(): (set: AddressSet) => AddressSet {
  const known = new Map<AddressSet, AddressSet>();
  const alike = new Map<string, AddressSet[]>();
  return (set) =>
    entryOf(known, set, () => {
      const candidates = entryOf(alike, `${set.length} ${set[0]?.first} ${set.at(-1)?.last}`, () => []);
      const same = candidates.find((candidate) => sameSet(candidate, set));
      if (same === undefined) candidates.push(set);
      return same ?? set;
    });
}

function sharedLists(): (numbers: readonly number[]) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (numbers) =>
    entryOf(known, numbers.join(), () => {
      const sorted = [...new Set(numbers)].sort((a, b) => a - b);
      return entryOf(known, sorted.join(), () => sorted);
    });
}
