import type { ScalarTree } from '../../syntax/tree.ts';
import type { AccessRule, Destination, SelectorUse, Traffic } from '../policy.ts';
import { checkCapability } from './capability-names.ts';
import {
  entriesOf,
  type Field,
  fieldsOf,
  headOf,
  isAbsent,
  isEmpty,
  itemsOf,
  type Part,
  stringOf,
  stringsOf,
} from './fields.ts';
import { ACL, GRANT } from './members.ts';
import { readDestination, readProto } from './read-destination.ts';
import { readTraffic } from './read-ports.ts';
import { selectorUse, trimmed } from './read-selector.ts';
import { readPostures, readSelectors } from './read-selectors.ts';
import { quote, type Reading, undefinedTag } from './selector-checks.ts';

export function readAcls(section: Part | undefined, reading: Reading): AccessRule[] {
  return itemsOf(section, reading.report).flatMap((item, index) => readAcl(item, index, reading));
}

export function readGrants(section: Part | undefined, reading: Reading): AccessRule[] {
  return itemsOf(section, reading.report).flatMap((item, index) => readGrant(item, index, reading));
}

function readAcl(item: Part, index: number, reading: Reading): AccessRule[] {
  const fields = fieldsOf(withoutNotes(item), ACL, reading.report);
  if (item.tree.kind !== 'map') return [];
  checkAction(fields.get('action'), item, reading);
  const protocol = readProto(fields.get('proto'), reading.report);
  const sources = readSelectors(fields.get('src') ?? fields.get('users'), 'src', reading);
  const destinations = stringsOf(fields.get('dst') ?? fields.get('ports'), reading.report).flatMap(
    (scalar) => readDestination(scalar, protocol, reading) ?? [],
  );
  const postures = readPostures(fields.get('srcPosture'), reading);
  checkSelf('acls', sources, destinations, reading);
  const { span } = item.tree;
  return [{ section: 'acls', index, span, sources, destinations, via: [], capabilities: [], postures }];
}

/** Members that begin with # are notes, which an interface of Headscale writes [Headscale v0.29, policy/v2]. */
function withoutNotes(item: Part): Part {
  if (item.tree.kind !== 'map') return item;
  const members = item.tree.members.filter(({ key }) => !key.text.startsWith('#'));
  return { ...item, tree: { ...item.tree, members } };
}

function checkAction(field: Field | undefined, rule: Part, { report }: Reading): void {
  const scalar = stringOf(field, report);
  if (!scalar && !isAbsent(field)) return;
  const action = scalar && trimmed(scalar);
  if (action?.value === 'accept') return;
  report(`action=${quote(action?.value ?? '')} is not supported`, action?.span ?? headOf(rule.tree));
}

function readGrant(item: Part, index: number, reading: Reading): AccessRule[] {
  const { report } = reading;
  const fields = fieldsOf(item, GRANT, report);
  if (item.tree.kind !== 'map') return [];
  const sources = readSelectors(fields.get('src'), 'src', reading);
  const selectors = readSelectors(fields.get('dst'), 'dst', reading);
  const traffic = stringsOf(fields.get('ip'), report).flatMap((scalar) => trafficIn(scalar, reading));
  const apps = entriesOf(fields.get('app'), report);
  const capabilities = apps.map(({ key }) => ({ value: key.text, span: key.span }));
  for (const app of apps) {
    checkCapability(app.key, report);
    itemsOf(app, report);
  }
  if (isEmpty(fields.get('ip')) && isEmpty(fields.get('app'))) {
    report('ip and app can not both be empty', fields.get('ip')?.key.span ?? headOf(item.tree));
  }
  for (const selector of selectors) checkGrantDestination(selector, apps.length > 0, reading);
  const destinations = selectors.map((selector) => ({ selector, at: selector.span, traffic }));
  const via = readVia(fields.get('via'), reading);
  const postures = readPostures(fields.get('srcPosture'), reading);
  checkSelf('grants', sources, destinations, reading);
  const { span } = item.tree;
  return [{ section: 'grants', index, span, sources, destinations, via, capabilities, postures }];
}

function trafficIn(scalar: ScalarTree, { report }: Reading): Traffic[] {
  const { value, span } = trimmed(scalar);
  const traffic = readTraffic(value);
  if (traffic.ok) return [traffic.value];
  report(traffic.fault, span);
  return [];
}

/** [Tailscale docs, application capabilities, 2025-12] */
const NOT_FOR_APPS = ['internet', 'admin', 'network-admin', 'it-admin', 'billing-admin'].map(
  (name) => `autogroup:${name}`,
);

function checkGrantDestination(
  { value, text, span }: SelectorUse,
  hasApp: boolean,
  { report }: Reading,
): void {
  if (value.kind === 'addresses' && value.written === 'prefix' && text.endsWith('/0')) {
    report(`dst ${quote(text)}: to allow all IP addresses, use "*" or "autogroup:internet"`, span);
  }
  if (hasApp && value.kind === 'autogroup' && NOT_FOR_APPS.includes(value.name)) {
    report(`cannot use app grants with ${value.name}`, span);
  }
}

function readVia(field: Field | undefined, { names, report }: Reading): SelectorUse[] {
  return stringsOf(field, report).flatMap((scalar) => {
    const use = selectorUse(scalar);
    if (use?.value.kind !== 'tag') {
      report('via can only be a tag', trimmed(scalar).span);
      return [];
    }
    if (!names.tags.has(use.text)) {
      report(`tag ${quote(use.text)} not found`, use.span, undefined, undefinedTag(use.value));
    }
    return [use];
  });
}

/** What is no user has no devices of its own. */
const NOBODYS = ['autogroup:tagged', 'autogroup:danger-all', 'autogroup:shared'];

/** Reports the sources that cannot go with `autogroup:self`. Of acls `*` can: it then means each user. */
function checkSelf(
  section: AccessRule['section'],
  sources: readonly SelectorUse[],
  destinations: readonly Destination[],
  { report }: Reading,
): void {
  const self = destinations.find(({ selector }) => selector.text === 'autogroup:self');
  if (self === undefined) return;
  const related = [{ at: self.at, label: 'autogroup:self' }];
  for (const { value, span } of sources) {
    const isAllowed =
      value.kind === 'autogroup'
        ? !NOBODYS.includes(value.name)
        : value.kind === 'any'
          ? section === 'acls'
          : ['user', 'domain', 'group'].includes(value.kind);
    if (isAllowed) continue;
    report('autogroup:self can only be used with users, groups, or supported autogroups', span, related);
  }
}
