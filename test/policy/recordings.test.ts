import { expect, test } from 'vitest';
import { RECORDED } from './recordings.ts';
import { FOLDERS, scoreOf } from './recordings-score.ts';

// The real service's answers judge the policy language; `npm run recordings` prints the same as a table.
test.skipIf(!RECORDED).each(FOLDERS)('recorded answers of %s', (folder) => {
  const { accepted, wordings, filters, approvals, views } = scoreOf(folder);

  expect(accepted.judged).toBeGreaterThan(10);
  // Of `user:*@domain` and `localpart:*@domain` the answer depends on more than a device list tells.
  const isByDomain = ['ssh', 'sshtest', 'nodeattrs'].includes(folder);
  if (isByDomain) expect(accepted.wrong.length / accepted.judged).toBeLessThan(0.05);
  else expect(accepted.wrong).toEqual([]);
  expect(wordings.wrong.filter((each) => !each.includes('is not associated with this Tailnet'))).toEqual([]);
  // What each device lets in, which routes are approved, and who sees whom.
  expect(filters.judged).toBeGreaterThan(0);
  expect(filters.wrong).toEqual([]);
  expect(approvals.wrong).toEqual([]);
  expect(views.judged).toBeGreaterThan(0);
  expect(views.wrong).toEqual([]);
});
