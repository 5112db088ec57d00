import type { Problem } from '../diagnostics/finding.ts';
import { keyName, type Member, type ScalarTree } from './tree.ts';

/** The members of one map with its merge keys expanded, and what is wrong with its keys. */
export interface JoinedMembers {
  readonly members: readonly Member[];
  readonly problems: readonly Problem[];
}

/** A plain `<<`; a quoted one is a key like any other [YAML merge key type, working draft 2005-01-18]. */
export function isMergeKey(key: ScalarTree): boolean {
  return key.text === '<<' && key.textStart === key.span.start;
}

/**
 * Expands merge keys: a map's own members win over merged ones, and of a list of maps the earlier wins over
 * the later. Merged members come first. Members with one key are reported and all kept: the last one counts,
 * and a secret in another one is still seen.
 */
export function joinMembers(written: readonly Member[]): JoinedMembers {
  const problems: Problem[] = [];
  const own = new Map<string, Member>();
  for (const member of written) {
    const first = own.get(member.key.text);
    if (first === undefined) {
      own.set(member.key.text, member);
      continue;
    }
    problems.push({
      message: `the key ${keyName(member.key)} is given twice`,
      at: member.key.span,
      related: [{ at: first.key.span, label: 'the first' }],
    });
  }
  if (!written.some((member) => isMergeKey(member.key))) return { members: written, problems };

  const merged = new Map<string, Member>();
  for (const { key, value } of written) {
    if (!isMergeKey(key)) continue;
    for (const source of value.kind === 'list' ? value.items : [value]) {
      if (source.kind !== 'map') {
        problems.push({ message: '`<<` takes a map or a list of maps', at: source.span });
        continue;
      }
      for (const member of lastOfEach(source.members)) {
        const name = member.key.text;
        if (!own.has(name) && !merged.has(name)) merged.set(name, member);
      }
    }
  }
  const rest = written.filter((member) => !isMergeKey(member.key));
  return { members: [...merged.values(), ...rest], problems };
}

function lastOfEach(members: readonly Member[]): Iterable<Member> {
  return new Map(members.map((member) => [member.key.text, member])).values();
}
