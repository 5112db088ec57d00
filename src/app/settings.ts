import { existsSync } from 'node:fs';
import { join } from 'node:path';
import schema from '../../schema/settings.schema.json' with { type: 'json' };
import type { Problem, Severity } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Parameter } from '../inputs/facts.ts';
import { parameterNames } from '../inputs/parameter-names.ts';
import { positionAt } from '../report/lines.ts';
import { RULES } from '../rules/index.ts';
import { type SourceFile, sourceFile } from '../source/source-file.ts';
import { compareSpans } from '../source/span.ts';
import { schemaFrom } from '../syntax/json-schema.ts';
import { checkSchema } from '../syntax/schema.ts';
import { itemsOf, type MapTree, type Tree, valueAt } from '../syntax/tree.ts';
import { parseYaml } from '../syntax/yaml.ts';
import { askedPath, shownPath } from './asked-path.ts';
import { SettingsError } from './errors.ts';
import { matchesGlob } from './glob.ts';
import { decode, readBytes } from './read-file.ts';

/** What `.podroute.yaml` says. */
export interface Settings {
  readonly severities: ReadonlyMap<string, Severity | 'off'>;
  /** Whether a path, as it is printed, is left out. */
  readonly isExcluded: (path: string) => boolean;
  /** What the install parameters are called here. */
  readonly parameterNames: ReadonlyMap<string, Parameter>;
}

const FILE_NAME = '.podroute.yaml';
/** What people call it by mistake: better said than ignored. */
const OTHER_NAMES = ['.podroute.yml', 'podroute.yaml', 'podroute.yml'];

/** The settings of the folder podroute runs in, or of the file that `--config` names. */
export function readSettings(cwd: string, config: string | undefined): Settings {
  if (config === undefined && !existsSync(join(cwd, FILE_NAME))) {
    const misnamed = OTHER_NAMES.find((name) => existsSync(join(cwd, name)));
    if (misnamed !== undefined) throw new SettingsError(`${misnamed}: settings are read from ${FILE_NAME}`);
    return settingsOf(undefined);
  }
  const file = settingsFile(config ?? FILE_NAME, cwd);
  const [document, second] = parseYaml(file);
  const problems: Problem[] = [...(document?.problems ?? [])];
  if (second !== undefined) problems.push({ message: 'a second document', at: second.span });
  const tree = document?.tree;
  if (tree !== undefined) problems.push(...checkSchema(tree, schemaFrom(schema)));
  const ruleIds = RULES.map(({ id }) => id);
  problems.push(...unknownRules(tree, ruleIds), ...wrongPatterns(tree), ...wrongNames(tree));
  if (problems.length > 0) throw new SettingsError(inWords(problems));
  return settingsOf(tree);
}

function settingsFile(path: string, cwd: string): SourceFile {
  const asked = askedPath(path, cwd);
  if (asked.file === undefined) throw new SettingsError(`${path} is a folder, not a settings file`);
  const read = readBytes(join(asked.folder, asked.file));
  if ('unread' in read) throw new SettingsError(`${path} cannot be read: ${read.why}`);
  const text = read.whole ? decode(read.bytes) : undefined;
  if (text === undefined) {
    throw new SettingsError(`${path} cannot be read: ${read.whole ? 'not UTF-8' : 'larger than 1 MiB'}`);
  }
  return sourceFile(shownPath(asked, asked.file), text);
}

/** The settings that a valid tree gives. */
function settingsOf(tree: Tree | undefined): Settings {
  const severities = new Map<string, Severity | 'off'>();
  for (const { key, value } of membersOf(valueAt(tree, 'rules'))) {
    const severity = value.kind === 'scalar' ? SEVERITIES.find((each) => each === value.text) : undefined;
    if (severity !== undefined) severities.set(key.text, severity);
  }
  const patterns = textsOf(valueAt(tree, 'exclude'));
  const names = membersOf(valueAt(tree, 'parameters')).map(
    ({ key, value }) => [key.text, value.kind === 'scalar' ? value.text : ''] as const,
  );
  return {
    severities,
    isExcluded: (path) => patterns.some((pattern) => matchesGlob(pattern, path)),
    parameterNames: parameterNames(new Map(names)),
  };
}

const SEVERITIES = ['error', 'warning', 'note', 'off'] as const;

function unknownRules(tree: Tree | undefined, ruleIds: readonly string[]): Problem[] {
  return membersOf(valueAt(tree, 'rules'))
    .filter(({ key }) => !ruleIds.includes(key.text))
    .map(({ key }) => {
      const near = nearest(key.text, ruleIds);
      const hint = near === undefined ? '' : `, the nearest one is "${near}"`;
      return { message: `there is no rule "${key.text}"${hint}`, at: key.span };
    });
}

/** Patterns that could only mean something outside the folder. */
function wrongPatterns(tree: Tree | undefined): Problem[] {
  return itemsOf(valueAt(tree, 'exclude')).flatMap((item) => {
    if (item.kind !== 'scalar') return [];
    const outside = /^([/~]|[A-Za-z]:)/.test(item.text) || item.text.split(/[/\\]/).includes('..');
    return outside ? [{ message: `"${item.text}" leads out of the folder`, at: item.span }] : [];
  });
}

function wrongNames(tree: Tree | undefined): Problem[] {
  return membersOf(valueAt(tree, 'parameters')).flatMap(({ value }) => {
    if (value.kind !== 'scalar' || /^[A-Za-z_]\w*$/.test(value.text)) return [];
    return [{ message: `"${value.text}" is no name of a variable`, at: value.span }];
  });
}

function membersOf(tree: Tree | undefined): MapTree['members'] {
  return tree?.kind === 'map' ? tree.members : [];
}

function textsOf(tree: Tree | undefined): string[] {
  return itemsOf(tree).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
}

/** One line a problem, in the order of the text. */
function inWords(problems: readonly Problem[]): string {
  const sorted = problems.toSorted((a, b) => compareSpans(a.at, b.at));
  const lines = sorted.map(({ message, at }) => {
    const { line, column } = positionAt(at.file, at.start);
    return `${at.file.path}:${line}:${column} ${message}`;
  });
  return lines.join('\n');
}
