import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import { FAIL_ON, oneOf } from './app/arguments.ts';
import { checkJob } from './app/check-job.ts';
import { inputWords } from './app/control-settings.ts';
import { SettingsError } from './app/errors.ts';
import type { Inputs, Job } from './app/job.ts';
import { visible } from './report/terminal.ts';
import { command } from './report/workflow-command.ts';

const MODES = ['check', 'plan', 'apply'] as const;
const COMMENTS = ['auto', 'never'] as const;

/**
 * The Action. Secrets that stand in files are not masked with `add-mask`: it works on every later line of the job,
 * and masking a short value destroys the log. The reports leave them out themselves. Credentials are masked.
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
  const job = jobOf(readInputs());
  const { mode } = job.inputs;
  const { control } = job;
  if (mode === 'check' && Object.values(control).every((word) => word === '')) return checkJob(job);
  const { runOnline } = await import('./app/online-job.ts');
  return runOnline(job);
}

function readInputs(): Inputs {
  return {
    mode: oneOf('mode', core.getInput('mode') || 'check', MODES),
    failOn: oneOf('fail-on', core.getInput('fail-on') || 'error', FAIL_ON),
    paths: core.getMultilineInput('paths'),
    config: core.getInput('config') || undefined,
    devices: core.getInput('devices') || undefined,
    token: core.getInput('token'),
    comment: oneOf('comment', core.getInput('comment') || 'auto', COMMENTS),
    digest: core.getInput('digest'),
  };
}

function jobOf(inputs: Inputs): Job {
  const { env } = process;
  let folder: string | undefined;
  return {
    inputs,
    control: inputWords(core.getInput, env),
    identity: {
      requestUrl: env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '',
      requestToken: env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '',
    },
    environment: env,
    cwd: given('GITHUB_WORKSPACE'),
    print: (text) => void process.stdout.write(text),
    summarise: async (markdown) => {
      if (env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(markdown).write();
    },
    output: core.setOutput,
    file: (name, text) => {
      // A folder of its own with a random name: nothing in the checkout can stand in its place.
      folder ??= mkdtempSync(join(given('RUNNER_TEMP'), 'podroute-'));
      const path = join(folder, name);
      writeFileSync(path, text, { flag: 'wx' });
      return path;
    },
    mask: core.setSecret,
  };
}

function given(variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new SettingsError(
    `${variable} is not set: the Action runs in a GitHub workflow, dist/cli.js anywhere else`,
  );
}

void main();
