import { existsSync } from 'node:fs';
import { join } from 'node:path';
import schema from '../../schema/settings.schema.json' with { type: 'json' };
import type { Problem, Severity } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Parameter } from '../inputs/facts.ts';
import { parameterNames } from '../inputs/parameter-names.ts';
import { DEFAULT_LIMITS, type Limits } from '../plan/limits.ts';
import { type ReachTest, readReachTests } from '../policy/tests/read-reach-tests.ts';
import { RULES } from '../rules/index.ts';
import type { SourceFile } from '../source/source-file.ts';
import { schemaFrom } from '../syntax/json-schema.ts';
import { checkSchema } from '../syntax/schema.ts';
import { itemsOf, type MapTree, type Tree, valueAt } from '../syntax/tree.ts';
import { parseYaml } from '../syntax/yaml.ts';
import { CONTROLS, type Control } from './arguments.ts';
import { SettingsError } from './errors.ts';
import { readGivenFile } from './given-file.ts';
import { matchesGlob } from './glob.ts';
import { problemsInWords } from './problems-in-words.ts';

/** What `.podroute.yaml` says. */
export interface Settings {
  readonly severities: ReadonlyMap<string, Severity | 'off'>;
  /** Whether a path, as it is printed, is left out. */
  readonly isExcluded: (path: string) => boolean;
  /** What the install parameters are called here. */
  readonly parameterNames: ReadonlyMap<string, Parameter>;
  /** Whose tailnet it is; undefined where the settings do not say. */
  readonly control: Control | undefined;
  /** What a policy must let through and what it must not. */
  readonly tests: readonly ReachTest[];
  /** What no plan goes beyond. */
  readonly limits: Limits;
}

export const SETTINGS_FILE = '.podroute.yaml';
/** What people call it by mistake: better said than ignored. */
const OTHER_NAMES = ['.podroute.yml', 'podroute.yaml', 'podroute.yml'];

/** The settings of the folder podroute runs in, or of the file that `--config` names. */
export function readSettings(cwd: string, config: string | undefined): Settings {
  if (config === undefined && !existsSync(join(cwd, SETTINGS_FILE))) {
    const misnamed = OTHER_NAMES.find((name) => existsSync(join(cwd, name)));
    if (misnamed !== undefined)
      throw new SettingsError(`${misnamed}: settings are read from ${SETTINGS_FILE}`);
    return settingsOf(undefined, []);
  }
  return settingsIn(readGivenFile(config ?? SETTINGS_FILE, cwd, 'a settings file'));
}

/** The settings that a text gives; all that is wrong with it is said in one `SettingsError`. */
export function settingsIn(file: SourceFile): Settings {
  const [document, second] = parseYaml(file);
  const problems: Problem[] = [...(document?.problems ?? [])];
  if (second !== undefined) problems.push({ message: 'a second document', at: second.span });
  const tree = document?.tree;
  if (tree !== undefined) problems.push(...checkSchema(tree, schemaFrom(schema)));
  const ruleIds = RULES.map(({ id }) => id);
  problems.push(...unknownRules(tree, ruleIds), ...wrongPatterns(tree), ...wrongNames(tree));
  const reach = readReachTests(valueAt(tree, 'tests'));
  problems.push(...reach.problems);
  if (problems.length > 0) throw new SettingsError(problemsInWords(problems));
  return settingsOf(tree, reach.tests);
}

/** The settings that a valid tree gives. */
function settingsOf(tree: Tree | undefined, tests: readonly ReachTest[]): Settings {
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
    control: CONTROLS.find((each) => each === textAt(tree, 'control')),
    tests,
    limits: limitsIn(valueAt(tree, 'approvals')),
  };
}

/** The limits that a valid `approvals` gives; what it leaves out or empty is as everywhere. */
function limitsIn(approvals: Tree | undefined): Limits {
  const given = new Map(
    membersOf(approvals).map(({ key, value }) => [key.text, value.kind === 'scalar' ? value.value : null]),
  );
  const number = (key: string, otherwise: number) => {
    const value = given.get(key);
    return typeof value === 'number' ? value : otherwise;
  };
  const { devices, routes, widest, preApprove, offline } = DEFAULT_LIMITS;
  return {
    devices: number('devices', devices),
    routes: number('routes', routes),
    widest: { 4: number('widest-ipv4', widest[4]), 6: number('widest-ipv6', widest[6]) },
    preApprove: (given.get('pre-approve') ?? preApprove) === true,
    offline: (given.get('offline') ?? offline) === true,
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

function textAt(tree: Tree | undefined, key: string): string | undefined {
  const value = valueAt(tree, key);
  return value?.kind === 'scalar' ? value.text : undefined;
}

function textsOf(tree: Tree | undefined): string[] {
  return itemsOf(tree).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
}
