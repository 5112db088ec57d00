import type { ReadFile } from '../cluster/model.ts';
import { check } from '../engine/check.ts';
import type { FileFacts } from '../inputs/facts.ts';
import { readFacts } from '../inputs/read.ts';
import { isTemplated } from '../inputs/recognise.ts';
import type { Report, ReportedFile } from '../report/report.ts';
import { RULES } from '../rules/index.ts';
import { discover, type FoundFile } from './discover.ts';
import { readSettings } from './settings.ts';

export interface CheckOptions {
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** Another settings file than `.podroute.yaml`. */
  readonly config?: string | undefined;
  /** Called often, with how many files were looked at so far. */
  readonly progress?: (files: number) => void;
}

/**
 * The whole run over files and folders: settings, discovery, reading, rules. No paths stand for the folder itself.
 * Throws a `SettingsError` for what is wrong with the request.
 */
export function checkFolder(paths: readonly string[], options: CheckOptions): Report {
  const { cwd, config, progress = () => {} } = options;
  const { severities, ...settings } = readSettings(cwd, config);
  const asked = paths.length > 0 ? paths : ['.'];
  const { found, skipped, fileNamed } = discover(asked, { cwd, progress, ...settings });

  const read: ReadFile[] = [];
  const files: ReportedFile[] = skipped.map((file) => ({ ...file, status: 'skipped' }));
  for (const { kind, file } of found) {
    if (isTemplated(kind, file.path, file.text)) {
      files.push({ path: file.path, kind, status: 'templated', why: 'a template of another program' });
      continue;
    }
    const facts = readFacts(kind, file, { parameterNames: settings.parameterNames, fileNamed });
    read.push({ file, facts });
    files.push(reportedAs({ kind, file }, facts));
  }
  const { diagnostics, secrets } = check(read, severities);
  return { diagnostics, files: files.sort(byPath), rules: RULES, secrets };
}

function reportedAs({ kind, file }: FoundFile, facts: FileFacts): ReportedFile {
  const nothing = facts.clusters.length + facts.nodes.length + facts.policies.length === 0;
  if (nothing && facts.problems.length > 0) {
    return { path: file.path, kind, status: 'not understood', why: 'it does not parse' };
  }
  return { path: file.path, kind, status: 'read' };
}

function byPath(a: ReportedFile, b: ReportedFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
