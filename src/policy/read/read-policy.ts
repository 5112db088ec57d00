import { compareSpans } from '../../source/span.ts';
import type { Tree } from '../../syntax/tree.ts';
import type { Policy, Section } from '../policy.ts';
import { selectorUses } from '../uses.ts';
import {
  checkBoolean,
  entriesOf,
  type Field,
  fieldsOf,
  headOf,
  MOST_PROBLEMS,
  type Part,
  type PolicyProblem,
  problemList,
  type Report,
  stringOf,
} from './fields.ts';
import { ATTR_CONFIG, DERP_MAP, SECTIONS } from './members.ts';
import { readApprovers } from './read-approvers.ts';
import { readIpSets } from './read-ipsets.ts';
import { readGroups, readHosts, readPostureNames, readTagOwners } from './read-names.ts';
import { readNodeAttrs } from './read-node-attrs.ts';
import { readAcls, readGrants } from './read-rules.ts';
import { readPostures } from './read-selectors.ts';
import { readSshRules } from './read-ssh.ts';
import { readSshTests, readTests } from './read-tests.ts';
import type { Names, Reading } from './selector-checks.ts';

type Sections = ReadonlyMap<(typeof SECTIONS)[number], Field>;

/**
 * Reads a whole policy: what could be read of it, and every refusal of the service at its place, in the order of
 * the text, `MOST_PROBLEMS` at most. That members are given twice is for `duplicateMembers` to say.
 */
export function readPolicy(tree: Tree): {
  readonly policy: Policy;
  readonly problems: readonly PolicyProblem[];
} {
  const lists: (readonly PolicyProblem[])[] = [];
  // Each section has a list of its own: those that are read first must not use it up.
  const reportTo = () => {
    const { problems, report } = problemList();
    lists.push(problems);
    return report;
  };
  const sections: Sections = fieldsOf({ called: 'the policy', tree }, SECTIONS, reportTo());
  const names = namesIn(sections);
  const policy = policyOf(tree, sections, () => ({ names, report: reportTo() }));
  checkMemberSpelling(policy, reportTo());
  const problems = lists.flat().sort((a, b) => compareSpans(a.at, b.at));
  return { policy, problems: problems.slice(0, MOST_PROBLEMS) };
}

function policyOf(tree: Tree, sections: Sections, reading: () => Reading): Policy {
  const hosts = readHosts(sections.get('hosts'), reading());
  checkSettings(sections, reading());
  return {
    at: headOf(tree),
    groups: readGroups(sections.get('groups'), reading()),
    hosts,
    tagOwners: readTagOwners(sections.get('tagOwners'), reading()),
    ipsets: readIpSets(sections.get('ipsets'), reading()),
    postures: readPostureNames(sections.get('postures'), reading()),
    defaultPostures: readPostures(sections.get('defaultSrcPosture'), reading()),
    ...readApprovers(sections.get('autoApprovers'), reading()),
    sections: { acls: ruleSection(sections.get('acls')), grants: ruleSection(sections.get('grants')) },
    rules: [...readAcls(sections.get('acls'), reading()), ...readGrants(sections.get('grants'), reading())],
    ssh: readSshRules(sections.get('ssh'), reading()),
    nodeAttrs: readNodeAttrs(sections.get('nodeAttrs'), reading()),
    tests: readTests(sections.get('tests'), reading()),
    sshTests: readSshTests(sections.get('sshTests'), hosts, reading()),
    members: [...sections].map(([name, { key }]) => ({ name, key: key.span })),
  };
}

/** The old name of `autogroup:member` is right only by itself. [Tailscale docs, policy file syntax, 2026-04] */
function checkMemberSpelling(policy: Policy, report: Report): void {
  const uses = selectorUses(policy)
    .filter(({ text }) => text === 'autogroup:member' || text === 'autogroup:members')
    .sort((a, b) => compareSpans(a.span, b.span));
  const [first] = uses;
  const other = uses.find(({ text }) => text !== first?.text);
  if (first === undefined || other === undefined) return;
  const related = [{ at: first.span, label: first.text }];
  report('cannot use both autogroup:member and autogroup:members in one policy', other.span, related);
}

function ruleSection(field: Field | undefined): Section | undefined {
  if (field?.tree.kind !== 'list') return undefined;
  return { key: field.key.span, isEmpty: field.tree.items.length === 0 };
}

/** What is defined, well or not: a name that is wrong in itself is not missing as well. */
function namesIn(sections: Sections): Names {
  const keys = (part: Part | undefined) =>
    new Set(part?.tree.kind === 'map' ? part.tree.members.map(({ key }) => key.text) : []);
  return {
    groups: keys(sections.get('groups')),
    hosts: keys(sections.get('hosts')),
    tags: keys(sections.get('tagOwners')),
    ipsets: keys(sections.get('ipsets')),
    postures: keys(sections.get('postures')),
  };
}

/** The sections that say nothing of who may reach what. */
function checkSettings(sections: Sections, { report }: Reading): void {
  checkBoolean(sections.get('disableIPv4'), report);
  checkBoolean(sections.get('randomizeClientPort'), report);
  stringOf(sections.get('OneCGNATRoute'), report);
  fieldsOf(sections.get('derpMap'), DERP_MAP, report);
  for (const attribute of entriesOf(sections.get('attrConfig'), report)) {
    const fields = fieldsOf(attribute, ATTR_CONFIG, report);
    stringOf(fields.get('type'), report);
    checkBoolean(fields.get('allowSetByNode'), report);
  }
}
