import { describe, expect, test } from 'vitest';
import { deviceFinder } from '../../src/plan/find-device.ts';
import { type Given, listOf } from '../policy/tailnet.ts';
import { clustersIn, placeOf, type Setting, TAGGED } from './plans.ts';

/** Which device the node `a` is: its id, `absent`, or why it is in doubt with the place. */
function found(setting: Setting, name = 'a'): string {
  const list = listOf(setting.devices ?? {});
  const clusters = clustersIn(setting, list);
  const node = clusters.flatMap(({ nodes }) => nodes).find((each) => each.name === name)!;
  const answer = deviceFinder(clusters, list)(node);
  if (answer.is === 'absent') return 'absent';
  if (answer.is === 'device') return answer.device.id;
  const places = answer.related?.map(({ at }) => ` @${placeOf(at)}`).join('') ?? '';
  return `${answer.device?.id ?? '-'}: ${answer.why}${places}`;
}

/** Without an identity in the files, where none is given. */
const PLAIN = { tailscale: { acceptRoutes: true } };
const at = (address: string, more: Given = TAGGED): Given => ({ ...more, addresses: [address] });

describe('by address', () => {
  test.each<[string, object, Record<string, Given>, string]>([
    ['whatever the name', {}, { x: at('100.64.0.1') }, 'x'],
    ['without an identity in the files', PLAIN, { x: at('100.64.0.1') }, 'x'],
    ['without an identity of the device', {}, { x: at('100.64.0.1', {}) }, 'x'],
    [
      'one of its tags is enough',
      { tailscale: { tags: ['tag:k3s', 'tag:new'] } },
      { x: at('100.64.0.1') },
      'x',
    ],
    [
      'untagged, of the declared user of Headscale',
      { tailscale: { user: 'lab@' } },
      { x: at('100.64.0.1', { owner: ['lab@'] }) },
      'x',
    ],
    [
      'with the user as Headscale itself calls it',
      { tailscale: { user: 'Lab' } },
      { x: at('100.64.0.1', { owner: ['lab@'] }) },
      'x',
    ],
    [
      'of other tags',
      {},
      { x: at('100.64.0.1', { tags: ['tag:phone'] }) },
      'x: the device x, which has 100.64.0.1, is of tag:phone and not of tag:k3s @cluster.yaml:9',
    ],
    [
      'of somebody instead of tags',
      {},
      { x: at('100.64.0.1', { owner: ['eve@example.com'] }) },
      'x: the device x, which has 100.64.0.1, is of eve@example.com and not of tag:k3s @cluster.yaml:9',
    ],
    [
      'both families of one device',
      { tailscaleIp: ['100.64.0.1', 'fd7a:115c:a1e0::1'] },
      { x: { ...TAGGED, addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'] } },
      'x',
    ],
    [
      'addresses of two devices',
      { tailscaleIp: ['100.64.0.1', '100.64.0.2'] },
      { x: at('100.64.0.1'), y: at('100.64.0.2') },
      '-: 2 devices could be the node: x and y',
    ],
    [
      'one address of nobody',
      { tailscaleIp: ['100.64.0.1', '100.64.0.9'] },
      { x: at('100.64.0.1') },
      "x: 100.64.0.9 is no address of the device x, which has the node's other one @cluster.yaml:11",
    ],
    [
      'an address that two devices have',
      {},
      { x: at('100.64.0.1'), y: at('100.64.0.1') },
      '-: 2 devices could be the node: x and y',
    ],
    ['nobody has the address and nobody the name', {}, { x: at('100.64.0.9') }, 'absent'],
    [
      'nobody has the address, but somebody the name',
      {},
      { a: at('100.64.0.9') },
      'a: no device has 100.64.0.1, and the device a has another address: it was registered again or is another one @cluster.yaml:9',
    ],
    [
      'or the hostname',
      {},
      { 'a-1': at('100.64.0.9', { ...TAGGED, hostname: 'A' }) },
      'a-1: no device has 100.64.0.1, and the device a-1 has another address: it was registered again or is another one @cluster.yaml:9',
    ],
    [
      'the address is of one device and the name of another',
      PLAIN,
      { x: at('100.64.0.1'), a: at('100.64.0.9') },
      '-: 100.64.0.1 leads to the device x and the name to a @cluster.yaml:9',
    ],
    [
      'which the tags settle',
      {},
      { x: at('100.64.0.1'), a: at('100.64.0.9', { owner: ['eve@example.com'] }) },
      'x',
    ],
  ])('%s', (_, node, devices, expected) => {
    expect(found({ nodes: { a: node }, devices })).toBe(expected);
  });
});

describe('by name', () => {
  const nameless = { tailscaleIp: null };
  test.each<[string, object, Record<string, Given>, string]>([
    ['with the tag', nameless, { a: TAGGED }, 'a'],
    ['in any case', nameless, { x: { ...TAGGED, name: 'A' } }, 'x'],
    ['by the hostname', nameless, { x: { ...TAGGED, hostname: 'a' } }, 'x'],
    [
      'by the hostname of the files, before the name',
      { ...nameless, tailscale: { hostname: 'lan-a', tags: ['tag:k3s'] } },
      { 'lan-a': TAGGED, a: TAGGED },
      'lan-a',
    ],
    ['with the owner', { ...nameless, tailscale: { user: 'lab' } }, { a: { owner: ['lab@'] } }, 'a'],
    ['no such name', nameless, { b: TAGGED }, 'absent'],
    ['only of a shared device', nameless, { a: { ...TAGGED, isExternal: true } }, 'absent'],
    [
      'nothing but the name',
      { ...nameless, ...PLAIN },
      { a: TAGGED },
      'a: only its name leads to the device a: the files give no Tailscale address, and neither tags nor an owner',
    ],
    [
      'not every declared tag',
      { ...nameless, tailscale: { tags: ['tag:k3s', 'tag:edge'] } },
      { a: TAGGED },
      'a: the device a has the name, but is not of tag:k3s and tag:edge',
    ],
    [
      'somebody else named a phone so',
      nameless,
      { a: { owner: ['eve@example.com'] } },
      'a: the device a has the name, but is not of tag:k3s',
    ],
    [
      'which does not hide the node itself',
      nameless,
      { a: TAGGED, x: { owner: ['eve@example.com'], hostname: 'a' } },
      'a',
    ],
    [
      'two with the tag, as after registering again',
      nameless,
      { a: TAGGED, 'a-1': { ...TAGGED, hostname: 'a' } },
      '-: 2 devices could be the node: a and a-1',
    ],
    [
      'of another user with a name that begins alike',
      { ...nameless, tailscale: { user: 'lab' } },
      { a: { owner: ['lab@example.com'] } },
      'a: the device a has the name, but is not of lab',
    ],
  ])('%s', (_, node, devices, expected) => {
    expect(found({ nodes: { a: node }, devices })).toBe(expected);
  });
});

test('one device for two nodes is neither of them', () => {
  const setting = {
    nodes: { a: {}, b: { tailscaleIp: '100.64.0.1' } },
    devices: { x: at('100.64.0.1') },
  };
  expect(found(setting)).toBe('x: the device x is b as well, as the files have it @cluster.yaml:19');
  expect(found(setting, 'b')).toBe('x: the device x is a as well, as the files have it @cluster.yaml:8');
});
