import type { SourceFile } from '../source/source-file.ts';
import type { FileFacts, FileKind, Parameter } from './facts.ts';

/** What a reader may know beside its file. */
export interface ReadContext {
  readonly parameterNames: ReadonlyMap<string, Parameter>;
  /** Another file by a path in the form of `SourceFile.path`: a Compose file's `env_file` and `.env`. */
  readonly fileNamed: (path: string) => SourceFile | undefined;
}

/** What a file of a known kind says. Loads the parser only when a file needs it: `yaml` and `unbash` cost more than a check. */
export async function readFacts(kind: FileKind, file: SourceFile, context: ReadContext): Promise<FileFacts> {
  switch (kind) {
    case 'manifest':
      return (await import('./manifest.ts')).readManifests(file);
    case 'policy':
      return (await import('./policy.ts')).readPolicy(file);
    case 'env':
      return (await import('./env-parameters.ts')).readEnv(file, context.parameterNames);
    case 'k3s-config':
      return (await import('./k3s-config.ts')).readK3sConfig(file);
    case 'script':
      return (await import('./script.ts')).readScript(file, context.parameterNames);
    case 'compose':
      return (await import('./compose.ts')).readCompose(file, context.fileNamed);
  }
}
