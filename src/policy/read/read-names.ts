import type { Located } from '../../source/span.ts';
import type { ScalarTree } from '../../syntax/tree.ts';
import type { Group, Host, SelectorUse, TagOwners } from '../policy.ts';
import { entriesOf, type Field, type Part, stringOf, stringsOf } from './fields.ts';
import { readAddresses, selectorUse, trimmed } from './read-selector.ts';
import { readSelectors } from './read-selectors.ts';
import { quote, type Reading } from './selector-checks.ts';

export function readGroups(section: Part | undefined, reading: Reading): Map<string, Group> {
  return byName(section, reading, (entry) => {
    const name = nameOf(entry, 'group:', 'groups', 'group', reading);
    const members = stringsOf(entry, reading.report).flatMap((scalar) =>
      readMember(scalar, name.value, reading),
    );
    return { name, members };
  });
}

function readMember(scalar: ScalarTree, group: string, { report }: Reading): SelectorUse[] {
  const { value: text, span } = trimmed(scalar);
  const use = selectorUse(scalar);
  if (use?.value.kind === 'user') return [use];
  // A user that the service does not know: it only warns of one.
  if (use?.value.kind === 'host') return [{ ...use, value: { kind: 'user', name: text } }];
  const fault = use?.value.kind === 'group' ? 'group members cannot be recursive' : 'not a user';
  report(`groups[${quote(group)}]: ${quote(text)}: ${fault}`, span);
  return [];
}

export function readHosts(section: Part | undefined, { report }: Reading): Map<string, Host> {
  const hosts = new Map<string, Host>();
  for (const entry of entriesOf(section, report)) {
    const { text, span } = entry.key;
    if (text.includes('@')) {
      report(`host names cannot include an @, please change the name for ${quote(text)}`, span);
    } else if (text.includes(':')) {
      report(`hosts[${quote(text)}]: host name must not contain colon (:)`, span);
    }
    const scalar = stringOf(entry, report);
    if (scalar === undefined) continue;
    const address = trimmed(scalar);
    const addresses = readAddresses(address.value);
    if (addresses === undefined || addresses.written === 'range') {
      const message = `hosts[${quote(text)}]: ${quote(address.value)}: invalid address`;
      report(message, address.span, undefined, address.value.includes('/') ? { is: 'prefix' } : undefined);
      continue;
    }
    const { range, written } = addresses;
    hosts.set(text, { name: { value: text, span }, range, written, at: address.span });
  }
  return hosts;
}

export function readTagOwners(section: Part | undefined, reading: Reading): Map<string, TagOwners> {
  return byName(section, reading, (entry) => {
    const { text, span } = entry.key;
    const fault = tagFault(text);
    if (fault !== undefined) reading.report(`tagOwners[${quote(text)}]: ${fault}`, span);
    return { tag: { value: text, span }, owners: readSelectors(entry, 'owner', reading) };
  });
}

/** What is wrong with the name of a tag [Tailscale, tailcfg CheckTag]. */
function tagFault(text: string): string | undefined {
  if (!text.startsWith('tag:')) return "tags must start with 'tag:'";
  const name = text.slice('tag:'.length);
  if (name === '') return 'tag names must not be empty';
  if (!/^[a-z]/i.test(name)) return "tag names must start with a letter, after 'tag:'";
  return /^[a-z\d-]+$/i.test(name) ? undefined : 'tag names can only contain numbers, letters, or dashes';
}

export function readPostureNames(section: Part | undefined, reading: Reading): Located<string>[] {
  return entriesOf(section, reading.report).map((entry) => {
    stringsOf(entry, reading.report);
    return nameOf(entry, 'posture:', 'postures', 'posture', reading);
  });
}

function byName<Value>(
  section: Part | undefined,
  { report }: Reading,
  read: (entry: Field) => Value,
): Map<string, Value> {
  return new Map(entriesOf(section, report).map((entry) => [entry.key.text, read(entry)]));
}

/** The name of an entry, which has to have the prefix of its section. */
export function nameOf(
  { key: { text, span } }: Field,
  prefix: string,
  section: string,
  kind: string,
  { report }: Reading,
): Located<string> {
  if (!text.startsWith(prefix)) {
    report(`${section}[${quote(text)}]: ${kind} names must start with '${prefix}'`, span);
  }
  return { value: text, span };
}
