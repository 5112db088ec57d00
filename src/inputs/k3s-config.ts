import type { SourceFile } from '../source/source-file.ts';
import type { Given } from '../syntax/given.ts';
import { givenAt, itemsOf, type Member, type Tree } from '../syntax/tree.ts';
import { parseYaml } from '../syntax/yaml.ts';
import { type FileFacts, fileFacts, type K3sSetting, type NodeFacts, nodeFacts } from './facts.ts';
import { longName } from './k3s-flags.ts';
import { readNodeOfSettings, splitSetting } from './k3s-settings.ts';
import { folderNameOf } from './names.ts';
import { substituted } from './substitution.ts';

/**
 * Reads a `config.yaml` of K3s or one of its drop-ins.
 *
 * Keys that are not known are kept: which ones K3s takes depends on its version.
 */
export function readK3sConfig(file: SourceFile): FileFacts {
  const documents = parseYaml(file);
  const problems = documents.flatMap((document) => document.problems);
  // K3s reads the first document only [K3s v1.31, pkg/configfilearg].
  const tree = documents[0]?.tree;
  const members = tree?.kind === 'map' ? tree.members : [];
  const settings = withoutRepeated(members).flatMap(settingsOf);
  const [first] = settings;
  if (first === undefined) return { ...fileFacts('k3s-config'), problems };

  const folderName = folderNameOf(file);
  const node: NodeFacts = {
    ...nodeFacts('k3s-config', first.key),
    ...readNodeOfSettings(settings).facts,
    ...(folderName !== undefined && { folderName }),
    k3s: [{ by: 'config-file', at: first.key, settings }],
  };
  // A value that a later one replaces is still in the file.
  const { secrets } = readNodeOfSettings(members.flatMap(settingsOf));
  return { ...fileFacts('k3s-config'), problems, nodes: [node], secrets };
}

/** A key that is given twice counts where it is given last. */
function withoutRepeated(members: readonly Member[]): Member[] {
  const last = new Map(members.map((member) => [member.key.text, member]));
  return members.filter((member) => last.get(member.key.text) === member);
}

function settingsOf({ key, value }: Member): K3sSetting[] {
  const append = key.text.endsWith('+');
  const name = longName(append ? key.text.slice(0, -1) : key.text);
  const values = value.kind === 'list' ? itemsOf(value) : [value];
  return values.flatMap(asWord).flatMap((word) => splitSetting({ name, key: key.span, value: word, append }));
}

/** A key without a value gives an empty text; a map means nothing to K3s. */
function asWord(tree: Tree): Given[] {
  if (tree.kind !== 'scalar') return [];
  const word = givenAt(tree);
  return [word ? substituted(word) : { text: '', span: tree.span }];
}
