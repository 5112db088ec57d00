import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePolicy, matchesAt } from '../../src/policy/compile.ts';
import type { Policy, Selector } from '../../src/policy/policy.ts';
import { type Presence, presenceIn } from '../../src/policy/presence.ts';
import { readSelector } from '../../src/policy/read/read-selector.ts';
import { HOME, homePolicy, homeWith } from './home-tailnet.ts';
import { read } from './read.ts';
import { deviceListOf, RECORDED, recordings } from './recordings.ts';
import { listOf } from './tailnet.ts';

const named = () =>
  read(
    homePolicy(`"ipsets": {"ipset:oslo": ["10.42.0.0/16"], "ipset:none": ["add 10.9.0.0/16", "remove 10.0.0.0/8"],
    "ipset:net": ["autogroup:internet"]}`),
  ).policy;

function selector(text: string): Selector {
  const found = readSelector(text);
  if (!found) throw new Error(`${text} is no selector`);
  return found;
}

function those(texts: readonly string[], is: (selector: Selector) => boolean): string[] {
  return texts.filter((text) => is(selector(text)));
}

const atHome = () => presenceIn(named(), HOME.devices);
const EVERYWHERE = ['*', 'autogroup:admin', 'group:eng@example.com'];

test('what is empty in every tailnet', () => {
  const names = [
    'group:empty',
    'group:all',
    'group:eng@example.com',
    'ipset:none',
    'ipset:oslo',
    'ipset:net',
  ];
  for (const presence of [atHome(), presenceIn(named(), [])]) {
    expect(those([...names, 'tag:unused', 'nas', '*'], presence.isEmpty)).toEqual([
      'group:empty',
      'ipset:none',
    ]);
  }
});

test('sources', () => {
  const there = [
    ...EVERYWHERE,
    ...[
      'tag:k3s',
      'group:all',
      'ada@example.com',
      'ADA@EXAMPLE.COM',
      'user:*@example.com',
      '10.99.0.0/16',
      'nas',
    ],
    ...['autogroup:member', 'autogroup:tagged', 'autogroup:danger-all', 'autogroup:shared', 'ipset:net'],
    // Of another tailnet, so it may be somebody with whom a device is shared.
    ...['pat@github', 'pat@example.org'],
  ];
  const absent = ['tag:unused', 'group:empty', 'pat@example.com', 'ipset:none', 'user:*@example.org', 'pat@'];
  expect(those([...there, ...absent], atHome().isSource)).toEqual(there);
});

