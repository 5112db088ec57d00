import { readFileSync } from 'node:fs';
import { GitHubError } from './github-error.ts';
import { at, idAt, isSha, listAt, shaAt, textAt } from './payload.ts';

/** What a workflow runs for. Names of branches and texts of the payload are whatever somebody chose. */
export type GitHubEvent = Workplace &
  (PullRequestEvent | PushEvent | DispatchEvent | ScheduleEvent | MergeGroupEvent | OtherEvent);

/** What every event has. */
interface Workplace {
  /** `owner/name`. */
  readonly repository: string;
  /** The commit and the ref that the workflow runs on: of a pull request its merge commit, not its head. */
  readonly sha: string;
  readonly ref: string;
  readonly apiUrl: string;
  readonly serverUrl: string;
}

interface PullRequestEvent {
  readonly kind: 'pull-request';
  readonly number: number;
  readonly head: string;
  readonly base: { readonly ref: string; readonly sha: string };
  readonly defaultBranch: string | undefined;
  /** Of another repository, or of one that is gone: there are no secrets and the token only reads. */
  readonly isFork: boolean;
  /** Run by Dependabot: as of a fork. */
  readonly isDependabot: boolean;
}

interface PushEvent {
  readonly kind: 'push';
  readonly isDefaultBranch: boolean;
  /** The commits that the branch got, oldest first, as far as the payload names them; the last is where it is now. */
  readonly pushed: readonly string[];
}

interface DispatchEvent {
  readonly kind: 'dispatch';
  readonly isDefaultBranch: boolean;
}

/** Scheduled workflows run on the default branch only. */
interface ScheduleEvent {
  readonly kind: 'schedule';
}

interface MergeGroupEvent {
  readonly kind: 'merge-group';
  readonly head: string;
  readonly base: { readonly ref: string; readonly sha: string };
  /** The pull request that the group's branch is named for: the last of the group. */
  readonly pulls: readonly number[];
}

interface OtherEvent {
  readonly kind: 'other';
  readonly name: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The event of a workflow run, out of the variables and the file that a runner gives it. Throws a `GitHubError` where
 * one is missing or not what GitHub documents.
 */
export function readEvent(environment: Environment): GitHubEvent {
  const name = given(environment, 'GITHUB_EVENT_NAME');
  const repository = given(environment, 'GITHUB_REPOSITORY');
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new GitHubError('GITHUB_REPOSITORY is not of the form owner/name');
  const sha = given(environment, 'GITHUB_SHA');
  if (!isSha(sha)) throw new GitHubError('GITHUB_SHA is not the name of a commit');
  return {
    repository,
    sha,
    ref: given(environment, 'GITHUB_REF'),
    apiUrl: environment.GITHUB_API_URL || 'https://api.github.com',
    serverUrl: environment.GITHUB_SERVER_URL || 'https://github.com',
    ...eventOf(name, environment),
  };
}

/** What others propose is not planned with secrets, even where GitHub would give them: `pull_request_target`. */
export function hasNoSecrets(event: GitHubEvent): boolean {
  return event.kind === 'pull-request' && (event.isFork || event.isDependabot);
}

function eventOf(
  name: string,
  environment: Environment,
): PullRequestEvent | PushEvent | DispatchEvent | ScheduleEvent | MergeGroupEvent | OtherEvent {
  switch (name) {
    case 'pull_request':
    case 'pull_request_target':
      return pullRequestOf(name, payloadOf(environment), environment);
    case 'push':
      return pushOf(payloadOf(environment));
    case 'workflow_dispatch':
      return {
        kind: 'dispatch',
        isDefaultBranch: isDefaultBranch(given(environment, 'GITHUB_REF'), payloadOf(environment), name),
      };
    case 'schedule':
      return { kind: 'schedule' };
    case 'merge_group':
      return mergeGroupOf(payloadOf(environment));
    default:
      return { kind: 'other', name };
  }
}

function pullRequestOf(name: string, payload: unknown, environment: Environment): PullRequestEvent {
  const pull = at(payload, 'pull_request');
  const base = present(textAt(pull, 'base', 'repo', 'full_name'), name, 'pull_request.base.repo.full_name');
  return {
    kind: 'pull-request',
    number: present(idAt(pull, 'number'), name, 'pull_request.number'),
    head: present(shaAt(pull, 'head', 'sha'), name, 'pull_request.head.sha'),
    base: {
      ref: present(textAt(pull, 'base', 'ref'), name, 'pull_request.base.ref'),
      sha: present(shaAt(pull, 'base', 'sha'), name, 'pull_request.base.sha'),
    },
    defaultBranch: textAt(payload, 'repository', 'default_branch'),
    isFork: textAt(pull, 'head', 'repo', 'full_name') !== base,
    isDependabot: environment.GITHUB_ACTOR === 'dependabot[bot]',
  };
}

function pushOf(payload: unknown): PushEvent {
  const ref = present(textAt(payload, 'ref'), 'push', 'ref');
  const last = shaAt(payload, 'after');
  const commits = (listAt(payload, 'commits') ?? []).flatMap((commit) => shaAt(commit, 'id') ?? []);
  const before = commits.filter((sha) => sha !== last);
  return {
    kind: 'push',
    isDefaultBranch: isDefaultBranch(ref, payload, 'push'),
    // The last is none where the push deletes the branch.
    pushed: last === undefined ? [] : [...before, last],
  };
}

function mergeGroupOf(payload: unknown): MergeGroupEvent {
  const group = at(payload, 'merge_group');
  const branch = present(textAt(group, 'head_ref'), 'merge_group', 'merge_group.head_ref');
  const number = /\/pr-(\d{1,9})-[0-9a-f]+$/.exec(branch)?.[1];
  return {
    kind: 'merge-group',
    head: present(shaAt(group, 'head_sha'), 'merge_group', 'merge_group.head_sha'),
    base: {
      ref: present(textAt(group, 'base_ref'), 'merge_group', 'merge_group.base_ref'),
      sha: present(shaAt(group, 'base_sha'), 'merge_group', 'merge_group.base_sha'),
    },
    pulls: number === undefined ? [] : [Number(number)],
  };
}

function isDefaultBranch(ref: string, payload: unknown, name: string): boolean {
  const branch = textAt(payload, 'repository', 'default_branch');
  return ref === `refs/heads/${present(branch, name, 'repository.default_branch')}`;
}

function payloadOf(environment: Environment): unknown {
  const path = given(environment, 'GITHUB_EVENT_PATH');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new GitHubError(`the event file ${path} cannot be read as JSON`);
  }
}

function present<T>(value: T | undefined, event: string, field: string): T {
  if (value !== undefined) return value;
  throw new GitHubError(`the event file of this ${event} has no usable ${field}`);
}

function given(environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value) return value;
  throw new GitHubError(`${variable} is not set, as it is in every GitHub workflow`);
}
