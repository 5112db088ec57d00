import { expect, test } from 'vitest';
import { isIdentityOf } from '../../src/policy/identity.ts';
import { readSelector } from '../../src/policy/read/read-selector.ts';
import { read } from './read.ts';
import { listOf } from './tailnet.ts';

const POLICY = '{"groups": {"group:a": ["bo@example.com", "lab@", "user:*@example.org"]}}';

const { devices: DEVICES } = listOf({
  ada: { owner: ['ada@example.com'] },
  // Headscale tells the e-mail address and the name.
  lab: { owner: ['lab@example.org', 'lab@'] },
  node: { tags: ['tag:k3s'], owner: ['ada@example.com'] },
  guest: { owner: ['eve@example.net'], isExternal: true },
});

test.each([
  ['tag:k3s', ['node']],
  ['ada@example.com', ['ada']],
  ['lab@', ['lab']],
  ['lab@example.org', ['lab']],
  ['user:*@example.org', ['lab']],
  ['user:*@example.com', ['ada']],
  ['group:a', ['lab']],
  ['group:b', []],
  ['autogroup:tagged', ['node']],
  ['autogroup:member', ['ada', 'lab']],
  ['autogroup:members', ['ada', 'lab']],
  ['autogroup:shared', ['guest']],
  // A device is nobody by its address.
  ['100.64.0.1', []],
  ['*', []],
  ['autogroup:admin', []],
  ['autogroup:internet', []],
])('%s', (text, names) => {
  const { policy } = read(POLICY);
  const selector = readSelector(text)!;
  expect(DEVICES.filter((device) => isIdentityOf(policy, selector, device)).map(({ name }) => name)).toEqual(
    names,
  );
});
