import type { Given } from '../cluster/build.ts';
import type { ReadFile } from '../cluster/model.ts';
import type { FileFacts } from '../inputs/facts.ts';
import { readFacts } from '../inputs/read.ts';
import { isTemplated } from '../inputs/recognise.ts';
import type { ReportedFile } from '../report/report.ts';
import { readDeviceFile } from './device-file.ts';
import { discover, type FoundFile } from './discover.ts';
import { readSettings, type Settings } from './settings.ts';

export interface ReadOptions {
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** Another settings file than `.podroute.yaml`. */
  readonly config?: string | undefined;
  /** A saved device list. */
  readonly devices?: string | undefined;
  /** Called often, with how many files were looked at so far. */
  readonly progress?: (files: number) => void;
}

/** What stands in files and folders, with what the settings and the command line give beside it. */
export interface ReadFolder {
  readonly read: readonly ReadFile[];
  /** Every file that was looked into or left out on purpose, sorted by path. */
  readonly files: readonly ReportedFile[];
  readonly given: Given;
  readonly severities: Settings['severities'];
  readonly limits: Settings['limits'];
}

/**
 * Settings, discovery, reading. No paths stand for the folder itself. Throws a `SettingsError` for what is wrong with
 * the request.
 */
export function readFolder(paths: readonly string[], options: ReadOptions): ReadFolder {
  const { cwd, config, progress = () => {} } = options;
  const { severities, tests, control, limits, ...settings } = readSettings(cwd, config);
  const devices = options.devices === undefined ? undefined : readDeviceFile(options.devices, cwd, control);
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
  return {
    read,
    files: files.sort(byPath),
    given: { devices, control, reachTests: tests },
    severities,
    limits,
  };
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