test.each(['github', 'passkey', 'gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'icloud.com'])(
  'the domain of the provider %s is nobody’s own',
  (domain) => {
    const list = listOf({ laptop: { owner: [`ada@${domain}`] }, phone: { owner: ['bo@example.com'] } });
    const { isSource } = presenceIn(named(), list.devices);
    expect(those([`pat@${domain}`, 'pat@example.com'], isSource)).toEqual([`pat@${domain}`]);
  },
);

test('destinations', () => {
  const there = [
    ...[
      ...EVERYWHERE,
      'tag:k3s',
      'group:all',
      'autogroup:self',
      'autogroup:internet',
      'svc:web',
      'ipset:net',
    ],
    ...['10.42.0.0/24', '10.42.0.9', '10.0.0.0/8', '10.41.0.0-10.42.0.0', 'ipset:oslo', 'pods', 'one'],
    ...['nas', '100.64.0.1', 'fd7a:115c:a1e0::11', '100.64.0.0/10', '203.0.113.0/24', '0.0.0.0/0'],
  ];
  const absent = [
    'tag:unused',
    'pat@github',
    'group:empty',
    'ipset:none',
    '10.42.2.0/24',
    '100.64.0.99',
    'fd42::/64',
  ];
  expect(those([...there, ...absent], atHome().isDestination)).toEqual(there);
});

test('a route counts while it waits for approval, and before it is advertised', () => {
  const list = listOf({ a: { advertised: ['10.1.0.0/24'], approved: ['10.2.0.0/24'], isAuthorized: false } });
  const { isDestination } = presenceIn(named(), list.devices);
  expect(those(['10.1.0.0/16', '10.2.0.1', '10.3.0.0/16'], isDestination)).toEqual([
    '10.1.0.0/16',
    '10.2.0.1',
  ]);
});

test('behind routers with a tag', () => {
  const { isBehind } = presenceIn(named(), homeWith('tag:router', '10.7.0.0/16').devices);
  const behind = (...tags: string[]) =>
    those(['10.7.1.0/24', '10.42.3.0/24', '*', 'autogroup:internet'], (each) =>
      isBehind(each, tags.map(selector)),
    );
  expect(behind('tag:router')).toEqual(['10.7.1.0/24', '*', 'autogroup:internet']);
  expect(behind('tag:remote', 'tag:unused')).toEqual(['10.42.3.0/24', '*', 'autogroup:internet']);
  expect(behind('tag:remote', 'tag:router')).toHaveLength(4);
  expect(behind('tag:unused')).toEqual([]);
});

test('networks where only routes lead', () => {
  const there = ['10.42.0.0/24', 'pods', 'ipset:oslo', '10.1.0.0-10.2.0.9', 'fd42::/64', '169.254.1.0/24'];
  const other = [
    'nas',
    '100.0.0.0/8',
    '0.0.0.0/0',
    '203.0.113.0/24',
    'ipset:net',
    'ipset:none',
    'tag:k3s',
    '*',
  ];
  const { networkOf } = atHome();
  expect(those([...there, ...other], (each) => networkOf(each) !== undefined)).toEqual(there);
});

/** Rules by their place that are said to have no effect, of which none may be delivered to a device. */
function rulesWithoutEffect({ rules }: Policy, presence: Presence): ReadonlySet<string> {
  const lacking = rules.filter(({ sources, destinations, via }) => {
    const tags = via.map(({ value }) => value);
    const isReached = ({ selector: { value } }: (typeof destinations)[number]) =>
      presence.isDestination(value) && (via.length === 0 || presence.isBehind(value, tags));
    return !sources.some(({ value }) => presence.isSource(value)) || !destinations.some(isReached);
  });
  return new Set(lacking.map(({ section, index }) => `${section} ${index}`));
}

describe('nothing is delivered of a rule that matches nothing', () => {
  const sources = ['*', 'tag:k3s', 'tag:unused', 'group:all', 'group:empty', 'pods', 'autogroup:member'];
  const destinations = ['*', 'tag:remote', 'tag:unused', 'pods', '10.9.0.0/16', 'nas', 'autogroup:internet'];
  const some = (of: readonly string[]) => fc.subarray([...of], { minLength: 1, maxLength: 2 });
  const grant = fc.record({
    src: some(sources),
    dst: some(destinations),
    ip: fc.constant(['*']),
    via: fc.subarray(['tag:k3s', 'tag:unused', 'tag:remote']),
  });

  test('in any policy at home', () => {
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 3 }), (grants) => {
        const { policy } = read(homePolicy(`"grants": ${JSON.stringify(grants)}`));
        const [compiled, lacking] = [
          compilePolicy(policy, HOME),
          rulesWithoutEffect(policy, presenceIn(policy, HOME.devices)),
        ];
        for (const device of HOME.devices) {
          for (const { rule } of matchesAt(compiled, device)) {
            expect(lacking).not.toContain(`${rule.section} ${rule.index}`);
          }
        }
      }),
    );
  });

  test.runIf(RECORDED)('in any that was recorded', () => {
    let judged = 0;
    for (const folder of ['acl_results', 'grant_results', 'routes_results']) {
      for (const recording of recordings(folder)) {
        if (recording.response_code !== 200) continue;
        const { policy } = read(JSON.stringify(recording.policy));
        const list = deviceListOf(recording);
        const lacking = rulesWithoutEffect(policy, presenceIn(policy, list.devices));
        const compiled = compilePolicy(policy, list);
        judged += lacking.size;
        for (const device of list.devices) {
          for (const { rule } of matchesAt(compiled, device)) {
            expect(lacking, recording.test_id).not.toContain(`${rule.section} ${rule.index}`);
          }
        }
      }
    }
    expect(judged).toBeGreaterThan(0);
  });
});

test('of a group somebody may be outside where a member is of another tailnet', () => {
  const groups = {
    'group:own': ['pat@example.com', 'sam@example.com'],
    'group:mixed': ['pat@example.com', 'sam@example.org'],
    'group:bare': ['pat@'],
  };
  const { policy } = read(JSON.stringify({ groups }));
  const { isSource } = presenceIn(policy, HOME.devices);
  expect(those([...Object.keys(groups), 'group:undefined'], isSource)).toEqual(['group:mixed']);
});

test('where there are no devices only those are sources whom no list tells', () => {
  const { isSource } = presenceIn(named(), []);
  const nobody = ['autogroup:member', 'autogroup:tagged', 'tag:k3s', 'user:*@example.org'];
  expect(those([...nobody, 'autogroup:shared', 'autogroup:admin'], isSource)).toEqual([
    'autogroup:shared',
    'autogroup:admin',
  ]);
});
