import { connect } from '../control/connect.ts';
import { ControlError, type ControlServer } from '../control/control-server.ts';
import { fetchThrough } from '../control/fetch.ts';
import { type GitHub, gitHub } from '../github/client.ts';
import { type GitHubEvent, hasNoSecrets, readEvent } from '../github/event.ts';
import { GitHubError } from '../github/github-error.ts';
import { codeSpan } from '../report/markdown.ts';
import { visible } from '../report/terminal.ts';
import { inert } from '../report/workflow-command.ts';
import { applyJob } from './apply-job.ts';
import { controlSettings, INPUT_NAMES } from './control-settings.ts';
import { SettingsError } from './errors.ts';
import type { Job } from './job.ts';
import { planJob } from './plan-job.ts';

/** A job with what it reaches over the network. */
export interface OnlineJob {
  readonly job: Job;
  readonly event: GitHubEvent;
  readonly github: GitHub;
  /** Undefined where the job has no credential for one. */
  readonly server: ControlServer | undefined;
  /** Every credential that was used so far. */
  readonly secrets: readonly string[];
}

const SHORTEST_MASK = 6;

/** `mode: plan` and `apply`, and `check` with credentials. */
export async function runOnline(job: Job): Promise<0 | 1> {
  try {
    const online = goOnline(job);
    // A merge queue asks whether the merge would be in order: nothing is merged yet.
    const isApply = job.inputs.mode === 'apply' && online.event.kind !== 'merge-group';
    return await (isApply ? applyJob(online) : planJob(online));
  } catch (error) {
    const isRefused = error instanceof SettingsError;
    if (!(isRefused || error instanceof ControlError || error instanceof GitHubError)) throw error;
    job.output('outcome', isRefused ? 'refused' : 'failed');
    await job.summarise(
      `## podroute\n\n**${isRefused ? 'refused' : 'failed'}**: ${codeSpan(error.message)}\n`,
    );
    throw isRefused ? error : new SettingsError(error.message);
  }
}

function goOnline(job: Job): OnlineJob {
  const { control, environment, identity, inputs } = job;
  const secrets: string[] = [];
  const onSecret = (secret: string) => {
    if (secret === '' || secrets.includes(secret)) return;
    secrets.push(secret);
    // The mask of a short text would take the whole log apart.
    if (secret.length >= SHORTEST_MASK) job.mask(secret);
  };
  for (const secret of [control.apiKey, control.oauthClientSecret, control.headscaleApiKey, inputs.token]) {
    onSecret(secret);
  }
  onSecret(identity.requestToken);
  const event = readEvent(environment);
  const { repository, apiUrl } = event;
  const log = (line: string) => job.print(`${inert(visible(line))}\n`);
  const github = gitHub(inputs.token, {
    repository,
    apiUrl,
    fetch: fetchThrough(environment) as typeof fetch,
    log,
  });
  const settings = hasNoSecrets(event) ? undefined : controlSettings(control, INPUT_NAMES, identity);
  const server = settings && connect(settings, { environment, onSecret });
  return { job, event, github, server, secrets };
}
