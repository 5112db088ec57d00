import { parsePrefix } from '../net/parse.ts';
import type { Given } from '../syntax/given.ts';
import type { ScalarTree, Tree } from '../syntax/tree.ts';
import { entriesOf, fieldsOf, stringOf } from './read/fields.ts';
import { AUTO_APPROVERS, SECTIONS } from './read/members.ts';

/** The words of a policy that should be prefixes: the routes of its approvers, and hosts with a length. */
export function prefixWords(tree: Tree): readonly Given[] {
  const sections = fieldsOf({ called: 'the policy', tree }, SECTIONS, ignore);
  const approvers = fieldsOf(sections.get('autoApprovers'), AUTO_APPROVERS, ignore);
  const routes = entriesOf(approvers.get('routes'), ignore).map(({ key }) => key);
  const hosts = entriesOf(sections.get('hosts'), ignore).flatMap((entry) => stringOf(entry, ignore) ?? []);
  return [...routes, ...hosts.filter(({ text }) => text.includes('/') && !hasHostBits(text))].map(wordOf);
}

/** Faults of shape are found when the policy is read. */
function ignore(): void {}

/** Allowed in `hosts`, as in `100.100.101.100/24` [Tailscale docs, policy file syntax]. */
function hasHostBits(text: string): boolean {
  const parsed = parsePrefix(text);
  return !parsed.ok && parsed.fault.kind === 'host-bits';
}

function wordOf({ text, span }: ScalarTree): Given {
  return { text, span };
}
