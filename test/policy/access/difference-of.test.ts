import { describe, expect, test } from 'vitest';
import { parseAddress, parsePrefix } from '../../../src/net/parse.ts';
import { differenceOf } from '../../../src/policy/access/compare-access.ts';
import { compilePolicy } from '../../../src/policy/compile.ts';
import type { Device, DeviceList } from '../../../src/policy/device-list.ts';
import { readPolicy } from '../../../src/policy/read/read-policy.ts';
import { differenceLines } from '../../../src/report/policy-difference-text.ts';
import { sourceFile } from '../../../src/source/source-file.ts';
import { parseHujson } from '../../../src/syntax/hujson.ts';
import { treeOf } from '../../../src/syntax/hujson-value.ts';

const LIST: DeviceList = {
  control: 'tailscale',
  devices: [
    device('oslo-1', 1, { tags: ['tag:k3s', 'tag:server'], routes: ['10.42.0.0/24'] }),
    device('oslo-2', 2, { tags: ['tag:k3s'], routes: ['10.42.1.0/24'] }),
    device('kyoto-1', 3, { tags: ['tag:k3s'], routes: ['10.42.3.0/24', '192.168.7.0/24'] }),
    device('exit-1', 4, { tags: ['tag:exit'], routes: ['0.0.0.0/0', '::/0'] }),
    device('ada-laptop', 5, { owner: ['ada@example.com'] }),
    device('ada-phone', 6, { owner: ['ada@example.com'] }),
    device('bob-laptop', 7, { owner: ['bob@example.com'] }),
    device('eve-laptop', 8, { owner: ['eve@example.com'] }),
  ],
};

function device(
  name: string,
  number: number,
  { tags = [], owner = [], routes = [] }: { tags?: string[]; owner?: string[]; routes?: string[] },
): Device {
  const prefixes = routes.map((route) => value(parsePrefix(route)));
  return {
    id: `${number}`,
    name,
    hostname: name,
    addresses: [`100.64.0.${number}`, `fd7a:115c:a1e0::${number}`].map((each) => value(parseAddress(each))),
    owner,
    tags,
    advertised: prefixes,
    approved: prefixes,
    serving: undefined,
    isExternal: false,
    isAuthorized: true,
    isOnline: true,
    approvedAsWritten: [],
    expires: '',
    created: '',
  };
}

function value<T>(parsed: { ok: true; value: T } | { ok: false }): T {
  if (!parsed.ok) throw new Error('a wrong address in this test');
  return parsed.value;
}

const NAMES = {
  groups: { 'group:admins': ['ada@example.com', 'bob@example.com'] },
  tagOwners: { 'tag:k3s': [], 'tag:server': [], 'tag:exit': [] },
  hosts: { pods: '10.42.0.0/16', lan: '192.168.7.0/24', dns: '192.168.7.53' },
};

function compile(sections: Record<string, unknown>) {
  const file = sourceFile('policy.hujson', JSON.stringify({ ...NAMES, ...sections }, null, 1));
  const { policy, problems } = readPolicy(treeOf(file, parseHujson(file).root!));
  expect(problems).toEqual([]);
  return compilePolicy(policy, LIST);
}

function acl(src: string | string[], dst: string | string[], proto?: string) {
  return { action: 'accept', src: [src].flat(), dst: [dst].flat(), ...(proto && { proto }) };
}

