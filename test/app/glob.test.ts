import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/app/glob.ts';

test.each([
  ['archive', 'archive/old/.env', true],
  ['archive', 'hosts/archive/.env', false],
  ['archive/', 'archive/.env', true],
  ['archive/**', 'archive/old/.env', true],
  ['archive/**', 'archive', false],
  ['**/archive', 'hosts/oslo/archive/.env', true],
  ['**/archive', 'archive/.env', true],
  ['**', 'any/thing', true],
  ['./hosts/*.env', 'hosts/oslo.env', true],
  ['hosts/*.env', 'hosts/oslo/k3s.env', false],
  ['hosts/*/k3s.env', 'hosts/oslo/k3s.env', true],
  ['**/*.bak.yaml', 'a/b/c.bak.yaml', true],
  ['**/a/**/b', 'x/a/y/z/b', true],
  ['**/a/**/b', 'x/a/y/z/c', false],
  ['?.env', 'a.env', true],
  ['?.env', 'ab.env', false],
  ['a.env', 'aXenv', false],
  ['[ab](.env', '[ab](.env', true],
  ['*', '.env', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXbYd', false],
  ['', 'a', false],
  ['Archive', 'archive', false],
])('%s on %s: %s', (pattern, path, matches) => {
  expect(matchesGlob(pattern, path)).toBe(matches);
});

test('agrees with a naive matcher', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 4 });
  const pattern = fc.array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 4 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
  const path = fc.array(name, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pattern, path, (wanted, names) => {
      // A part of stars alone that is no `**` is still one name.
      const parts = wanted.map((each) => (/^\*{3,}$/.test(each) ? '*' : each));
      expect(matchesGlob(parts.join('/'), names.join('/'))).toBe(naive(parts, names));
    }),
  );
});

function naive(parts: readonly string[], names: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return true; // what is left is below a match
  const [name, ...others] = names;
  if (part === '**') {
    if (rest.length > 0 && naive(rest, names)) return true;
    return name !== undefined && (rest.length === 0 || naive(parts, others));
  }
  const source = part.replaceAll('?', '.').replaceAll(/\*+/g, '.*');
  return name !== undefined && new RegExp(`^${source}$`).test(name) && naive(rest, others);
}

test('a hostile pattern takes no time', () => {
  const path = `${'a'.repeat(5_000)}/${'a/'.repeat(2_000)}b`;
  const began = performance.now();
  expect(matchesGlob(`${'*a'.repeat(500)}x`, path)).toBe(false);
  expect(matchesGlob(`${'**/*a*/'.repeat(200)}x`, path)).toBe(false);
  expect(performance.now() - began).toBeLessThan(5_000);
});
