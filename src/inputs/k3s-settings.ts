import { type Given, splitGiven } from '../syntax/given.ts';
import type { AddressFact, K3sSetting, NodeFacts, Secret } from './facts.ts';
import { readVpnAuth } from './k3s-flags.ts';
import { secretIn } from './secrets.ts';
import { namesTailnetAddress } from './tailnet-addresses.ts';

/** Settings that K3s splits at commas, so that `a,b` and `[a, b]` are equal [K3s v1.31, pkg/util SplitStringSlice]. */
const COMMA_SETTINGS: ReadonlySet<string> = new Set([
  'node-ip',
  'node-external-ip',
  'tls-san',
  'cluster-cidr',
  'service-cidr',
  'cluster-dns',
  'disable',
]);

const ADDRESSES: ReadonlyMap<string, AddressFact['is']> = new Map([
  ['node-ip', 'node'],
  ['node-external-ip', 'node-external'],
  ['advertise-address', 'advertise'],
]);

const TOKENS: ReadonlySet<string> = new Set(['token', 'agent-token', 'cluster-secret']);

/** Settings whose value places a node on a tailnet if it is one of its addresses. */
const PLACES: ReadonlySet<string> = new Set([...ADDRESSES.keys(), 'bind-address', 'tls-san', 'server']);

/** One setting for each part of a value that K3s splits. */
export function splitSetting(setting: K3sSetting): K3sSetting[] {
  if (!COMMA_SETTINGS.has(setting.name)) return [setting];
  return splitGiven(setting.value, ',').map((value) => ({ ...setting, value }));
}

/** What settings say of the node that has them. */
export interface NodeOfSettings {
  readonly facts: Pick<NodeFacts, 'nodeName' | 'hostname' | 'addresses' | 'tailscale' | 'mentionsTailscale'>;
  readonly secrets: readonly Secret[];
}

/** Reads the node's name, its addresses, K3s' own Tailscale and every literal secret from settings. */
export function readNodeOfSettings(settings: readonly K3sSetting[]): NodeOfSettings {
  const nodeName = lastValue(settings, 'node-name');
  const vpn = readVpn(lastValue(settings, 'vpn-auth'), lastValue(settings, 'vpn-auth-file'));
  const tokens = settings.filter(({ name }) => TOKENS.has(name));
  return {
    facts: {
      ...(nodeName && { nodeName }),
      ...(vpn?.hostname && { hostname: vpn.hostname }),
      addresses: settings.flatMap(addressOf),
      tailscale: vpn ? [vpn.tailscale] : [],
      mentionsTailscale: vpn !== undefined || settings.some(mentionsTailscale),
    },
    secrets: [...tokens.flatMap(({ value }) => secretIn(value, 'a K3s join token')), ...(vpn?.secrets ?? [])],
  };
}

/** What `vpn-auth` says; what the file of `vpn-auth-file` says is not known. */
export function readVpn(
  auth: Given | undefined,
  file: Given | undefined,
): ReturnType<typeof readVpnAuth> | undefined {
  if (auth) return readVpnAuth(auth);
  return file && readVpnAuth({ text: undefined, span: file.span });
}

function addressOf({ name, value }: K3sSetting): AddressFact[] {
  const is = ADDRESSES.get(name);
  return is === undefined || value.text === '' ? [] : [{ is, called: name, value }];
}

function mentionsTailscale({ name, value: { text = '' } }: K3sSetting): boolean {
  return (
    (name === 'flannel-iface' && text === 'tailscale0') || (PLACES.has(name) && namesTailnetAddress(text))
  );
}

function lastValue(settings: readonly K3sSetting[], name: string): Given | undefined {
  const value = settings.findLast((setting) => setting.name === name)?.value;
  return value?.text === '' ? undefined : value;
}
