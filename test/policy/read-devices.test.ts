import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, formatPrefix } from '../../src/net/format.ts';
import type { Device } from '../../src/policy/device-list.ts';
import { type LiveReply, readDevices } from '../../src/policy/read-devices.ts';
import { positionAt } from '../../src/report/lines.ts';
import { sourceFile } from '../../src/source/source-file.ts';

const read = (value: unknown) => readText(JSON.stringify(value));
const readText = (text: string) => readDevices(sourceFile('devices.json', text));

/** A device with its addresses and prefixes as texts. */
function shown(device: Device | undefined) {
  return {
    ...device,
    addresses: device?.addresses.map(formatAddress),
    advertised: device?.advertised.map(formatPrefix),
    approved: device?.approved.map(formatPrefix),
    serving: device?.serving?.map(formatPrefix),
  };
}

function only(value: unknown) {
  const { list, problems } = read(value);
  expect(problems).toEqual([]);
  expect(list?.devices).toHaveLength(1);
  return shown(list?.devices[0]);
}

const OSLO = {
  addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'],
  id: '92960230385',
  nodeId: 'n292kg92CNTRL',
  user: 'ada@example.com',
  name: 'oslo-1.tail1234.ts.net',
  hostname: 'oslo',
  created: '2026-01-02T03:04:05Z',
  expires: '2026-07-01T03:04:05Z',
  keyExpiryDisabled: false,
  connectedToControl: true,
  authorized: true,
  isExternal: false,
  advertisedRoutes: ['10.42.0.0/24', '0.0.0.0/0', '::/0'],
  enabledRoutes: ['10.42.0.0/24'],
};

const KYOTO = {
  id: '3',
  ipAddresses: ['100.64.0.3', 'fd7a:115c:a1e0::3'],
  name: 'kyoto',
  givenName: 'kyoto-1',
  user: { id: '1', name: 'ada', email: 'ada@example.com', providerId: 'https://id.example.com/7' },
  createdAt: '2026-01-02T03:04:05.6Z',
  online: true,
  approvedRoutes: ['10.42.3.0/24', '10.42.9.0/24'],
  availableRoutes: ['10.42.3.0/24', '::/0'],
  subnetRoutes: ['10.42.3.0/24'],
  tags: [],
};

describe('Tailscale', () => {
  test('a device with all fields', () => {
    expect(only({ devices: [OSLO] })).toEqual({
      id: 'n292kg92CNTRL',
      name: 'oslo-1',
      hostname: 'oslo',
      addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'],
      owner: ['ada@example.com'],
      tags: [],
      advertised: ['10.42.0.0/24', '0.0.0.0/0', '::/0'],
      approved: ['10.42.0.0/24'],
      approvedAsWritten: ['10.42.0.0/24'],
      serving: undefined,
      isExternal: false,
      isAuthorized: true,
      isOnline: true,
      created: '2026-01-02T03:04:05Z',
      expires: '2026-07-01T03:04:05Z',
    });
    expect(read({ devices: [OSLO] }).list?.control).toBe('tailscale');
  });

  test.each([
    ['a tagged device has no owner', { tags: ['tag:k3s'] }, { owner: [], tags: ['tag:k3s'] }],
    ['null stands for nothing', { tags: null, enabledRoutes: null }, { tags: [], approved: [] }],
    ['without a name the hostname', { name: undefined }, { name: 'oslo' }],
    ['a name without a domain', { name: 'oslo-2' }, { name: 'oslo-2' }],
    ['the old id where there is no other', { nodeId: undefined }, { id: '92960230385' }],
    ['waiting for approval', { authorized: false }, { isAuthorized: false }],
    ['shared in from outside', { isExternal: true, created: '' }, { isExternal: true, created: '' }],
    ['IPv6 alone', { addresses: ['fd7a:115c:a1e0::1'] }, { addresses: ['fd7a:115c:a1e0::1'] }],
    ['unknown whether online', { connectedToControl: undefined }, { isOnline: undefined }],
    [
      "last seen says nothing of Tailscale's devices, which are said to be connected or not",
      { connectedToControl: undefined, lastSeen: '2026-01-02T03:04:05Z' },
      { isOnline: undefined },
    ],
    [
      'Headscale says when a device was last seen only while it is offline',
      { connectedToControl: undefined, lastSeen: '2026-01-02T03:04:05Z', id: '3', nodeId: '3', user: '' },
      { isOnline: false, id: '3', owner: [] },
    ],
    ['with a key for ever', { keyExpiryDisabled: true }, { expires: '' }],
    ['with a key for ever, as a date', { expires: '0001-01-01T00:00:00Z' }, { expires: '' }],
    ['without a word of its key', { expires: undefined, keyExpiryDisabled: undefined }, { expires: '' }],
    [
      'an approval as it is written',
      { enabledRoutes: ['10.42.0.0/24', '10.42.1.7/24', '::/0'] },
      { approved: ['10.42.0.0/24', '::/0'], approvedAsWritten: ['10.42.0.0/24', '10.42.1.7/24', '::/0'] },
    ],
  ])('%s', (_, changes, expected) => {
    expect(only({ devices: [{ ...OSLO, ...changes }] })).toMatchObject(expected);
  });

  test('without fields=all one problem, however many devices', () => {
    const device = { ...OSLO, advertisedRoutes: undefined, enabledRoutes: undefined };
    const { list, problems } = read({ devices: [device, device] });
    expect(list?.devices).toHaveLength(2);
    expect(problems.map(({ message }) => message)).toEqual([
      'no device has advertisedRoutes or enabledRoutes: the list was fetched without fields=all',
    ]);
    expect(read({ devices: [device, { ...device, advertisedRoutes: [] }] }).problems).toEqual([]);
    expect(read({ devices: [] }).problems).toEqual([]);
  });
});

