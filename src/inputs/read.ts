import type { SourceFile } from '../source/source-file.ts';
import { readCompose } from './compose.ts';
import { readEnv } from './env-parameters.ts';
import type { FileFacts, FileKind, Parameter } from './facts.ts';
import { readK3sConfig } from './k3s-config.ts';
import { readManifests } from './manifest.ts';
import { readPolicyFile } from './policy.ts';
import { readScript } from './script.ts';

/** What a reader may know beside its file. */
export interface ReadContext {
  readonly parameterNames: ReadonlyMap<string, Parameter>;
  /** Another file by a path in the form of `SourceFile.path`: a Compose file's `env_file` and `.env`. */
  readonly fileNamed: (path: string) => SourceFile | undefined;
}

/** What a file of a known kind says. */
export function readFacts(kind: FileKind, file: SourceFile, context: ReadContext): FileFacts {
  switch (kind) {
    case 'manifest':
      return readManifests(file);
    case 'policy':
      return readPolicyFile(file);
    case 'env':
      return readEnv(file, context.parameterNames);
    case 'k3s-config':
      return readK3sConfig(file);
    case 'script':
      return readScript(file, context.parameterNames);
    case 'compose':
      return readCompose(file, context.fileNamed);
  }
}
