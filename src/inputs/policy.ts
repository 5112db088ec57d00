import type { Problem } from '../diagnostics/finding.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Located } from '../source/span.ts';
import { partOf } from '../syntax/given.ts';
import { parseHujson } from '../syntax/hujson.ts';
import { duplicateMembers, treeOf } from '../syntax/hujson-value.ts';
import { givenAt, type MapTree, partSpan, type ScalarTree, type Tree } from '../syntax/tree.ts';
import { type FileFacts, fileFacts, type PolicyFacts, type Secret } from './facts.ts';
import { entriesOf, fieldsOf, itemsOf, type Part, stringOf, stringsOf } from './policy-shapes.ts';
import { secretIn } from './secrets.ts';

/** A file that is wrong throughout need not be told so more often. */
const MOST_PROBLEMS = 100;

/**
 * Reads a tailnet policy: the sections that `check` needs, names in any case, old spellings too.
 *
 * A policy that does not parse says nothing: the service refuses it whole, and behind a missing bracket one
 * section would be taken for another.
 */
export function readPolicy(file: SourceFile): FileFacts {
  const nothing = fileFacts('policy');
  const { root, problems: syntax } = parseHujson(file);
  if (root === undefined) return { ...nothing, problems: syntax };
  const tree = treeOf(file, root);
  const problems = [...syntax, ...duplicateMembers(file, root)];
  const policies = syntax.length === 0 ? policiesIn(tree, problems) : [];
  return { ...nothing, problems: problems.slice(0, MOST_PROBLEMS), policies, secrets: secretsIn(tree) };
}

function policiesIn(tree: Tree, problems: Problem[]): PolicyFacts[] {
  const sections = fieldsOf({ called: 'the policy', tree }, problems);
  return tree.kind === 'map' ? [policyOf(tree, sections, problems)] : [];
}

function policyOf(tree: MapTree, sections: ReadonlyMap<string, Part>, problems: Problem[]): PolicyFacts {
  const lists = (part: Part | undefined) =>
    entriesOf(part, problems).map(({ key, value }) => ({ key, items: stringsOf(value, problems) }));

  const tagOwners = lists(sections.get('tagowners'));
  const groups = lists(sections.get('groups'));
  const hosts = entriesOf(sections.get('hosts'), problems);
  const autoApprovers = fieldsOf(sections.get('autoapprovers'), problems);
  const routes = lists(autoApprovers.get('routes'));
  const services = lists(autoApprovers.get('services'));
  const exitNode = stringsOf(autoApprovers.get('exitnode'), problems);
  const selectors = RULES.flatMap((rule) => selectorsOf(rule, sections.get(rule.section), problems));

  // The key of `services` is a service or a tag that stands for several.
  const identities = [tagOwners, routes, services].flatMap((members) =>
    members.flatMap(({ items }) => items),
  );
  const whole = [...identities, ...exitNode, ...services.map(({ key }) => key)];

  return {
    tree,
    tagOwners: tagOwners.map(({ key, items }) => ({ tag: placed(key), owners: items.map(placed) })),
    groups: groups.map(({ key, items }) => ({ group: placed(key), members: items.map(placed) })),
    hosts: hosts.flatMap(({ key, value }) =>
      stringOf(value, problems).map((address) => ({ host: placed(key), address: placed(address) })),
    ),
    approvers: routes.map(({ key, items }) => ({ prefix: placed(key), who: items.map(placed) })),
    exitNodeApprovers: exitNode.map(placed),
    tagUses: [
      ...selectors.flatMap(({ scalar, hasPorts }) => tagIn(scalar, hasPorts)),
      ...whole.flatMap((scalar) => tagIn(scalar)),
    ],
    usesVia: selectors.some(({ member }) => member === 'via'),
  };
}

/** A section that is a list of rules, and what those members hold that can be tags; names in lower case. */
interface RuleShape {
  readonly section: string;
  readonly holds: Readonly<Record<string, 'selector' | 'selectors' | 'host:ports'>>;
}

/**
 * With the old spellings: `users` and `ports` of acls, `user` and `allow` of tests.
 * [Tailscale docs, policy file syntax, 2026-04]
 */
const RULES: readonly RuleShape[] = [
  {
    section: 'acls',
    holds: { src: 'selectors', users: 'selectors', dst: 'host:ports', ports: 'host:ports' },
  },
  { section: 'grants', holds: { src: 'selectors', dst: 'selectors', via: 'selectors' } },
  { section: 'ssh', holds: { src: 'selectors', dst: 'selectors', recorder: 'selectors' } },
  { section: 'nodeattrs', holds: { target: 'selectors' } },
  {
    section: 'tests',
    holds: {
      src: 'selector',
      user: 'selector',
      accept: 'host:ports',
      allow: 'host:ports',
      deny: 'host:ports',
    },
  },
  { section: 'sshtests', holds: { src: 'selector', dst: 'selectors' } },
];

interface Selector {
  readonly member: string;
  readonly scalar: ScalarTree;
  readonly hasPorts: boolean;
}

function selectorsOf({ holds }: RuleShape, section: Part | undefined, problems: Problem[]): Selector[] {
  return itemsOf(section, problems).flatMap((rule) => {
    const fields = fieldsOf(rule, problems);
    return Object.entries(holds).flatMap(([member, kind]) => {
      const read = kind === 'selector' ? stringOf : stringsOf;
      const hasPorts = kind === 'host:ports';
      return read(fields.get(member), problems).map((scalar) => ({ member, scalar, hasPorts }));
    });
  });
}

/**
 * The tag that a word names, if any: of `tag:k3s:22` without the ports. White space around it does not count
 * [Tailscale accepted `"tag:server "` as `dst` of ssh, 2026-05].
 */
function tagIn(scalar: ScalarTree, hasPorts = false): Located<string>[] {
  const { text } = scalar;
  const tag = (hasPorts ? /tag:[^:]*/ : /tag:.*/s).exec(text)?.[0].trimEnd();
  const start = text.length - text.trimStart().length;
  if (tag === undefined || !text.startsWith(tag, start)) return [];
  const span = tag === text ? scalar.span : partSpan(scalar, start, start + tag.length);
  return [{ value: tag, span }];
}

function placed({ text, span }: ScalarTree): Located<string> {
  return { value: text, span };
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