describe('Headscale', () => {
  test('a node', () => {
    expect(only({ nodes: [KYOTO] })).toEqual({
      id: '3',
      name: 'kyoto-1',
      hostname: 'kyoto',
      addresses: ['100.64.0.3', 'fd7a:115c:a1e0::3'],
      owner: ['ada@example.com', 'ada@'],
      tags: [],
      advertised: ['10.42.3.0/24', '::/0'],
      approved: ['10.42.3.0/24', '10.42.9.0/24'],
      approvedAsWritten: ['10.42.3.0/24', '10.42.9.0/24'],
      serving: ['10.42.3.0/24'],
      isExternal: false,
      isAuthorized: true,
      isOnline: true,
      created: '2026-01-02T03:04:05.6Z',
      expires: '',
    });
    expect(read({ nodes: [KYOTO] }).list?.control).toBe('headscale');
  });

  test.each([
    ['a user without an e-mail', { user: { name: 'lab', email: '' } }, { owner: ['lab@'] }],
    [
      'a user called after an e-mail',
      { user: { name: 'a@b.example', email: 'a@b.example' } },
      { owner: ['a@b.example'] },
    ],
    [
      'tagged, of the pseudo user',
      { tags: ['tag:k3s'], user: { name: 'tagged-devices' } },
      { owner: [], tags: ['tag:k3s'] },
    ],
    ['the pseudo user owns nothing', { user: { name: 'tagged-devices' } }, { owner: [] }],
    ['no user', { user: null }, { owner: [] }],
    [
      '0.26: tags set and asked for',
      { tags: undefined, forcedTags: ['tag:a'], validTags: ['tag:a', 'tag:b'], invalidTags: ['tag:c'] },
      { owner: [], tags: ['tag:a', 'tag:b'] },
    ],
    ['without a given name', { givenName: '' }, { name: 'kyoto' }],
    ['not in a list', { subnetRoutes: undefined }, { serving: undefined }],
    // Headscale stores it and never serves anything for it.
    [
      'an approval with host bits',
      { approvedRoutes: ['10.42.3.7/24'] },
      { approved: [], approvedAsWritten: ['10.42.3.7/24'] },
    ],
    ['a key until then', { expiry: '2026-07-01T03:04:05Z' }, { expires: '2026-07-01T03:04:05Z' }],
    ['a key for ever', { expiry: null }, { expires: '' }],
    ['a key for ever, as a date', { expiry: '0001-01-01T00:00:00Z' }, { expires: '' }],
  ])('%s', (_, changes, expected) => {
    expect(only({ nodes: [{ ...KYOTO, ...changes }] })).toMatchObject(expected);
  });

  test('its devices in the shape of Tailscale', () => {
    const device = { ...OSLO, id: '7', nodeId: '7', user: 'lab' };
    const { list } = read({ devices: [device] });
    expect(list).toMatchObject({ control: 'headscale', devices: [{ owner: ['lab@'] }] });
    expect(read({ devices: [device, OSLO] }).list).toMatchObject({ control: 'tailscale' });
  });

  test('before 0.26 it has no routes', () => {
    const node = { ...KYOTO, approvedRoutes: undefined, availableRoutes: undefined };
    expect(read({ nodes: [node] }).problems).toMatchObject([
      { message: expect.stringContaining('of a Headscale before 0.26') },
    ]);
  });
});

