import { buildClusters } from '../src/cluster/build.ts';
import type { Cluster, ReadFile } from '../src/cluster/model.ts';
import type { Diagnostic } from '../src/diagnostics/finding.ts';
import { check } from '../src/engine/check.ts';
import { parameterNames } from '../src/inputs/parameter-names.ts';
import { readFacts } from '../src/inputs/read.ts';
import { recognise } from '../src/inputs/recognise.ts';
import { type SourceFile, sourceFile } from '../src/source/source-file.ts';

/** A repository as a table: path → text. */
export type Texts = Readonly<Record<string, string>>;

/** Recognises and reads texts as a run does, without a file system. */
export function readTexts(texts: Texts): ReadFile[] {
  const names = parameterNames(new Map());
  const files = new Map<string, SourceFile>(
    Object.entries(texts).map(([path, text]) => [path, sourceFile(path, text)]),
  );
  const read: ReadFile[] = [];
  for (const file of files.values()) {
    const kind = recognise(file.path, file.text, names);
    if (!kind) continue;
    const context = { parameterNames: names, fileNamed: (path: string) => files.get(path) };
    read.push({ file, facts: readFacts(kind, file, context) });
  }
  return read;
}

export function clustersOf(texts: Texts): readonly Cluster[] {
  return buildClusters(readTexts(texts));
}

export function diagnosticsOf(texts: Texts): readonly Diagnostic[] {
  return check(readTexts(texts)).diagnostics;
}

/** `path:line rule` of each diagnostic, sorted as the report is. */
export function placesOf(texts: Texts): string[] {
  return diagnosticsOf(texts).map(({ at, rule }) => {
    const line = at.file.text.slice(0, at.start).split(/\r\n|\r|\n/).length;
    return `${at.file.path}:${line} ${rule}`;
  });
}
