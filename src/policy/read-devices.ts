import type { Problem } from '../diagnostics/finding.ts';
import { parseAddress, parsePrefix } from '../net/parse.ts';
import type { Address, Prefix } from '../net/prefix.ts';
import type { SourceFile } from '../source/source-file.ts';
import { parseHujson } from '../syntax/hujson.ts';
import { type HujsonValue, treeOf } from '../syntax/hujson-value.ts';
import { keyName, type ListTree, memberOf, type ScalarTree, type Tree } from '../syntax/tree.ts';
import type { Device, DeviceList } from './device-list.ts';
import {
  checkBoolean,
  entriesOf,
  type Field,
  headOf,
  type Part,
  problemList,
  type Report,
  stringOf,
  stringsOf,
} from './read/fields.ts';

/** What a control server replies with, by the API. */
interface Reply {
  readonly key: string;
  readonly item: string;
  /** Only devices of this API have it. */
  readonly addresses: string;
  readonly routes: readonly string[];
  /** What is wrong with a list none of whose devices has routes. */
  readonly withoutRoutes: string;
}

const TAILSCALE: Reply = {
  key: 'devices',
  item: 'a device',
  addresses: 'addresses',
  routes: ['advertisedRoutes', 'enabledRoutes'],
  withoutRoutes: 'no device has advertisedRoutes or enabledRoutes: the list was fetched without fields=all',
};

const HEADSCALE: Reply = {
  key: 'nodes',
  item: 'a node',
  addresses: 'ipAddresses',
  routes: ['availableRoutes', 'approvedRoutes'],
  withoutRoutes: 'no node has availableRoutes or approvedRoutes: the list is of a Headscale before 0.26',
};

/** The members of a device or a node that are read. */
const READ = new Set(
  [
    'id nodeId name hostname givenName addresses ipAddresses user created createdAt',
    'tags forcedTags validTags isExternal authorized connectedToControl lastSeen online',
    'expires expiry keyExpiryDisabled',
    'advertisedRoutes enabledRoutes availableRoutes approvedRoutes subnetRoutes',
  ].flatMap((names) => names.split(' ')),
);

/** What is known of a reply to a request of one's own. */
export interface LiveReply {
  /** If it is known whom it is from; else its shape tells. */
  readonly control?: DeviceList['control'];
  /** All fields were asked for: a list without any route is one of devices that have none. */
  readonly withAllFields?: boolean;
  /** It is one device, or `{node}`, and is read as a list of one. */
  readonly isOne?: boolean;
}

/**
 * Reads a device list: the reply of Tailscale's `GET /api/v2/tailnet/{tailnet}/devices?fields=all` or of
 * Headscale's `GET /api/v1/node` (0.26 to 0.30), told apart by their shape, or only the array in one of them.
 *
 * Of a list with problems there is what could be read; a text that does not parse or is no such reply gives none.
 */
export function readDevices(
  file: SourceFile,
  live: LiveReply = {},
): {
  readonly list: DeviceList | undefined;
  readonly problems: readonly Problem[];
} {
  const { root, problems: syntax } = parseHujson(file);
  if (root === undefined || syntax.length > 0) return { list: undefined, problems: syntax };
  const tree = treeOf(file, withoutUnread(live.isOne ? listOfOne(root) : root));
  const found = replyIn(tree);
  if (found === undefined) {
    const message = 'neither the devices of Tailscale ("devices") nor the nodes of Headscale ("nodes")';
    return { list: undefined, problems: [{ message, at: headOf(tree) }] };
  }
  const { reply, list } = found;
  const { problems, report } = problemList();
  const { items } = list;
  if (
    items.length > 0 &&
    !live.withAllFields &&
    !items.some((item) => reply.routes.some((key) => memberOf(item, key)))
  ) {
    report(reply.withoutRoutes, headOf(list));
  }
  const shape = reply === HEADSCALE || isFromHeadscale(items) ? 'headscale' : 'tailscale';
  const control = live.control ?? shape;
  const devices = items.flatMap((item) => {
    if (item.kind !== 'map') {
      report(`${reply.item} is not an object`, headOf(item));
      return [];
    }
    const entry = entryOf({ called: reply.item, tree: item }, report);
    return reply === HEADSCALE ? readNode(entry) : readDevice(entry, control);
  });
  return { list: { control, devices }, problems };
}

function listOfOne(root: HujsonValue): HujsonValue {
  const members = root.kind === 'object' ? root.items : [];
  const one = members.find(({ key }) => key.value === 'node')?.value ?? root;
  return { ...root, kind: 'array', items: [one], trailingComma: false, inside: '' };
}

/** A reply is large, and most of it is not read: the tree of that would take longer than all the rest. */
function withoutUnread(root: HujsonValue): HujsonValue {
  if (root.kind === 'scalar') return root;
  if (root.kind === 'array') return { ...root, items: root.items.map(pruned) };
  const items = root.items.map(({ key, value }) => ({
    key,
    value: value.kind === 'array' ? { ...value, items: value.items.map(pruned) } : value,
  }));
  return { ...root, items };
}

function pruned(value: HujsonValue): HujsonValue {
  if (value.kind !== 'object') return value;
  return { ...value, items: value.items.filter(({ key }) => READ.has(key.value)) };
}

function replyIn(tree: Tree): { readonly reply: Reply; readonly list: ListTree } | undefined {
  for (const reply of [TAILSCALE, HEADSCALE]) {
    const list = tree.kind === 'list' ? tree : memberOf(tree, reply.key)?.value;
    if (list?.kind !== 'list') continue;
    const { items } = list;
    const fits = items.length === 0 || items.some((item) => memberOf(item, reply.addresses));
    if (list !== tree || fits) return { reply, list };
  }
  return undefined;
}

