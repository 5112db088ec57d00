import { expect, test } from 'vitest';
import { type AddressSet, setOf } from '../../../src/net/address-set.ts';
import { permitTable } from '../../../src/policy/access/permits.ts';

const range = (first: bigint, last: bigint) => ({ family: 4, first, last }) as const;
const SSH = { first: 22, last: 22 };

test('a permit is one for the same sources, protocols and ports, whatever their objects', () => {
  const table = permitTable();
  const permit = (sources: AddressSet, protocols: readonly number[], ports = SSH) =>
    table.permitsOf({ sources, protocols, destinations: [] })(ports).id;
  const two = () => setOf([range(1n, 2n), range(5n, 6n)]);

  const first = permit(two(), [6, 17]);
  expect(permit(two(), [17, 6, 17], { ...SSH })).toBe(first);
  const others = [
    // As many ranges with the same ends.
    permit(setOf([range(1n, 3n), range(5n, 6n)]), [6, 17]),
    permit([], [6, 17]),
    permit(two(), [6]),
    permit(two(), [6, 17], { first: 22, last: 23 }),
    permit(two(), [6, 17], { first: 0, last: 22 }),
  ];
  expect([first, ...others]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(permit(setOf([range(1n, 3n), range(5n, 6n)]), [6, 17])).toBe(1);
  expect(table.permits.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5]);
});
