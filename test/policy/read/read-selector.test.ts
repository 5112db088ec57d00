import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRange } from '../../../src/net/address-set.ts';
import { readSelector, selectorUse } from '../../../src/policy/read/read-selector.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { spanOf, textOf } from '../../../src/source/span.ts';
import type { ScalarTree } from '../../../src/syntax/tree.ts';

test.each([
  ['*', { kind: 'any' }],
  ['ada@example.com', { kind: 'user', name: 'ada@example.com' }],
  ['ada@', { kind: 'user', name: 'ada@' }],
  ['user:*@example.com', { kind: 'domain', domain: 'example.com' }],
  ['group:admins', { kind: 'group', name: 'group:admins' }],
  ['group:sre@example.com', { kind: 'group', name: 'group:sre@example.com' }],
  ['tag:k3s', { kind: 'tag', name: 'tag:k3s' }],
  ['tag:k3s:22', { kind: 'tag', name: 'tag:k3s:22' }],
  ['autogroup:self', { kind: 'autogroup', name: 'autogroup:self' }],
  ['ipset:lan', { kind: 'ipset', name: 'ipset:lan' }],
  ['svc:web', { kind: 'service', name: 'svc:web' }],
  ['oslo', { kind: 'host', name: 'oslo' }],
  ['oslo-2', { kind: 'host', name: 'oslo-2' }],
  ['10.0.0.1-x', { kind: 'host', name: '10.0.0.1-x' }],
  ['010.0.0.1', { kind: 'host', name: '010.0.0.1' }],
  ['', undefined],
  ['tag:', undefined],
  ['user:*@', undefined],
  ['user:ada@example.com', undefined],
  ['Tag:k3s', undefined],
  ['fd7a::1%eth0', undefined],
])('%s', (text, selector) => {
  expect(readSelector(text)).toEqual(selector);
});

test.each([
  ['100.64.0.1', 'address', '100.64.0.1'],
  ['fd7a::1', 'address', 'fd7a::1'],
  ['10.1.2.3/8', 'prefix', '10.0.0.0/8'],
  ['0.0.0.0/0', 'prefix', '0.0.0.0/0'],
  ['192.0.2.50-192.0.2.100', 'range', '192.0.2.50-192.0.2.100'],
  ['2001:db8::5-2001:db8::9', 'range', '2001:db8::5-2001:db8::9'],
])('%s: addresses', (text, written, range) => {
  const selector = readSelector(text);
  expect(selector?.kind === 'addresses' && [selector.written, formatRange(selector.range)]).toEqual([
    written,
    range,
  ]);
});

test.each(['192.0.2.9-192.0.2.1', '192.0.2.1-2001:db8::1', '10.0.0.0/33'])('%s: no addresses', (text) => {
  expect(readSelector(text)?.kind).not.toBe('addresses');
});

test('a selector stands where its text is, without the white space around it', () => {
  const space = fc.stringMatching(/^[ \t]{0,2}$/);
  fc.assert(
    fc.property(space, fc.constantFrom('tag:k3s', 'oslo', '10.0.0.0/8'), space, (before, text, after) => {
      const value = before + text + after;
      const source = `"${value}"`;
      const file = sourceFile('policy.hujson', source);
      const scalar: ScalarTree = {
        kind: 'scalar',
        value,
        text: value,
        span: spanOf(file, 0, source.length),
        textStart: 1,
      };
      const use = selectorUse(scalar);
      expect(use?.text).toBe(text);
      expect(textOf(use!.span)).toBe(value === text ? source : text);
    }),
  );
});
