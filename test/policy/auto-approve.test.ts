import { expect, test } from 'vitest';
import { parsePrefix } from '../../src/net/parse.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { approverOf, mayApprove } from '../../src/policy/auto-approve.ts';
import { textOf } from '../../src/source/span.ts';
import { read } from './read.ts';
import { listOf } from './tailnet.ts';

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`${text} is no prefix`);
  return parsed.value;
}

const [ROUTER] = listOf({ router: { tags: ['tag:router'] } }).devices;

const POLICY = `{
  "tagOwners": {"tag:router": [], "tag:k3s": []},
  "autoApprovers": {
    "routes": {
      "10.0.0.0/8": ["tag:k3s"],
      "10.42.0.0/16": ["tag:router"],
      "10.42.3.0/24": ["tag:k3s", "tag:router"],
      "172.16.0.0/12": ["tag:k3s", "autogroup:admin"],
      "192.168.0.0/16": ["autogroup:member", "ada@example.com"],
      "0.0.0.0/0": ["tag:router"],
    },
    "exitNode": ["tag:router"],
  },
}`;

test.each([
  ['10.42.7.0/24', '"10.42.0.0/16"'],
  ['10.42.3.0/24', '"10.42.0.0/16"'],
  ['10.0.0.0/8', '"0.0.0.0/0"'],
  ['2001:cafe::/64', undefined],
  // Exit routes have approvers of their own.
  ['0.0.0.0/0', undefined],
])('the first approver that lets a router have %s', (route, key) => {
  const approver = approverOf(read(POLICY).policy, ROUTER!, prefix(route));
  expect(approver && textOf(approver.prefix.span)).toBe(key);
});

const NARROW = `{
  "tagOwners": {"tag:router": [], "tag:k3s": []},
  "autoApprovers": {"routes": {
    "10.42.0.0/16": ["tag:router"],
    "172.16.0.0/12": ["tag:k3s", "autogroup:admin"],
    "192.168.0.0/16": ["autogroup:member", "ada@example.com"],
  }},
}`;

test.each([
  ['whom it names', '10.42.3.0/24', true],
  ['who may be an administrator', '172.16.1.0/24', true],
  ['nobody for what no approver covers', '172.32.0.0/16', false],
  ['not whom a device list tells apart', '192.168.50.0/24', false],
])('a policy may let have a route: %s', (_, route, may) => {
  expect(mayApprove(read(NARROW).policy, ROUTER!, prefix(route))).toBe(may);
});