/** The lines of a difference without their places. */
function lines(before: readonly object[], after: readonly object[]): string[] {
  const difference = differenceOf(compile({ acls: before }), compile({ acls: after }));
  return differenceLines(difference).map((line) => line.replace(/ \([^(]*\)$/, ''));
}

describe('who gains and who loses what', () => {
  const cases: [string, object[], object[], string[]][] = [
    ['nothing', [acl('*', '*:*')], [acl('*', '*:*')], ['nobody gains or loses access']],
    [
      'nothing by other words',
      [acl('group:admins', 'tag:k3s:22,80-90')],
      [
        acl('ada@example.com', 'tag:k3s:22,80-90'),
        acl(['bob@example.com', 'ada@example.com'], 'tag:k3s:22'),
        acl('bob@example.com', [
          'tag:k3s:80-85',
          'tag:server:86-90',
          '100.64.0.2:86-90',
          '[fd7a:115c:a1e0::2]:86-90',
          '100.64.0.3:86-90',
          '[fd7a:115c:a1e0::3]:86-90',
        ]),
      ],
      ['nobody gains or loses access'],
    ],
    ['a rule', [], [acl('tag:k3s', 'tag:server:8000', 'tcp')], ['tag:k3s gains tcp 8000 on tag:server']],
    [
      'a rule less',
      [acl('group:admins', '10.42.3.0/24:*'), acl('*', 'tag:k3s:22')],
      [acl('*', 'tag:k3s:22')],
      ['group:admins loses * on 10.42.3.0/24 behind kyoto-1'],
    ],
    [
      'a source more',
      [acl('tag:k3s', '*:22')],
      [acl(['tag:k3s', 'bob@example.com'], '*:22')],
      ['bob@example.com gains port 22 on *'],
    ],
    [
      'ports more',
      [acl('*', 'tag:server:443')],
      [acl('*', 'tag:server:*')],
      ['* gains ports 0-442 and 444-65535 on tag:server'],
    ],
    [
      'users apart from a group',
      [acl(['group:admins', 'eve@example.com'], 'tag:exit:22')],
      [acl('eve@example.com', 'tag:exit:22')],
      ['group:admins loses port 22 on tag:exit'],
    ],
    [
      'all but some',
      [acl('tag:k3s', 'tag:server:6443')],
      [acl('*', 'tag:server:6443')],
      ['* except tag:k3s gains port 6443 on tag:server'],
    ],
    [
      'the internet',
      [acl('group:admins', 'tag:server:22')],
      [acl('group:admins', ['tag:server:22', 'autogroup:internet:*'])],
      ['group:admins gains * on the internet through exit-1'],
    ],
    [
      'everything instead of the internet',
      [acl('group:admins', 'autogroup:internet:*')],
      [acl('group:admins', '*:*')],
      [
        'group:admins gains * on every device, every route behind tag:k3s and every private address through exit-1',
      ],
    ],
    [
      'own devices',
      [],
      [acl('autogroup:member', 'autogroup:self:*')],
      [
        'ada@example.com gains * on ada@example.com',
        'bob@example.com gains * on bob@example.com',
        'eve@example.com gains * on eve@example.com',
      ],
    ],
    ['a host of the policy', [], [acl('pods', 'lan:53', 'udp')], ['pods gains udp 53 on lan behind kyoto-1']],
    ['one address', [], [acl('tag:k3s', 'dns:53')], ['tag:k3s gains port 53 on dns behind kyoto-1']],
    [
      'a part of a route',
      [],
      [acl('10.42.3.0/25', '10.42.0.128/25:80')],
      ['10.42.3.0/25 gains port 80 on 10.42.0.128/25 behind oslo-1'],
    ],
    [
      'several routes',
      [],
      [acl('10.42.3.0/24', 'pods:80')],
      [
        '10.42.3.0/24 behind kyoto-1 gains port 80 on 10.42.3.0/24 behind kyoto-1, 10.42.0.0/24 behind oslo-1 and 10.42.1.0/24 behind oslo-2',
      ],
    ],
    [
      'one family',
      [],
      [acl('100.64.0.5', '100.64.0.1:80')],
      ['ada-laptop over IPv4 gains port 80 on tag:server over IPv4'],
    ],
    [
      'another protocol',
      [acl('tag:k3s', 'tag:exit:*')],
      [acl('tag:k3s', 'tag:exit:*'), acl('tag:k3s', 'tag:exit:*', 'gre')],
      ['tag:k3s gains gre on tag:exit'],
    ],
    [
      'both ways',
      [acl('tag:k3s', 'tag:exit:80')],
      [acl('tag:exit', 'tag:k3s:80')],
      ['tag:exit gains port 80 on tag:k3s', 'tag:k3s loses port 80 on tag:exit'],
    ],
    [
      'two ports of two rules',
      [],
      [
        acl('tag:k3s', 'tag:server:80', 'tcp'),
        acl('tag:k3s', 'tag:server:53', 'udp'),
        acl('tag:k3s', 'tag:server:22', 'tcp'),
      ],
      ['tag:k3s gains tcp 22 and 80 and udp 53 on tag:server'],
    ],
    [
      'a rule of which another says a part',
      [acl('tag:k3s', 'tag:exit:23')],
      [acl('tag:k3s', 'tag:exit:22-24'), acl(['tag:k3s', 'bob@example.com'], 'tag:exit:22')],
      ['tag:k3s gains ports 22 and 24 on tag:exit', 'tag:k3s and bob@example.com gain port 22 on tag:exit'],
    ],
    [
      'rules with and without a narrower one',
      [],
      [acl('tag:k3s', '*:22'), acl('tag:k3s', 'tag:server:22'), acl('group:admins', '*:22')],
      ['tag:k3s and group:admins gain port 22 on *'],
    ],
  ];
  test.each(cases)('%s', (_, before, after, wanted) => {
    expect(lines(before, after)).toEqual(wanted);
  });

  test('with the place in the policy that has it', () => {
    const [before, after] = [{ acls: [acl('*', 'tag:k3s:22')] }, { acls: [acl('tag:k3s', 'tag:exit:80')] }];
    const difference = differenceOf(compile(before), compile(after));
    const texts = [difference.gains, difference.losses].map((changes) =>
      changes.flatMap(({ because }) =>
        because.map(({ destination: { at } }) => at.file.text.slice(at.start, at.end)),
      ),
    );
    expect(texts).toEqual([['"tag:exit:80"'], ['"tag:k3s:22"']]);
  });

  test('no rules at all let everything through', () => {
    const difference = differenceOf(compile({}), compile({ acls: [] }));
    expect(differenceLines(difference)).toEqual(['* loses * on * (policy.hujson:1:1)']);
  });
});
