import { addressesOf, callNode } from '../cluster/devices.ts';
import type { Cluster, Node, NodeAddress } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatAddress } from '../net/format.ts';
import type { Address } from '../net/prefix.ts';
import { isTailscaleAddress } from '../net/ranges.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device, DeviceList } from '../policy/device-list.ts';
import type { Refusal } from './plan.ts';

/** Which device of the tailnet a node is. */
export type Found =
  | { readonly is: 'device'; readonly device: Device }
  /** No device could be it: it has not joined yet. */
  | { readonly is: 'absent' }
  /** `device`: the only one that could be it, where it is one. */
  | ({ readonly is: 'doubtful' } & Pick<Refusal, 'device' | 'why' | 'related'>);

/**
 * Finds nodes' devices by a Tailscale address, which the control server gives out, or by a name together with the
 * declared tags or owner: a device names itself, and the control server alone gives it those. Whatever could be
 * another device is doubtful.
 */
export function deviceFinder(clusters: readonly Cluster[], list: DeviceList): (node: Node) => Found {
  const known = knownDevices(list);
  const nodes = [...new Set(clusters.flatMap((cluster) => cluster.nodes))];
  const found = new Map(nodes.map((node) => [node, node.standsForMany ? ABSENT : findAlone(node, known)]));
  const claims = claimsOf(found);
  return (node) => {
    const own = found.get(node) ?? ABSENT;
    const rival = own.is === 'device' ? rivalOf(node, claims.get(own.device) ?? []) : undefined;
    if (own.is !== 'device' || rival === undefined) return own;
    return {
      is: 'doubtful',
      device: own.device,
      why: `the device ${callDevice(own.device)} is ${callNode(rival)} as well, as the files have it`,
      related: [{ at: rival.at, label: 'the other node' }],
    };
  };
}

const ABSENT: Found = { is: 'absent' };

interface KnownDevices {
  readonly at: (address: Address) => readonly Device[];
  /** Those with this name or hostname in any case, none of them shared in. */
  readonly called: (name: string) => readonly Device[];
}

function knownDevices({ devices }: DeviceList): KnownDevices {
  const byAddress = new Map<string, Device[]>();
  const byName = new Map<string, Device[]>();
  for (const device of devices) {
    for (const address of device.addresses) add(byAddress, formatAddress(address), device);
    if (device.isExternal) continue;
    for (const name of namesOfDevice(device)) add(byName, name, device);
  }
  return {
    at: (address) => byAddress.get(formatAddress(address)) ?? [],
    called: (name) => byName.get(name) ?? [],
  };
}

function add(map: Map<string, Device[]>, key: string, device: Device): void {
  const devices = entryOf(map, key, () => []);
  if (!devices.includes(device)) devices.push(device);
}

/** What a node's own facts lead to, whatever other nodes claim. */
function findAlone(node: Node, known: KnownDevices): Found {
  const addresses = tailscaleAddresses(node);
  return addresses.length > 0 ? findByAddress(node, addresses, known) : findByName(node, known);
}

/** `node-ip` counts where no Tailscale address is given and it is one. */
function tailscaleAddresses(node: Node): readonly NodeAddress[] {
  const own = addressesOf(node, 'tailscale');
  return own.length > 0
    ? own
    : addressesOf(node, 'node').filter(({ address }) => isTailscaleAddress(address));
}

function findByAddress(node: Node, addresses: readonly NodeAddress[], known: KnownDevices): Found {
  const holders = addresses.map(({ address }) => known.at(address));
  const devices = [...new Set(holders.flat())];
  const [device, other] = devices;
  if (device === undefined) return missedAddress(node, addresses, known);
  if (other !== undefined) return severalDevices(devices);
  const stray = addresses[holders.findIndex((each) => each.length === 0)];
  if (stray !== undefined) {
    const why = `${formatAddress(stray.address)} is no address of the device ${callDevice(device)}, which has the node's other one`;
    return { is: 'doubtful', device, why, related: [{ at: stray.span, label: 'the address' }] };
  }
  const declared = declaredIdentity(node);
  const [{ address, span }] = addresses as readonly [NodeAddress];
  if (declared && hasIdentity(device) && !fitsSome(declared, device)) {
    const why = `the device ${callDevice(device)}, which has ${formatAddress(address)}, is of ${callIdentity(device)} and not of ${listed(declared.words)}`;
    return { is: 'doubtful', device, why, related: [{ at: span, label: 'the address' }] };
  }
  const namesake = otherOfThatName(node, device, known);
  if (namesake !== undefined && !(declared && fitsSome(declared, device))) {
    const why = `${formatAddress(address)} leads to the device ${callDevice(device)} and the name to ${callDevice(namesake)}`;
    return { is: 'doubtful', device: undefined, why, related: [{ at: span, label: 'the address' }] };
  }
  return { is: 'device', device };
}

/** All that the files tell a node's device by, in one text: a device that is found by anything else is another. */
export function toldBy(node: Node): string {
  const addresses = tailscaleAddresses(node).map(({ address }) => formatAddress(address));
  const identity = (node.identity ?? []).map(({ value }) => value);
  return [...new Set([...addresses, ...namesOf(node), ...identity])].sort().join(' ');
}

