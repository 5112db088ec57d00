import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibilityOf } from '../../src/policy/visibility.ts';
import { compiled, deviceNamed, type Given, peersText } from './tailnet.ts';

const TAGS = { tagOwners: { 'tag:a': [], 'tag:b': [], 'tag:r': [], 'tag:s': [] } };

function peers(rules: object, tailnet: Readonly<Record<string, Given>>, ...names: string[]): string[][] {
  const policy = compiled({ ...TAGS, ...rules }, tailnet);
  return names.map((name) => peersText(policy, name));
}

function accept(src: string[], dst: string[]) {
  return { action: 'accept', src, dst };
}

const PAIR = { a: { tags: ['tag:a'] }, b: { tags: ['tag:b'] }, c: {} };

test('two devices see each other where a rule lets either reach the other', () => {
  expect(peers({ acls: [accept(['tag:a'], ['tag:b:22'])] }, PAIR, 'a', 'b', 'c')).toEqual([['b'], ['a'], []]);
});

test('an app is enough to see each other', () => {
  const grants = [{ src: ['tag:a'], dst: ['tag:b'], app: { 'example.com/cap/x': [{}] } }];
  expect(peers({ grants }, PAIR, 'a', 'b', 'c')).toEqual([['b'], ['a'], []]);
});

describe('a route', () => {
  const tailnet = {
    a: { tags: ['tag:a'] },
    b: { tags: ['tag:b'] },
    r: { tags: ['tag:r'], advertised: ['10.42.0.0/16', '10.9.0.0/16'], approved: ['10.42.0.0/16'] },
  };

  test.each([
    ['who may reach some of it', accept(['tag:a'], ['10.42.7.0/24:22']), ['r 10.42.0.0/16'], []],
    ['who may reach more than it', accept(['tag:a'], ['10.0.0.0/8:22']), ['r 10.42.0.0/16'], []],
    ['whom some of it may reach', accept(['10.42.7.0/24'], ['tag:a:22']), ['r 10.42.0.0/16'], []],
    ['not who may reach the router alone', accept(['tag:a'], ['tag:r:22']), ['r'], []],
    ['not whom the router alone may reach', accept(['tag:r'], ['tag:a:22']), ['r'], []],
    ['not who may reach a route that is not approved', accept(['tag:a'], ['10.9.0.0/16:*']), [], []],
  ])('comes to %s', (_, rule, seen, unseen) => {
    expect(peers({ acls: [rule] }, tailnet, 'a', 'b')).toEqual([seen, unseen]);
  });

  test('comes to a router whose own may reach it', () => {
    const routers = {
      r: { tags: ['tag:r'], advertised: ['10.42.0.0/24'] },
      s: { tags: ['tag:s'], advertised: ['10.42.1.0/24'] },
      t: { advertised: ['10.42.2.0/24'] },
    };
    const acls = [accept(['10.42.0.0/24'], ['10.42.1.0/24:*'])];
    expect(peers({ acls }, routers, 'r', 's', 't')).toEqual([['s 10.42.1.0/24'], ['r 10.42.0.0/24'], []]);
  });
});

describe('of several routers with one prefix', () => {
  const acls = [accept(['tag:a'], ['10.42.0.0/24:*', 'tag:r:*', 'tag:s:*'])];
  const route = { advertised: ['10.42.0.0/24'] };

  test.each<[string, Record<string, Given>]>([
    ['the first one', { s: { tags: ['tag:s'], ...route }, r: { tags: ['tag:r'], ...route } }],
    [
      'the eldest one',
      {
        r: { tags: ['tag:r'], created: '2026-02-01T00:00:00Z', ...route },
        s: { tags: ['tag:s'], created: '2026-01-01T00:00:00Z', ...route },
      },
    ],
    [
      'the one that the control server says',
      {
        r: { tags: ['tag:r'], created: '2026-01-01T00:00:00Z', serving: [], ...route },
        s: { tags: ['tag:s'], created: '2026-02-01T00:00:00Z', serving: ['10.42.0.0/24'], ...route },
      },
    ],
    [
      'where one has no date, the first one',
      {
        s: { tags: ['tag:s'], created: '2026-02-01T00:00:00Z', ...route },
        r: { tags: ['tag:r'], created: '', ...route },
      },
    ],
    [
      'where the first one has no date, that one',
      {
        s: { tags: ['tag:s'], created: '', ...route },
        r: { tags: ['tag:r'], created: '2026-02-01T00:00:00Z', ...route },
      },
    ],
    [
      'of one age, the first one',
      {
        s: { tags: ['tag:s'], created: '2026-02-01T00:00:00Z', ...route },
        r: { tags: ['tag:r'], created: '2026-02-01T00:00:00Z', ...route },
      },
    ],
  ])('%s serves it', (_, routers) => {
    const [seen] = peers({ acls }, { ...routers, a: { tags: ['tag:a'] } }, 'a');
    expect([...seen!].sort()).toEqual(['r', 's 10.42.0.0/24']);
  });

  test('the others learn who serves, where they see it, and that one learns of nobody', () => {
    const routers = { r: { tags: ['tag:r'], ...route }, s: { tags: ['tag:s'], ...route } };
    const seen = [accept(['tag:r'], ['tag:s:22'])];
    expect(peers({ acls: seen }, routers, 'r', 's')).toEqual([['s'], ['r 10.42.0.0/24']]);
    expect(peers({ acls: [] }, routers, 'r', 's')).toEqual([[], []]);
  });

  test('via picks for each source', () => {
    const tailnet = {
      r: { tags: ['tag:r'], ...route },
      s: { tags: ['tag:s'], ...route },
      a: { tags: ['tag:a'] },
      b: { tags: ['tag:b'] },
    };
    const grants = [
      { src: ['tag:a'], dst: ['10.42.0.0/24'], ip: ['*'], via: ['tag:r'] },
      { src: ['tag:b'], dst: ['10.42.0.0/24'], ip: ['*'], via: ['tag:s'] },
    ];
    expect(peers({ grants }, tailnet, 'a', 'b')).toEqual([['r 10.42.0.0/24'], ['s 10.42.0.0/24']]);
  });

  test('via picks one of those with its tag', () => {
    const tailnet = {
      x: route,
      r: { tags: ['tag:r'], ...route },
      s: { tags: ['tag:r'], created: '2026-01-01T00:00:00Z', ...route },
      a: { tags: ['tag:a'] },
    };
    const grants = [{ src: ['tag:a'], dst: ['10.42.0.0/24'], ip: ['*'], via: ['tag:r'] }];
    expect(peers({ grants }, tailnet, 'a')).toEqual([['r 10.42.0.0/24', 's']]);
  });

  test('via gives way to a rule without it', () => {
    const tailnet = {
      r: { tags: ['tag:r'], ...route },
      s: { tags: ['tag:s'], ...route },
      a: { tags: ['tag:a'] },
    };
    const grants = [
      { src: ['tag:a'], dst: ['10.42.0.0/24'], ip: ['*'], via: ['tag:s'] },
      { src: ['tag:a'], dst: ['10.42.0.0/24'], ip: ['22'] },
    ];
    expect(peers({ grants }, tailnet, 'a')).toEqual([['r 10.42.0.0/24', 's']]);
  });
});

