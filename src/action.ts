import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import { FAIL_ON, oneOf } from './app/arguments.ts';
import { checkFolder } from './app/check-folder.ts';
import { SettingsError } from './app/errors.ts';
import { fails } from './app/fail-on.ts';
import { renderGithub } from './report/github.ts';
import { renderJson } from './report/json.ts';
import { renderSarif } from './report/sarif.ts';
import { renderSummary } from './report/summary.ts';
import { visible } from './report/terminal.ts';
import { totalsOf } from './report/totals.ts';
import { command } from './report/workflow-command.ts';

const MODES = ['check', 'plan', 'apply'] as const;

/**
 * The Action. Secrets that stand in files are not masked with `add-mask`: it works on every later line of the job,
 * and masking a short value destroys the log. The reports leave them out themselves.
 */
async function main(): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const wrong = error instanceof SettingsError;
    process.exitCode = wrong ? 2 : 3;
    const text = wrong ? error.message : `a bug in podroute: ${error instanceof Error ? error.stack : error}`;
    const lines = text.split('\n').map(visible);
    process.stdout.write(`${command('error', { title: 'podroute' }, lines.join('\n'))}\n`);
  }
}

async function run(): Promise<0 | 1> {
  const mode = oneOf('mode', core.getInput('mode') || 'check', MODES);
  const failOn = oneOf('fail-on', core.getInput('fail-on') || 'error', FAIL_ON);
  if (mode !== 'check') throw new SettingsError(`mode: ${mode} is not in this version`);

  const report = checkFolder(core.getMultilineInput('paths'), {
    cwd: given('GITHUB_WORKSPACE'),
    config: core.getInput('config') || undefined,
    devices: core.getInput('devices') || undefined,
  });
  process.stdout.write(renderGithub(report));
  if (process.env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(renderSummary(report)).write();

  const failed = fails(report.diagnostics, failOn);
  const { errors, warnings } = totalsOf(report);
  // A folder of its own with a random name: nothing in the checkout can stand in its place.
  const folder = mkdtempSync(join(given('RUNNER_TEMP'), 'podroute-'));
  core.setOutput('errors', errors);
  core.setOutput('warnings', warnings);
  core.setOutput('findings-file', written(join(folder, 'findings.json'), renderJson(report)));
  core.setOutput('sarif-file', written(join(folder, 'findings.sarif'), renderSarif(report)));
  core.setOutput('outcome', failed ? 'failed' : 'passed');
  return failed ? 1 : 0;
}

function written(path: string, text: string): string {
  writeFileSync(path, text, { flag: 'wx' });
  return path;
}

function given(variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new SettingsError(
    `${variable} is not set: the Action runs in a GitHub workflow, dist/cli.js anywhere else`,
  );
}

void main();
