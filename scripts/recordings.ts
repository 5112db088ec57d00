/**
 * Prints how far the policy language agrees with the recorded answers of the real service, by folder, and what is
 * wrong: `npm run recordings`. The recordings are read from `PODROUTE_SHARED` (default `../shared`).
 */
import { FOLDERS, scoreOf } from '../test/policy/recordings-score.ts';

const rows = FOLDERS.map((folder) => ({ folder, score: scoreOf(folder) }));
console.log('| folder | accepted or refused | wording | packet filters | approvals | who sees whom |');
console.log('|---|---|---|---|---|---|');
for (const { folder, score } of rows) {
  const counts = Object.values(score).map(({ judged, wrong }) => `${judged - wrong.length} of ${judged}`);
  console.log(`| ${[folder, ...counts].join(' | ')} |`);
}
for (const { score } of rows) {
  for (const { wrong } of Object.values(score)) for (const each of wrong) console.log(`\n${each}`);
}
