import { expect, test } from 'vitest';
import { formatRange } from '../../../src/net/address-set.ts';
import { namesOfPolicy } from '../../../src/policy/access/policy-names.ts';
import { compiled } from '../tailnet.ts';

test('the names of a policy, and what each stands for as a source', () => {
  const { policy, resolver } = compiled(
    {
      groups: { 'group:a': ['ada@example.com'], 'group:none': [] },
      hosts: { nas: '10.0.0.9' },
      ipsets: { 'ipset:lan': ['nas', '192.168.0.0/16'] },
    },
    { laptop: { owner: ['ada@example.com'] }, node: { tags: ['tag:k3s'] } },
  );
  const names = namesOfPolicy(policy, resolver).map(({ name, set }) => `${name} ${set.map(formatRange)}`);
  expect(names).toEqual([
    'group:a 100.64.0.1',
    'group:none ',
    'autogroup:tagged 100.64.0.2',
    'autogroup:member 100.64.0.1',
    '* 100.64.0.0-100.115.91.255,100.115.94.0-100.127.255.255,fd7a:115c:a1e0::/48',
    'autogroup:danger-all 0.0.0.0/0,::/0',
    'nas 10.0.0.9',
    'ipset:lan 10.0.0.9,192.168.0.0/16',
  ]);
});
