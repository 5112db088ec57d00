import type { SourceFile } from '../source/source-file.ts';
import { spanOf } from '../source/span.ts';
import { partOf } from '../syntax/given.ts';
import { parseHujson } from '../syntax/hujson.ts';
import { duplicateMembers, treeOf } from '../syntax/hujson-value.ts';
import { givenAt, type Tree } from '../syntax/tree.ts';
import { type FileFacts, fileFacts, type Secret } from './facts.ts';
import { secretIn } from './secrets.ts';

/** A file that is wrong throughout need not be told so more often. */
const MOST_PROBLEMS = 100;

/**
 * Parses a tailnet policy: its syntax, members that are given twice, and secrets in it. What it says is read with
 * the rest of the tailnet in sight.
 *
 * A policy that does not parse says nothing: the service refuses it whole, and behind a missing bracket one
 * section would be taken for another.
 */
export function readPolicyFile(file: SourceFile): FileFacts {
  const nothing = fileFacts('policy');
  const { root, problems: syntax } = parseHujson(file);
  if (root === undefined) return { ...nothing, problems: syntax };
  const tree = treeOf(file, root);
  const problems = [...syntax, ...duplicateMembers(file, root)];
  if (tree.kind !== 'map') {
    const { start, end } = tree.span;
    const at = spanOf(file, start, tree.kind === 'list' ? start + 1 : end);
    problems.push({ message: 'the policy is not an object', at });
  }
  const policies = syntax.length === 0 && tree.kind === 'map' ? [{ tree }] : [];
  return { ...nothing, problems: problems.slice(0, MOST_PROBLEMS), policies, secrets: secretsIn(tree) };
}

/** Keys that Tailscale gave out, in any string: a policy has no place for one. */
function secretsIn(tree: Tree): Secret[] {
  switch (tree.kind) {
    case 'map':
      return tree.members.flatMap(({ key, value }) => [...secretsIn(key), ...secretsIn(value)]);
    case 'list':
      return tree.items.flatMap(secretsIn);
    case 'scalar': {
      const given = givenAt(tree);
      if (given === undefined) return [];
      return [...tree.text.matchAll(/tskey-[\w-]+/g)].flatMap(({ 0: key, index }) =>
        secretIn(partOf(given, index, index + key.length), 'a Tailscale key'),
      );
    }
  }
}
