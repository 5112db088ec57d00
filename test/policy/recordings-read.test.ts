import { describe, expect, test } from 'vitest';
import { readPolicy } from '../../src/policy/read-policy.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';
import { RECORDED, type Recording, recordings } from './recordings.ts';

const FOLDERS = ['acl', 'grant', 'nodeattrs', 'policytest', 'routes', 'ssh', 'sshtest'];

function messagesOf({ policy }: Recording): string[] {
  const file = sourceFile('policy.json', JSON.stringify(policy));
  const { root } = parseHujson(file);
  return readPolicy(treeOf(file, root!)).problems.map(({ message }) => message);
}

describe.skipIf(!RECORDED)('what the service said of a policy', () => {
  const all = FOLDERS.flatMap((folder) => recordings(`${folder}_results`)).filter(
    ({ capture_error, response_code }) => capture_error === null && response_code !== 500,
  );
  const isRefused = ({ response_code, response_message }: Recording) =>
    response_code === 400 && response_message !== 'test(s) failed';

  test('there are recordings of both kinds', () => {
    expect(all.filter(isRefused).length).toBeGreaterThan(40);
    expect(all.length).toBeGreaterThan(400);
  });

  test.each(
    all.filter((recording) => !isRefused(recording)).map((recording) => [recording.test_id, recording]),
  )('%s: accepted, or refused for a failed test', (_, recording) => {
    expect(messagesOf(recording)).toEqual([]);
  });

  // Which domains are the tailnet's own is not in its policy.
  const refused = all.filter(
    (recording) =>
      isRefused(recording) && !recording.response_message?.includes('is not associated with this Tailnet'),
  );
  test.each(refused.map((recording) => [recording.test_id, recording]))('%s: refused', (_, recording) => {
    expect(messagesOf(recording).join('\n')).toContain(recording.response_message);
  });
});
