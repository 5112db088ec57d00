import { describe, expect, test } from 'vitest';
import { judgePolicy } from '../../src/policy/judge.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { listOf } from './tailnet.ts';

const LIST = listOf({ 'oslo-1': { tags: ['tag:k3s'] }, laptop: { owner: ['ada@example.com'] } });
const judge = (text: string, list = true) =>
  judgePolicy(sourceFile('policy.hujson', text), list ? LIST : undefined);
const messages = (problems: readonly { readonly message: string }[]) =>
  problems.map(({ message }) => message);

const TAGS = '"tagOwners": {"tag:k3s": []}';
const ACL = (more: string) =>
  `{${TAGS}, "acls": [{"action": "accept", "src": ["ada@example.com"], "dst": ["tag:k3s:22"]}], ${more}}`;

test('an accepted policy', () => {
  const { policy, compiled, ...rest } = judge(ACL(''));
  expect(rest).toEqual({ problems: [], warnings: [], unrunTests: 0 });
  expect(compiled?.policy).toBe(policy);
});

describe('what is wrong first is all that is told', () => {
  test('a text that does not parse is not read', () => {
    const { policy, compiled, problems } = judge('{"aclz": [}');
    expect([policy, compiled]).toEqual([undefined, undefined]);
    expect(messages(problems)).toEqual(['this [ is not closed']);
    expect(judge('').problems).toHaveLength(1);
  });

  test('what is refused, in the order of the text', () => {
    const { problems } = judge(`{
      "acls": [{"action": "accept", "src": ["user:*@example.org"], "dst": ["*:*"]}],
      "aclz": [],
    }`);
    expect(messages(problems)).toEqual([
      expect.stringContaining('example.org is not associated'),
      expect.stringContaining('"aclz"'),
    ]);
  });

  test('of a policy that is refused the tests are not run', () => {
    const wrong = '"aclz": [], "tests": [{"src": "ada@example.com", "deny": ["tag:k3s:22"]}]';
    const { policy, compiled, problems } = judge(ACL(wrong));
    expect(policy).toBeDefined();
    expect(compiled).toBeDefined();
    expect(messages(problems)).toEqual([expect.stringContaining('"aclz"')]);
  });
});

describe('tests', () => {
  const TESTS = `"sshTests": [{"src": "ada@example.com", "dst": ["tag:k3s"], "accept": ["root"]}],
    "tests": [{"src": "ada@example.com", "deny": ["tag:k3s:22"]}]`;

  test('fail in the order of the text', () => {
    const { problems, unrunTests } = judge(ACL(TESTS));
    expect(unrunTests).toBe(0);
    expect(problems.length).toBeGreaterThan(1);
    const starts = problems.map(({ at }) => at.start);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  test('without devices are counted, and refused for what they ask', () => {
    expect(judge(ACL(TESTS), false)).toMatchObject({ problems: [], unrunTests: 2 });
    const list = '"tests": [{"src": "ada@example.com", "accept": ["tag:k3s:22,80"]}]';
    expect(judge(ACL(list), false).problems).toHaveLength(1);
  });
});

describe('warnings', () => {
  test('members given twice', () => {
    const { problems, warnings } = judge(`{${TAGS}, ${TAGS}, "acls": []}`);
    expect(problems).toEqual([]);
    expect(messages(warnings)).toEqual(['"tagOwners" is given twice, the later one counts']);
  });

  test('members given twice in two spellings, in the order of the text', () => {
    const { problems, warnings } = judge('{"ACLs": [], "acls": [], "hosts": {}, "hosts": {}}');
    expect(problems).toEqual([]);
    expect(messages(warnings)).toEqual([
      '"acls" is given twice, the later one counts',
      '"hosts" is given twice, the later one counts',
    ]);
  });

  test('what is not portable, for Headscale alone', () => {
    const text = `{${TAGS}, "postures": {"posture:a": ["node:os == 'linux'"]}, "acls": []}`;
    expect(judge(text).warnings).toEqual([]);
    const file = sourceFile('policy.hujson', text);
    const ofHeadscale = { ...LIST, control: 'headscale' } as const;
    // Every version refuses it, so it is refused.
    for (const judged of [judgePolicy(file, ofHeadscale), judgePolicy(file, undefined, 'headscale')]) {
      expect(messages(judged.problems)).toEqual([expect.stringContaining('postures')]);
      expect(judged.warnings).toEqual([]);
    }
    expect(judgePolicy(file, ofHeadscale, 'tailscale').problems).toEqual([]);
  });

  test('what one version alone refuses is a warning', () => {
    const text = `{${TAGS}, "grants": [{"src": ["*"], "dst": ["tag:k3s"], "app": {"tailscale.com/cap/secrets": [{}]}}]}`;
    const { problems, warnings } = judgePolicy(sourceFile('policy.hujson', text), undefined, 'headscale');
    expect(problems).toEqual([]);
    expect(messages(warnings)).toEqual([expect.stringContaining('0.29')]);
  });
});
