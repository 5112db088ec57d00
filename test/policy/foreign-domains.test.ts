import { expect, test } from 'vitest';
import { foreignDomains } from '../../src/policy/foreign-domains.ts';
import { textOf } from '../../src/source/span.ts';
import { read } from './read.ts';
import { type Given, listOf } from './tailnet.ts';

const HOME = { laptop: { owner: ['ada@example.com'] }, oslo: { tags: ['tag:k3s'] } };

/** `place: message` */
function said(text: string, tailnet: Readonly<Record<string, Given>> = HOME): string[] {
  const { policy } = read(text);
  return foreignDomains(policy, listOf(tailnet)).map(({ at, message }) => `${textOf(at)}: ${message}`);
}

const acl = (source: string) => `{"acls": [{"action": "accept", "src": ["${source}"], "dst": ["*:*"]}]}`;
const login = (user: string) => `{"ssh": [{"action": "accept", "dst": ["tag:k3s"], "users": ["${user}"]}]}`;
const MESSAGE = 'is not associated with this Tailnet and cannot be used in user:*@<domain> expressions';

test.each([
  [acl('user:*@example.org'), `"user:*@example.org": example.org ${MESSAGE}`],
  [acl('user:*@EXAMPLE.com'), `"user:*@EXAMPLE.com": EXAMPLE.com ${MESSAGE}`],
  [login('localpart:*@example.org'), `"localpart:*@example.org": example.org ${MESSAGE}`],
])('%s', (text, message) => {
  expect(said(text)).toEqual([message]);
});

test.each([
  acl('user:*@example.com'),
  acl('pat@example.org'),
  login('localpart:*@example.com'),
  login('localpart:*@'),
  login('xlocalpart:*@example.org'),
  login('localpart:pat@example.org'),
])('nothing of %s', (text) => {
  expect(said(text)).toEqual([]);
});

test('the domains of a tailnet are those of all owners, as far as they have one', () => {
  const owners = { a: { owner: ['ada@example.com'] }, b: { owner: ['bo@', 'bo@example.org'] } };
  expect(said(acl('user:*@example.org'), owners)).toEqual([]);
  expect(said(acl('user:*@example.net'), owners)).toHaveLength(1);
});

test('where no device has an owner with a domain nothing is known', () => {
  expect(said(acl('user:*@example.org'), { oslo: { tags: ['tag:k3s'] }, lab: { owner: ['lab@'] } })).toEqual(
    [],
  );
});