/** The device may have been registered again under another address, or another one may have taken its name. */
function missedAddress(node: Node, addresses: readonly NodeAddress[], known: KnownDevices): Found {
  const [namesake] = namesOf(node).flatMap(known.called);
  const [given] = addresses;
  if (namesake === undefined || given === undefined) return ABSENT;
  const why = `no device has ${formatAddress(given.address)}, and the device ${callDevice(namesake)} has another address: it was registered again or is another one`;
  return { is: 'doubtful', device: namesake, why, related: [{ at: given.span, label: 'the address' }] };
}

function otherOfThatName(node: Node, device: Device, known: KnownDevices): Device | undefined {
  const names = namesOf(node);
  if (names.some((name) => known.called(name).includes(device))) return undefined;
  return names.flatMap(known.called)[0];
}

function findByName(node: Node, known: KnownDevices): Found {
  const candidates = namesOf(node)
    .map(known.called)
    .find((devices) => devices.length > 0);
  if (candidates === undefined) return ABSENT;
  const declared = declaredIdentity(node);
  const [only] = candidates;
  if (declared === undefined) {
    const why = `only its name leads to the device ${listed(candidates.map(callDevice))}: the files give no Tailscale address, and neither tags nor an owner`;
    return { is: 'doubtful', device: candidates.length === 1 ? only : undefined, why };
  }
  const fitting = candidates.filter((device) => fitsAll(declared, device));
  const [device, other] = fitting;
  if (other !== undefined) return severalDevices(fitting);
  if (device !== undefined) return { is: 'device', device };
  const why = `the device ${listed(candidates.map(callDevice))} has the name, but is not of ${listed(declared.words)}`;
  return { is: 'doubtful', device: candidates.length === 1 ? only : undefined, why };
}

function severalDevices(devices: readonly Device[]): Found {
  return {
    is: 'doubtful',
    device: undefined,
    why: `${devices.length} devices could be the node: ${listed(devices.map(callDevice))}`,
  };
}

/** A Tailscale hostname that the files set, else the node's name, both in lower case. */
function namesOf({ name, facts }: Node): readonly string[] {
  const hostnames = facts.flatMap(({ hostname }) => hostname?.text ?? []);
  return [...hostnames, ...(name === undefined ? [] : [name])].map((each) => each.toLowerCase());
}

function namesOfDevice({ name, hostname }: Device): readonly string[] {
  return [...new Set([name.toLowerCase(), hostname.toLowerCase()])].filter((each) => each !== '');
}

/** With its id, as the name need not be the only one. */
function callDevice({ name, id }: Device): string {
  return name === id ? name : `${name} (${id})`;
}

interface Identity {
  readonly tags: readonly string[];
  readonly owners: readonly string[];
  /** Both, as the files write them. */
  readonly words: readonly string[];
}

/** Undefined where no file tells, or only run time knows a part of it. */
function declaredIdentity({ tailscale }: Node): Identity | undefined {
  const tags = tailscale.flatMap((each) => each.tags.map(({ text }) => text));
  const users = tailscale.flatMap(({ user }) => (user === undefined ? [] : [user.text]));
  const words = [...tags, ...users].filter((word) => word !== undefined);
  if (words.length === 0 || words.length < tags.length + users.length) return undefined;
  return {
    tags: words.filter((word) => word.startsWith('tag:')),
    owners: words.filter((word) => !word.startsWith('tag:')).map(ownerKey),
    words: [...new Set(words)],
  };
}

/** Headscale's user `lab` is `lab@` in a policy. */
function ownerKey(owner: string): string {
  return owner.toLowerCase().replace(/@$/, '');
}

function hasIdentity({ tags, owner }: Device): boolean {
  return tags.length + owner.length > 0;
}

function callIdentity({ tags, owner }: Device): string {
  return listed(tags.length > 0 ? tags : owner);
}

/** Enough where the address has told which device it is. */
function fitsSome({ tags, owners }: Identity, device: Device): boolean {
  return (
    tags.some((tag) => device.tags.includes(tag)) ||
    device.owner.some((owner) => owners.includes(ownerKey(owner)))
  );
}

function fitsAll({ tags, owners }: Identity, device: Device): boolean {
  if (tags.length > 0) return tags.every((tag) => device.tags.includes(tag));
  return device.owner.some((owner) => owners.includes(ownerKey(owner)));
}

function claimsOf(found: ReadonlyMap<Node, Found>): ReadonlyMap<Device, readonly Node[]> {
  const claims = new Map<Device, Node[]>();
  for (const [node, each] of found) {
    if (each.is !== 'device' || !hasName(node)) continue;
    entryOf(claims, each.device, () => []).push(node);
  }
  return claims;
}

/** A folder's name is no claim: it may hold a file of another node. */
function hasName({ facts }: Node): boolean {
  return facts.some(({ nodeName, hostname }) => nodeName?.text !== undefined || hostname?.text !== undefined);
}

/** A node of another name that is found to be the same device. */
function rivalOf(node: Node, claims: readonly Node[]): Node | undefined {
  const name = node.name?.toLowerCase();
  return claims.find((other) => other !== node && other.name?.toLowerCase() !== name);
}
