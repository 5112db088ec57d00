import fc from 'fast-check';
import type { Address, Prefix } from '../../src/net/prefix.ts';

/** Addresses and prefixes as rows of bits, to judge the arithmetic of `src/net` by a plain loop. */
export interface Bits {
  readonly family: 4 | 6;
  /** 32 or 128, the highest first. */
  readonly row: readonly boolean[];
  readonly length: number;
}

function numberOf(row: readonly boolean[]): bigint {
  let number = 0n;
  for (const bit of row) number = number * 2n + (bit ? 1n : 0n);
  return number;
}

export function addressOf({ family, row }: Bits): Address {
  return { family, bits: numberOf(row) };
}

export function prefixFrom({ family, row, length }: Bits): Prefix {
  return { family, network: numberOf(withHostBits(row, length, false)), length };
}

export function withHostBits(row: readonly boolean[], length: number, on: boolean): boolean[] {
  return row.map((bit, index) => (index < length ? bit : on));
}

/** Whether the first `length` bits are the same. */
export function agree(a: Bits, b: Bits, length: number): boolean {
  if (a.family !== b.family) return false;
  for (let index = 0; index < length; index++) if (a.row[index] !== b.row[index]) return false;
  return true;
}

const family = fc.constantFrom(4 as const, 6 as const);

function bitsOfFamily(which: 4 | 6): fc.Arbitrary<Bits> {
  const width = which === 4 ? 32 : 128;
  const row = fc.array(fc.boolean(), { minLength: width, maxLength: width });
  return fc.record({ family: fc.constant(which), row, length: fc.nat({ max: width }) });
}

export const someBits: fc.Arbitrary<Bits> = family.chain(bitsOfFamily);

/** Two that mostly agree up to some bit, so that nesting and near misses are common. */
export const twoBits: fc.Arbitrary<readonly [Bits, Bits]> = fc
  .tuple(someBits, someBits, fc.nat({ max: 130 }))
  .map(([a, b, upTo]) => {
    if (a.family !== b.family) return [a, b];
    const row = b.row.map((bit, index) =>
      index < upTo ? a.row[index]! : index === upTo ? !a.row[index] : bit,
    );
    return [a, { ...b, row }];
  });
