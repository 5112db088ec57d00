import { check } from '../engine/check.ts';
import type { Report } from '../report/report.ts';
import { RULES } from '../rules/index.ts';
import { type ReadFolder, type ReadOptions, readFolder } from './read-folder.ts';

/** What stands in files and folders, and what the rules say of it. */
export interface CheckedFolder {
  readonly folder: ReadFolder;
  readonly report: Report;
}

/** The whole run over files and folders: settings, discovery, reading, rules. */
export function checkFolder(paths: readonly string[], options: ReadOptions): CheckedFolder {
  const folder = readFolder(paths, options);
  const { read, files, given, severities } = folder;
  const { diagnostics, secrets } = check(read, { severities, ...given });
  return { folder, report: { diagnostics, files, rules: RULES, secrets } };
}
