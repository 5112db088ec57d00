import { expect, test } from 'vitest';
import { isUntold, undefinedName } from '../../../src/policy/tests/test-names.ts';
import { read } from '../read.ts';

const ROLES = ['owner', 'admin', 'network-admin', 'it-admin', 'billing-admin', 'auditor'];
const AUTOGROUPS = [
  ...ROLES,
  ...['member', 'members', 'tagged', 'shared', 'self', 'internet', 'nonroot', 'danger-all'],
];

// [Tailscale docs, policy file syntax, 2026-04]
test.each([
  ['a source', '{"grants": [{"src": ["NAME"], "dst": ["*"], "ip": ["*"]}]}', 'self internet nonroot'],
  [
    'a destination',
    '{"grants": [{"src": ["a@b"], "dst": ["NAME"], "ip": ["*"]}]}',
    'shared nonroot danger-all',
  ],
  [
    'a source of SSH',
    '{"ssh": [{"action": "accept", "src": ["NAME"], "users": ["root"]}]}',
    'self internet nonroot danger-all',
  ],
  [
    'a destination of SSH',
    '{"ssh": [{"action": "accept", "dst": ["NAME"], "users": ["root"]}]}',
    'shared internet nonroot danger-all',
  ],
  ['a target', '{"nodeAttrs": [{"target": ["NAME"], "attr": ["x"]}]}', 'self internet nonroot'],
  ['an owner', '{"tagOwners": {"tag:a": ["NAME"]}}', 'shared self internet nonroot danger-all'],
  ['an approver', '{"autoApprovers": {"exitNode": ["NAME"]}}', 'shared self internet nonroot danger-all'],
  [
    'a recorder',
    '{"ssh": [{"action": "accept", "recorder": ["NAME"], "users": ["root"]}]}',
    AUTOGROUPS.join(' '),
  ],
])('the autogroups that cannot be %s', (_, text, refused) => {
  const problemsOf = (name: string) => read(text.replace('NAME', `autogroup:${name}`)).problems;
  expect(AUTOGROUPS.filter((name) => problemsOf(name).length > 0)).toEqual(refused.split(' '));
  expect(problemsOf('unheard-of')).toHaveLength(1);
});

test.each([
  ['a source', '{"grants": [{"src": ["NAME"], "dst": ["*"], "ip": ["*"]}]}', ''],
  [
    'a source of SSH',
    '{"ssh": [{"action": "accept", "src": ["NAME"], "users": ["root"]}]}',
    '* nas ipset:x 10.0.0.1 svc:x',
  ],
  [
    'a destination of SSH',
    '{"ssh": [{"action": "accept", "dst": ["NAME"], "users": ["root"]}]}',
    '* user:*@b.org group:x nas ipset:x 10.0.0.1 svc:x',
  ],
  ['a target', '{"nodeAttrs": [{"target": ["NAME"], "attr": ["x"]}]}', ''],
  ['an owner', '{"tagOwners": {"tag:x": [], "tag:y": ["NAME"]}}', '* nas ipset:x 10.0.0.1 svc:x'],
  ['an approver', '{"autoApprovers": {"exitNode": ["NAME"]}}', '* nas ipset:x 10.0.0.1 svc:x'],
  [
    'a recorder',
    '{"ssh": [{"action": "accept", "recorder": ["NAME"], "users": ["root"]}]}',
    '* a@b.org user:*@b.org group:x nas ipset:x 10.0.0.1 svc:x',
  ],
])('the kinds of selectors that cannot be %s', (_, text, refused) => {
  const kinds = ['*', 'a@b.org', 'user:*@b.org', 'group:x', 'tag:x', 'nas', 'ipset:x', '10.0.0.1', 'svc:x'];
  const names = `"groups": {"group:x": []}, "hosts": {"nas": "10.0.0.9"}, "ipsets": {"ipset:x": []}`;
  const tags = text.includes('tagOwners') ? '' : ', "tagOwners": {"tag:x": []}';
  const whole = (name: string) => text.replace('NAME', name).replace('{', `{${names}${tags}, `);
  expect(kinds.filter((name) => read(whole(name)).problems.length > 0)).toEqual(
    refused.split(' ').filter(Boolean),
  );
});

test('a long word is cut where it is quoted', () => {
  const messages = (length: number) =>
    read(`{"grants": [{"src": ["${'a'.repeat(length)}"], "dst": ["*"], "ip": ["*"]}]}`).problems.map(
      ({ message }) => message,
    );
  expect(messages(200)).toEqual([`src="${'a'.repeat(200)}": invalid address`]);
  expect(messages(201)).toEqual([`src="${'a'.repeat(199)}…": invalid address`]);
});

test('the autogroups that only the control server knows, and those that a test may name', () => {
  const { policy } = read('{}');
  const those = (is: (selector: { kind: 'autogroup'; name: string }) => boolean) =>
    [...AUTOGROUPS, 'unheard-of'].filter((name) => is({ kind: 'autogroup', name: `autogroup:${name}` }));
  expect(those(isUntold)).toEqual(ROLES);
  expect(those((selector) => undefinedName(policy, selector) !== undefined)).toEqual([
    'nonroot',
    'unheard-of',
  ]);
});

test.each([
  'aperture',
  'drive',
  'golink',
  'kubernetes',
  'proxy-to-grafana',
  'relay',
  'secrets',
  'tailsql',
  'tsidp',
  'webui',
])('a policy may grant the capability %s of Tailscale', (name) => {
  const text = `{"grants": [{"src": ["*"], "dst": ["*"], "app": {"tailscale.com/cap/${name}": []}}]}`;
  expect(read(text).problems).toEqual([]);
});

test.each(['internet', 'admin', 'network-admin', 'it-admin', 'billing-admin'])(
  'no app goes with the destination autogroup:%s',
  (name) => {
    const text = `{"grants": [{"src": ["*"], "dst": ["autogroup:${name}"], "app": {"example.com/x": []}}]}`;
    expect(read(text).problems.map(({ message }) => message)).toEqual([
      `cannot use app grants with autogroup:${name}`,
    ]);
  },
);
