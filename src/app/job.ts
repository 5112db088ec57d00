import type { FailOn } from './arguments.ts';
import type { ControlWords, IdentityTokens } from './control-settings.ts';

/** The Action's inputs, but for the credentials; a text that is not given is empty. */
export interface Inputs {
  readonly mode: 'check' | 'plan' | 'apply';
  readonly paths: readonly string[];
  readonly config: string | undefined;
  readonly devices: string | undefined;
  readonly failOn: FailOn;
  readonly token: string;
  readonly comment: 'auto' | 'never';
  readonly digest: string;
}

/** One step of a workflow: what it is given, and where it writes. */
export interface Job {
  readonly inputs: Inputs;
  readonly control: ControlWords;
  readonly identity: IdentityTokens;
  readonly environment: NodeJS.ProcessEnv;
  /** The workspace. */
  readonly cwd: string;
  /** To the log, as it is: nothing in it may be a command that is not ours. */
  readonly print: (text: string) => void;
  /** Adds Markdown to the summary of the step. */
  readonly summarise: (markdown: string) => Promise<void>;
  readonly output: (name: OutputName, value: string | number) => void;
  /** Writes a new file into the runner's temporary folder; returns its path. */
  readonly file: (name: string, text: string) => string;
  /** Has the runner leave a secret out of everything that is printed from now on. */
  readonly mask: (secret: string) => void;
}

export type OutputName =
  | 'errors'
  | 'warnings'
  | 'findings-file'
  | 'sarif-file'
  | 'plan-digest'
  | 'approved'
  | 'outcome';
