import { describe, expect, test } from 'vitest';
import { formatRange } from '../../../src/net/address-set.ts';
import { type AccessAnswer, explainAccess } from '../../../src/policy/access/explain-access.ts';
import { readQuestion } from '../../../src/policy/access/read-question.ts';
import { positionAt } from '../../../src/report/lines.ts';
import { compiled } from '../tailnet.ts';

/** Two nodes in Oslo with both families, one in Kyoto, a person's two devices, an exit node. */
const DEVICES = {
  'oslo-1': {
    tags: ['tag:k3s'],
    addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'],
    advertised: ['10.42.0.0/24'],
  },
  'oslo-2': { tags: ['tag:k3s'], addresses: ['100.64.0.2', 'fd7a:115c:a1e0::2'] },
  'kyoto-1': { tags: ['tag:k3s', 'tag:remote'], addresses: ['100.64.0.3'], advertised: ['10.42.3.0/24'] },
  laptop: { owner: ['ada@example.com'], addresses: ['100.64.0.10'] },
  phone: { owner: ['ada@example.com'], addresses: ['100.64.0.11'] },
  exit: { tags: ['tag:exit'], addresses: ['100.64.0.30'], advertised: ['0.0.0.0/0'] },
};

const NAMES = {
  groups: { 'group:ops': ['ada@example.com'] },
  hosts: { nas: '10.42.3.9', pods: '10.42.0.0/16', laptop: '192.0.2.1' },
  tagOwners: { 'tag:k3s': [], 'tag:remote': [], 'tag:exit': [], 'tag:unused': [] },
  ipsets: { 'ipset:kyoto': ['10.42.3.0/24'] },
};

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly proto?: string;
}

const policy = (sections: object) => compiled({ ...NAMES, ...sections }, DEVICES);

function explain(sections: object, words: Asked): AccessAnswer {
  const tailnet = policy(sections);
  const question = readQuestion(words, tailnet);
  if (!question.ok) throw new Error(question.fault.message);
  const answer = explainAccess(tailnet, question.value);
  if (answer === undefined) throw new Error('too many pieces');
  return answer;
}

const acl = (src: string[], dst: string[], more: object = {}) => ({ action: 'accept', src, dst, ...more });
const grant = (src: string[], dst: string[], ip: string[], more: object = {}) => ({ src, dst, ip, ...more });

const ACLS = {
  acls: [
    acl(['tag:k3s'], ['10.42.0.0/16:*']),
    acl(['group:ops'], ['tag:k3s:22,6443', 'nas:443']),
    acl(['10.42.0.0/24'], ['10.42.3.0/25:8000-8100'], { proto: 'tcp' }),
    acl(['laptop'], ['tag:remote:*'], { proto: 'udp' }),
  ],
};

/** Which rules let it through. */
const because = ({ because }: AccessAnswer) => because.map(({ rule }) => `${rule.section}[${rule.index}]`);
const nearest = ({ nearest }: AccessAnswer) =>
  nearest.map(({ rule, differs }) => `${rule.section}[${rule.index}] ${differs.join()}`);
const missing = ({ missing }: AccessAnswer) =>
  missing.map(({ sources, destinations, ports: { first, last } }) =>
    [sources, destinations]
      .map((set) => set.map(formatRange).join(' '))
      .concat(`${first}-${last}`)
      .join(' > '),
  );

