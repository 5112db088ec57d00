import { describe, expect, test } from 'vitest';
import { formatPrefix } from '../../src/net/format.ts';
import { driftOf } from '../../src/plan/drift.ts';
import { type Given, listOf } from '../policy/tailnet.ts';
import { clustersIn, placeOf, type Setting, TAGGED } from './plans.ts';

/** `kind prefix: says @place`, each. */
function driftIn(setting: Setting): string[] {
  const list = listOf(setting.devices ?? {});
  return driftOf(clustersIn(setting, list), list).map(
    ({ kind, says, at }) => `${kind}: ${says}${at ? ` @${placeOf(at)}` : ''}`,
  );
}

const own = '10.42.0.0/24';
const device = (advertised: string[], approved = advertised): Given => ({ ...TAGGED, advertised, approved });
const routes = [{ node: 'a', prefix: own }];

describe("a node's device", () => {
  test.each<[string, Setting, string[]]>([
    ['as declared', { routes, devices: { a: device([own]) } }, []],
    [
      'not approved',
      { routes, devices: { a: device([own], []) } },
      [`missing: ${own} of a is declared and not approved @routes.yaml:5`],
    ],
    [
      'nor advertised',
      { routes, devices: { a: device([]) } },
      [`missing: ${own} of a is declared and not approved, and a does not advertise it @routes.yaml:5`],
    ],
    [
      'not there',
      { routes },
      [`missing: ${own} of a is declared and not approved: the node is not in the tailnet @routes.yaml:5`],
    ],
    [
      'in doubt',
      { routes, devices: { a: { ...device([own]), tags: ['tag:phone'] } } },
      [
        `missing: ${own} of a is declared and nobody can tell whether it is approved: the device a, which has 100.64.0.1, is of tag:phone and not of tag:k3s @routes.yaml:5`,
        `undeclared: ${own} is approved on a, which is found for no node of the files, and overlaps 10.42.0.0/24, the pod CIDR of a`,
      ],
    ],
    [
      'more than declared',
      { routes, devices: { a: device([own, '10.7.0.0/24']) } },
      ['undeclared: 10.7.0.0/24 is approved on a and no file declares it'],
    ],
    [
      'no longer advertised',
      { routes, devices: { a: device([], [own]) } },
      [`not-advertised: ${own} is approved on a, which does not advertise it @routes.yaml:5`],
    ],
    [
      'neither declared nor advertised',
      { devices: { a: device([], ['10.7.0.0/24']) } },
      [
        'not-advertised: 10.7.0.0/24 is approved on a, which does not advertise it',
        'undeclared: 10.7.0.0/24 is approved on a and no file declares it',
      ],
    ],
    [
      'to be taken back',
      { routes: [{ node: 'a', prefix: own, prune: true }], devices: { a: device([own]) } },
      [`undeclared: ${own} is approved on a and no file declares it @routes.yaml:5`],
    ],
    [
      'left to people, approved',
      { routes: [{ ...routes[0], approve: false }], devices: { a: device([own]) } },
      [],
    ],
    [
      'left to people, not approved',
      { routes: [{ ...routes[0], approve: false }], devices: { a: device([own], []) } },
      [],
    ],
    [
      'an exit node that the files do not tell of',
      { routes, devices: { a: device([own, '0.0.0.0/0', '::/0']) } },
      [
        'undeclared: 0.0.0.0/0 is approved on a and no file declares it',
        'undeclared: ::/0 is approved on a and no file declares it',
      ],
    ],
  ])('%s', (_, setting, expected) => {
    expect(driftIn({ nodes: { a: {} }, ...setting })).toEqual(expected);
  });

  test('an exit node of the files', () => {
    const a = { tailscale: { advertiseExitNode: true, tags: ['tag:k3s'] } };
    expect(driftIn({ nodes: { a }, routes, devices: { a: device([own, '0.0.0.0/0', '::/0']) } })).toEqual([]);
  });

  test.each([
    ['TS_ROUTES=10.7.0.0/24', []],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Compose
    ['TS_ROUTES=${ROUTES}', []],
    ['TS_ROUTES=10.8.0.0/24', ['undeclared: 10.7.0.0/24 is approved on a and no file declares it']],
  ])('what a container of the node advertises: %s', (variable, expected) => {
    const compose = `services:\n  ts:\n    image: tailscale/tailscale\n    hostname: a\n    environment: ["${variable}"]\n`;
    const setting = { nodes: { a: {} }, routes, devices: { a: device([own, '10.7.0.0/24']) } };
    expect(driftIn({ ...setting, files: { 'a/compose.yaml': compose } })).toEqual(expected);
  });
});

describe('another device', () => {
  test.each<[string, string[]]>([
    ['10.42.9.0/24', ['10.42.0.0/16, the cluster CIDR']],
    ['10.0.0.0/8', ['10.42.0.0/24, the pod CIDR of a']],
    ['10.43.0.0/16', ['10.43.0.0/16, the service CIDR']],
    ['192.168.50.0/25', ['192.168.50.0/24, the LAN of a']],
    ['192.168.51.0/24', []],
    ['0.0.0.0/0', []],
  ])('with %s', (prefix, over) => {
    const devices = { a: TAGGED, nas: { advertised: [prefix] } };
    expect(driftIn({ nodes: { a: { lanIp: '192.168.50.11/24' } }, devices })).toEqual(
      over.map(
        (each) =>
          `undeclared: ${prefix} is approved on nas, which is found for no node of the files, and overlaps ${each}`,
      ),
    );
  });

  test('that is shared in is none of ours', () => {
    const devices = { a: TAGGED, nas: { advertised: ['10.42.9.0/24'], isExternal: true } };
    expect(driftIn({ nodes: { a: {} }, devices })).toEqual([]);
  });
});

test('sorted by the names, whatever the order of the list', () => {
  const devices = {
    b: { ...device([], ['10.7.1.0/24']), addresses: ['100.64.0.2'] },
    a: { ...device([], ['10.7.0.0/24']), addresses: ['100.64.0.1'] },
  };
  const list = listOf(devices);
  const clusters = clustersIn({ nodes: { a: {}, b: {} } }, list);
  expect(driftOf(clusters, list).map(({ kind, prefix }) => `${kind} ${formatPrefix(prefix)}`)).toEqual([
    'not-advertised 10.7.0.0/24',
    'undeclared 10.7.0.0/24',
    'not-advertised 10.7.1.0/24',
    'undeclared 10.7.1.0/24',
  ]);
});