describe('a live reply', () => {
  const live = (value: unknown, reply: LiveReply) =>
    readDevices(sourceFile('reply.json', JSON.stringify(value)), reply);

  test('to a request for all fields has devices without routes', () => {
    const device = { ...OSLO, advertisedRoutes: undefined, enabledRoutes: undefined };
    const { list, problems } = live({ devices: [device] }, { withAllFields: true });
    expect(problems).toEqual([]);
    expect(list?.devices).toMatchObject([{ advertised: [], approved: [], approvedAsWritten: [] }]);
  });

  test('is of the control server that is known', () => {
    const { list } = live({ devices: [] }, { control: 'headscale' });
    expect(list?.control).toBe('headscale');
    const tailscale = { ...OSLO, user: 'lab' };
    expect(live({ devices: [tailscale] }, { control: 'headscale' }).list?.devices[0]?.owner).toEqual([
      'lab@',
    ]);
  });

  test.each([
    ['a device', OSLO, 'n292kg92CNTRL'],
    ['a node', { node: KYOTO }, '3'],
  ])('is one: %s', (_, value, id) => {
    const { list, problems } = live(value, { isOne: true });
    expect(problems).toEqual([]);
    expect(list?.devices.map((device) => device.id)).toEqual([id]);
  });

  test.each([[{ message: 'not found' }], [{ node: null }], [[OSLO]], ['x'], [null], [{ devices: [OSLO] }]])(
    'is no device: %j',
    (value) => {
      expect(live(value, { isOne: true }).problems).toHaveLength(1);
    },
  );
});

test('an array alone', () => {
  expect(read([OSLO]).list?.control).toBe('tailscale');
  expect(read([KYOTO]).list?.control).toBe('headscale');
  expect(read([]).list).toEqual({ control: 'tailscale', devices: [] });
});

test('devices of one name stay apart', () => {
  const { list, problems } = read({ devices: [OSLO, { ...OSLO, nodeId: 'n2CNTRL' }] });
  expect(problems).toEqual([]);
  expect(list?.devices.map(({ id, name }) => `${name} ${id}`)).toEqual([
    'oslo-1 n292kg92CNTRL',
    'oslo-1 n2CNTRL',
  ]);
});

