import { renderGithub } from '../report/github.ts';
import { renderJson } from '../report/json.ts';
import { renderSarif } from '../report/sarif.ts';
import { renderSummary } from '../report/summary.ts';
import { totalsOf } from '../report/totals.ts';
import { type CheckedFolder, checkFolder } from './check-folder.ts';
import { fails } from './fail-on.ts';
import type { Job } from './job.ts';

/** `mode: check`: annotations, the summary and the outputs, without a network. */
export async function checkJob(job: Job): Promise<0 | 1> {
  const { inputs, cwd, print } = job;
  const { paths, config, devices } = inputs;
  const checked = checkFolder(paths, { cwd, config, devices });
  print(renderGithub(checked.report));
  await job.summarise(renderSummary(checked.report));
  writeFindings(job, checked);
  const failed = fails(checked.report.diagnostics, inputs.failOn);
  job.output('outcome', failed ? 'failed' : 'passed');
  return failed ? 1 : 0;
}

/** The outputs that every mode has. */
export function writeFindings({ file, output }: Job, { report }: CheckedFolder): void {
  const { errors, warnings } = totalsOf(report);
  output('errors', errors);
  output('warnings', warnings);
  output('findings-file', file('findings.json', renderJson(report)));
  output('sarif-file', file('findings.sarif', renderSarif(report)));
}