describe('who may connect to what', () => {
  test.each([
    ['a device', { from: 'oslo-1', to: '10.42.3.7:80' }, true, ['acls[0]']],
    ['in any case', { from: 'OSLO-1', to: 'nas:1' }, true, ['acls[0]']],
    ['a tag', { from: 'tag:k3s', to: 'nas:443' }, true, ['acls[0]']],
    ['a user', { from: 'ada@example.com', to: 'nas:443' }, true, ['acls[1]']],
    ['a group', { from: 'group:ops', to: 'kyoto-1:22' }, true, ['acls[1]']],
    ['an address', { from: '10.42.0.7', to: '10.42.3.7:8000' }, true, ['acls[2]']],
    ['a prefix', { from: '10.42.0.0/25', to: '10.42.3.0/26:8100' }, true, ['acls[2]']],
    ['an ipset', { from: 'oslo-2', to: 'ipset:kyoto:1' }, true, ['acls[0]']],
    ['a port range', { from: '10.42.0.7', to: '10.42.3.7:8000-8100' }, true, ['acls[2]']],
    ['several ports', { from: 'phone', to: 'oslo-1:22,6443' }, true, ['acls[1]']],
    ['IPv6', { from: 'oslo-1', to: '[fd7a:115c:a1e0::2]:22' }, false, []],
    ['another port', { from: 'phone', to: 'oslo-1:80' }, false, []],
    ['the other way', { from: 'oslo-1', to: 'phone:22' }, false, []],
    ['another protocol', { from: '10.42.0.7', to: '10.42.3.7:8000', proto: 'udp' }, false, []],
    // A host of the policy is called the same: the name of a device goes before it.
    ['a device before a host', { from: 'laptop', to: 'oslo-1:22' }, true, ['acls[1]']],
  ])('%s', (_, words, allowed, rules) => {
    const answer = explain(ACLS, words);
    expect([answer.allowed, because(answer)]).toEqual([allowed, rules]);
    expect(answer.missing.length === 0).toBe(allowed);
  });

  test('ICMP goes where any rule connects the addresses', () => {
    expect(explain(ACLS, { from: 'phone', to: 'oslo-1', proto: 'icmp' }).allowed).toBe(true);
    expect(explain(ACLS, { from: 'phone', to: 'oslo-1:0', proto: '1' }).allowed).toBe(true);
    expect(explain(ACLS, { from: 'oslo-1', to: 'phone', proto: 'icmp' }).allowed).toBe(false);
  });

  test('a protocol without ports needs a rule for all ports', () => {
    const acls = [acl(['*'], ['tag:k3s:*'], { proto: 'gre' }), acl(['*'], ['tag:remote:22'])];
    expect(explain({ acls }, { from: 'phone', to: 'oslo-1', proto: 'gre' }).allowed).toBe(true);
    expect(explain({ acls }, { from: 'phone', to: 'oslo-1', proto: 'esp' }).allowed).toBe(false);
  });

  test('without acls and grants everything is let through', () => {
    const answer = explain({}, { from: 'phone', to: 'laptop:1' });
    expect(answer.allowed).toBe(true);
    expect(answer.because).toHaveLength(1);
    expect(explain({ acls: [] }, { from: 'phone', to: 'laptop:1' })).toMatchObject({
      allowed: false,
      nearest: [],
    });
  });

  test('only a person reaches the own devices by autogroup:self', () => {
    const acls = [acl(['autogroup:member'], ['autogroup:self:*'])];
    expect(explain({ acls }, { from: 'phone', to: 'laptop:1' }).allowed).toBe(true);
    expect(explain({ acls }, { from: 'phone', to: 'oslo-1:1' }).allowed).toBe(false);
  });

  test('the internet through an exit node', () => {
    const acls = [acl(['ada@example.com'], ['autogroup:internet:*'])];
    const answer = explain({ acls }, { from: 'phone', to: '192.0.2.7:443' });
    expect([answer.allowed, answer.nowhere]).toEqual([true, []]);
  });
});

describe('what is allowed only in part', () => {
  test('of a prefix', () => {
    const answer = explain(ACLS, { from: '10.42.0.0/24', to: 'ipset:kyoto:8000' });
    expect(answer.allowed).toBe('partly');
    expect(missing(answer)).toEqual(['10.42.0.0/24 > 10.42.3.128/25 > 8000-8000']);
    expect(because(answer)).toEqual(['acls[2]']);
  });

  test('of a group of devices', () => {
    const acls = [acl(['oslo-2-alone'], ['nas:443']), acl(['100.64.0.10'], ['nas:443'])];
    const hosts = { ...NAMES.hosts, 'oslo-2-alone': '100.64.0.2' };
    const answer = explain({ acls, hosts }, { from: 'group:ops', to: 'nas:443' });
    expect(answer.allowed).toBe('partly');
    expect(missing(answer)).toEqual(['100.64.0.11 > 10.42.3.9 > 443-443']);
  });

  test('of several ports', () => {
    const answer = explain(ACLS, { from: 'phone', to: 'oslo-1:22,80' });
    expect([answer.allowed, missing(answer)]).toEqual(['partly', ['100.64.0.11 > 100.64.0.1 > 80-80']]);
  });

  test('of two families', () => {
    const acls = [acl(['100.64.0.1'], ['tag:k3s:22'])];
    const answer = explain({ acls }, { from: 'oslo-1', to: 'oslo-2:22' });
    expect(answer.allowed).toBe('partly');
    expect(missing(answer)).toEqual(['fd7a:115c:a1e0::1 > fd7a:115c:a1e0::2 > 22-22']);
  });
});

test('destinations that nobody has', () => {
  const shown = (words: Asked) => explain({ acls: [acl(['*'], ['*:*'])] }, words).nowhere.map(formatRange);
  const without = (device: string) =>
    Object.fromEntries(Object.entries(DEVICES).filter(([name]) => name !== device));
  expect(shown({ from: 'phone', to: 'pods:80' })).toEqual([]);
  const tailnet = compiled({ ...NAMES, acls: [acl(['*'], ['*:*'])] }, without('exit'));
  const question = readQuestion({ from: 'phone', to: 'pods:80' }, tailnet);
  const answer = question.ok ? explainAccess(tailnet, question.value) : undefined;
  expect(answer?.allowed).toBe(true);
  expect(answer?.nowhere.map(formatRange)).toEqual(['10.42.1.0-10.42.2.255', '10.42.4.0-10.42.255.255']);
});

