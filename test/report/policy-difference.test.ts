import { describe, expect, test } from 'vitest';
import { hostRange, rangeOf } from '../../src/net/address-set.ts';
import type { Address, Prefix } from '../../src/net/prefix.ts';
import { IN_FORCE } from '../../src/plan/effects/outlook.ts';
import type { AccessChange } from '../../src/policy/access/compare-access.ts';
import type { Device } from '../../src/policy/device-list.ts';
import { type AccessRule, DEFAULT_PROTOCOLS, type Destination, EVERY_PORT } from '../../src/policy/policy.ts';
import { differenceEntry } from '../../src/report/policy-difference-json.ts';
import { differenceLines } from '../../src/report/policy-difference-text.ts';
import { redactionOf } from '../../src/report/redact.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { spanOf } from '../../src/source/span.ts';

const FILE = sourceFile('policy.hujson', '{\n  "acls": []\n}\n');
const ADDRESS: Address = { family: 4, bits: 0x6440_0001n };
const PREFIX: Prefix = { family: 4, network: 0x0a2a_0300n, length: 24 };

const DEVICE: Device = {
  id: '1',
  name: 'kyoto-1',
  hostname: 'kyoto-1',
  addresses: [ADDRESS],
  owner: [],
  tags: [],
  advertised: [],
  approved: [],
  serving: undefined,
  isExternal: false,
  isAuthorized: true,
  isOnline: true,
  approvedAsWritten: [],
  expires: '',
  created: '',
};

/** A change whose place is a stretch of the second line. */
function change(part: Partial<AccessChange>, start = 4, file = FILE): AccessChange {
  const at = spanOf(file, start, start + 6);
  const destination: Destination = {
    selector: { value: { kind: 'any' }, span: at, text: '*' },
    at,
    traffic: [],
  };
  const rule: AccessRule = {
    section: 'acls',
    index: 0,
    span: at,
    sources: [],
    destinations: [destination],
    via: [],
    capabilities: [],
    postures: [],
  };
  return {
    sources: [hostRange(ADDRESS)],
    sourceNames: ['tag:k3s'],
    arrivals: [{ device: DEVICE, addresses: [rangeOf(PREFIX)] }],
    destinationNames: ['10.42.3.0/24 behind kyoto-1'],
    protocols: [6],
    ports: [{ first: 8000, last: 8000 }],
    because: [{ rule, destination }],
    ...part,
  };
}

const USUAL = [...DEFAULT_PROTOCOLS].sort((a, b) => a - b);
const ALL = [EVERY_PORT];

describe('in text', () => {
  test.each<[string, Partial<AccessChange>]>([
    ['tcp 8000', {}],
    ['*', { protocols: USUAL, ports: ALL }],
    ['port 8000', { protocols: USUAL }],
    ['ports 80-90', { protocols: USUAL, ports: [{ first: 80, last: 90 }] }],
    ['tcp *', { ports: ALL }],
    ['tcp and udp 8000', { protocols: [6, 17] }],
    ['icmp', { protocols: [1], ports: ALL }],
    ['protocol 200', { protocols: [200], ports: ALL }],
    ['icmp and udp *', { protocols: [1, 17], ports: ALL }],
  ])('%s', (words, part) => {
    expect(differenceLines({ gains: [change(part)], losses: [] })).toEqual([
      `tag:k3s gains ${words} on 10.42.3.0/24 behind kyoto-1 (policy.hujson:2:3)`,
    ]);
  });

  test('one line for the same sources and destinations, with all places', () => {
    const gains = [change({}), change({ protocols: [17], ports: [{ first: 53, last: 53 }] }, 6)];
    expect(differenceLines({ gains, losses: [] })).toEqual([
      'tag:k3s gains tcp 8000 and udp 53 on 10.42.3.0/24 behind kyoto-1 (policy.hujson:2:3 and policy.hujson:2:5)',
    ]);
  });

  test('gains before losses, several who do', () => {
    const sourceNames = ['tag:k3s', 'ada@example.com'];
    expect(differenceLines({ gains: [change({})], losses: [change({ sourceNames })] })).toEqual([
      'tag:k3s gains tcp 8000 on 10.42.3.0/24 behind kyoto-1 (policy.hujson:2:3)',
      'tag:k3s and ada@example.com lose tcp 8000 on 10.42.3.0/24 behind kyoto-1 (policy.hujson:2:3)',
    ]);
  });

  test.each([
    ['no policy has no place', '', ''],
    ['the policy in force has lines', IN_FORCE, ' (line 2 of the policy in force)'],
  ])('%s', (_, path, place) => {
    const gains = [change({}, 4, sourceFile(path, FILE.text))];
    expect(differenceLines({ gains, losses: [] })).toEqual([
      `tag:k3s gains tcp 8000 on 10.42.3.0/24 behind kyoto-1${place}`,
    ]);
  });

  test('nothing', () => {
    expect(differenceLines({ gains: [], losses: [] })).toEqual(['nobody gains or loses access']);
  });

  test('of very many changes the first and how many more', () => {
    const many = Array.from({ length: 150 }, (_, index) => change({ sourceNames: [`tag:t${index}`] }));
    const lines = differenceLines({ gains: many, losses: many });
    expect(lines).toHaveLength(201);
    expect(lines[149]).toMatch(/^tag:t149 gains/);
    expect(lines[150]).toMatch(/^tag:t0 loses/);
    expect(lines.at(-1)).toBe('and 100 more changes');
  });

  test('of very many names the first and how many more', () => {
    const sourceNames = Array.from({ length: 40 }, (_, index) => `n${index}`);
    expect(differenceLines({ gains: [change({ sourceNames })], losses: [] })[0]).toMatch(
      / n10 and 29 more gain /,
    );
  });
});

test('in JSON: all of it, by names and by ranges', () => {
  const sourceNames = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const { gains, losses } = differenceEntry(
    { gains: [change({})], losses: [change({ sourceNames })] },
    redactionOf([]),
  );
  expect(gains).toEqual([
    {
      src: ['tag:k3s'],
      srcRanges: ['100.64.0.1'],
      dst: ['10.42.3.0/24 behind kyoto-1'],
      dstRanges: ['10.42.3.0/24'],
      ports: [{ first: 8000, last: 8000 }],
      proto: [6],
      because: [{ path: 'policy.hujson', start: { line: 2, column: 3 }, end: { line: 2, column: 9 } }],
    },
  ]);
  expect(losses.map(({ src }) => src)).toEqual([sourceNames]);
});