describe('exit routes come with every exit node', () => {
  const tailnet = {
    a: { tags: ['tag:a'] },
    r: { tags: ['tag:r'], advertised: ['0.0.0.0/0', '::/0'] },
    s: { tags: ['tag:s'], advertised: ['0.0.0.0/0', '::/0'] },
    b: { tags: ['tag:b'], advertised: ['0.0.0.0/0', '::/0'], approved: [] },
  };

  test.each([
    ['*:*', ['r 0.0.0.0/0 ::/0', 's 0.0.0.0/0 ::/0', 'b']],
    ['autogroup:internet:443', ['r 0.0.0.0/0 ::/0', 's 0.0.0.0/0 ::/0']],
    ['tag:r:*', ['r']],
    ['203.0.113.0/24:443', ['r', 's']],
  ])('to whom %s is open', (destination, seen) => {
    expect(peers({ acls: [accept(['tag:a'], [destination])] }, tailnet, 'a')).toEqual([seen]);
  });

  test('that via names', () => {
    const grants = [{ src: ['tag:a'], dst: ['autogroup:internet'], ip: ['*'], via: ['tag:s'] }];
    expect(peers({ grants }, tailnet, 'a')).toEqual([['s 0.0.0.0/0 ::/0']]);
  });
});

test('a device that is not in the tailnet sees nothing', () => {
  const policy = compiled({}, { a: {}, b: {} });
  const stranger = { ...deviceNamed(policy, 'a') };
  expect(visibilityOf(policy)(stranger)).toEqual([]);
});

test('seeing is mutual, and the order of devices does not matter', () => {
  const kinds = fc.constantFrom('tag:a', 'tag:b', 'tag:r', 'tag:s');
  const given = fc.array(
    fc.record({ tag: kinds, route: fc.constantFrom(undefined, '10.42.0.0/24', '10.42.1.0/24') }),
    {
      maxLength: 6,
    },
  );
  const rule = fc.record({
    src: fc.array(fc.oneof(kinds, fc.constantFrom('10.42.0.0/16', '*')), { minLength: 1, maxLength: 2 }),
    dst: fc.array(fc.constantFrom('tag:a:1', 'tag:r:*', '10.42.0.0/24:1', '10.0.0.0/8:*'), {
      minLength: 1,
      maxLength: 2,
    }),
  });
  fc.assert(
    fc.property(given, fc.array(rule, { maxLength: 3 }), (devices, rules) => {
      const acls = rules.map(({ src, dst }) => accept(src, dst));
      const entries = devices.map(({ tag, route }, index): [string, Given] => [
        `d${index}`,
        {
          tags: [tag],
          addresses: [`100.64.0.${index + 1}`],
          created: `2026-01-0${index + 1}`,
          ...(route !== undefined && { advertised: [route] }),
        },
      ]);
      const names = entries.map(([name]) => name);
      const views = peers({ acls }, Object.fromEntries(entries), ...names);
      const reversed = peers({ acls }, Object.fromEntries([...entries].reverse()), ...names);
      expect(reversed.map((each) => [...each].sort())).toEqual(views.map((each) => [...each].sort()));
      const seen = views.map((each) => each.map((text) => text.split(' ')[0]!));
      for (const [index, name] of names.entries()) {
        for (const other of seen[index]!) expect(seen[names.indexOf(other)]).toContain(name);
      }
    }),
  );
});