describe('the rules that come nearest', () => {
  test.each([
    ['the port', { from: 'phone', to: 'oslo-1:80' }, ['acls[1] port']],
    [
      'the protocol',
      { from: '10.42.0.7', to: '10.42.3.7:8000', proto: 'udp' },
      ['acls[2] protocol', 'acls[0] source'],
    ],
    ['the source', { from: 'exit', to: 'nas:443' }, ['acls[0] source', 'acls[1] source']],
    ['the destination', { from: 'phone', to: 'exit:22' }, ['acls[1] destination']],
    ['none', { from: 'exit', to: 'phone:22' }, []],
  ])('%s', (_, words, expected) => {
    const answer = explain(ACLS, words);
    expect(answer.allowed).toBe(false);
    expect(nearest(answer).slice(0, 2)).toEqual(expected);
  });

  test('by router', () => {
    const grants = [grant(['ada@example.com'], ['10.42.3.0/24'], ['*'], { via: ['tag:exit'] })];
    expect(nearest(explain({ grants }, { from: 'phone', to: 'nas:443' }))).toEqual(['grants[0] via']);
    const remote = [{ ...grants[0], via: ['tag:remote'] }];
    expect(explain({ grants: remote }, { from: 'phone', to: 'nas:443' }).allowed).toBe(true);
  });

  test('five at most, the one with the least wrong first', () => {
    const acls = [
      ...Array.from({ length: 9 }, () => acl(['tag:exit'], ['nas:443'])),
      acl(['ada@example.com'], ['nas:444']),
    ];
    const answer = explain({ acls }, { from: 'phone', to: 'nas:443' });
    expect(nearest(answer)).toEqual([
      'acls[9] port',
      ...[0, 1, 2, 3].map((index) => `acls[${index}] source`),
    ]);
  });

  test('a rule stands for itself once, with its nearest destination', () => {
    const acls = [acl(['ada@example.com'], ['tag:k3s:22', 'nas:22', 'nas:80'])];
    const [near, ...more] = explain({ acls }, { from: 'phone', to: 'nas:443' }).nearest;
    expect([near?.destination.selector.text, more]).toEqual(['nas', []]);
  });

  test('a rule that has an app alone lets no connection through', () => {
    const grants = [{ src: ['*'], dst: ['*'], app: { 'example.com/cap': [{}] } }];
    expect(nearest(explain({ grants }, { from: 'phone', to: 'nas:443' }))).toEqual(['grants[0] protocol']);
  });
});

test('postures of a rule, or else those of the policy', () => {
  const sections = {
    postures: { 'posture:mac': ["node:os == 'macos'"], 'posture:new': ["node:tsVersion >= '1.90'"] },
    acls: [acl(['*'], ['nas:1'], { srcPosture: ['posture:mac'] }), acl(['*'], ['nas:2'])],
  };
  const postures = (more: object, port: number) =>
    explain({ ...sections, ...more }, { from: 'phone', to: `nas:${port}` }).because.map(
      (each) => each.postures,
    );
  expect(postures({}, 1)).toEqual([['posture:mac']]);
  expect(postures({}, 2)).toEqual([[]]);
  expect(postures({ defaultSrcPosture: ['posture:new'] }, 1)).toEqual([['posture:mac']]);
  expect(postures({ defaultSrcPosture: ['posture:new'] }, 2)).toEqual([['posture:new']]);
});

test('what lets it through stands in the order of the policy, each once, with its place', () => {
  const acls = [acl(['*'], ['nas:*', 'pods:*']), acl(['phone-alone'], ['nas:443'])];
  const hosts = { ...NAMES.hosts, 'phone-alone': '100.64.0.11' };
  const answer = explain({ acls, hosts }, { from: 'phone', to: 'nas:443' });
  expect(because(answer)).toEqual(['acls[0]', 'acls[0]', 'acls[1]']);
  const lines = answer.because.map(({ destination: { at } }) => positionAt(at.file, at.start).line);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
});

