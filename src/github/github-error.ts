/** GitHub refuses, fails or cannot be reached. The message says what to change and holds no token. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }

  /** Of a write: whether GitHub may have done it all the same. */
  get mayBeDone(): boolean {
    return this.status === undefined || this.status >= 500;
  }
}
