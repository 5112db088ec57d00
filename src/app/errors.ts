/**
 * Wrong inputs or a refusing world: a misspelt option, a path that is not there, settings that break their schema.
 * The message says what to change; everything else that is thrown is a bug.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** What the system says of a path, without its own wording and without the path a second time. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ELOOP':
      return 'a symbolic link that leads nowhere';
    default:
      return String(code ?? error);
  }
}
