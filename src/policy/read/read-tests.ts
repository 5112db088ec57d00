import type { Located } from '../../source/span.ts';
import type { ScalarTree } from '../../syntax/tree.ts';
import type { Host, PolicyTest, SelectorUse, SshTest } from '../policy.ts';
import { entriesOf, type Field, fieldsOf, itemsOf, type Part, stringOf, stringsOf } from './fields.ts';
import { SSH_TEST, TEST } from './members.ts';
import { selectorUse, trimmed } from './read-selector.ts';
import { readWords } from './read-selectors.ts';
import { quote, type Reading, undefinedTag } from './selector-checks.ts';

export function readTests(section: Part | undefined, reading: Reading): PolicyTest[] {
  return itemsOf(section, reading.report).flatMap((item, index) => {
    const fields = fieldsOf(item, TEST, reading.report);
    if (item.tree.kind !== 'map') return [];
    entriesOf(fields.get('srcPostureAttrs'), reading.report);
    const source = readWord(fields.get('src') ?? fields.get('user'), reading);
    const protocol = readWord(fields.get('proto'), reading);
    const accept = readWords(fields.get('accept') ?? fields.get('allow'), reading);
    const deny = readWords(fields.get('deny'), reading);
    return [{ index, span: item.tree.span, source, protocol, accept, deny }];
  });
}

/** `hosts` tell which names stand for more than one address. */
export function readSshTests(
  section: Part | undefined,
  hosts: ReadonlyMap<string, Host>,
  reading: Reading,
): SshTest[] {
  return itemsOf(section, reading.report).flatMap((item, index) => {
    const fields = fieldsOf(item, SSH_TEST, reading.report);
    if (item.tree.kind !== 'map') return [];
    entriesOf(fields.get('srcPostureAttrs'), reading.report);
    const source = readWord(fields.get('src'), reading);
    const destinations = stringsOf(fields.get('dst'), reading.report).flatMap((scalar) =>
      readSshDestination(scalar, hosts, reading),
    );
    const accept = readWords(fields.get('accept'), reading);
    const check = readWords(fields.get('check'), reading);
    const deny = readWords(fields.get('deny'), reading);
    return [{ index, span: item.tree.span, source, destinations, accept, check, deny }];
  });
}

function readWord(field: Field | undefined, { report }: Reading): Located<string> | undefined {
  const scalar = stringOf(field, report);
  const word = scalar && trimmed(scalar);
  return word?.value ? word : undefined;
}

function readSshDestination(
  scalar: ScalarTree,
  hosts: ReadonlyMap<string, Host>,
  { names, report }: Reading,
): SelectorUse[] {
  const use = selectorUse(scalar);
  const { value: text, span } = trimmed(scalar);
  if (use?.value.kind === 'tag' && !names.tags.has(text)) {
    report(`SSH tests dst contains unknown tag ${quote(text)}`, span, undefined, undefinedTag(use.value));
  } else if (use === undefined || isNoDevice(use, hosts)) {
    report(`SSH tests dst contains disallowed element ${quote(text)}`, span);
  }
  return use ? [use] : [];
}

/** Several addresses at once, or all of the internet. */
function isNoDevice({ value }: SelectorUse, hosts: ReadonlyMap<string, Host>): boolean {
  if (value.kind === 'autogroup') return value.name === 'autogroup:internet';
  const range =
    value.kind === 'addresses'
      ? value.range
      : value.kind === 'host'
        ? hosts.get(value.name)?.range
        : undefined;
  return range !== undefined && range.first !== range.last;
}
