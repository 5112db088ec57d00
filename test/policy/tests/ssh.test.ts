import { describe, expect, test } from 'vitest';
import { formatRange } from '../../../src/net/address-set.ts';
import { isSamePerson, sshAccessOf } from '../../../src/policy/tests/ssh.ts';
import { compiled, deviceNamed } from '../tailnet.ts';

const DEVICES = {
  laptop: { owner: ['ada@example.com', 'ada@'], addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'] },
  phone: { owner: ['ada@'] },
  desk: { owner: ['bo@example.com'] },
  server: { tags: ['tag:a', 'tag:b'], owner: ['ada@'] },
};
const TAGS = { tagOwners: { 'tag:a': [], 'tag:b': [] } };

/** `rule: sources` of each rule that lets somebody in. */
function letIn(rules: readonly object[], name: string, login: string): string[] {
  const policy = compiled({ ...TAGS, ssh: rules.map((rule) => ({ action: 'accept', ...rule })) }, DEVICES);
  return sshAccessOf(policy)(deviceNamed(policy, name), login).map(
    ({ rule, sources }) => `${rule.index}: ${sources.map(formatRange)}`,
  );
}

describe('who is let in', () => {
  test.each([
    [
      'all addresses of a source',
      { src: ['ada@example.com'], dst: ['tag:a'], users: ['root'] },
      ['0: 100.64.0.1,fd7a:115c:a1e0::1'],
    ],
    [
      'nobody to the device of another',
      { src: ['bo@example.com'], dst: ['bo@example.com'], users: ['root'] },
      [],
    ],
    [
      'by one of several logins and destinations',
      { src: ['bo@example.com'], dst: ['tag:b', 'tag:a'], users: ['x', 'root'] },
      ['0: 100.64.0.3'],
    ],
    [
      'nobody under another login',
      { src: ['bo@example.com'], dst: ['tag:a'], users: ['x', 'autogroup:nonroot'] },
      [],
    ],
    ['nobody of nobody', { src: ['autogroup:owner'], dst: ['tag:a'], users: ['root'] }, []],
  ])('%s', (_, rule, expected) => {
    expect(letIn([rule], 'server', 'root')).toEqual(expected);
  });

  test('own devices only, and no tagged one', () => {
    const own = { src: ['autogroup:member'], dst: ['autogroup:self'], users: ['root'] };
    expect(letIn([own], 'phone', 'root')).toEqual(['0: 100.64.0.1-100.64.0.2,fd7a:115c:a1e0::1']);
    expect(letIn([own], 'desk', 'root')).toEqual(['0: 100.64.0.3']);
    expect(letIn([own], 'server', 'root')).toEqual([]);
  });

  test('all by a rule that names the device besides its own', () => {
    const both = { src: ['autogroup:member'], dst: ['tag:a', 'autogroup:self'], users: ['root'] };
    expect(letIn([both], 'server', 'root')).toEqual(['0: 100.64.0.1-100.64.0.3,fd7a:115c:a1e0::1']);
    expect(letIn([both], 'desk', 'root')).toEqual(['0: 100.64.0.3']);
  });

  test('by their own name only where they are of the domain, and a tagged device has none', () => {
    const named = {
      src: ['autogroup:member', 'autogroup:tagged'],
      dst: ['tag:a'],
      users: ['localpart:*@example.com'],
    };
    expect(letIn([named], 'server', 'ada')).toEqual(['0: 100.64.0.1,fd7a:115c:a1e0::1']);
    expect(letIn([named], 'server', 'bo')).toEqual(['0: 100.64.0.3']);
  });
});

test('two devices are one person\u2019s by any name, and tagged ones nobody\u2019s', () => {
  const policy = compiled(TAGS, DEVICES);
  const are = (a: string, b: string) => isSamePerson(deviceNamed(policy, a), deviceNamed(policy, b));
  expect([are('laptop', 'phone'), are('phone', 'laptop'), are('laptop', 'desk')]).toEqual([
    true,
    true,
    false,
  ]);
  expect([are('laptop', 'server'), are('server', 'phone'), are('server', 'server')]).toEqual([
    false,
    false,
    false,
  ]);
});