describe('a question that cannot be asked', () => {
  test.each([
    [
      { from: 'oslo-3', to: 'nas:1' },
      'from',
      '"oslo-3" stands for no address in this tailnet: did you mean oslo-1?',
    ],
    [{ from: 'tag:unused', to: 'nas:1' }, 'from', '"tag:unused" stands for no address in this tailnet'],
    [{ from: 'group:opps', to: 'nas:1' }, 'from', expect.stringContaining('did you mean group:ops?')],
    [{ from: '', to: 'nas:1' }, 'from', '"" stands for no address in this tailnet'],
    [{ from: '__proto__', to: 'nas:1' }, 'from', '"__proto__" stands for no address in this tailnet'],
    [{ from: 'phone', to: 'nas' }, 'to', '"nas" has no port after a colon'],
    [{ from: 'phone', to: 'nas:http' }, 'to', '"http" is no port: invalid first integer'],
    [{ from: 'phone', to: 'nas:70000' }, 'to', '"70000" is no port: port number out of range'],
    [
      { from: 'phone', to: 'nass:1' },
      'to',
      '"nass" stands for no address in this tailnet: did you mean nas?',
    ],
    [{ from: 'phone', to: 'naas', proto: 'icmp' }, 'to', expect.stringContaining('did you mean nas?')],
    [{ from: 'phone', to: 'nas:1', proto: 'tpc' }, 'proto', '"tpc" is no protocol'],
    [
      { from: 'phone', to: '[fd7a:115c:a1e0::2]:22' },
      'to',
      'one end has IPv4 addresses only, the other one IPv6',
    ],
  ])('%j', (words, part, message) => {
    expect(readQuestion(words, policy(ACLS))).toEqual({ ok: false, fault: { part, message } });
  });

  test('a long one is cut', () => {
    const asked = readQuestion({ from: 'x'.repeat(100_000), to: 'nas:1' }, policy(ACLS));
    expect(!asked.ok && asked.fault.message.length).toBeLessThan(200);
  });
});

test('what lets it through stands in the order of the policy', () => {
  const acls = [
    acl(['ada@example.com'], ['autogroup:self:22']),
    acl(['ada@example.com'], ['100.64.0.11:*']),
    acl(['autogroup:member'], ['autogroup:self:*']),
  ];
  expect(because(explain({ acls }, { from: 'phone', to: '100.64.0.11:22' }))).toEqual([
    'acls[0]',
    'acls[1]',
    'acls[2]',
  ]);
});

test('an exit node is a way for the families that it has a route for', () => {
  const acls = [acl(['*'], ['*:*'])];
  const nowhere = (to: string) => explain({ acls }, { from: '*', to }).nowhere.map(formatRange);
  expect(nowhere('203.0.113.7:443')).toEqual([]);
  expect(nowhere('2001:db8::7:443')).toEqual(['2001:db8::7']);
});

describe('how near a rule is', () => {
  test.each([
    ['another port', grant(['phone-alone'], ['nas'], ['80']), ['port']],
    ['another protocol', grant(['phone-alone'], ['nas'], ['udp:443']), ['protocol']],
    ['another router', grant(['phone-alone'], ['nas'], ['443'], { via: ['tag:exit'] }), ['via']],
    // What matters more is told alone.
    ['another router and port', grant(['phone-alone'], ['nas'], ['80'], { via: ['tag:exit'] }), ['port']],
    ['other sources and another port', grant(['tag:k3s'], ['nas'], ['80']), ['source+port']],
    ['other sources and another protocol', grant(['tag:k3s'], ['nas'], ['udp:*']), ['source+protocol']],
    ['another place and protocol', grant(['phone-alone'], ['tag:exit'], ['udp:*']), ['destination+protocol']],
    ['nothing in common', grant(['tag:k3s'], ['tag:exit'], ['*']), []],
  ])('%s', (_, rule, expected) => {
    const hosts = { ...NAMES.hosts, 'phone-alone': '100.64.0.11' };
    const sections = { grants: [rule], hosts };
    expect(
      explain(sections, { from: 'phone', to: 'nas:443' }).nearest.map((each) => each.differs.join('+')),
    ).toEqual(expected);
  });

  test('of destinations that are as near the first is meant', () => {
    const acls = [acl(['100.64.0.11'], ['nas:80', 'pods:81', 'nas:82'])];
    const [near] = explain({ acls }, { from: 'phone', to: 'nas:443' }).nearest;
    expect(near?.destination.selector.text).toBe('nas');
  });

  test('a rule that holds but is delivered nowhere is not among them', () => {
    const grants = [grant(['ada@example.com'], ['autogroup:internet'], ['*'])];
    const tailnet = compiled({ ...NAMES, grants }, { ...DEVICES, exit: { tags: ['tag:exit'] } });
    const question = readQuestion({ from: 'phone', to: '203.0.113.7:443' }, tailnet);
    const answer = question.ok ? explainAccess(tailnet, question.value) : undefined;
    expect(answer?.nearest).toEqual([]);
  });
});