/** Headscale 0.30 has Tailscale's API too: its devices have one id under both names. */
function isFromHeadscale(items: readonly Tree[]): boolean {
  const textIn = (item: Tree, key: string) => {
    const value = memberOf(item, key)?.value;
    return value?.kind === 'scalar' ? value.text : undefined;
  };
  return items.length > 0 && items.every((item) => textIn(item, 'id') === (textIn(item, 'nodeId') ?? ''));
}

/** One device or node with what its members are by their type. */
interface Entry {
  readonly part: Part;
  readonly report: Report;
  readonly fields: ReadonlyMap<string, Field>;
  /** Empty if it is missing. */
  readonly text: (key: string) => string;
  readonly texts: (key: string) => readonly ScalarTree[];
  readonly truth: (key: string) => boolean | undefined;
}

function entryOf(part: Part, report: Report): Entry {
  const fields = new Map(entriesOf(part, report).map((field) => [field.key.text, field]));
  return {
    part,
    report,
    fields,
    text: (key) => stringOf(fields.get(key), report)?.text ?? '',
    texts: (key) => stringsOf(fields.get(key), report),
    truth: (key) => {
      const field = fields.get(key);
      checkBoolean(field, report);
      return field?.tree.kind === 'scalar' && typeof field.tree.value === 'boolean'
        ? field.tree.value
        : undefined;
    },
  };
}

/** [Tailscale API 2026-07, Device] */
function readDevice(entry: Entry, control: DeviceList['control']): Device {
  const { text, texts, truth, report } = entry;
  const hostname = text('hostname');
  const tags = texts('tags').map((tag) => tag.text);
  const enabled = texts('enabledRoutes');
  return {
    id: text('nodeId') || text('id'),
    name: firstLabel(text('name')) || hostname,
    hostname,
    addresses: readAddresses(entry, TAILSCALE.addresses),
    owner: tags.length > 0 ? [] : ownerNames(control, text('user')),
    tags,
    advertised: readPrefixes(texts('advertisedRoutes'), report),
    approved: readPrefixes(enabled, report),
    approvedAsWritten: enabled.map((route) => route.text),
    serving: undefined,
    isExternal: truth('isExternal') ?? false,
    isAuthorized: truth('authorized') ?? true,
    isOnline: truth('connectedToControl') ?? offlineSince(control, text('lastSeen')),
    created: text('created'),
    expires: truth('keyExpiryDisabled') ? '' : expiryOf(text('expires')),
  };
}

/** Headscale does not say `connectedToControl`, and `lastSeen` only of a device that is offline [Headscale 0.30, Device]. */
function offlineSince(control: DeviceList['control'], lastSeen: string): false | undefined {
  return control === 'headscale' && lastSeen !== '' ? false : undefined;
}

/** Before 0.28 the tags that were set and those that the node asked for stand apart [Headscale 0.26 and 0.30, Node]. */
function readNode(entry: Entry): Device {
  const { fields, text, texts, truth, report } = entry;
  const hostname = text('name');
  const tags = ['tags', 'forcedTags', 'validTags'].flatMap((key) => texts(key).map((tag) => tag.text));
  const userField = fields.get('user');
  const user = userField && entryOf(userField, report);
  const approved = texts('approvedRoutes');
  return {
    id: text('id'),
    name: text('givenName') || hostname,
    hostname,
    addresses: readAddresses(entry, HEADSCALE.addresses),
    owner: tags.length > 0 || !user ? [] : ownerNames('headscale', user.text('email'), user.text('name')),
    tags: [...new Set(tags)],
    advertised: readPrefixes(texts('availableRoutes'), report),
    approved: readPrefixes(approved, report),
    approvedAsWritten: approved.map((route) => route.text),
    serving: fields.has('subnetRoutes') ? readPrefixes(texts('subnetRoutes'), report) : undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: truth('online'),
    created: text('createdAt'),
    expires: expiryOf(text('expiry')),
  };
}

/** Go's zero time stands for never, where it is not null or left out. */
function expiryOf(text: string): string {
  return text.startsWith('0001-') ? '' : text;
}

/** Whom Headscale shows as the user of a tagged node. */
const NOBODY = 'tagged-devices';

/** What a policy may call a user; on Headscale a name without `@` has one at its end. */
function ownerNames(control: DeviceList['control'], ...names: readonly string[]): readonly string[] {
  const known = [...new Set(names)].filter((name) => name !== '');
  if (control === 'tailscale') return known;
  return known.filter((name) => name !== NOBODY).map((name) => (name.includes('@') ? name : `${name}@`));
}

function readAddresses({ part, fields, texts, report }: Entry, key: string): readonly Address[] {
  if (!fields.has(key)) report(`${part.called} has no "${key}"`, headOf(part.tree));
  return texts(key).flatMap((scalar) => {
    const parsed = parseAddress(scalar.text);
    if (parsed.ok) return parsed.value;
    report(`${keyName(scalar)} is not an address`, scalar.span);
    return [];
  });
}

/**
 * Headscale keeps an approval as it was given, and one with host bits approves no route [Headscale 0.29,
 * approve_routes]: it is left out.
 */
function readPrefixes(texts: readonly ScalarTree[], report: Report): readonly Prefix[] {
  return texts.flatMap((scalar) => {
    const parsed = parsePrefix(scalar.text);
    if (parsed.ok) return parsed.value;
    if (parsed.fault.kind !== 'host-bits') report(`${keyName(scalar)} is not a prefix`, scalar.span);
    return [];
  });
}

/** The first label of a MagicDNS name. */
function firstLabel(name: string): string {
  return name.split('.', 1)[0] ?? '';
}
