/** What a command prints and how it ends. */
export interface Outcome {
  readonly output: string;
  readonly exitCode: 0 | 1;
}

/** Where a command runs. */
export interface Surroundings {
  readonly cwd: string;
  /** Whether the output is for a terminal that shows colours. */
  readonly color: boolean;
  /** Called often, with how many files were looked at so far. */
  readonly progress: (files: number) => void;
}

/** What a command that may ask a control server needs besides. */
export interface OnlineSurroundings extends Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Shows a plan and asks whether to go on; undefined where nobody can answer. */
  readonly ask: ((plan: string) => Promise<boolean>) | undefined;
}
