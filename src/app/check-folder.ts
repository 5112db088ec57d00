import { check } from '../engine/check.ts';
import type { Report } from '../report/report.ts';
import { RULES } from '../rules/index.ts';
import { type ReadOptions, readFolder } from './read-folder.ts';

/** The whole run over files and folders: settings, discovery, reading, rules. */
export function checkFolder(paths: readonly string[], options: ReadOptions): Report {
  const { read, files, given, severities } = readFolder(paths, options);
  const { diagnostics, secrets } = check(read, { severities, ...given });
  return { diagnostics, files, rules: RULES, secrets };
}
