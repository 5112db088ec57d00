import { describe, expect, test } from 'vitest';
import { readPolicy } from '../../src/policy/read/read-policy.ts';
import { postureUses, selectorUses, testUses, undefinedTagsOfTests } from '../../src/policy/uses.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';

function read(text: string) {
  const file = sourceFile('policy.hujson', text);
  const { root } = parseHujson(file);
  if (root === undefined) throw new Error('no policy');
  return readPolicy(treeOf(file, root)).policy;
}

describe('a use of a selector is found', () => {
  test.each([
    [
      '{"acls": [{"action": "accept", "src": ["tag:a", "*"], "dst": ["tag:b:22", "tag:c:80,443"]}]}',
      'tag:a * tag:b tag:c',
    ],
    ['{"ACLs": [{"Action": "accept", "Users": ["group:a"], "Ports": ["nas:*"]}]}', 'group:a nas'],
    [
      '{"grants": [{"src": ["tag:a"], "dst": ["tag:b"], "via": ["tag:c"], "app": {"example.com/x": [{"who": ["tag:z"]}]}}]}',
      'tag:a tag:b tag:c',
    ],
    ['{"ssh": [{"src": ["tag:a"], "dst": ["tag:b"], "users": ["tag:z"]}]}', 'tag:a tag:b'],
    ['{"nodeAttrs": [{"target": ["tag:a"], "attr": ["tag:z"]}]}', 'tag:a'],
    ['{"tests": [{"src": "tag:a", "accept": ["nas:22"], "deny": ["[fd7a::1]:22"]}]}', 'tag:a nas [fd7a::1]'],
    ['{"tests": [{"user": "tag:a", "allow": ["tag:b:22"]}]}', 'tag:a tag:b'],
    ['{"sshTests": [{"src": "tag:a", "dst": ["tag:b"], "accept": ["tag:z"]}]}', 'tag:a tag:b'],
    ['{"groups": {"group:z": ["ada@example.com"]}}', 'ada@example.com'],
    ['{"tagOwners": {"tag:z": ["group:a"]}}', 'group:a'],
    ['{"ipsets": {"ipset:z": ["nas", "remove ipset:a"]}}', 'nas ipset:a'],
    ['{"autoApprovers": {"routes": {"10.0.0.0/8": ["tag:a"]}, "exitNode": ["tag:b"]}}', 'tag:a tag:b'],
    ['{"autoApprovers": {"services": {"tag:a": ["tag:b"]}}}', 'tag:a tag:b'],
    ['{"hosts": {"z": "10.0.0.1"}, "acls": null, "unknown": ["tag:z"] /* tag:z */}', ''],
  ])('in %s', (text, expected) => {
    const uses = selectorUses(read(text));
    expect(uses.map(({ span }) => textOf(span).replace(/^"|"$/g, '')).sort()).toEqual(
      expected.split(' ').filter(Boolean).sort(),
    );
  });
});

test('the host of a test has a place of its own, one behind escapes that of the string', () => {
  const uses = testUses(read('{"tests": [{"src": "x@y.z", "accept": ["tag:k3s:22", "tag:\\u006b3s:22"]}]}'));
  expect(uses.map(({ span }) => textOf(span))).toEqual(['"x@y.z"', 'tag:k3s', '"tag:\\u006b3s:22"']);
  expect(uses.slice(1).map(({ value }) => value)).toEqual(Array(2).fill({ kind: 'tag', name: 'tag:k3s' }));
});

test('the tags of tests that nobody may own', () => {
  const policy = read(
    `{"tagOwners": {"tag:a": []},
      "tests": [{"src": "tag:b", "accept": ["tag:a:22", "tag:c:22", "nas:22", ":22"]}],
      "sshTests": [{"src": "tag:d", "dst": ["tag:e"]}]}`,
  );
  expect(undefinedTagsOfTests(policy).map(({ value, span }) => [value, textOf(span)])).toEqual([
    ['tag:b', '"tag:b"'],
    ['tag:c', 'tag:c'],
    ['tag:d', '"tag:d"'],
  ]);
});

test('a posture is used by rules and by default', () => {
  const policy = read(
    `{"postures": {"posture:a": [], "posture:b": [], "posture:c": [], "posture:d": [], "posture:e": []},
      "defaultSrcPosture": ["posture:a"],
      "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"], "srcPosture": ["posture:b"]}],
      "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"], "srcPosture": ["posture:c"]}],
      "ssh": [{"action": "check", "src": ["autogroup:member"], "dst": ["autogroup:self"], "users": ["root"], "srcPosture": ["posture:d"]}]}`,
  );
  expect(postureUses(policy).map(({ value }) => value)).toEqual('abcd'.split('').map((x) => `posture:${x}`));
});