describe('what is wrong has a place', () => {
  const NO_REPLY = 'neither the devices of Tailscale ("devices") nor the nodes of Headscale ("nodes")';
  test.each([
    ['', ['1:1 expected a value, found the end of the text']],
    ['{"devices": [', ['1:13 this [ is not closed', '1:1 this { is not closed']],
    ['<html>', ['1:1 expected a value, found <html>']],
    ['{"message": "not found"}', [`1:1 ${NO_REPLY}`]],
    ['{"devices": {}}', [`1:1 ${NO_REPLY}`]],
    ['"tskey-api-x"', [`1:1 ${NO_REPLY}`]],
    ['[1, 2]', [`1:1 ${NO_REPLY}`]],
    [
      '{"devices": [\n 7,\n {"id": "1", "addresses": ["100.64.0"], "enabledRoutes": []},\n {"enabledRoutes": "x", "addresses": {}}]}',
      [
        '2:2 a device is not an object',
        '3:28 "100.64.0" is not an address',
        '4:38 "addresses" is an object, not an array',
        '4:20 "enabledRoutes" is a string, not an array',
      ],
    ],
    [
      '{"nodes": [{"id": 1, "user": [], "tags": [true], "online": "no", "availableRoutes": ["10.0.0.0/33", "10.0.0.1"]}]}',
      [
        '1:19 "id" is a number, not a string',
        '1:12 a node has no "ipAddresses"',
        '1:30 "user" is an array, not an object',
        '1:43 an item of "tags" is a boolean, not a string',
        '1:86 "10.0.0.0/33" is not a prefix',
        '1:101 "10.0.0.1" is not a prefix',
        '1:60 "online" is a string, not a boolean',
      ],
    ],
  ])('%s', (text, expected) => {
    const lines = readText(text).problems.map(({ message, at }) => {
      const { line, column } = positionAt(at.file, at.start);
      return `${line}:${column} ${message}`;
    });
    expect(lines.sort()).toEqual(expected.toSorted());
  });

  test('a hundred times at most', () => {
    const { list, problems } = read({ devices: Array.from({ length: 1_000 }, () => ({ enabledRoutes: 1 })) });
    expect(problems).toHaveLength(100);
    expect(list?.devices).toHaveLength(1_000);
  });
});

test('nothing throws', () => {
  const key = fc.constantFrom(...Object.keys({ ...OSLO, ...KYOTO }), '__proto__', 'constructor');
  const device = fc.oneof(fc.dictionary(key, fc.jsonValue()), fc.jsonValue());
  const reply = fc.oneof(
    fc.record({ devices: fc.array(device) }),
    fc.record({ nodes: fc.array(device) }),
    fc.array(device),
  );
  fc.assert(
    fc.property(reply, (value) => {
      const { list, problems } = read(value);
      expect(list !== undefined || problems.length > 0).toBe(true);
    }),
  );
  expect(readText(`{"devices": ${'['.repeat(100_000)}`).list).toBeUndefined();
  expect(read({ devices: [{ ...OSLO, name: '__proto__' }] }).list?.devices[0]?.name).toBe('__proto__');
});

test('ten thousand devices do not take long', () => {
  const devices = Array.from({ length: 10_000 }, (_, number) => ({
    ...OSLO,
    nodeId: `n${number}CNTRL`,
    addresses: [`100.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`],
  }));
  const text = JSON.stringify({ devices });
  expect(readText(text).list?.devices).toHaveLength(10_000);
  // It takes a tenth of this; a machine that runs other tests beside is slower.
});

const REPLIES = `${process.env.PODROUTE_SHARED ?? '../shared'}/api/headscale-replies`;

describe.skipIf(!existsSync(REPLIES))('replies as they came from Headscale', () => {
  const reply = (name: string) => readText(JSON.parse(readFileSync(`${REPLIES}/${name}.json`, 'utf8')).body);

  test('nodes and devices say the same', () => {
    const [nodes, devices] = [reply('nodes'), reply('v2-devices-all')];
    expect([...nodes.problems, ...devices.problems]).toEqual([]);
    const facts = ({ list }: typeof nodes) =>
      list?.devices
        .map(({ serving: _, isOnline: __, ...device }) => shown(device as Device))
        .sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
    expect(nodes.list?.control).toBe('headscale');
    expect(facts(nodes)).toEqual(facts(devices));
    expect(facts(nodes)?.[2]).toMatchObject({
      name: 'c',
      owner: ['lab@'],
      addresses: ['100.64.0.3', 'fd7a:115c:a1e0::3'],
      approved: ['10.42.3.0/24'],
    });
  });

  test.each([
    ['v2-devices', 'fetched without fields=all'],
    ['v2-no-key', 'neither the devices'],
    ['nodes-no-key', 'neither the devices'],
  ])('%s', (name, message) => {
    expect(reply(name).problems[0]?.message).toContain(message);
  });
});
